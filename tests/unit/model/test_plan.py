"""The plan of a launch: read as a spreadsheet writes it, and compared with what was."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.plan import (
    Deviation,
    Launch,
    Plan,
    PlanError,
    Planned,
    PlanRow,
    PlanStatement,
    Side,
    build_plan,
    deviation,
    parse_plan_time,
    plan_from_series,
    planned_over,
    read_plan,
)
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.target import Filters

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC).timestamp()
LONDON = ZoneInfo("Europe/London")
STEP = grid.STEP

BODY = "T-00:10,20,,,doors\nT+00:00,40,30,60,launch\nT+00:10,80,60,120,\nT+00:12,,,,campaign\n"
PLAN = "time,expected,low,high,label\n" + BODY


def plan_of(text: str | bytes, start: float = START, zone: ZoneInfo | None = None) -> Plan:
    return read_plan(text.encode() if isinstance(text, str) else text, start, zone or UTC)


def expected(plan: Plan) -> list[float]:
    return [each.expected for each in plan.windows]


READ = plan_of(PLAN)


def test_a_plan_is_a_straight_line_between_its_rows() -> None:
    assert READ.first == START - 600
    assert expected(READ) == [20, 30, 40, 60, 80]
    assert READ.windows[3] == Planned(60, 45, 90)
    # A bound is known between rows that both have it.
    assert READ.windows[1] == Planned(30)
    assert READ.labels == ((START - 600, "doors"), (START, "launch"), (START + 720, "campaign"))
    assert READ.end == START + 900
    assert READ.at(int(START + 900)) is None
    assert READ.at(int(START - 900)) is None


SEMICOLONS = PLAN.replace(",", ";").replace("80;", "80,0;")
DAYS = "2026-11-20 07:50,20,,,doors\n2026-11-20 08:00,40,30,60,launch\n"
DAYS += "2026-11-20 08:10,80,60,120,\n2026-11-20 08:12,,,,campaign\n"
HEAD = "time,expected,low,high,label\n"


@pytest.mark.parametrize(
    "content",
    {
        "line ends of a spreadsheet": PLAN.replace("\n", "\r\n"),
        "old line ends": PLAN.replace("\n", "\r"),
        "byte order mark": "\ufeff" + PLAN,
        "semicolons and decimal commas": SEMICOLONS,
        "its first line": "sep=;\r\n" + SEMICOLONS.replace("\n", "\r\n"),
        "tabs in UTF-16": PLAN.replace(",", "\t").encode("utf-16"),
        "quoted": "".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in PLAN.splitlines()
        ),
        "blanks": PLAN.replace(",", " , ").replace("T", " T"),
        "empty lines and cells": "\n" + PLAN.replace("\n", ",,\n") + ",,,,,,\n\n",
        "no last line end": PLAN.rstrip("\n"),
        "without a head": BODY,
        "short rows": PLAN.replace("120,\n", "120\n"),
        "another order": "label,high,low,expected,time\n"
        + "".join(",".join(reversed(line.split(","))) + "\n" for line in BODY.splitlines()),
        "capitals": PLAN.replace("time,expected", "Time,Expected Concurrency"),
        "floats": PLAN.replace("80,", "80.0,"),
        "small t, minus sign, durations": PLAN.replace("T-00:10", "t\u221210m").replace(
            "T+00:12", "T+12m"
        ),
        "seconds": PLAN.replace("T+00:10", "T+00:10:00").replace("T+00:00", "T"),
        "not in order": HEAD + "".join(f"{line}\n" for line in reversed(BODY.splitlines())),
        "days and times": HEAD + DAYS,
        "with an offset": HEAD + DAYS.replace(":00,", ":00Z,").replace(":10,", ":10 UTC,"),
        "another offset": HEAD + DAYS.replace("2026-11-20 08:10", "2026-11-20T09:10+01:00"),
        "days with dots": HEAD + DAYS.replace("2026-11-20", "20.11.2026"),
        "times alone": HEAD + DAYS.replace("2026-11-20 ", ""),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_plan_is_read_as_a_spreadsheet_writes_it(content: tuple[str, str | bytes]) -> None:
    assert plan_of(content[1]) == READ


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no row has an expected number"),
        ("time,expected\n", "no row has an expected number"),
        ("T,,,,doors\n", "no row has an expected number"),
        ("time\nT,1\n", "line 1: no column expected; write a head such as time,expected"),
        ("expected,label\n", "line 1: no column time"),
        ("a,b\n1,2\n", "line 1, column 1: 'a' is no column of a plan"),
        ("time,expected,hihg\n", "line 1, column 3: 'hihg' is no column of a plan"),
        ("time,expected,Expected\n", "line 1, column 3: a second column expected"),
        ("time,expected\nT+00:00,abc\n", "line 2, column expected: 'abc' is not a number"),
        ("time,expected\nT+00:00,-1\n", "line 2, column expected: '-1' is not a number"),
        ("time,expected\nT+00:00,nan\n", "line 2, column expected: 'nan' is not a number"),
        ("time,expected\nT+00:00,1E9999\n", "line 2, column expected"),
        ("time,expected\nT+00:00,2E9\n", "line 2, column expected: '2E9' is not a number"),
        ('time,expected\nT+00:00,"1,200"\n', "line 2, column expected: '1,200' is not a number"),
        ("time;expected\nT+00:00;1.200,5\n", "line 2, column expected: '1.200,5'"),
        ("time,expected\n\nT+00:00,\n", "line 3, column expected: empty"),
        ("time,expected\nlater,1\n", "line 2, column time: 'later' is not a time: write T+00:30"),
        ("time,expected\n,1\n", "line 2, column time: '' is not a time"),
        ("time,expected\nnow,1\n", "line 2, column time: 'now' is not a time"),
        ("time,expected\n-2h,1\n", "line 2, column time: '-2h' is not a time"),
        ("time,expected\nT+00:61,1\n", "line 2, column time: 'T+00:61' is not a time"),
        ("time,expected\nT+5,1\n", "line 2, column time: '5' is not a duration"),
        ("time,expected\n20/11/2026 08:00,1\n", "line 2, column time: '20/11/2026 08:00' is not"),
        ("time,expected\n2027-11-20 08:00,1\n", "line 2, column time: '2027-11-20 08:00' is more"),
        ("time,expected\nT+900:00,1\n", "line 2, column time: 'T+900:00' is more than 30 days"),
        ("time,expected\nT,1\nT+00:00,2\n", "line 3, column time: the same time as in line 2"),
        ("time,expected,low\nT,10,20\n", "line 2, column low: 20 is over what is expected, 10"),
        ("time,expected,high\nT,10,2\n", "line 2, column high: 2 is under what is expected, 10"),
        ("time,expected,low\nT,,2\n", "line 2, column expected: empty"),
        (HEAD + f"T,1,,,{'x' * 81}\n", "line 2, column label: a mark's text has at most 80"),
        ("time,expected\nT,1,2\n", "line 2: 3 cells where the head has 2"),
        ('time,expected\nT,"1\n', "line 2: not CSV"),
        (b"time,expected\nT,1\n\xffT,2\n", "line 3: not CSV in UTF-8; save it as CSV UTF-8"),
        (b"\xff\xfeabc", "line 1: not CSV in UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(content: str | bytes, said: str) -> None:
    with pytest.raises(PlanError) as raised:
        plan_of(content)
    assert said in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 250


@given(
    st.one_of(st.binary(), st.text().map(str.encode), st.text().map(lambda x: x.encode("utf-16")))
)
def test_garbage_is_refused_and_never_more(data: bytes) -> None:
    for head in (b"", b"time,expected,low,high,label\n", b"T,"):
        words, plan = "", None
        try:
            plan = read_plan(head + data, START, UTC)
        except PlanError as error:
            words = str(error)
        assert words.isprintable()
        assert bool(words) is (plan is None)


def test_a_local_time_that_the_clocks_skip_is_refused() -> None:
    start = datetime(2026, 3, 29, 0, 0, tzinfo=LONDON).timestamp()
    with pytest.raises(PlanError, match=r"^line 2, column time: .* does not exist"):
        plan_of("time,expected\n2026-03-29 01:30,1\n", start, LONDON)


def test_a_time_alone_is_the_nearest_to_the_start() -> None:
    late = datetime(2026, 11, 20, 23, 0, tzinfo=LONDON).timestamp()
    found = parse_plan_time("00:30", late, LONDON)
    assert found - late == 90 * 60
    assert parse_plan_time("22:30", late, LONDON) - late == -30 * 60


def test_a_peak_between_two_windows_is_not_lost() -> None:
    plan = plan_of("T,10\nT+00:07,100\nT+00:10,10\n")
    assert expected(plan) == [10, 100, 10]


MOMENTS = st.integers(0, 4 * 3_600).map(lambda seconds: START + seconds)
NUMBERS = st.floats(0, 1_000, allow_nan=False)


@st.composite
def rows(draw: st.DrawFn) -> list[PlanRow]:
    found = []
    for at in sorted(draw(st.sets(MOMENTS, min_size=1, max_size=12))):
        low, middle, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
        bounds = draw(st.sampled_from([(None, None), (low, None), (None, high), (low, high)]))
        found.append(PlanRow(at, Planned(middle, *bounds)))
    return found


@given(rows())
def test_every_window_has_what_its_rows_say_and_nothing_beyond(given: list[PlanRow]) -> None:
    plan = build_plan(given)
    assert plan.first == grid.floor(given[0].at)
    assert plan.end == grid.floor(given[-1].at) + STEP
    values = [row.planned.expected for row in given if row.planned]
    for index, found in enumerate(plan.windows):
        window = plan.first + index * STEP
        inside = [
            row.planned.expected
            for row in given
            if row.planned and window <= row.at < window + STEP
        ]
        assert found.expected >= max(inside, default=0)
        assert min(values) - 1e-6 <= found.expected <= max(values) + 1e-6
        assert found.low is None or found.low <= found.expected + 1e-6
        assert found.high is None or found.high >= found.expected - 1e-6
    assert max(expected(plan)) == max(values)


@given(rows(), st.floats(0.1, 10))
def test_a_factor_scales_all_of_a_plan(given: list[PlanRow], factor: float) -> None:
    plan = build_plan(given)
    scaled = plan.scale(factor)
    assert (scaled.first, scaled.end) == (plan.first, plan.end)
    for one, two in zip(plan.windows, scaled.windows, strict=True):
        assert two.expected == one.expected * factor
        assert (two.low is None) == (one.low is None)
        assert two.high == (None if one.high is None else one.high * factor)


def test_a_former_launch_is_a_plan_with_its_marks() -> None:
    former = Series(int(START) - 7 * 86_400, (10, GAP, 30, UNKNOWN, 50, 60), frozenset())
    former = Series(former.start, former.values, frozenset({former.end - STEP}))
    plan, unknown = plan_from_series(former, 7 * 86_400, ((former.start + 60, "doors"),))
    assert plan.first == START
    assert expected(plan) == [10, 20, 30, 40, 50]
    assert unknown == 3
    assert plan.labels == ((START + 60, "doors"),)
    with pytest.raises(PlanError, match="nothing is known of the former launch"):
        plan_from_series(Series(0, (GAP, UNKNOWN)), 0)


def test_the_series_of_a_graph_have_a_band_where_one_is_given() -> None:
    middle, low, high = READ.series()
    assert middle.values == (20, 30, 40, 60, 80)
    assert low.values == (UNKNOWN, UNKNOWN, 30, 45, 60)
    assert high.values == (UNKNOWN, UNKNOWN, 60, 90, 120)
    one = build_plan([PlanRow(START, Planned(10, None, 20))]).series()
    assert [each.values for each in one] == [(10,), (10,), (20,)]


def test_where_a_plan_is_over_the_limit_is_told() -> None:
    assert planned_over(READ, 50) == (START + 300, START + 600, START + 600, 80)
    hill = plan_of("T,10\nT+00:05,60\nT+00:10,70\nT+00:15,70\nT+00:20,60\nT+00:25,10\n")
    assert planned_over(hill, 50) == (START + 300, START + 1_200, START + 600, 70)
    assert planned_over(READ, 80) is None


def test_a_launch_lasts_as_long_as_its_plan() -> None:
    launch = Launch(int(START), int(START) + 600, Filters(), READ)
    assert (launch.since, launch.until) == (START - 600, START + 900)
    alone = Launch(int(START) + 60, int(START) + 620, Filters())
    assert (alone.since, alone.until) == (START, START + 900)
    whole = Launch(int(START), int(START) + 600, Filters())
    assert (whole.since, whole.until) == (START, START + 900)


# -- plan against actual

FLAT = build_plan([PlanRow(START, Planned(100)), PlanRow(START + 3_600 * 4, Planned(100))])


def told(*values: int, plan: Plan = FLAT, ahead: int = 0) -> PlanStatement:
    """What is said of `values` from the start on, when the last of them is complete."""
    series = Series(int(START), values)
    return deviation(plan, series, series.end + ahead)


def test_nothing_is_said_before_a_window_is_complete() -> None:
    assert told() == PlanStatement(None, None, None)
    assert told(GAP, UNKNOWN) == PlanStatement(None, None, None)
    running = Series(int(START), (100, 150), frozenset({int(START) + STEP}))
    assert deviation(FLAT, running, running.end).now == Deviation(int(START), 100, Planned(100))
    assert deviation(FLAT, running, START + 299).now is None


def test_the_running_window_never_deviates() -> None:
    series = Series(int(START), (100, 400))
    found = deviation(FLAT, series, START + 300)
    assert found.now is not None
    assert (found.now.value, found.now.side, found.since) == (100, Side.ON, None)
    assert found.largest == found.now


@pytest.mark.parametrize(
    ("value", "planned", "side"),
    [
        (110, Planned(100), Side.ON),
        (111, Planned(100), Side.OVER),
        (90, Planned(100), Side.ON),
        (89, Planned(100), Side.UNDER),
        (7, Planned(5), Side.ON),
        (8, Planned(5), Side.OVER),
        (0, Planned(2), Side.ON),
        (3, Planned(0), Side.OVER),
        (140, Planned(100, 80, 150), Side.ON),
        (151, Planned(100, 80, 150), Side.OVER),
        (79, Planned(100, 80, 150), Side.UNDER),
        (101, Planned(100, None, 100), Side.OVER),
        (90, Planned(100, None, 100), Side.ON),
        (89, Planned(100, None, 100), Side.UNDER),
    ],
)
def test_a_band_decides_and_else_a_tenth(value: int, planned: Planned, side: Side) -> None:
    assert Deviation(0, value, planned).side is side


def test_the_difference_and_its_share() -> None:
    found = Deviation(0, 118, Planned(100))
    assert (found.difference, found.share) == (18, 0.18)
    assert Deviation(0, 3, Planned(0)).share is None


def test_the_beginning_is_that_of_the_unbroken_run() -> None:
    assert told(100, 150, 100, 120, 130).since == START + 3 * STEP
    assert told(150, 150).since == START
    assert told(150, 50, 50).since == START + STEP
    assert told(150, 100).since is None
    # What is not known breaks no run.
    assert told(100, 150, GAP, UNKNOWN, 130).since == START + STEP


def test_the_largest_is_the_first_of_its_size() -> None:
    largest = told(100, 150, 50, 150, 110).largest
    assert largest is not None
    assert (largest.window, largest.difference) == (START + STEP, 50)


def test_of_old_values_the_largest_alone_is_said() -> None:
    assert told(100, 150, ahead=1_800).since == START + STEP
    found = told(100, 150, ahead=1_801)
    assert (found.now, found.since) == (None, None)
    assert found.largest is not None


VALUES = st.lists(st.one_of(st.integers(0, 300), st.sampled_from([GAP, UNKNOWN])), max_size=60)


@given(rows(), VALUES, st.integers(-12, 12), st.sets(st.integers(0, 60)), st.data())
def test_an_independent_calculation_says_the_same(
    given: list[PlanRow], values: list[int], shift: int, lower: set[int], data: st.DataObject
) -> None:
    plan, start = build_plan(given), int(START) + shift * STEP
    provisional = frozenset(start + at * STEP for at in lower if at < len(values))
    series = Series(start, tuple(values), provisional)
    until = data.draw(st.integers(start, start + 61 * STEP))
    found = deviation(plan, series, until)

    known: dict[int, tuple[int, float, int]] = {}
    for at, value in enumerate(values):
        window = start + at * STEP
        planned = plan.at(window)
        if value < 0 or window in provisional or window + STEP > until or planned is None:
            continue
        low = (
            planned.low
            if planned.low is not None
            else min(planned.expected * 0.9, planned.expected - 2)
        )
        high = (
            planned.high
            if planned.high is not None
            else max(planned.expected * 1.1, planned.expected + 2)
        )
        # At the very edge of a tenth, rounding decides.
        assume(abs(value - low) > 1e-6 or planned.low is not None)
        assume(abs(value - high) > 1e-6 or planned.high is not None)
        side = 1 if value > high else -1 if value < low else 0
        known[window] = value, value - planned.expected, side
    if not known:
        assert found == PlanStatement(None, None, None)
        return
    assert found.largest is not None
    assert abs(found.largest.difference) == max(abs(each[1]) for each in known.values())
    last = max(known)
    if until > last + STEP + 1_800:
        assert found.now is None
        assert found.since is None
        return
    assert found.now is not None
    assert (found.now.window, found.now.value) == (last, known[last][0])
    side, since = known[last][2], None
    for window in sorted(known, reverse=True):
        if side == 0 or known[window][2] != side:
            break
        since = window
    assert found.since == since


@given(rows(), st.lists(st.integers(0, 300), min_size=2, max_size=48))
def test_a_beginning_stays_while_time_passes(given: list[PlanRow], values: list[int]) -> None:
    plan = build_plan(given)
    before = None
    for size in range(1, len(values) + 1):
        series = Series(plan.first, tuple(values[:size]))
        found = deviation(plan, series, series.end)
        if (
            before is not None
            and before.now is not None
            and found.now is not None
            and before.now.side is found.now.side
        ):
            assert found.since == before.since
        if before is not None and before.largest is not None:
            assert found.largest is not None
            assert abs(found.largest.difference) >= abs(before.largest.difference)
        before = found
