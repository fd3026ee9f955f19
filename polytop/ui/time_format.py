"""Moments as text, in UTC or on a local clock."""

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple


class Zone(NamedTuple):
    """A clock to read moments by; `info` None is the machine's own time zone."""

    info: tzinfo | None = UTC

    @property
    def is_utc(self) -> bool:
        """Whether this is the UTC clock."""
        return self.info is UTC


def local_time(moment: float, zone: Zone) -> datetime:
    """`moment` on the clock of `zone`."""
    if zone.info is None:
        return datetime.fromtimestamp(moment).astimezone()
    return datetime.fromtimestamp(moment, zone.info)


def hm(moment: float, zone: Zone) -> str:
    """``14:05``."""
    return local_time(moment, zone).strftime("%H:%M")


def hms(moment: float, zone: Zone) -> str:
    """``14:05:09``."""
    return local_time(moment, zone).strftime("%H:%M:%S")


def zone_name(moment: float, zone: Zone) -> str:
    """``UTC``, ``BST``, ``+0530``: the name of the clock at that moment."""
    name = "UTC" if zone.is_utc else local_time(moment, zone).strftime("%Z")
    return name if name.isascii() and len(name) <= 5 else local_time(moment, zone).strftime("%z")


def day_text(moment: float, zone: Zone) -> str:
    """``Fri 20``: a weekday and the day of the month."""
    local = local_time(moment, zone)
    return f"{_DAYS[local.weekday()]} {local.day}"


def day_and_time(moment: float, now: float, zone: Zone) -> str:
    """``13:55`` today, ``Fri 20 13:55`` on any other day."""
    if local_time(moment, zone).date() == local_time(now, zone).date():
        return hm(moment, zone)
    return f"{day_text(moment, zone)} {hm(moment, zone)}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
