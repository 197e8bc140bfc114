"""Where a case goes: case in, route out."""
