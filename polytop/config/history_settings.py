"""The table ``[history]``: whether the history is kept on disk, and how much of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from polytop.config.errors import SettingError, meant
from polytop.model import timeparse

_LEAST_AGE, _MOST_AGE = 86_400, 36_500 * 86_400
LEAST_SIZE, MOST_SIZE = 1_000_000, 1_000_000_000_000
"""Bounds of `max_size`, bytes."""

_UNITS = MappingProxyType({"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12})
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([kmgt]b)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """The history's settings: at most `max_age` seconds back, in a file of `max_size` bytes."""

    enabled: bool = True
    max_age: int = 400 * 86_400
    max_size: int = 200_000_000


def parse_size(text: str) -> int:
    """Return the bytes of ``200MB``, ``1.5 GB`` or ``800kB`` (powers of 1000).

    Raises ValueError that says how to write one, also outside its bounds.
    """
    written = _SIZE.fullmatch(text.strip())
    size = round(float(written[1]) * _UNITS[written[2].lower()]) if written else 0
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise ValueError("write a size like 200MB or 1.5GB, from 1MB to 1TB")
    return size


def parse_age(text: str) -> int:
    """Return the seconds of ``400d`` or ``12w``. Raises ValueError as parse_size does."""
    try:
        seconds = timeparse.parse_duration(text)
    except ValueError:
        seconds = 0
    if not _LEAST_AGE <= seconds <= _MOST_AGE:
        raise ValueError("write an age like 400d or 12w, from 1d to 36500d")
    return seconds


def _check_enabled(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("write true or false")
    return value


def _from_text(parse: Callable[[str], int]) -> Callable[[object], int]:
    def parsed(value: object) -> int:
        # Anything but text is written wrongly too, and gets the same advice.
        return parse(value if isinstance(value, str) else "")

    return parsed


_CHECKS: Mapping[str, Callable[[object], Any]] = MappingProxyType(
    {
        "enabled": _check_enabled,
        "max_age": _from_text(parse_age),
        "max_size": _from_text(parse_size),
    }
)


def history_settings(table: object) -> HistorySettings:
    """The settings of `table`. Raises SettingError for the first that does not fit."""
    if not isinstance(table, dict):
        raise SettingError("history", "is not a table", "write it as [history]")
    values: dict[str, Any] = {}
    for setting, value in table.items():
        if setting not in _CHECKS:
            raise SettingError(setting, "no such setting", meant(setting, _CHECKS))
        try:
            values[setting] = _CHECKS[setting](value)
        except ValueError as error:
            raise SettingError(setting, "does not fit", str(error)) from None
    return HistorySettings(**values)
