"""``polytop glance``: the figures, once."""
