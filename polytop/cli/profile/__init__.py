"""``polytop profile``."""
