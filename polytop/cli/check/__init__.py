"""The monitoring plug-in."""
