"""A series of any length as a file."""
