"""Running the screen: terminal guarded, log opened, a clear word where it ends badly."""

import gc
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.output import are_terminals
from polytop.config.errors import ConfigError
from polytop.config.paths import screen_file
from polytop.config.preferences import load_columns, save_columns
from polytop.model.breakdown import Breakdown
from polytop.model.text import is_unicode
from polytop.ui.ports import FeedError, MonitoredProfile, Profiles
from polytop.ui.view_state import DEFAULT_COLUMNS, known_columns

if TYPE_CHECKING:
    from polytop.ui.ports import Setup


def chosen_columns() -> tuple[str, ...]:
    """Those that the user has chosen, else the usual ones; unknown names are left out."""
    found = load_columns(screen_file())
    if found is None or (found and not known_columns(found)):
        return DEFAULT_COLUMNS
    return known_columns(found)


def store_columns(columns: tuple[str, ...]) -> None:
    """Have them again at the next start. Raises FeedError where they cannot be written."""
    try:
        save_columns(screen_file(), columns)
    except ConfigError as error:
        raise FeedError(error.as_problem()) from None


def show(
    watch: MonitoredProfile | None,
    profiles: Profiles | None,
    options: Mapping[str, Any],
    setup: "Setup | None" = None,
    wall: Profiles | None = None,
) -> int:
    """Show the monitor, or `setup` before it, until it is left; returns the exit status.

    `wall` are the profiles of the wall, which comes first where there is no `watch`.
    """
    if not are_terminals(sys.stdin, sys.stderr):
        raise click.UsageError("the monitor needs a terminal for its input and its screen")
    from polytop.ui.app import Options, PolytopApp
    from polytop.ui.terminal_guard import guard_terminal

    app_options = Options(
        span=options["window"],
        end=options.get("end"),
        utc=options["utc"],
        theme=options["theme"],
        ascii_only=options["ascii_only"] or not is_unicode(sys.stderr.encoding),
        breakdown=Breakdown(options["breakdown"]),
        columns=chosen_columns(),
        keep_columns=store_columns,
    )
    app = PolytopApp(watch, profiles, app_options, setup, wall)
    if app_options.theme is not None and app_options.theme not in app.available_themes:
        names = ", ".join(sorted(app.available_themes))
        raise click.UsageError(f"there is no theme {app_options.theme!r}: choose one of {names}")
    # What is loaded stays, and so does most of what the first pictures make: no pause to look
    # through it. The app switches the collector on again.
    gc.freeze()
    gc.disable()
    with guard_terminal(app.leave) as app.leaves:
        status = app.run(mouse=not options["no_mouse"])
    if app.crash is not None:
        click.echo(f"polytop: {app.crash}", err=True)
        return 1
    return status or 0
