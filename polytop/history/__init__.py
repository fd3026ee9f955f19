"""What was ever fetched, in one SQLite file: values, what was seen first, and what was asked."""
