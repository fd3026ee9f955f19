"""Durations and times as people write them, on the command line and on the screen."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from polytop.model.frozen import frozen
from polytop.model.text import printable

# -- durations

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_LONGEST = 60
"""The most characters of a duration and of a time: more is not parsed, for that could take long."""


def _quote(text: str) -> str:
    return repr(printable(text, _LONGEST))


def parse_duration(text: str) -> int:
    """Parse ``90m``, ``6h``, ``1h30m`` or ``7d`` to seconds; a unit is needed.

    Raises ValueError, which says how to write a duration.
    """
    squeezed = text.strip().lower() if len(text) <= _LONGEST else ""
    matches = _FORM.findall(squeezed)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in matches)
    if not matches or _FORM.sub("", squeezed).strip() or not math.isfinite(seconds):
        raise ValueError(f"{_quote(text)} is not a duration: write 90m, 6h or 7d")
    return round(seconds)


def brief_duration(seconds: float) -> str:
    """Format a duration in one unit, rounded down: ``4 s``, ``12 min``, ``3 h``, ``2 d``."""
    whole = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= 2 * size or (whole >= size and whole % size == 0):
            return f"{whole // size} {unit}"
    return f"{whole} s"


def coarse_duration(seconds: float) -> str:
    """:func:`brief_duration` in minutes or more: ``<1 min``, ``1 min``, ``3 h``."""
    return brief_duration(seconds // 60 * 60) if seconds >= 60 else "<1 min"


def since_text(clock: str, seconds: float) -> str:
    """``since 09:40 (55 min)``: a beginning as `clock` shows it, and the time it has lasted."""
    return f"since {clock} ({lasting(seconds)})"


def offset_mark(moment: float, zone: tzinfo | None) -> str:
    """``+1`` for a time in an hour that comes twice: its offset from UTC in hours; else empty.

    It tells ``01:30+1`` from ``01:30+0``. `zone` None is the machine's own.
    """
    local = datetime.fromtimestamp(moment, zone)
    if local.replace(fold=0).timestamp() == local.replace(fold=1).timestamp():
        return ""
    offset = local.astimezone(zone).utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'+' if minutes >= 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def lasting(seconds: float) -> str:
    """The time that an incident lasts, rounded down: ``<1 min``, ``55 min``, ``2 h 45 min``."""
    hours, minutes = divmod(max(0, int(seconds)) // 60, 60)
    if not 2 <= hours < 48 or not minutes:
        return coarse_duration(max(0.0, seconds))
    return f"{hours} h {minutes} min"


def sum_of_minutes(minutes: int) -> str:
    """Time that was added up, without rounding: ``95 min``, ``2 h 45 min``, ``67 h 25 min``."""
    hours, rest = divmod(minutes, 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def exact_duration(seconds: int) -> str:
    """Format a duration without rounding, in the largest fitting unit: ``90 min``, ``7 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0 and not (unit == "d" and seconds == size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


# -- times

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

_DAYS = {"today": 0, "yesterday": 1}
_DAYS_AHEAD = {**_DAYS, "tomorrow": -1}

_LEAP = 2000
"""A year that has every day."""

_YEARS = 9
"""So many years in a row always have a 29 February."""

_CLOCK = re.compile(
    r"(?:^|(?<=[ t]))(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<half>[ap]m))?| ?(?P<bare>[ap]m))$"
)
_NUMBERED = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)t?")
_NAMED = re.compile(
    r"(?:(?P<day>\d\d?) (?P<month>[a-z]{3,})|(?P<month2>[a-z]{3,}) (?P<day2>\d\d?))"
    r"(?: (?P<year>\d{4}))?"
)
_HOW = "14:30, yesterday 09:00, mon 14:00, 20 Nov 14:00, 2026-11-20 08:15, -2h or now"
_HOW_AHEAD = "14:30, tomorrow 09:00, 20 Nov 14:00, 2026-11-20 08:15, +30m or -2h"


