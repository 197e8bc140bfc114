"""Arrays in, numbers out: what many verdicts say together. Pure functions, no I/O."""
