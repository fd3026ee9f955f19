"""Moments on the command line: ISO 8601, or relative to now as ``-2h``."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import click

from polytop.model.duration import parse


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as it was typed: `back` seconds before now, or the date and time `when`.

    A `when` without an offset is on a clock that is told when it is asked for.
    """

    text: str
    back: int | None = None
    when: datetime | None = None

    def seconds(self, now: float, zone: tzinfo | None, *, last: bool = False) -> float:
        """Epoch seconds, seen at `now`; a time without an offset is of `zone`.

        `zone` None is the machine's own. An hour that the clocks pass twice is the first of the
        two, or with `last` the second. Raises ValueError for a local time that the clocks leave
        out, and for one that no clock can hold.
        """
        if self.when is None:
            return now - (self.back or 0)
        if self.when.tzinfo is not None:
            return self.when.timestamp()
        try:
            found = self.when.replace(tzinfo=zone, fold=int(last)).timestamp()
            shown = datetime.fromtimestamp(found, zone)
        except (OverflowError, OSError, ValueError):
            raise ValueError(f"{self.text!r} is out of the calendar") from None
        if shown.replace(tzinfo=None, fold=0) != self.when:
            where = zone or "local time"
            raise ValueError(
                f"{self.text!r} does not exist in {where}, where the clocks skip it:"
                " give another time, or an offset such as Z"
            )
        return found


def moment(text: str) -> Moment:
    """The moment that `text` writes: ``-2h``, ``now`` or ISO 8601; a date alone is its midnight.

    Raises ValueError that says how to write one.
    """
    word = text.strip()
    if word.lower() == "now":
        return Moment(text, back=0)
    try:
        if word.startswith("-"):
            return Moment(text, back=parse(word[1:]))
        return Moment(text, when=datetime.fromisoformat(word))
    except ValueError:
        how = "2026-11-20T08:15, 2026-11-20, 2026-11-20T08:15Z, -2h or now"
        raise ValueError(f"{text!r} is no moment: write {how}") from None


class MomentType(click.ParamType[Moment]):
    """An option that is a moment."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Moment:
        """The moment, or a usage error that says how to write one."""
        if isinstance(value, Moment):
            return value
        try:
            return moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
