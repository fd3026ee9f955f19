"""A report as a story: its blocks, what they say, and the forms that they are written in."""
