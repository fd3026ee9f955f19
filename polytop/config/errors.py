"""The errors of the configuration, in words for the user. None holds a key."""

from collections.abc import Iterable

from polytop.model.problem import FixableError


class ConfigError(FixableError):
    """The configuration cannot be used."""


class SettingError(ConfigError):
    """A value that `setting` cannot have. The value itself is never part of the text."""

    def __init__(self, setting: str, problem: str, advice: str) -> None:
        super().__init__(f"{setting}: {problem}", advice)
        self.setting = setting
        self.problem = problem

    def named(self, name: str) -> "SettingError":
        """The same fault under the name that the user gave it by, such as ``--region``."""
        return SettingError(name, self.problem, self.advice)

    def inside(self, place: str) -> ConfigError:
        """The same fault with the place where it stands in front of it."""
        return ConfigError(f"{place}: {self.message}", self.advice)


class NoProfile(ConfigError):  # noqa: N818 - a state of the first run rather than a mistake
    """No profile, option or variable says what to watch."""


class UnknownProfile(ConfigError):  # noqa: N818 - reads as what it is
    """The profile that was asked for is not in the file."""


class NoKey(ConfigError):  # noqa: N818 - reads as what it is
    """No place holds an API key for this profile."""


def one_of(words: Iterable[str]) -> str:
    """Return ``a, b or c``."""
    every = list(words)
    return " or ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that `word` was most likely meant to be, or None."""
    from difflib import get_close_matches

    folded = {each.lower(): each for each in known}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def meant(word: str, known: Iterable[str]) -> str:
    """Return advice for a word that is not among `known`: the nearest one, then all of them."""
    every = list(known)
    close = nearest(word, every)
    choice = f"use {one_of(every)}"
    return f"did you mean {close}? Otherwise {choice}" if close else choice