@frozen
class ClockTime:
    """A time of day, `clock`, on a day relative to the present.

    The day is `ago` days before today (below zero: after it), or the last `weekday` (0 is Monday),
    or the last `month_day` (month and day), or without any of them today. Except for `ago` it is
    the latest such day that is not in the future.
    """

    clock: time
    ago: int | None = None
    weekday: int | None = None
    month_day: tuple[int, int] | None = None

    @property
    def period(self) -> int:
        """The days after which there is another such time, at the latest."""
        if self.ago is not None:
            return 0
        return 7 if self.weekday is not None else 366 if self.month_day is not None else 1

    def candidates(self, today: date) -> Iterator[datetime]:
        """Yield the possible local times, seen `today`, the latest first."""
        for day in self._days(today):
            yield datetime.combine(day, self.clock)

    def _days(self, today: date) -> Iterator[date]:
        if self.ago is not None:
            yield today - timedelta(days=self.ago)
        elif self.month_day is not None:
            for year in range(today.year, today.year - _YEARS, -1):
                day = _make_date(year, *self.month_day)
                if day is not None:
                    yield day
        else:
            apart = 1 if self.weekday is None else 7
            since = 0 if self.weekday is None else (today.weekday() - self.weekday) % 7
            yield today - timedelta(days=since)
            yield today - timedelta(days=since + apart)


@frozen
class TimeInput:
    """A time as it was typed: `back` seconds before now, the date and time `when`, or `said`.

    `back` is below zero for a time to come.

    A time without an offset is in the zone that :meth:`seconds` gets.
    """

    text: str
    back: int | None = None
    when: datetime | None = None
    said: ClockTime | None = None

    def seconds(self, now: float, zone: tzinfo | None, *, last: bool = False) -> float:
        """The time in epoch seconds, seen at `now`; a time without an offset is in `zone`.

        `zone` None is the machine's own. Of an hour that comes twice it is the first, or with
        `last` the second. Raises ValueError for a local time that the clocks skip, and for one
        out of the calendar.
        """
        return self._resolve(now, zone, self._latest_past, last=last)

    def nearest(self, now: float, zone: tzinfo | None) -> float:
        """As :meth:`seconds`, but of several days that which is nearest to `now`, also to come."""
        return self._resolve(now, zone, self._nearest)

    def _resolve(
        self,
        now: float,
        zone: tzinfo | None,
        choose: Callable[[float, tzinfo | None], datetime],
        *,
        last: bool = False,
    ) -> float:
        try:
            if self.back is not None:
                datetime.fromtimestamp(now - self.back, UTC)
                # As it is: rounded, now may be still to come.
                return now - self.back
            when = self.when or choose(now, zone)
            if when.tzinfo is not None:
                return when.timestamp()
            seconds = when.replace(tzinfo=zone, fold=int(last)).timestamp()
            shown = datetime.fromtimestamp(seconds, zone)
        except (OverflowError, OSError, ValueError):
            raise ValueError(f"{_quote(self.text)} is out of the calendar") from None
        if shown.replace(tzinfo=None, fold=0) != when:
            where = zone or "local time"
            raise ValueError(
                f"{_quote(self.text)} does not exist in {where}, where the clocks skip it:"
                " give another time, or an offset such as Z"
            )
        return seconds

    def _nearest(self, now: float, zone: tzinfo | None) -> datetime:
        """The local time of `said` that is nearest to `now`."""
        assert self.said is not None
        today = datetime.fromtimestamp(now, zone).date()
        later = today + timedelta(days=self.said.period)
        found = {*self.said.candidates(today), *self.said.candidates(later)}
        return min(found, key=lambda each: abs(each.replace(tzinfo=zone).timestamp() - now))

    def _latest_past(self, now: float, zone: tzinfo | None) -> datetime:
        """The local time of `said`: of several the latest that is not in the future."""
        assert self.said is not None
        local = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
        meant = list(self.said.candidates(local.date()))
        for each in meant[:-1]:
            # In an hour that comes twice, local times do not compare.
            if each <= local or each.replace(tzinfo=zone).timestamp() <= now:
                return each
        return meant[-1]


FARTHEST = 10 * 366 * 86_400
"""The farthest that anybody can look back, seconds."""


