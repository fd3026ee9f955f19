"""Moments as text, in UTC or in a local time zone. A moment is in epoch seconds."""

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from polytop.model import timeparse

WEEKDAY_RANGE = 21 * 86_400
"""Distance from now up to which a day is named by its weekday, seconds; beyond, by its month."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Zone(NamedTuple):
    """A time zone; `info` None is the machine's own."""

    info: tzinfo | None = UTC

    @property
    def is_utc(self) -> bool:
        """True for UTC."""
        return self.info is UTC


def local_time(moment: float, zone: Zone) -> datetime:
    """`moment` as a date and time in `zone`."""
    if zone.info is None:
        return datetime.fromtimestamp(moment).astimezone()
    return datetime.fromtimestamp(moment, zone.info)


def hm(moment: float, zone: Zone) -> str:
    """``14:05``; ``01:30+1`` in an hour that comes twice."""
    return local_time(moment, zone).strftime("%H:%M") + _mark(moment, zone)


def hms(moment: float, zone: Zone) -> str:
    """``14:05:09``; ``01:30:09+1`` in an hour that comes twice."""
    return local_time(moment, zone).strftime("%H:%M:%S") + _mark(moment, zone)


def _mark(moment: float, zone: Zone) -> str:
    return "" if zone.is_utc else timeparse.offset_mark(moment, zone.info)


def zone_name(moment: float, zone: Zone) -> str:
    """``UTC``, ``BST`` or ``+0530``: the name of the zone at that moment."""
    name = "UTC" if zone.is_utc else local_time(moment, zone).strftime("%Z")
    return name if name.isascii() and len(name) <= 5 else local_time(moment, zone).strftime("%z")


def date_and_time(moment: float, zone: Zone) -> str:
    """``2026-11-20 14:05``; ``2026-10-25 01:30+1`` in an hour that comes twice."""
    return f"{local_time(moment, zone):%Y-%m-%d} {hm(moment, zone)}"


def day_text(moment: float, zone: Zone) -> str:
    """``Fri 20``: the weekday and the day of the month."""
    local = local_time(moment, zone)
    return f"{_DAYS[local.weekday()]} {local.day}"


def date_text(moment: float, zone: Zone) -> str:
    """``20 Nov``: for days that a weekday alone does not tell apart."""
    local = local_time(moment, zone)
    return f"{local.day} {_MONTHS[local.month - 1]}"


def day_and_time(moment: float, now: float, zone: Zone) -> str:
    """``13:55`` today, ``Fri 20 13:55`` on any other day."""
    if local_time(moment, zone).date() == local_time(now, zone).date():
        return hm(moment, zone)
    return f"{day_text(moment, zone)} {hm(moment, zone)}"


def since_text(since: float, now: float, zone: Zone) -> str:
    """``since 09:40 (55 min)``, with the day if that is not today."""
    return timeparse.since_text(day_and_time(since, now, zone), now - since)


def moment_text(moment: float, now: float, zone: Zone) -> str:
    """``13:55`` today, ``Fri 20 13:55`` on a day near `now`, ``20 Nov 13:55`` far from it."""
    if abs(now - moment) < WEEKDAY_RANGE:
        return day_and_time(moment, now, zone)
    return f"{date_text(moment, zone)} {hm(moment, zone)}"
