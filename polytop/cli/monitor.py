"""``polytop``: the monitor on the current profile, or the wall of several."""

import os
from collections.abc import Mapping
from typing import Any

from polytop.cli.options import overrides
from polytop.cli.runtime.profiles import load_profiles
from polytop.cli.runtime.screen import show
from polytop.config.errors import NoProfile


def run(options: Mapping[str, Any]) -> int:
    """Show the monitor, the wall of several profiles, or the set-up if there is no profile.

    Returns the exit status.
    """
    from polytop.cli.runtime.profiles import at_wall_pace, resolve_first, select_profiles

    profiles = load_profiles(options["interval"])
    several = select_profiles(profiles, options)
    if several is not None:
        slow = at_wall_pace(profiles, len(several.names))
        return show(
            None, several, options, wall=select_profiles(slow, options), config=profiles.config
        )
    options = {**options, "profile": next(iter(options["profiles"]), None)}
    try:
        profile, everything = resolve_first(profiles, options)
    except NoProfile:
        return _set_up(options)
    _, every = resolve_first(at_wall_pace(profiles, len(everything.names)), options)
    return show(profile, everything, options, wall=every, config=profiles.config)


def _set_up(options: Mapping[str, Any]) -> int:
    """Set up the first profile, then show the monitor on it."""
    from polytop.cli.runtime.setup import FirstProfile
    from polytop.config.paths import Files

    setup = FirstProfile(
        Files.standard(), dict(os.environ), overrides(options), options["interval"]
    )
    return show(None, None, options, setup)
