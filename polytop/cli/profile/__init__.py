"""``polytop profile``: the user's profiles."""
