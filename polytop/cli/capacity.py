"""``polytop capacity``: an Erlang-B what-if."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import WINDOW, Length, Number, overrides, target_options
from polytop.model import erlang, grid
from polytop.model.timeparse import exact_duration

if TYPE_CHECKING:
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.one_shot import ProfileReading


@dataclass(frozen=True, slots=True)
class MeasuredPeak:
    """The peak of a project: the highest 5-minute maximum of a window, epoch seconds."""

    profile: str
    start: int
    end: int
    time: int
    value: int
    at_limit: bool
    """Whether the peak reached the limit, so that calls may have been turned away."""


@dataclass(frozen=True, slots=True)
class Load:
    """An offered load, erlangs, and where it is from: ``peak``, ``arrivals`` or ``measured``."""

    erlangs: float
    source: str
    words: str
    measured: MeasuredPeak | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The question: `growth` is a factor, `target` the share of calls that may be blocked."""

    load: Load
    target: float
    growth: float = 1.0
    limit: int | None = None

    @property
    def offered(self) -> float:
        """The load after growth, erlangs."""
        return self.load.erlangs * self.growth


def load_of_peak(peak: MeasuredPeak) -> Load:
    """The peak of a project as a load."""
    span = exact_duration(peak.end - peak.start)
    words = f"measured: {peak.profile}, last {span}, peak at {grid.to_iso(peak.time)}"
    return Load(float(peak.value), "measured", words, peak)


def load_of_arrivals(calls_per_hour: float, seconds: float) -> Load:
    """Calls an hour of a mean length in seconds, as a load. Raises ValueError out of bounds."""
    words = f"{calls_per_hour:g} calls an hour of {seconds:g} s"
    return Load(erlang.offered_load(calls_per_hour, seconds), "arrivals", words)


def document(asked: WhatIf) -> dict[str, Any]:
    """Loads in erlangs, blocking as a share of the calls; what was not asked is null."""
    limit, peak = asked.limit, asked.load.measured
    return {
        "source": asked.load.source,
        "load": round(asked.load.erlangs, 4),
        "growth": asked.growth,
        "offered": round(asked.offered, 4),
        "measured": None if peak is None else _measured_document(peak),
        "blocking_target": asked.target,
        "limit_needed": erlang.limit_for(asked.offered, asked.target),
        "limit": limit,
        "blocking_at_limit": None
        if limit is None
        else erlang.blocking_probability(asked.offered, limit),
        "carried_at_limit": None
        if limit is None
        else round(erlang.carried_load(asked.offered, limit), 4),
        "load_at_limit": None if limit is None else round(erlang.load_for(limit, asked.target), 4),
    }


def _measured_document(peak: MeasuredPeak) -> dict[str, Any]:
    return {
        "profile": peak.profile,
        "window": {"start": grid.to_iso(peak.start), "end": grid.to_iso(peak.end)},
        "peak": {"time": grid.to_iso(peak.time), "value": peak.value},
        "at_limit": peak.at_limit,
    }


def lines(asked: WhatIf) -> tuple[str, ...]:
    """The same for people."""
    needed = erlang.limit_for(asked.offered, asked.target)
    rows = [("offered load", f"{_load(asked.load.erlangs)} erlangs ({asked.load.words})")]
    if asked.growth != 1:
        rows.append((f"with growth × {asked.growth:g}", f"{_load(asked.offered)} erlangs"))
    rows.append((f"limit for {share_text(asked.target)} blocking", f"{needed}"))
    if asked.limit is not None:
        rows += _at_limit(asked, asked.limit)
    width = max(len(label) for label, _ in rows)
    notes = _caution(asked.load.measured) if asked.load.measured else ()
    return (*(f"{label:<{width}}  {text}" for label, text in rows), *notes)


def _at_limit(asked: WhatIf, limit: int) -> list[tuple[str, str]]:
    blocked = erlang.blocking_probability(asked.offered, limit)
    busy = erlang.carried_load(asked.offered, limit) / limit
    most = _load(erlang.load_for(limit, asked.target))
    return [
        (
            f"blocking at limit {limit}",
            f"{share_text(blocked)}{_one_in(blocked)}, {share_text(busy)} in use",
        ),
        (
            f"load that limit {limit} takes",
            f"{most} erlangs at {share_text(asked.target)} blocking",
        ),
    ]


def _one_in(blocked: float) -> str:
    return f" (1 call in {1 / blocked:,.0f})".replace(",", " ") if blocked > 1e-6 else ""


def _load(erlangs: float) -> str:
    return f"{erlangs:.2f}".rstrip("0").rstrip(".")


def share_text(part: float) -> str:
    """``1 %``, ``0.12 %``, ``under 0.0001 %``."""
    if 0 < part < 1e-6:
        return "under 0.0001 %"
    text = f"{part * 100:.4f}" if 0 < part < 1e-4 else f"{part * 100:.3g}"
    return f"{text} %"


