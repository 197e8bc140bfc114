"""The words of the project as types; no I/O, and nothing else of ours is imported here."""
