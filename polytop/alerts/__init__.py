"""Alerts: rules over the series, what they say, who is told, and a log of it."""
