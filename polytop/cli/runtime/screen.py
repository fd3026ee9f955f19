"""Run the screen with the terminal guarded; a crash ends in one clear line."""

import gc
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.logs import open_log
from polytop.cli.output import are_terminals
from polytop.cli.runtime.config import user_config
from polytop.config.errors import ConfigError, SettingError
from polytop.config.paths import screen_file
from polytop.config.preferences import load_columns, load_forecast, save_columns, save_forecast
from polytop.config.profiles import Config, key_error
from polytop.model.breakdown import Breakdown
from polytop.model.memory import share_heap
from polytop.model.terminal import (
    is_colorterm_inherited,
    is_colourless,
    is_console,
    is_dumb,
    is_unicode,
)
from polytop.ui.ports import FeedError, MonitoredProfile, Profiles
from polytop.ui.view_state import DEFAULT_COLUMNS, known_columns

if TYPE_CHECKING:
    from polytop.ui.commands import CommandTable
    from polytop.ui.ports import Setup

_INSTEAD = "use polytop glance, check or export"
"""What shows the figures without a screen."""


def chosen_columns() -> tuple[str, ...]:
    """The table's columns that the user chose, or the default; unknown names are left out."""
    stored = load_columns(screen_file())
    if stored is None or (stored and not known_columns(stored)):
        return DEFAULT_COLUMNS
    return known_columns(stored)


def store_columns(columns: tuple[str, ...]) -> None:
    """Store `columns` for the next start. Raises FeedError if they cannot be written."""
    with _feed_errors():
        save_columns(screen_file(), columns)


def store_forecast(shown: bool) -> None:
    """Store for the next start whether the graph shows the forecast. Raises FeedError."""
    with _feed_errors():
        save_forecast(screen_file(), shown)


@contextmanager
def _feed_errors() -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise FeedError(error.as_problem()) from None


def _moment(profile: MonitoredProfile | None, options: Mapping[str, Any]) -> float | None:
    """The moment of ``--at``. Raises UsageError if the monitor cannot open there."""
    given = options.get("at")
    if given is None:
        return None
    from polytop.model.timeparse import past_moment

    if profile is None:
        raise click.UsageError("--at opens the monitor of one profile: name it with -p")
    try:
        return past_moment(given, profile.clock(), UTC if options["utc"] else profile.zone)
    except ValueError as error:
        raise click.UsageError(f"--at: {error}") from None


def commands_of(config: Config) -> "CommandTable":
    """The commands with the user's keys. Raises ConfigError if they do not fit."""
    from polytop.ui.commands import USUAL

    if not config.keys:
        return USUAL
    from polytop.ui.keymap import apply_keys

    try:
        return apply_keys(config.keys)
    except SettingError as error:
        raise key_error(error, config.path) from None


def report(error: BaseException) -> str:
    """Write a report of `error`, an error of our own; return the words for the user."""
    from polytop.cli.crash import describe

    return f"polytop: {describe(error)}"


def show(
    profile: MonitoredProfile | None,
    profiles: Profiles | None,
    options: Mapping[str, Any],
    setup: "Setup | None" = None,
    wall: Profiles | None = None,
    config: Config | None = None,
) -> int:
    """Show the monitor until the user leaves it; returns the exit status.

    `setup` comes before the monitor. `wall` holds the profiles of the wall, which comes first if
    `profile` is None. `config` is what the caller has read of the user's settings. Raises
    ConfigError if these cannot be used.
    """
    from polytop.ui.terminal_guard import guard_terminal, open_screen

    screen = open_screen()
    if screen is None or not are_terminals(sys.stdin):
        raise click.UsageError(
            f"the monitor needs a terminal for its input and its screen: {_INSTEAD}"
        )
    if is_dumb(os.environ):
        name = os.environ["TERM"]
        raise click.UsageError(f"this terminal (TERM={name}) can only show lines: {_INSTEAD}")
    # The size is the terminal's own.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    if is_colourless(os.environ):
        os.environ["NO_COLOR"] = "1"
    if is_colorterm_inherited(os.environ):
        os.environ.pop("COLORTERM", None)
    open_log()
    from polytop.ui.app import Options, PolytopApp

    app_options = Options(
        span=options["window"],
        end=options.get("end"),
        at=None if setup is not None else _moment(profile, options),
        utc=options["utc"],
        low_bandwidth=options["low_bandwidth"],
        theme=options["theme"],
        ask_background=not is_console(os.environ),
        ascii_only=options["ascii_only"]
        or is_console(os.environ)
        or not is_unicode(screen.encoding, os.environ),
        breakdown=Breakdown(options["breakdown"]),
        columns=chosen_columns(),
        keep_columns=store_columns,
        forecast=load_forecast(screen_file()),
        keep_forecast=store_forecast,
        commands=commands_of(config or user_config()),
    )
    app = PolytopApp(profile, profiles, app_options, setup, wall, screen)
    if app_options.theme is not None and app_options.theme not in app.available_themes:
        names = ", ".join(sorted(app.available_themes))
        raise click.UsageError(f"there is no theme {app_options.theme!r}: choose one of {names}")
    share_heap()
    # Imports stay, and so does most of what the first pictures make: collecting would only pause
    # the start. The app switches the collector on again.
    gc.freeze()
    gc.disable()
    app.report = report
    with guard_terminal(app.leave, screen.fileno()) as app.leaves:
        status = app.run(mouse=not options["no_mouse"])
    if app.crash:
        click.echo(app.crash, err=True)
    return status or 0
