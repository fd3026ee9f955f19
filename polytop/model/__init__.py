"""Pure values and arithmetic: the 5-minute grid, series, breakdowns, statistics, snapshots."""
