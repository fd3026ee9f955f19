"""``polytop forecast``: the next 15 to 90 minutes, and how well such forecasts did."""
