"""polytop: ``top`` for PolyAI conversations."""

__version__ = "0.1.0"
