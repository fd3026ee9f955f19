"""The user's files: profiles, settings, credentials."""
