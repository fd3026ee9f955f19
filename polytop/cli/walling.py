"""The profiles of the wall: those that are named, or all of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

from polytop.cli.feeding import config_problem
from polytop.cli.options import overrides
from polytop.cli.profiles import StoredProfiles
from polytop.config.errors import ConfigError
from polytop.config.profiles import Profile
from polytop.config.resolve import Overrides, resolve
from polytop.ui.feed import FeedError, Watch

LEAST_INTERVAL = 30.0
"""The wall asks each profile no more often than this, seconds."""

APART = 3.0
"""Seconds between two polls of the wall, whichever profiles they are of: many are asked seldom."""

_ONE_PROFILE_ONLY = ("region", "base_url", "account_id", "project_id")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The profiles called `names`, each under the filters and the limit that options give.

    What the environment says of a place is about one project, and so about none of these.
    """

    stored: StoredProfiles
    names: tuple[str, ...]
    options: Overrides

    def watch(self, name: str) -> Watch:
        """Raises FeedError where the profile is broken, or options do not fit it."""
        try:
            profile = resolve(replace(self.options, profile=name), {}, self.stored.config)
            return self.stored.watching(profile, self.options)
        except ConfigError as error:
            raise FeedError(config_problem(error)) from None


@dataclass(frozen=True, slots=True)
class Beside:
    """Every profile of the file, and `first` as options and environment make it."""

    stored: StoredProfiles
    first: Profile
    options: Overrides

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the file; what is in no file comes first."""
        names = self.stored.names
        return names if self.first.name in names else (self.first.name, *names)

    def watch(self, name: str) -> Watch:
        """Raises FeedError where the profile is broken."""
        if name != self.first.name:
            return self.stored.watch(name)
        try:
            return self.watch_first()
        except ConfigError as error:
            raise FeedError(config_problem(error)) from None

    def watch_first(self) -> Watch:
        """Raises ConfigError where options do not go together."""
        return self.stored.watching(self.first, self.options)


def first(stored: StoredProfiles, options: Mapping[str, Any]) -> Beside:
    """What options, environment and default say to watch. Raises ConfigError."""
    said = overrides(options)
    return Beside(stored, resolve(said, stored.environ, stored.config), said)


def chosen(stored: StoredProfiles, options: Mapping[str, Any]) -> Chosen | None:
    """The profiles of the wall that `options` ask for; None where they ask for the monitor.

    Raises UsageError where options do not go together, and ConfigError where no profile has
    such a name.
    """
    named = tuple(dict.fromkeys(options["profiles"]))
    if options["every"] and named:
        raise click.UsageError("--all and --profile cannot be given together")
    names = stored.names if options["every"] else named
    if not names or not (options["every"] or len(names) > 1):
        return None
    for setting in _ONE_PROFILE_ONLY:
        if options[setting] is not None:
            said = f"--{setting.replace('_', '-')}"
            raise click.UsageError(f"{said} goes with one profile, not with several")
    for name in names:
        if name not in stored.names:
            stored.config.profile(name)
    return Chosen(stored, names, overrides(options))


Several = TypeVar("Several", Chosen, Beside)


def wall_of(profiles: Several) -> Several:
    """The same profiles at the pace of the wall, where many are asked side by side."""
    stored = profiles.stored
    interval = max(LEAST_INTERVAL, stored.interval, APART * len(profiles.names))
    slow = replace(stored, interval=interval, spread=True)
    return replace(profiles, stored=slow)
