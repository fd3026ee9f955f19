"""Exported files in the screen of the monitor."""
