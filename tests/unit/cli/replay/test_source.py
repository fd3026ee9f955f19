"""A recording in the place of the API: the same answers, up to the clock of the replay."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.api.errors import BadRequest
from polytop.api.query import Query
from polytop.cli.replay import command
from polytop.cli.replay.files import Recording
from polytop.cli.replay.source import Replay, ReplayClock, replay_source
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import GAP, Series
from polytop.model.snapshot import State, View
from polytop.model.target import ClientEnv, Filters, SliceBy, Target
from polytop.model.timeparse import parse_time

START = 1_789_997_700
TOTAL = Series(START, (5, GAP, 7, 9))
ROWS = (
    Row(Part("V1"), "one", Series(START, (3, 4, GAP, 1))),
    Row(Part("V2"), "two", Series(START, (2, GAP, 0, 8))),
    Row(Part("V3"), "two", Series(START, (GAP, GAP, GAP, 1))),
    Row(Part(None), None, Series(START, (1, 1, 1, 1))),
)
END = START + 1_200
BOTH = Recording(START, END, TOTAL, ROWS, "ws-one", "PROJECT-one")
TARGET = Target("ws-one", "PROJECT-one", "file:")
VARIANT = SliceBy.VARIANT


def asked(
    recording: Recording = BOTH,
    *,
    at: float = END,
    start: int = START,
    end: int = END,
    slice_by: SliceBy | None = None,
    **filters: Any,
) -> Answer:
    query = Query(TARGET, Filters(**filters), start, end, slice_by)
    found = asyncio.run(Replay(recording, lambda: at).fetch(query))
    assert isinstance(found, Answer)
    return found


def refused(recording: Recording = BOTH, **more: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        asked(recording, **more)
    problem = caught.value.problem
    assert problem.advice
    return problem.summary


# -- answers


@given(
    st.integers(-5, 10),
    st.integers(1, 12),
    st.floats(START - 3_000, END + 3_000),
)
def test_an_answer_is_what_was_over_by_then(first: int, size: int, at: float) -> None:
    start = START + first * 300
    end = start + size * 300
    total = asked(at=at, start=start, end=end).total
    assert total is not None
    assert (total.start, total.end) == (start, end)
    over = [pair for pair in TOTAL.known() if start <= pair[0] < end and pair[0] + 300 <= at]
    assert list(total.known()) == over
    assert set(total.values) <= {GAP} | set(TOTAL.values)
    rows = asked(at=at, start=start, end=end, slice_by=VARIANT).rows
    for row in ROWS:
        known = [
            pair for pair in row.series.known() if start <= pair[0] < end and pair[0] + 300 <= at
        ]
        told = [list(each.series.known()) for each in rows if each.part == row.part]
        assert told == ([known] if known else [])


def test_a_filter_for_a_variant_narrows_both() -> None:
    assert asked(variant_id="V2").total == ROWS[1].series
    assert asked(variant_id="V2", slice_by=VARIANT).rows == (ROWS[1],)
    assert asked(variant_name="one").total == ROWS[0].series
    assert asked(variant_name="two", slice_by=VARIANT).rows == ROWS[1:3]
    assert asked(variant_id="V9").total == Series(START, (GAP,) * 4)
    assert asked(variant_id="V9", slice_by=VARIANT).rows == ()


def test_a_total_is_never_added_up() -> None:
    alone = Recording(START, END, None, ROWS)
    assert asked(alone).total == Series(START, (GAP,) * 4)
    assert asked(alone, variant_id="V1").total == ROWS[0].series
    assert "2 variants are called two" in refused(alone, variant_name="two")
    assert "2 variants are called two" in refused(variant_name="two")


def test_what_the_file_does_not_hold_is_refused_in_words() -> None:
    assert "narrowed by language" in refused(language="en-GB")
    assert "narrowed by phone number" in refused(phone_number="+447856838428", slice_by=VARIANT)
    assert "taken to be of live" in refused(client_env=ClientEnv.SANDBOX)
    total = Recording(START, END, TOTAL, None)
    assert "No variants are in the file" in refused(total, slice_by=VARIANT)
    assert "cannot be narrowed" in refused(total, variant_id="V1")
    assert asked(total).total == TOTAL


# -- the clock


@given(st.floats(0, 3_600), st.floats(0, 10_000), st.floats(0, 10_000))
def test_the_clock_runs_at_its_speed_and_stops_at_the_end(
    speed: float, one: float, two: float
) -> None:
    times = iter([50.0, 50.0 + one, 50.0 + one + two])
    clock = ReplayClock(START, END, speed, lambda: next(times))
    first, second = clock(), clock()
    assert START <= first <= second <= END
    assert first == END or first == pytest.approx(START + one * speed, abs=1e-3)


def test_a_replay_begins_where_it_is_told() -> None:
    still = command.clock_of(BOTH, None, None)
    assert (still(), still.speed) == (END, 0)
    played = command.clock_of(BOTH, 60.0, None)
    assert (played.start, played.stop, played.speed) == (START + 300, END, 60)
    assert command.clock_of(BOTH, 60.0, parse_time("-10m")).start == END - 600
    assert command.clock_of(BOTH, 60.0, parse_time("2026-09-21T13:40Z")).start == START + 300
    short = Recording(START, START + 300, Series(START, (1,)), None)
    assert command.clock_of(short, 60.0, None)() == START + 300
    for said in ("-1h", "now", "2026-09-21T13:34Z"):
        with pytest.raises(click.UsageError, match="outside the recording"):
            command.clock_of(BOTH, 60.0, parse_time(said))
    with pytest.raises(click.UsageError, match="--speed"):
        command.clock_of(BOTH, None, parse_time("-10m"))


@given(st.integers(1, 40_000), st.integers(1_800, 30 * 86_400), st.booleans())
def test_a_still_recording_is_shown_exactly_and_a_played_one_as_wide_as_usual(
    size: int, window: int, chosen: bool
) -> None:
    end = START + size * 300
    found = Recording(START, end, None, None)
    still = command.initial_view(found, {"speed": None, "window": window}, window_chosen=chosen)
    exact = max(1_800, min(90 * 86_400, size * 300))
    assert still == {"window": window if chosen else exact, "end": end}
    played = command.initial_view(found, {"speed": 60.0, "window": window}, window_chosen=chosen)
    assert played["end"] is None
    span = played["window"]
    assert span is not None
    assert 1_800 <= span <= window
    assert span == window or end + 300 - span <= START


def test_what_cannot_be_seen_is_said() -> None:
    assert command.remarks(BOTH) == ()
    alone = command.remarks(Recording(START, END, None, ROWS, doubled=2))
    assert "the total is not in the file" in alone[0]
    assert alone[1].startswith("2 windows are given twice")


# -- through the poller


def given_options(*arguments: str) -> dict[str, Any]:
    context = command.command.make_context("replay", [*arguments, "a.csv"])
    return {name: value for name, value in context.params.items() if name != "files"}


async def test_the_screen_is_fed_what_the_file_holds() -> None:
    clock = ReplayClock(END, END, 0.0)
    source = replay_source(BOTH, clock, ClientEnv.LIVE, 12)
    feed = await source.open(View(Filters(), 3_600))
    async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
        async for found in snapshots:
            assert found.state is State.LIVE
            if found.rows is not None and found.summary.peak is not None:
                break
    assert (found.summary.peak.value, found.summary.peak.window) == (9, END - 300)
    assert found.capacity.limit == 12
    assert {row.part: row.summary.peak and row.summary.peak.value for row in found.rows} == {
        Part("V1"): 4, Part("V2"): 8, Part("V3"): 1, Part(None): 1,
    }  # fmt: skip


def test_the_watch_says_what_it_is() -> None:
    files = (Path("a\x1b.csv"), Path("b.csv"))
    options = given_options("--client-env", "sandbox", "--variant-id", "V1", "--limit", "9")
    still = command.build_replay_profile(files, BOTH, command.clock_of(BOTH, None, None), options)
    assert still.subject.profile == "a␛.csv +1"
    assert (still.subject.note, still.subject.recorded) == ("replay", END)
    assert (still.subject.target.account_id, still.subject.target.region) == ("ws-one", "file")
    assert still.filters == Filters(ClientEnv.SANDBOX, "V1")
    assert still.make_notifier is None
    alone = Recording(START, END, None, ROWS, "\n" * 3, "x\x1b")
    played = command.clock_of(alone, 60.0, None)
    watch = command.build_replay_profile(files[1:], alone, played, given_options())
    assert watch.subject.profile == "no total: b.csv"
    assert watch.subject.note == "replay ×60"
    assert watch.subject.target.account_id == "␊␊␊"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--speed", "0"], "0"),
        (["--client-env", "moon"], "moon"),
        (["--from", "soon"], "write 14:30, yesterday 09:00"),
        (["--variant-id", "a", "--variant-name", "b"], "not both"),
    ],
)
def test_a_wrong_call_is_a_usage_error(arguments: list[str], said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        command.run((Path("gone"),), given_options(*arguments), window_chosen=True)
