"""A small world for the history: scopes, answers, and a plain account of what must be known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from polytop.history.store import History
from polytop.history.types import COMPLETE, FINAL, PROVISIONAL, Scope, StoredAnswer, StoredSeries
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.target import ClientEnv, Filters, SliceBy, Target

MIDNIGHT = 20_000 * 86_400
TARGET = Target("ws-1", "PROJECT-1", "https://api.example.org", "uk-1")
TOTAL = Scope(TARGET, Filters())
VARIANTS = Scope(TARGET, Filters(), SliceBy.VARIANT)
SANDBOX = Scope(TARGET, Filters(ClientEnv.SANDBOX))
SCOPES = (TOTAL, VARIANTS, SANDBOX)
PARTS = (Part("a"), Part("b"), Part("ü|[/b]"), Part())


def total(start: int, *values: int) -> tuple[Row, ...]:
    return (Row(Part(), None, Series(start, values)),)


def row(name: str, start: int, *values: int) -> Row:
    return Row(Part(name), name.upper(), Series(start, values))


@st.composite
def answers(draw: st.DrawFn) -> StoredAnswer:
    """An answer for up to four hours around a midnight, asked before, within or after them."""
    scope = draw(st.sampled_from(SCOPES))
    start = MIDNIGHT + grid.STEP * draw(st.integers(-30, 30))
    size = draw(st.integers(1, 48))
    # Few moments and fractions of seconds, so that answers of the same second are met.
    at = draw(st.integers(-4, 14)) * 1_800 + draw(st.sampled_from((0.0, 0.25, 0.75, 300.0)))
    values = st.lists(
        st.sampled_from((UNKNOWN, GAP, 0, 1, 2, 3, 40_000, 3_000_000_000)),
        min_size=size,
        max_size=size,
    )
    parts = st.lists(st.sampled_from(PARTS), max_size=len(PARTS), unique=True)
    chosen = [Part()] if scope.slice_by is None else draw(parts)
    names = st.sampled_from((None, "one", "two", "\x1b[31m"))
    rows = tuple(
        Row(
            part,
            None if scope.slice_by is None else draw(names),
            Series(start, tuple(draw(values))),
        )
        for part in chosen
    )
    return StoredAnswer(scope, start, start + size * grid.STEP, rows, MIDNIGHT + at)


@dataclass(frozen=True)
class Sighting:
    """One value of one window of one part, and when it was seen."""

    window: int
    part: Part
    value: int
    at: int
    name: str | None


def sightings(answers: Iterable[StoredAnswer]) -> list[Sighting]:
    return [
        Sighting(window, row.part, value, int(kept.at), row.name)
        for kept in answers
        for row in kept.rows
        for window, value in row.series.known()
    ]


def expected(answers: Sequence[StoredAnswer], scope: Scope, start: int, end: int) -> StoredSeries:
    """Return the expected content of a history after `answers`, one window at a time."""
    mine = [kept for kept in answers if kept.scope == scope]
    seen = sightings(mine)
    windows = grid.windows(start, end)
    asked_at = [
        max((int(kept.at) for kept in mine if kept.start <= window < kept.end), default=None)
        for window in windows
    ]
    states = tuple(
        UNKNOWN if at is None else _state(at - window - grid.STEP)
        for at, window in zip(asked_at, windows, strict=True)
    )
    asked = Series(start, states)
    parts = {each.part for each in seen}
    rows = [
        Row(part, _name(mine, part), _present([s for s in seen if s.part == part], asked))
        for part in sorted(parts | ({Part()} if scope.slice_by is None else set()), key=_order)
    ]
    if scope.slice_by is not None:
        rows = [row for row in rows if max(row.series.values, default=UNKNOWN) >= 0]
    last = max((at for at in asked_at if at is not None), default=None)
    revised = _revised(seen, windows) if scope.slice_by is None else ()
    newest = next((at for at in reversed(asked_at) if at is not None), None)
    return StoredSeries(start, end, asked, last, tuple(rows), revised, newest)


def _state(age: int) -> int:
    return PROVISIONAL if age < 0 else COMPLETE if age < grid.RECENT else FINAL


def _order(part: Part) -> tuple[bool, str]:
    return part.id is None, part.id or ""


def _present(seen: list[Sighting], asked: Series) -> Series:
    values, lower = [], []
    for window, state in zip(grid.windows(asked.start, asked.end), asked.values, strict=True):
        here = [(s.at, s.value) for s in seen if s.window == window]
        values.append(max(here)[1] if here else UNKNOWN if state == UNKNOWN else GAP)
        if here and max(here)[0] < window + grid.STEP:
            lower.append(window)
    return Series(asked.start, tuple(values), frozenset({*asked.find(PROVISIONAL), *lower}))


def _revised(seen: list[Sighting], windows: Iterable[int]) -> tuple[tuple[int, int], ...]:
    found = []
    for window in windows:
        here = [(s.at, s.value) for s in seen if s.window == window]
        final = [pair for pair in here if pair[0] >= window + grid.STEP]
        if final and min(final)[1] != max(here)[1]:
            found.append((window, min(final)[1]))
    return tuple(found)


def _name(mine: list[StoredAnswer], part: Part) -> str | None:
    given = []
    for kept in mine:
        for row in kept.rows:
            ends = [window + grid.STEP for window, _ in row.series.known()]
            if row.part == part and row.name is not None and ends:
                given.append((max(ends), int(kept.at), row.name))
    return max(given)[2] if given else None


def keep(
    history: History, scope: Scope, start: int, end: int, rows: Sequence[Row], at: float
) -> None:
    """Store one answer."""
    history.keep_all((StoredAnswer(scope, start, end, tuple(rows), at),))
