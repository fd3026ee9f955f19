"""Profiles of the file, as watches for the screen."""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

from polytop.cli.alarming import Alarming
from polytop.cli.feeding import Source, config_problem
from polytop.cli.remembering import ProjectMarks, Remembering, export_shown
from polytop.config.errors import ConfigError
from polytop.config.profiles import Config, Profile
from polytop.config.resolve import Overrides, filters_of, resolve
from polytop.model.secret import Secret
from polytop.model.stats import Capacity
from polytop.ui.feed import FeedError, Watch
from polytop.ui.scene import Subject


@dataclass(frozen=True, slots=True)
class StoredProfiles:
    """The profiles of `config`. `interval` is in seconds."""

    config: Config
    interval: float
    environ: Mapping[str, str] = field(repr=False)
    memory: Remembering = field(default_factory=Remembering)

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the file."""
        return self.config.names

    def watch(self, name: str) -> Watch:
        """The profile of that name, without what options said of another. Raises FeedError."""
        try:
            profile = self.config.profile(name)
            return self.watching(profile, Overrides())
        except ConfigError as error:
            raise FeedError(config_problem(error)) from None

    def first(self, options: Overrides) -> Watch:
        """What options, environment and default say. Raises ConfigError."""
        return self.watching(resolve(options, self.environ, self.config), options)

    def watching(self, profile: Profile, options: Overrides) -> Watch:
        """A watch of `profile`. Raises ConfigError where options do not go together."""
        filters = filters_of(profile, options)
        source = Source(
            profile.target(),
            partial(_key, profile, self.environ),
            Capacity(profile.limit, profile.warning, profile.critical),
            time.time,
            asyncio.sleep,
            self.interval,
            memory=self.memory,
        )
        zone = zone_of(profile.timezone)
        watched = Alarming(profile.name, profile.rules, source.target, profile.client_env, zone)
        return Watch(
            Subject(profile.name, source.target),
            filters,
            source.open,
            time.time,
            zone,
            profile.languages,
            profile.phone_numbers,
            watched.alarm,
            ProjectMarks(self.memory, source.target),
            export_shown,
            watched.log,
        )


def _key(profile: Profile, environ: Mapping[str, str]) -> Secret:
    from polytop.config.credentials import read_key

    return read_key(profile, environ)


def zone_of(name: str | None) -> tzinfo | None:
    """The time zone of that IANA name; None for the machine's own."""
    if name is None:
        return None
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def stored(interval: float) -> StoredProfiles:
    """The profiles of the user's file. Raises ConfigError."""
    from polytop.config.paths import config_file
    from polytop.config.profiles import load_config

    config = load_config(config_file())
    return StoredProfiles(config, interval, dict(os.environ), remembering(config))


def remembering(config: Config) -> Remembering:
    """The user's history, as far as the configuration wants one."""
    from polytop.config.paths import history_file

    return Remembering(history_file if config.history.enabled else None)