def _caution(peak: MeasuredPeak) -> tuple[str, ...]:
    """What a maximum in the place of a mean means for the answer."""
    said = [
        "",
        "The peak is the highest 5-minute maximum, not a mean. Erlang B asks for the mean load of",
        "the busy hour, which is lower: the limit above is on the safe side, and the blocking is",
        "an upper estimate.",
    ]
    if peak.at_limit:
        said += [
            "But the peak reached the limit: calls may have been turned away, which no data show.",
            "Then the load was higher than this, and more is needed.",
        ]
    return tuple(said)


_CALL = Length(1, 86_400, "a call is between 1s and 1d long")


class _Share(click.ParamType[float]):
    """A share above 0 and below 1: ``1%`` or ``0.01``."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        text = value.strip()
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            share = 0.0
        if not 0 < share < 1:
            self.fail(f"{value!r} is not a share: write 1% or 0.01", param, ctx)
        return share


@click.command("capacity", cls=Command)
@target_options
@click.option(
    "--peak",
    type=Number(0, 1e6),
    metavar="ERLANGS",
    help="The offered load itself: the mean of calls that run in the busy hour.",
)
@click.option("--calls-per-hour", type=Number(0, 1e9), metavar="N", help="Calls that arrive …")
@click.option("--length", type=_CALL, metavar="SPAN", help="… and their mean length: 4m, 90s.")
@click.option(
    "--window",
    type=WINDOW,
    default="7d",
    show_default=True,
    metavar="SPAN",
    help="Without either: the profile's peak of this span is asked for.",
)
@click.option(
    "--blocking",
    type=_Share(),
    default="1%",
    show_default=True,
    metavar="SHARE",
    help="Share of the calls that may be turned away.",
)
@click.option(
    "--growth",
    type=Number(0, 1_000, min_open=True),
    default=1.0,
    metavar="FACTOR",
    help="What the load is multiplied by, such as 1.2.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(**options: Any) -> None:
    """What-if by Erlang B: the limit that a load needs, and what a limit turns away.

    The load is given (--peak), or calls and their length are, or it is the peak of a profile.
    """
    load = _load_of_options(options)
    if load is None:
        from polytop.cli.logs import open_log
        from polytop.cli.runtime.client import Connection

        open_log()
        load, limit = _measure_load(options, Connection())
    else:
        limit = options["limit"]
    if load is None:
        sys.exit(1)
    _print(load, limit, options)


def _load_of_options(options: Mapping[str, Any]) -> "Load | None":
    """The load that the options say, or None where it is to be measured."""
    peak, calls, length = options["peak"], options["calls_per_hour"], options["length"]
    if (calls is None) != (length is None):
        raise click.UsageError("--calls-per-hour and --length go together")
    if peak is not None and calls is not None:
        raise click.UsageError("--peak and --calls-per-hour cannot be given together")
    if peak is None and calls is None:
        return None

    if peak is not None:
        return Load(peak, "peak", "given")
    try:
        return load_of_arrivals(calls, length)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _measure_load(
    options: Mapping[str, Any], connection: "Connection"
) -> "tuple[Load | None, int | None]":
    """The peak of the profile as a load, None where it cannot be had, and the limit."""
    import asyncio

    from polytop.cli.problems import problem_line
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.one_shot import read_profile, resolve_query

    query = resolve_query(overrides(options), os.environ, user_config())
    assert query.profile is not None
    reading = asyncio.run(
        read_profile(query, options["window"], os.environ, connection, breakdown=False)
    )
    limit = options["limit"] or (None if query.filters.active() else query.profile.limit)
    peak = _peak(reading)
    if peak is None:
        said = (
            problem_line(reading.errors[0]) if reading.errors else "no window of this span has data"
        )
        click.echo(f"polytop capacity: {said}", err=True)
        return None, limit
    return load_of_peak(peak), limit


def _peak(reading: "ProfileReading") -> "MeasuredPeak | None":

    snapshot = reading.snapshot
    if reading.failed or snapshot is None or snapshot.summary.peak is None:
        return None
    peak = snapshot.summary.peak
    reached = snapshot.capacity.limit is not None and peak.value >= snapshot.capacity.limit
    name = reading.query.name
    return MeasuredPeak(name, snapshot.start, snapshot.end, peak.window, peak.value, reached)


def _print(load: "Load", limit: int | None, options: Mapping[str, Any]) -> None:
    from polytop.cli.output import Style, pen_for, print_lines
    from polytop.model.erlang import MOST_LOAD

    asked = WhatIf(load, options["blocking"], options["growth"], limit)
    if asked.offered > MOST_LOAD:
        most = f"{MOST_LOAD:,.0f}".replace(",", " ")
        raise click.UsageError(f"a load is at most {most} erlangs: check the numbers")
    if options["as_json"]:
        import json

        print_lines(json.dumps(document(asked)))
        return
    pen = pen_for(sys.stdout, os.environ)
    print_lines("\n".join(pen.write(each, Style.PLAIN) for each in lines(asked)), pen)
