"""The history: every value ever fetched, its first value and time of asking, in one SQLite file."""
