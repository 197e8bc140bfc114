"""The store of cases and of everything decided about them, behind one protocol."""
