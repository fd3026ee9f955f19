"""``polytop``: the monitor on the current profile."""

from collections.abc import Mapping
from typing import Any

from polytop.cli.logs import open_log
from polytop.cli.options import overrides
from polytop.cli.profiles import stored
from polytop.cli.screen import show


def run(options: Mapping[str, Any]) -> int:
    """Show what options, environment and profile say; returns the exit status."""
    profiles = stored(options["interval"])
    watch = profiles.first(overrides(options))
    open_log()
    return show(watch, profiles, options)
