"""The poller, and everything else that runs without a screen."""
