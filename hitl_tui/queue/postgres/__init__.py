"""PostgreSQL behind the protocol of a queue: the same changes and reads, in the words of that engine."""
