"""What runs without a screen: the poller."""
