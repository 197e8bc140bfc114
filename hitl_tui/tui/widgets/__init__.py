"""What the reviewer sees, one file a kind of surface."""
