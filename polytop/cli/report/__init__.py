"""``polytop report``: one file that tells the story of a range."""
