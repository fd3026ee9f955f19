"""One look and out."""
