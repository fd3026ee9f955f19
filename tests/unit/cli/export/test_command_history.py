"""``polytop export`` with a history: the same bytes as without, and less to ask for."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import aclosing, closing, contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from export_runs import PLACE, breaking, exported, no_time
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_profiles import KEY, NOW, simulated, way

from polytop.api.client import Client
from polytop.api.query import Query
from polytop.config.paths import config_file, history_file
from polytop.history.store import History
from polytop.history.types import MERGE_GAP, Scope
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.secret import Secret
from polytop.model.series import GAP, Series
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.export_source import ExportHistory, ExportPiece, ExportSource
from polytop.simulator.app import Simulator

HOUR, DAY = 3_600, 86_400
FORMATS = ("csv", "json", "jsonl", "openmetrics")
TARGET = Target("ws-simulator", "PROJECT-simulator", "https://simulator.invalid")
NO_KEY = {name: value for name, value in PLACE.items() if name != "POLYTOP_API_KEY"}
SLICES = ((), ("--slice-by", "variant"))


@contextmanager
def new_home() -> Iterator[Path]:
    """A folder for the files of one example."""
    with TemporaryDirectory() as name, patch.dict(os.environ, {"XDG_DATA_HOME": name}):
        yield Path(name)


def written(service: Simulator, *arguments: str, environ: dict[str, str] | None = None) -> bytes:
    """Return the output of an export without errors."""
    with TemporaryDirectory() as name:
        file = Path(name, "out")
        assert exported(service, *arguments, "-o", str(file), environ=environ) == 0
        return file.read_bytes()


def span(start: float, end: float) -> tuple[str, ...]:
    return ("--start", grid.to_iso(start), "--end", grid.to_iso(end))


def asked(service: Simulator) -> list[tuple[float, float]]:
    """The ranges that were asked for, in hours before now."""
    pairs = [dict(each.query) for each in service.requests]
    ends = [(grid.from_iso(q["start_time"]), grid.from_iso(q["end_time"])) for q in pairs]
    return [((NOW_FLOOR - start) / HOUR, (NOW_FLOOR - end) / HOUR) for start, end in ends]


NOW_FLOOR = grid.floor(NOW)
HOURS = st.integers(0, 40 * 12).map(lambda steps: NOW_FLOOR - steps * grid.STEP)
RANGES = st.tuples(HOURS, HOURS).map(sorted).filter(lambda pair: pair[0] < pair[1])


# -- the same bytes


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(RANGES, st.sampled_from(SLICES)), max_size=3),
    RANGES,
    st.sampled_from(FORMATS),
    st.sampled_from(SLICES),
)
def test_whatever_is_known_already_the_bytes_are_those_of_the_api(
    before: list[tuple[list[int], tuple[str, ...]]],
    wanted: list[int],
    form: str,
    sliced: tuple[str, ...],
) -> None:
    with new_home():
        for (start, end), way_cut in before:
            written(simulated(variants=3), *span(start, end), *way_cut)
        given = (*span(*wanted), *sliced, "--format", form)
        alone = written(simulated(variants=3), *given, "--no-history")
        for _ in range(2):
            assert written(simulated(variants=3), *given) == alone


@pytest.mark.parametrize("sliced", SLICES)
def test_weeks_that_are_known_are_not_asked_for_and_need_no_key(sliced: tuple[str, ...]) -> None:
    given = (*span(NOW - 17 * DAY, NOW - 2 * HOUR), *sliced)
    alone = {form: written(simulated(), *given, "--format", form) for form in FORMATS}
    service = simulated("401")
    for form in FORMATS:
        assert written(service, *given, "--format", form, environ=NO_KEY) == alone[form]
    assert service.count == 0


PARTS = st.sampled_from([Part(name) for name in ("a", "b", "ü|", "ä b")] + [Part()])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """An answer to ten hours, as the API's are read: by id, what has none first."""
    values = st.lists(st.sampled_from((GAP, 0, 1, 7, 50_000)), min_size=120, max_size=120)
    if draw(st.booleans()):
        return Answer(Series(START, tuple(draw(values))))
    parts = sorted(draw(st.sets(PARTS)), key=lambda part: (not part.absent, part.id or ""))
    names = st.sampled_from((None, "Main line", "=1+1", "\x1b[31m"))
    rows = (Row(part, draw(names), Series(START, tuple(draw(values)))) for part in parts)
    return Answer(None, tuple(row for row in rows if max(row.series.values) >= 0))


START = NOW_FLOOR - DAY


@settings(max_examples=40, deadline=None)
@given(answers())
def test_what_was_kept_is_read_as_it_was_answered(answer: Answer) -> None:
    slice_by = None if answer.total is not None else SliceBy.VARIANT
    query = Query(TARGET, Filters(), START, START + 10 * HOUR, slice_by)
    with (
        new_home() as folder,
        closing(ExportHistory(History(folder / "h", clock=lambda: NOW), lambda: NOW)) as past,
    ):
        assert past.pieces(query) == (ExportPiece(query),)
        past.keep(query, answer, NOW)
        assert past.pieces(query) == (ExportPiece(query, kept=True),)
        assert past.read(query) == answer
        assert past.trouble is None


# -- what is asked for


