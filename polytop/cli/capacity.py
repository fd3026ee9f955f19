"""``polytop capacity``: an Erlang-B what-if."""

import os
import sys
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import WINDOW, Number, Parsed, length, overrides, target_options
from polytop.model import erlang, grid
from polytop.model.frozen import frozen
from polytop.model.text import format_count
from polytop.model.timeparse import exact_duration

if TYPE_CHECKING:
    from polytop.cli.runtime.one_shot import ProfileReading


@frozen
class MeasuredPeak:
    """The highest 5-minute maximum of a project in `[start, end)`, epoch seconds."""

    profile: str
    start: int
    end: int
    time: int
    value: int
    at_limit: bool
    """True if the peak reached the limit, so that calls may have been turned away."""


@frozen
class Load:
    """An offered load in erlangs. `source` is ``peak``, ``arrivals`` or ``measured``."""

    erlangs: float
    source: str
    words: str
    measured: MeasuredPeak | None = None


@frozen
class WhatIf:
    """The question. `growth` is a factor, `target` the share of calls that may be blocked."""

    load: Load
    target: float
    growth: float = 1.0
    limit: int | None = None

    @property
    def offered(self) -> float:
        """The load after growth, erlangs."""
        return self.load.erlangs * self.growth


def load_of_peak(peak: MeasuredPeak) -> Load:
    """A measured peak as a load."""
    span = exact_duration(peak.end - peak.start)
    words = f"measured: {peak.profile}, last {span}, peak at {grid.to_iso(peak.time)}"
    return Load(float(peak.value), "measured", words, peak)


def load_of_arrivals(calls_per_hour: float, seconds: float) -> Load:
    """Calls an hour with a mean length in seconds, as a load. Raises ValueError out of bounds."""
    words = f"{calls_per_hour:g} calls an hour of {seconds:g} s"
    return Load(erlang.offered_load(calls_per_hour, seconds), "arrivals", words)


def document(question: WhatIf) -> dict[str, Any]:
    """The answer for ``--json``: loads in erlangs, blocking as a share; null if not asked."""
    limit, peak, offered = question.limit, question.load.measured, question.offered
    answer: dict[str, Any] = {
        "source": question.load.source,
        "load": round(question.load.erlangs, 4),
        "growth": question.growth,
        "offered": round(offered, 4),
        "measured": None,
        "blocking_target": question.target,
        "limit_needed": erlang.limit_for(offered, question.target),
        "limit": limit,
        "blocking_at_limit": None,
        "carried_at_limit": None,
        "load_at_limit": None,
    }
    if limit is not None:
        answer["blocking_at_limit"] = erlang.blocking_probability(offered, limit)
        answer["carried_at_limit"] = round(erlang.carried_load(offered, limit), 4)
        answer["load_at_limit"] = round(erlang.load_for(limit, question.target), 4)
    if peak is not None:
        answer["measured"] = {
            "profile": peak.profile,
            "window": {"start": grid.to_iso(peak.start), "end": grid.to_iso(peak.end)},
            "peak": {"time": grid.to_iso(peak.time), "value": peak.value},
            "at_limit": peak.at_limit,
        }
    return answer


_NOT_A_MEAN = (
    "",
    "The peak is the highest 5-minute maximum, not a mean. Erlang B asks for the mean load of",
    "the busy hour, which is lower: the limit above is on the safe side, and the blocking is",
    "an upper estimate.",
)
_TURNED_AWAY = (
    "But the peak reached the limit: calls may have been turned away, which no data show.",
    "Then the load was higher than this, and more is needed.",
)


def lines(question: WhatIf) -> tuple[str, ...]:
    """The answer as lines of text."""
    needed = erlang.limit_for(question.offered, question.target)
    rows = [("offered load", f"{_load(question.load.erlangs)} erlangs ({question.load.words})")]
    if question.growth != 1:
        rows.append((f"with growth × {question.growth:g}", f"{_load(question.offered)} erlangs"))
    rows.append((f"limit for {share_text(question.target)} blocking", f"{needed}"))
    if question.limit is not None:
        rows += _at_limit(question, question.limit)
    width = max(len(label) for label, _ in rows)
    answer = [f"{label:<{width}}  {text}" for label, text in rows]
    if question.load.measured is not None:
        answer += _NOT_A_MEAN
        if question.load.measured.at_limit:
            answer += _TURNED_AWAY
    return tuple(answer)


def _at_limit(question: WhatIf, limit: int) -> list[tuple[str, str]]:
    blocked = erlang.blocking_probability(question.offered, limit)
    busy = erlang.carried_load(question.offered, limit) / limit
    most = _load(erlang.load_for(limit, question.target))
    return [
        (
            f"blocking at limit {limit}",
            f"{share_text(blocked)}{_one_in(blocked)}, {share_text(busy)} in use",
        ),
        (
            f"load that limit {limit} takes",
            f"{most} erlangs at {share_text(question.target)} blocking",
        ),
    ]


def _one_in(blocked: float) -> str:
    """A share in words: ``(1 call in 50)``, ``(4 calls in 5)``, ``(all but 1 call in 100)``."""
    rest = 1 - blocked
    if blocked <= 1e-6 or rest <= 1e-6:
        return ""
    return f" (all but {_calls_in(rest)})" if blocked > 0.9 else f" ({_calls_in(blocked)})"


