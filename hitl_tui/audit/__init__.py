"""The audit trail as values: the hash chain, its verification, and its replay. No I/O."""
