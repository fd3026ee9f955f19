"""``polytop export``: a range of any length as text."""
