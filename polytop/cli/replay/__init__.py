"""``polytop replay``: exported files in the monitor's screen."""
