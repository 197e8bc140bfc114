"""A lead's work on a queue: ratings, guidelines, quizzes, who is qualified for what."""
