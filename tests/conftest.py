"""No test reads the files or the environment of whoever runs it, or leaves a log handler behind."""

import logging
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples every time: nobody's change fails by chance. To look for new ones:
# HYPOTHESIS_PROFILE=many. Without a deadline: a busy machine is no fault of the code.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("many", max_examples=100_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# A shell that starts the suite in the background ignores interrupts for it and for all programs
# that it starts; tests of interrupts need them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch) -> None:
    """A home of its own for every test, and a terminal of many colours."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith(("XDG_", "POLYTOP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Handlers of polytop's logger as they were before."""
    logger = logging.getLogger("polytop")
    before = list(logger.handlers), logger.level, logger.propagate
    yield
    for handler in logger.handlers:
        if handler not in before[0]:
            handler.close()
    logger.handlers[:], logger.level, logger.propagate = before
