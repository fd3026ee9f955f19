"""Moments as people write them: on the command line, and at the screen."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def parse_duration(text: str) -> int:
    """Seconds of ``90m``, ``6h``, ``1h30m``, ``7d``; a unit is needed.

    Raises ValueError that says how to write it.
    """
    squeezed = text.strip().lower()
    matches = _FORM.findall(squeezed)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in matches)
    if not matches or _FORM.sub("", squeezed).strip() or not math.isfinite(seconds):
        raise ValueError(f"{text!r} is not a duration: write 90m, 6h or 7d")
    return round(seconds)


def brief_duration(seconds: float) -> str:
    """A length in one unit, rounded down: ``4 s``, ``12 min``, ``3 h``, ``2 d``."""
    whole = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= 2 * size or (whole >= size and whole % size == 0):
            return f"{whole // size} {unit}"
    return f"{whole} s"


def coarse_duration(seconds: float) -> str:
    """:func:`brief_duration` in minutes at the least: ``<1 min``, ``1 min``, ``3 h``."""
    return brief_duration(seconds // 60 * 60) if seconds >= 60 else "<1 min"


def exact_duration(seconds: int) -> str:
    """A length without rounding, in the largest unit that holds it: ``90 min``, ``7 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0 and not (unit == "d" and seconds == size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

_LEAP = 2000
"""A year that has every day."""

_YEARS = 9
"""Years in a row, one of which has a 29 February wherever they start."""

_CLOCK = re.compile(
    r"(?:^|(?<=[ t]))(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<half>[ap]m))?| ?(?P<bare>[ap]m))$"
)
_NUMBERED = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)t?")
_NAMED = re.compile(
    r"(?:(?P<day>\d\d?) (?P<month>[a-z]{3,})|(?P<month2>[a-z]{3,}) (?P<day2>\d\d?))"
    r"(?: (?P<year>\d{4}))?"
)
_HOW_EXACT = "2026-11-20T08:15, 2026-11-20, 2026-11-20T08:15Z, -2h or now"
_HOW_TYPED = "14:30, yesterday 09:00, mon 14:00, 20 Nov 14:00, 2026-11-20 08:15, -2h or now"


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time `clock` on a day that depends on when it is said.

    The day is `ago` days before the present one, or the last `weekday` (0 is Monday), or the
    last `month_day` (month and day); with none of them today. Of the last three, the latest
    that is not in the future.
    """

    clock: time
    ago: int | None = None
    weekday: int | None = None
    month_day: tuple[int, int] | None = None

    def candidates(self, today: date) -> Iterator[datetime]:
        """The local times that are meant, seen `today`, the latest first."""
        for day in self._days(today):
            yield datetime.combine(day, self.clock)

    def _days(self, today: date) -> Iterator[date]:
        if self.ago is not None:
            yield today - timedelta(days=self.ago)
        elif self.month_day is not None:
            for year in range(today.year, today.year - _YEARS, -1):
                found = _make_date(year, *self.month_day)
                if found is not None:
                    yield found
        else:
            apart = 1 if self.weekday is None else 7
            since = 0 if self.weekday is None else (today.weekday() - self.weekday) % 7
            yield today - timedelta(days=since)
            yield today - timedelta(days=since + apart)


@dataclass(frozen=True, slots=True)
class TimeInput:
    """A moment as it was typed: `back` seconds before now, the date and time `when`, or `said`.

    Without an offset it is on a clock that is told when it is asked for.
    """

    text: str
    back: int | None = None
    when: datetime | None = None
    said: ClockTime | None = None

    def seconds(self, now: float, zone: tzinfo | None, *, last: bool = False) -> float:
        """Epoch seconds, seen at `now`; a time without an offset is of `zone`.

        `zone` None is the machine's own. An hour that the clocks pass twice is the first of the
        two, or with `last` the second. Raises ValueError for a local time that the clocks leave
        out, and for one that no clock can hold.
        """
        try:
            if self.back is not None:
                return datetime.fromtimestamp(now - self.back, UTC).timestamp()
            when = self.when or self._meant(now, zone)
            if when.tzinfo is not None:
                return when.timestamp()
            found = when.replace(tzinfo=zone, fold=int(last)).timestamp()
            shown = datetime.fromtimestamp(found, zone)
        except (OverflowError, OSError, ValueError):
            raise ValueError(f"{self.text!r} is out of the calendar") from None
        if shown.replace(tzinfo=None, fold=0) != when:
            where = zone or "local time"
            raise ValueError(
                f"{self.text!r} does not exist in {where}, where the clocks skip it:"
                " give another time, or an offset such as Z"
            )
        return found

    def _meant(self, now: float, zone: tzinfo | None) -> datetime:
        """The local time that was said; of several the latest that is not in the future."""
        assert self.said is not None
        local = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
        meant = list(self.said.candidates(local.date()))
        for each in meant[:-1]:
            # What the clock shows is no measure in an hour that comes twice.
            if each <= local or each.replace(tzinfo=zone).timestamp() <= now:
                return each
        return meant[-1]


def parse_time(text: str) -> TimeInput:
    """The moment that `text` writes: ``-2h``, ``now`` or ISO 8601; a date alone is its midnight.

    Raises ValueError that says how to write one.
    """
    word = text.strip()
    try:
        return _parse_relative(text, word) or TimeInput(text, when=datetime.fromisoformat(word))
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write {_HOW_EXACT}") from None


def parse_typed_time(text: str) -> TimeInput:
    """The moment that somebody types in a hurry: what :func:`parse_time` reads, and more.

    ``14:30`` or ``9:05 pm`` is today's, or yesterday's where that is still to come; a day may
    stand before it: ``yesterday``, ``today``, ``mon``, ``monday``, ``20 Nov``, ``20 Nov 2026``,
    ``2026-11-20``. A day alone is its midnight; a weekday or a day of the year is the last one.
    Case and further blanks do not matter. Raises ValueError that says how to write one.
    """
    words = " ".join(text.lower().replace(",", " ").split())
    try:
        found = _parse_relative(text, words) or _parse_day_and_time(text, words)
        return found or TimeInput(text, when=datetime.fromisoformat(words.upper()))
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write {_HOW_TYPED}") from None


def _parse_relative(text: str, word: str) -> TimeInput | None:
    """The moment that is told from now on backwards. Raises ValueError for no length of time."""
    if word.lower() == "now":
        return TimeInput(text, back=0)
    return TimeInput(text, back=parse_duration(word[1:])) if word.startswith("-") else None


def _parse_day_and_time(text: str, words: str) -> TimeInput | None:
    """A day, a time or both; None for anything else. Raises ValueError for no time or day."""
    match = _CLOCK.search(words)
    clock = _parse_clock(match) if match else time()
    day = (words[: match.start()] if match else words).strip()
    if not day:
        return TimeInput(text, said=ClockTime(clock)) if match else None
    if day in ("today", "yesterday"):
        return TimeInput(text, said=ClockTime(clock, ago=int(day == "yesterday")))
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
    """The time of day. Raises ValueError for one that no clock shows."""
    hour, half = int(match["hour"]), match["half"] or match["bare"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("there are twelve hours before noon and twelve after it")
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(match["minute"] or 0), int(match["second"] or 0))


def _find_name(word: str, names: tuple[str, ...]) -> int | None:
    """Which of `names` begins with `word`, three letters or more."""
    found = [at for at, name in enumerate(names) if len(word) >= 3 and name.startswith(word)]
    return found[0] if found else None


def _make_date(year: int, month: int, day: int) -> date | None:
    """That day, or None where the year has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
