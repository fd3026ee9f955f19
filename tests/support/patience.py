"""How long tests wait for what must come."""

PATIENCE = 120.0
"""Seconds. A busy machine may take many; only what hangs takes all of them."""
