"""The user's profiles, as the monitor and the wall take them."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from polytop.cli.options import check_names, check_several, overrides
from polytop.cli.problems import config_problem
from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.cli.runtime.client import Connection, connect
from polytop.cli.runtime.config import user_config
from polytop.cli.runtime.history import SharedHistory, shared_history
from polytop.cli.runtime.monitored import GivenProfiles, build_monitored_profile
from polytop.config.errors import ConfigError
from polytop.config.profiles import Config, Profile
from polytop.config.resolve import Overrides, filters_of, options_for, resolve
from polytop.model.frozen import frozen
from polytop.model.server_clock import ServerClock
from polytop.model.target import Target
from polytop.monitor.feed import FeedSource
from polytop.monitor.schedule import AT_ONCE
from polytop.ui.ports import FeedError, MonitoredProfile
from polytop.ui.render.context import Subject

if TYPE_CHECKING:
    from polytop.api.client import Client


@frozen
class StoredProfiles:
    """The profiles of `config`. `interval` is in seconds."""

    config: Config
    interval: float
    environ: Mapping[str, str] = field(repr=False)
    memory: SharedHistory = field(default_factory=SharedHistory)
    spread: bool = False
    """True if many are polled side by side, so that they do not poll in step."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the file."""
        return self.config.names

    def get(self, name: str) -> MonitoredProfile:
        """The profile called `name`, without the options of another. Raises FeedError."""
        with _feed_errors():
            return self.build(self.config.profile(name), Overrides())

    def select(self, name: str, options: Overrides) -> MonitoredProfile:
        """The profile called `name` under `options`. Raises FeedError.

        Environment variables that name one project are ignored.
        """
        with _feed_errors():
            return self.build(resolve(replace(options, profile=name), {}, self.config), options)

    def build(self, profile: Profile, options: Overrides) -> MonitoredProfile:
        """`profile` under `options`. Raises ConfigError if they cannot be given together."""
        filters = filters_of(profile, options)
        clock = ServerClock()
        source = FeedSource(
            profile.target(),
            partial(_connect, profile, self.environ, clock),
            profile.capacity(),
            clock,
            asyncio.sleep,
            self.interval,
            memory=self.memory,
            spread=self.spread,
            zone=profile.zone(),
            requests_per_minute=profile.requests_per_minute,
        )
        zone = profile.zone()
        return build_monitored_profile(
            source,
            Subject(profile.name, source.target),
            filters,
            zone=zone,
            languages=profile.languages,
            phone_numbers=profile.phone_numbers,
            alerts=ProfileAlerts(
                profile.name,
                profile.rules,
                source.target,
                profile.client_env,
                zone,
                options=options_for(profile, self.config),
                capacity=profile.capacity(),
                memory=self.memory if self.config.history.enabled else None,
            ),
            save_values=None if profile.ad_hoc else partial(_save_values, profile.name),
        )


def _connect(
    profile: Profile, environ: Mapping[str, str], clock: ServerClock, _: Target
) -> "Client":
    """A client for the feed of `profile`. Slow. Raises FeedError if there is no key."""
    with _feed_errors():
        return connect(profile, environ, Connection(at_once=AT_ONCE), clock)


@contextmanager
def _feed_errors() -> Iterator[None]:
    """Raise a ConfigError as the FeedError that the screen knows."""
    try:
        yield
    except ConfigError as error:
        raise FeedError(config_problem(error)) from None


def _save_values(name: str, languages: tuple[str, ...], phone_numbers: tuple[str, ...]) -> None:
    """Write languages and numbers to the profile called `name`. Raises FeedError."""
    from polytop.config.paths import Files
    from polytop.config.save import save_profile
    from polytop.config.settings import check

    with _feed_errors():
        files = Files.standard()
        profile = user_config(files).profile(name)
        listed = {"languages": list(languages), "phone_numbers": list(phone_numbers)}
        checked: dict[str, Any] = {name: check(name, values) for name, values in listed.items()}
        save_profile(files, replace(profile, **checked))


def load_profiles(interval: float) -> StoredProfiles:
    """The profiles of the user's file. Raises ConfigError."""
    config = user_config()
    return StoredProfiles(config, interval, dict(os.environ), shared_history(config.history))


LEAST_INTERVAL = 30.0
"""The shortest time between two polls of one profile of the wall, seconds."""

APART = 3.0
"""Seconds between two polls of the wall, of any profiles: many profiles are polled less often."""


def resolve_first(
    stored: StoredProfiles, options: Mapping[str, Any]
) -> tuple[MonitoredProfile, GivenProfiles]:
    """The profile that options, environment and default select, and all there are.

    They are in the order of the file; a profile that is not in it comes first. Raises ConfigError.
    """
    values = overrides(options)
    profile = resolve(values, stored.environ, stored.config)
    first = stored.build(profile, values)
    names = stored.names if profile.name in stored.names else (profile.name, *stored.names)
    builders = {name: partial(stored.get, name) for name in names}
    return first, GivenProfiles({**builders, profile.name: lambda: first})


def select_profiles(stored: StoredProfiles, options: Mapping[str, Any]) -> GivenProfiles | None:
    """The profiles of the wall that `options` select; None if they select the monitor.

    Each is under the filters and the limit of the options. Raises UsageError if options cannot be
    given together, ConfigError if no profile has a name.
    """
    named = tuple(dict.fromkeys(options["profiles"]))
    check_names(options)
    names = stored.names if options["every"] else named
    if not names or not (options["every"] or len(names) > 1):
        return None
    check_several(options)
    for name in names:
        if name not in stored.names:
            stored.config.profile(name)
    values = overrides(options)
    return GivenProfiles({name: partial(stored.select, name, values) for name in names})


def at_wall_pace(stored: StoredProfiles, count: int) -> StoredProfiles:
    """`stored` at the pace of a wall of `count` profiles, which are polled side by side."""
    interval = max(LEAST_INTERVAL, stored.interval, APART * count)
    return replace(stored, interval=interval, spread=True)
