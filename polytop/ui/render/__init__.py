"""Pure functions that turn frozen values into lines of cells."""
