"""``polytop``: the monitor on the current profile."""

import os
from collections.abc import Mapping
from typing import Any

from polytop.cli.logs import open_log
from polytop.cli.options import overrides
from polytop.cli.profiles import stored
from polytop.cli.screen import show
from polytop.config.errors import NoProfile


def run(options: Mapping[str, Any]) -> int:
    """Show what options, environment and profile say, or the set-up where there is no profile.

    Returns the exit status.
    """
    profiles = stored(options["interval"])
    try:
        watch = profiles.first(overrides(options))
    except NoProfile:
        return _set_up(options)
    open_log()
    return show(watch, profiles, options)


def _set_up(options: Mapping[str, Any]) -> int:
    """The first profile, and then the monitor on it."""
    from polytop.cli.setup import FirstProfile
    from polytop.config.paths import Files

    setup = FirstProfile(
        Files.standard(), dict(os.environ), overrides(options), options["interval"]
    )
    open_log()
    return show(None, None, options, setup)