@settings(max_examples=25, deadline=None)
@given(st.lists(RANGES, max_size=4), RANGES, st.integers(0, 30))
def test_the_pieces_cover_the_range_exactly_and_what_is_kept_is_final(
    known: list[list[int]], wanted: list[int], weeks: int
) -> None:
    query = Query(TARGET, Filters(), wanted[0] - weeks * grid.WEEK, wanted[1])
    with (
        new_home() as folder,
        closing(ExportHistory(History(folder / "h", clock=lambda: NOW), lambda: NOW)) as past,
    ):
        for start, end in known:
            blank = Answer(Series(start, (GAP,) * grid.count(start, end)))
            past.keep(Query(TARGET, Filters(), start, end), blank, NOW)
        history = History(folder / "h")
        history.open()
        pieces = past.pieces(query)
        assert [pieces[0].query.start, pieces[-1].query.end] == [query.start, query.end]
        for one, two in pairwise(pieces):
            assert one.query.end == two.query.start
        for piece in pieces:
            assert 0 < piece.query.end - piece.query.start <= grid.WEEK
            assert (past.read(piece.query) is not None) is piece.kept
        # Nothing is asked for beyond what lacks and short stretches between.
        lacking = set()
        for piece in pieces:
            lacking |= set(past_lacks(history, piece.query)) if not piece.kept else set()
        assert lacking == set(past_lacks(history, query))
        history.close()


def past_lacks(history: History, query: Query) -> list[int]:
    held = history.read(scope_of(query), query.start, query.end)
    return [at for run in held.lacking(query.start, query.end) for at in grid.windows(*run)]


def scope_of(query: Query) -> Scope:
    return Scope(query.target, query.filters, query.slice_by)


def test_holes_with_little_between_them_are_one_request() -> None:
    assert MERGE_GAP == DAY
    for first in (100.0, 60.0):  # hours before now, twelve each
        written(simulated(), *span(NOW_FLOOR - first * HOUR, NOW_FLOOR - (first - 12) * HOUR))
    service = simulated()
    written(service, *span(NOW_FLOOR - 120 * HOUR, NOW_FLOOR - 2 * HOUR))
    assert asked(service) == [(120, 2)]
    # A day and a little more between them is not asked for again.
    service = simulated()
    written(service, *span(NOW_FLOOR - 122 * HOUR, NOW_FLOOR))
    assert asked(service) == [(122, 120), (2, 0)]


def test_no_history_asks_for_all_and_keeps_nothing() -> None:
    for words, config in ((("--no-history",), ""), ((), "[history]\nenabled = false\n")):
        config_file().parent.mkdir(parents=True, exist_ok=True)
        config_file().write_text(config)
        for _ in range(2):
            service = simulated()
            written(service, *words)
            assert asked(service) == [(24, 0)]
        assert not history_file().exists()


async def test_what_was_removed_after_a_look_is_asked_for(tmp_path: Path) -> None:
    service, path = simulated(), tmp_path / "h"
    transport = way(service).transport
    assert transport is not None
    query = Query(TARGET, Filters(), NOW_FLOOR - 3 * DAY, NOW_FLOOR - DAY)

    async def read(
        past: ExportHistory, pieces: tuple[ExportPiece, ...]
    ) -> list[tuple[ExportPiece, Answer]]:
        source = ExportSource(
            past,
            lambda: Client(TARGET, Secret(KEY), transport=transport()),
            clock=lambda: NOW,
            sleep=no_time,
            waiting=lambda *_: None,
        )
        async with aclosing(source), aclosing(source.in_order(pieces)) as found:
            return [each async for each in found]

    with closing(ExportHistory(History(path, clock=lambda: NOW), lambda: NOW)) as past:
        ((_, first),) = await read(past, past.pieces(query))
        pieces = past.pieces(query)
        assert [piece.kept for piece in pieces] == [True]
        with closing(History(path)) as other:
            other.open()
            other.prune(before=NOW_FLOOR, largest=None)
        ((piece, second),) = await read(past, pieces)
    assert (piece.kept, second.total, service.count) == (False, first.total, 2)


# -- what goes wrong


def test_a_history_that_cannot_be_used_is_said_and_the_api_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = written(simulated())
    with closing(sqlite3.connect(history_file(), isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")
    capsys.readouterr()
    service = simulated()
    assert written(service) == alone
    said = capsys.readouterr().err
    assert said.startswith("polytop export: the history is not used: ")
    assert "update polytop" in said
    assert said.count("\n") == 1
    assert asked(service) == [(24, 0)]


def test_one_that_is_damaged_is_set_aside_and_begun_anew(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = written(simulated())
    history_file().write_bytes(b"no database at all" * 999)
    assert written(simulated()) == alone
    assert "set aside" in capsys.readouterr().err
    service = simulated()
    assert written(service) == alone
    assert asked(service) == [(pytest.approx(1, abs=0.1), 0)]
    assert capsys.readouterr().err == ""


def test_nothing_is_written_before_the_api_has_answered_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    written(simulated(), *span(NOW - 9 * DAY, NOW - 8 * DAY))
    assert exported(simulated("403"), "--start", "-9d") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nothing was written" in shown.err


def test_what_was_answered_before_a_failure_is_kept() -> None:
    assert exported(breaking(2), "--start", "-40d", "-o", "/dev/null") == 1
    service = simulated()
    written(service, "--start", "-40d")
    begin = asked(service)[0][0]
    assert begin < 40 * 24 - 7 * 24
