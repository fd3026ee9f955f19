"""Makers of checks: what text, a number, a list of settings may be. None repeats the value."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from polytop.config.errors import SettingError, meant

_LONGEST_TEXT = 200

Check = Callable[[str, object], Any]
"""Makes of a value what is stored. Raises SettingError, under the name of the setting."""


def check_text(setting: str, value: object) -> str:
    """Printable text of some length, without spaces at the ends."""
    if not isinstance(value, str):
        raise SettingError(setting, "is not text", "put it in quotes")
    if not value.strip():
        raise SettingError(setting, "is empty", "give a value or leave the setting out")
    if not value.isprintable() or value != value.strip():
        advice = "take out control characters and spaces at the ends"
        raise SettingError(setting, "has characters that do not belong in it", advice)
    if len(value) > _LONGEST_TEXT:
        raise SettingError(setting, "is too long", f"use at most {_LONGEST_TEXT} characters")
    return value


def choice(choices: Mapping[str, object], problem: str, advice: str | None = None) -> Check:
    """A check for one of the words `choices`, which stand for what is stored."""

    def check_choice(setting: str, value: object) -> object:
        text = check_text(setting, value)
        if text not in choices:
            raise SettingError(setting, problem, advice or meant(text, choices))
        return choices[text]

    return check_choice


def whole(least: int, most: int, advice: str) -> Check:
    """A check for a whole number from `least` to `most`."""

    def check_whole(setting: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise SettingError(setting, "is not a whole number", advice)
        if not least <= value <= most:
            bounds = f"use a number from {least} to {most:,}".replace(",", " ")
            raise SettingError(setting, "is out of range", bounds)
        return value

    return check_whole


def matching(pattern: re.Pattern[str], problem: str, advice: str) -> Check:
    """A check for text in the form of `pattern`."""

    def check_form(setting: str, value: object) -> str:
        text = check_text(setting, value)
        if not pattern.fullmatch(text):
            raise SettingError(setting, problem, advice)
        return text

    return check_form


def list_of(one: Check) -> Check:
    """A check for a list of different values, each of which fits `one`."""

    def check_list(setting: str, value: object) -> tuple[object, ...]:
        if not isinstance(value, list | tuple):
            raise SettingError(setting, "is not a list", 'write it as ["…", "…"]')
        every = tuple(one(setting, each) for each in value)
        if len(set(every)) < len(every):
            raise SettingError(setting, "lists the same value twice", "name each once")
        return every

    return check_list
