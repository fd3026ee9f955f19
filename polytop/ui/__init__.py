"""The screen: the only importer of textual, and of plotext in chart.py."""
