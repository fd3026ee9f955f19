"""Features: small controllers of a screen. Each keeps its own state."""
