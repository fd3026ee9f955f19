"""``polytop glance``."""
