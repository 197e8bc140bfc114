"""What the record says: agreement, reviewers; values in, JSON and lines out."""
