"""Where files live, profiles and credentials."""
