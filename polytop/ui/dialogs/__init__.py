"""Dialogs: small screens over a screen. Each asks for one thing and gives it back."""