def past_moment(given: TimeInput, now: float, zone: tzinfo | None) -> float:
    """`given` in epoch seconds. Raises ValueError if nobody can look there."""
    moment = given.seconds(now, zone)
    if not now - FARTHEST < moment <= now:
        why = "is still to come" if moment > now else "is more than ten years ago"
        raise ValueError(f"{given.text!r} {why}: give a time that has been watched")
    return moment


def parse_time(text: str, *, ahead: bool = False) -> TimeInput:
    """Parse a time: ``-2h``, ``now``, ISO 8601, or as people type it in a hurry.

    ``14:30`` or ``9:05 pm`` is today, or yesterday if it is still to come; a day may stand before
    it: ``yesterday``, ``today``, ``mon``, ``monday``, ``20 Nov``, ``20 Nov 2026``,
    ``2026-11-20``. A day alone is its midnight; a weekday or a day of the year is the last one.
    Case and further blanks do not matter. With `ahead` it may be to come: ``+2h``,
    ``tomorrow 9:00``. Raises ValueError, which says how to write a time.
    """
    words = " ".join(text.lower().replace(",", " ").split())
    try:
        if len(words) > _LONGEST:
            raise ValueError("too long")
        if ahead and words.startswith("+"):
            return TimeInput(text, back=-parse_duration(words[1:]))
        days = _DAYS_AHEAD if ahead else _DAYS
        parsed = _parse_relative(text, words) or _parse_day_and_time(text, words, days)
        return parsed or TimeInput(text, when=datetime.fromisoformat(words.upper()))
    except ValueError:
        how = _HOW_AHEAD if ahead else _HOW
        raise ValueError(f"{_quote(text)} is not a time: write {how}") from None


def _parse_relative(text: str, word: str) -> TimeInput | None:
    """Parse ``now`` and ``-2h``; None for anything else. Raises ValueError for a bad duration."""
    if word.lower() == "now":
        return TimeInput(text, back=0)
    return TimeInput(text, back=parse_duration(word[1:])) if word.startswith("-") else None


def _parse_day_and_time(text: str, words: str, days: Mapping[str, int]) -> TimeInput | None:
    """Parse a day, a time or both; None for anything else. Raises ValueError for a bad one.

    `days` are words for days, each with how long before today it is.
    """
    match = _CLOCK.search(words)
    clock = _parse_clock(match) if match else time()
    day = (words[: match.start()] if match else words).strip()
    if not day:
        return TimeInput(text, said=ClockTime(clock)) if match else None
    if day in days:
        return TimeInput(text, said=ClockTime(clock, ago=days[day]))
    weekday = _find_name(day, _WEEKDAYS)
    if weekday is not None:
        return TimeInput(text, said=ClockTime(clock, weekday=weekday))
    if numbered := _NUMBERED.fullmatch(day):
        year, month, number = map(int, numbered.groups())
        return TimeInput(text, when=datetime.combine(date(year, month, number), clock))
    if named := _NAMED.fullmatch(day):
        return _parse_month_day(text, named, clock)
    return None


def _parse_month_day(text: str, named: re.Match[str], clock: time) -> TimeInput | None:
    month = _find_name(named["month"] or named["month2"], _MONTHS)
    if month is None:
        return None
    number = int(named["day"] or named["day2"])
    if named["year"]:
        day = date(int(named["year"]), month + 1, number)
        return TimeInput(text, when=datetime.combine(day, clock))
    date(_LEAP, month + 1, number)
    return TimeInput(text, said=ClockTime(clock, month_day=(month + 1, number)))


def _parse_clock(match: re.Match[str]) -> time:
    """Parse a time of day. Raises ValueError for one that no clock shows."""
    hour, half = int(match["hour"]), match["half"] or match["bare"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("there are twelve hours before noon and twelve after it")
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(match["minute"] or 0), int(match["second"] or 0))


def _find_name(word: str, names: tuple[str, ...]) -> int | None:
    """The index of the name that begins with `word`, three letters or more; else None."""
    matches = (at for at, name in enumerate(names) if len(word) >= 3 and name.startswith(word))
    return next(matches, None)


def _make_date(year: int, month: int, day: int) -> date | None:
    """That day, or None if the year does not have it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
