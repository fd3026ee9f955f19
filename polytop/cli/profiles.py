"""Profiles of the file, as watches for the screen."""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from typing import Any

from polytop.cli.alarming import Alarming
from polytop.cli.feeding import Source, config_problem
from polytop.cli.remembering import ProjectMarks, Remembering, export_shown
from polytop.config.errors import ConfigError
from polytop.config.profiles import Config, Profile
from polytop.config.resolve import Overrides, filters_of
from polytop.model.secret import Secret
from polytop.ui.feed import FeedError, Watch
from polytop.ui.scene import Subject


@dataclass(frozen=True, slots=True)
class StoredProfiles:
    """The profiles of `config`. `interval` is in seconds."""

    config: Config
    interval: float
    environ: Mapping[str, str] = field(repr=False)
    memory: Remembering = field(default_factory=Remembering)
    spread: bool = False
    """Whether many are asked side by side, and so not in step."""

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

    def watching(self, profile: Profile, options: Overrides) -> Watch:
        """A watch of `profile`. Raises ConfigError where options do not go together."""
        filters = filters_of(profile, options)
        source = Source(
            profile.target(),
            partial(_key, profile, self.environ),
            profile.capacity(),
            time.time,
            asyncio.sleep,
            self.interval,
            memory=self.memory,
            spread=self.spread,
            requests_per_minute=profile.requests_per_minute,
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
            None if profile.ad_hoc else partial(_keep_values, profile.name),
        )


def _keep_values(name: str, languages: tuple[str, ...], phone_numbers: tuple[str, ...]) -> None:
    """Make these the languages and numbers of the profile in the file. Raises FeedError."""
    from dataclasses import replace

    from polytop.config.paths import Files
    from polytop.config.profiles import load_config
    from polytop.config.settings import check
    from polytop.config.writing import save_profile

    try:
        files = Files.standard()
        profile = load_config(files.config).profile(name)
        listed = {"languages": list(languages), "phone_numbers": list(phone_numbers)}
        checked: dict[str, Any] = {name: check(name, values) for name, values in listed.items()}
        save_profile(files, replace(profile, **checked))
    except ConfigError as error:
        raise FeedError(config_problem(error)) from None


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

    return Remembering(history_file if config.history.enabled else None, config.history)
