"""Thresholds and performance data of a monitoring plug-in.

Source: Monitoring Plugins Development Guidelines, "Performance data":
``'label'=value[UOM];[warn];[crit];[min];[max]``, separated by spaces, empty ends left out.
"""

import math
import re

from polytop.model.frozen import frozen
from polytop.model.text import printable

_NUMBER = r"-?\d{1,9}(?:\.\d{1,6})?%?"
_RANGE = re.compile(rf"(@)?(?:(~|{_NUMBER})?(:))?({_NUMBER})?", re.ASCII)


@frozen
class Range:
    """Alerts for values outside ``[start, end]``, or within it if `inside`."""

    start: float
    end: float
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Return True if `value` alerts; both ends belong to the range."""
        return (self.start <= value <= self.end) is self.inside

    def alerts_rising(self, value: float) -> bool:
        """Return True if a value that may still rise alerts; it is never too low yet."""
        return self.alerts(value) and (self.inside or value >= self.start)

    def __str__(self) -> str:
        """The range in the notation of perfdata, in the unit of the value."""
        mark = "@" if self.inside else ""
        end = "" if self.end == math.inf else number(self.end)
        if self.start == 0 and end:
            return f"{mark}{end}"
        start = "~" if self.start == -math.inf else number(self.start)
        return f"{mark}{start}:{end}"


@frozen
class Threshold:
    """A range as it was typed, before the limit is known; None is an open end."""

    start: str | None
    end: str | None
    inside: bool = False

    @property
    def relative(self) -> bool:
        """True if an end is a percentage of the limit."""
        return any(bound is not None and bound.endswith("%") for bound in (self.start, self.end))

    def within(self, limit: int | None) -> Range:
        """The range in conversations. Raises ValueError for a percentage without a limit."""
        if self.relative and limit is None:
            raise ValueError("a percentage needs a limit: give --limit, or limit in the profile")
        start = -math.inf if self.start is None else _level(self.start, limit)
        end = math.inf if self.end is None else _level(self.end, limit)
        if start > end:
            mark = "@" if self.inside else ""
            raise ValueError(
                f"a range starts at its lower end: write {mark}{self.end}:{self.start}"
            )
        return Range(start, end, self.inside)


def parse(text: str) -> Threshold:
    """Parse `text`. Raises ValueError that says how to write a threshold.

    Without a start it is 0, without an end infinity; ``~`` is minus infinity.
    """
    match = _RANGE.fullmatch(text.strip())
    start, colon, end = (match[2], match[3], match[4]) if match else (None, None, None)
    if match is None or (start is None and end is None):
        shown = repr(printable(text, 40))
        raise ValueError(f"{shown} is not a threshold: write 80%, 100, 10:, ~:5, 10:20 or @10:20")
    if start == "~":
        start = None
    elif start is None or not colon:
        start = "0"
    return Threshold(start, end, match[1] is not None)


def _level(bound: str, limit: int | None) -> float:
    if bound.endswith("%"):
        return round(float(bound[:-1]) / 100 * (limit or 0), 6)
    return float(bound)


def up_to(level: float) -> Range:
    """The range that a count alerts outside if its band begins at `level`: 96 gives ``95``."""
    return Range(0, max(0, math.ceil(level) - 1))


def number(value: float) -> str:
    """`value` in the digits of perfdata: ``96``, ``8.8``."""
    return f"{round(value, 6):f}".rstrip("0").rstrip(".") or "0"


@frozen
class Metric:
    """One value of perfdata, with all numbers in `unit`: ``s``, ``%`` or none.

    `label` is a word of letters and digits, which needs no quotes.
    """

    label: str
    value: float
    unit: str = ""
    warning: Range | None = None
    critical: Range | None = None
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        ranges = ("" if each is None else str(each) for each in (self.warning, self.critical))
        bounds = ("" if each is None else number(each) for each in (self.least, self.most))
        fields = (f"{number(self.value)}{self.unit}", *ranges, *bounds)
        return f"{self.label}={';'.join(fields).rstrip(';')}"
