"""Stopping for the shell, as ctrl+z does elsewhere."""

import os
import signal


def stopped() -> None:
    """Stop the whole job until the shell continues it; to be called in the main thread.

    The signal is left to the system, which ignores it where no shell is there to continue the
    job: a program that stopped itself would hang there for good.
    """
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        os.kill(0, signal.SIGTSTP)
    finally:
        signal.signal(signal.SIGTSTP, before)
