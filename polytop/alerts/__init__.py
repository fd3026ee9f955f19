"""Alerts: evaluate the rules, notify the user, and keep a log."""
