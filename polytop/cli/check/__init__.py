"""``polytop check``: a monitoring plug-in."""