def _calls_in(share: float) -> str:
    """``1 call in 50``, or ``4 calls in 5`` where 1 in n is too coarse; `share` is at most 0.9."""
    calls = round(1 / share)
    if calls > 1 and abs(1 / calls - share) <= 0.1 * share:
        return f"1 call in {calls:,}".replace(",", " ")
    near = Fraction(share).limit_denominator(10)
    return f"{format_count(near.numerator, 'call')} in {near.denominator}"


def _load(erlangs: float) -> str:
    return f"{erlangs:.2f}".rstrip("0").rstrip(".")


def share_text(part: float) -> str:
    """``1 %``, ``0.12 %``, ``under 0.0001 %``, ``over 99.9 %``."""
    if 0 < part < 1e-6:
        return "under 0.0001 %"
    text = f"{part * 100:.4f}" if 0 < part < 1e-4 else f"{part * 100:.3g}"
    if part < 1 and float(text) == 100:
        return "over 99.9 %"
    return f"{text} %"


_CALL = length(1, 86_400, "a call is between 1s and 1d long")


def _parse_share(text: str) -> float:
    """A share between 0 and 1, both excluded: ``1%`` or ``0.01``."""
    bare = text.strip()
    try:
        share = float(bare[:-1]) / 100 if bare.endswith("%") else float(bare)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise ValueError(f"{text!r} is not a share: write 1% or 0.01")
    return share


@click.command("capacity", cls=Command)
@target_options
@click.option(
    "--peak",
    type=Number(0, 1e6),
    metavar="ERLANGS",
    help="The offered load: the mean number of calls in progress in the busy hour.",
)
@click.option("--calls-per-hour", type=Number(0, 1e9), metavar="N", help="Calls that arrive …")
@click.option("--length", type=_CALL, help="… and their mean length: 4m, 90s.")
@click.option(
    "--window",
    type=WINDOW,
    default="7d",
    help="Without --peak and --calls-per-hour: use the profile's peak of this span.",
)
@click.option(
    "--blocking",
    type=Parsed("share", _parse_share),
    default="1%",
    help="Share of the calls that may be turned away.",
)
@click.option(
    "--growth",
    type=Number(0, 1_000, min_open=True),
    default=1.0,
    metavar="FACTOR",
    help="Factor that multiplies the load, such as 1.2.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(**options: Any) -> None:
    """What-if by Erlang B: the limit that a load needs, and what a limit turns away.

    Give the load (--peak) or calls and their length; otherwise it is the peak of the profile.
    """
    load, limit = _load_of_options(options), options["limit"]
    if load is None:
        load, limit = _measure_load(options)
    _print(load, limit, options)


def _load_of_options(options: Mapping[str, Any]) -> Load | None:
    """The load that the options give; None if it has to be measured."""
    peak, calls, length = options["peak"], options["calls_per_hour"], options["length"]
    if (calls is None) != (length is None):
        raise click.UsageError("--calls-per-hour and --length go together")
    if peak is not None and calls is not None:
        raise click.UsageError("--peak and --calls-per-hour cannot be given together")
    if peak is not None:
        return Load(peak, "peak", "given")
    if calls is None:
        return None
    try:
        return load_of_arrivals(calls, length)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _measure_load(options: Mapping[str, Any]) -> tuple[Load, int | None]:
    """The profile's peak as a load, and the limit. Exits if the peak is not known."""
    import asyncio

    from polytop.cli.logs import open_log
    from polytop.cli.problems import problem_line
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.one_shot import read_profile, resolve_query

    open_log()
    query = resolve_query(overrides(options), os.environ, user_config())
    reading = asyncio.run(
        read_profile(query, options["window"], os.environ, Connection(), breakdown=False)
    )
    peak = measured_peak(reading)
    if peak is None:
        words = map(problem_line, reading.errors)
        click.echo(f"polytop capacity: {next(words, 'no window of this span has data')}", err=True)
        sys.exit(1)
    return load_of_peak(peak), options["limit"] or query.limit


def measured_peak(reading: "ProfileReading") -> MeasuredPeak | None:
    """Return the peak of `reading`; None if there are no data."""
    snapshot = reading.snapshot
    if reading.failed or snapshot is None or snapshot.summary.peak is None:
        return None
    peak = snapshot.summary.peak
    reached = snapshot.capacity.limit is not None and peak.value >= snapshot.capacity.limit
    name = reading.query.name
    return MeasuredPeak(name, snapshot.start, snapshot.end, peak.window, peak.value, reached)


def _print(load: Load, limit: int | None, options: Mapping[str, Any]) -> None:
    from polytop.cli.output import Style, pen_for, print_lines

    question = WhatIf(load, options["blocking"], options["growth"], limit)
    if question.offered > erlang.MOST_LOAD:
        most = f"{erlang.MOST_LOAD:,.0f}".replace(",", " ")
        raise click.UsageError(f"a load is at most {most} erlangs: check the numbers")
    if options["as_json"]:
        import json

        print_lines(json.dumps(document(question)))
        return
    pen = pen_for(sys.stdout, os.environ)
    print_lines("\n".join(pen.write(each, Style.PLAIN) for each in lines(question)), pen)
