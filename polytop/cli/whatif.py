"""What a load needs and what a limit turns away, as lines and as a document."""

from dataclasses import dataclass
from typing import Any

from polytop.model import erlang, grid
from polytop.model.duration import exact


@dataclass(frozen=True, slots=True)
class Measured:
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
    measured: Measured | None = None


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


def measured_load(found: Measured) -> Load:
    """The peak of a project as a load."""
    span = exact(found.end - found.start)
    words = f"measured: {found.profile}, last {span}, peak at {grid.to_iso(found.time)}"
    return Load(float(found.value), "measured", words, found)


def arrivals(calls_per_hour: float, seconds: float) -> Load:
    """Calls an hour of a mean length in seconds, as a load. Raises ValueError out of bounds."""
    words = f"{calls_per_hour:g} calls an hour of {seconds:g} s"
    return Load(erlang.offered(calls_per_hour, seconds), "arrivals", words)


def document(asked: WhatIf) -> dict[str, Any]:
    """Loads in erlangs, blocking as a share of the calls; what was not asked is null."""
    limit, found = asked.limit, asked.load.measured
    return {
        "source": asked.load.source,
        "load": round(asked.load.erlangs, 4),
        "growth": asked.growth,
        "offered": round(asked.offered, 4),
        "measured": None if found is None else _measured(found),
        "blocking_target": asked.target,
        "limit_needed": erlang.limit_for(asked.offered, asked.target),
        "limit": limit,
        "blocking_at_limit": None if limit is None else erlang.blocking(asked.offered, limit),
        "carried_at_limit": None
        if limit is None
        else round(erlang.carried(asked.offered, limit), 4),
        "load_at_limit": None if limit is None else round(erlang.load_for(limit, asked.target), 4),
    }


def _measured(found: Measured) -> dict[str, Any]:
    return {
        "profile": found.profile,
        "window": {"start": grid.to_iso(found.start), "end": grid.to_iso(found.end)},
        "peak": {"time": grid.to_iso(found.time), "value": found.value},
        "at_limit": found.at_limit,
    }


def lines(asked: WhatIf) -> tuple[str, ...]:
    """The same for people."""
    needed = erlang.limit_for(asked.offered, asked.target)
    rows = [("offered load", f"{_load(asked.load.erlangs)} erlangs ({asked.load.words})")]
    if asked.growth != 1:
        rows.append((f"with growth × {asked.growth:g}", f"{_load(asked.offered)} erlangs"))
    rows.append((f"limit for {share(asked.target)} blocking", f"{needed}"))
    if asked.limit is not None:
        rows += _at_limit(asked, asked.limit)
    width = max(len(label) for label, _ in rows)
    notes = _caution(asked.load.measured) if asked.load.measured else ()
    return (*(f"{label:<{width}}  {text}" for label, text in rows), *notes)


def _at_limit(asked: WhatIf, limit: int) -> list[tuple[str, str]]:
    blocked = erlang.blocking(asked.offered, limit)
    busy = erlang.carried(asked.offered, limit) / limit
    most = _load(erlang.load_for(limit, asked.target))
    return [
        (f"blocking at limit {limit}", f"{share(blocked)}{_one_in(blocked)}, {share(busy)} in use"),
        (
            f"load that limit {limit} takes",
            f"{most} erlangs at {share(asked.target)} blocking",
        ),
    ]


def _one_in(blocked: float) -> str:
    return f" (1 call in {1 / blocked:,.0f})".replace(",", " ") if blocked > 1e-6 else ""


def _load(erlangs: float) -> str:
    return f"{erlangs:.2f}".rstrip("0").rstrip(".")


def share(part: float) -> str:
    """``1 %``, ``0.12 %``, ``under 0.0001 %``."""
    if 0 < part < 1e-6:
        return "under 0.0001 %"
    text = f"{part * 100:.4f}" if 0 < part < 1e-4 else f"{part * 100:.3g}"
    return f"{text} %"


def _caution(found: Measured) -> tuple[str, ...]:
    """What a maximum in the place of a mean means for the answer."""
    said = [
        "",
        "The peak is the highest 5-minute maximum, not a mean. Erlang B asks for the mean load of",
        "the busy hour, which is lower: the limit above is on the safe side, and the blocking is",
        "an upper estimate.",
    ]
    if found.at_limit:
        said += [
            "But the peak reached the limit: calls may have been turned away, which no data show.",
            "Then the load was higher than this, and more is needed.",
        ]
    return tuple(said)
