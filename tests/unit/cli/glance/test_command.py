"""One look: the block, the line, the document, and several profiles worst first."""

import io
import re
from dataclasses import replace

import pytest
from glance_keys import keys_hold
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from simulated_profiles import ENVIRON, HOUR, NOW, OFFLINE, plan, seen, shown, simulated, way

from polytop.cli.glance.document import document
from polytop.cli.glance.text import LINE_WIDTH, LINES, block, line
from polytop.cli.output import Pen, Style, columns_of, pen_for
from polytop.cli.runtime.one_shot import (
    ProfileQuery,
    ProfileReading,
    headroom,
    read_profile,
    read_profiles,
    severity_of,
    worst_first,
)
from polytop.cli.text_graph import graph, graph_columns, scale_top
from polytop.config.errors import ConfigError
from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN
from polytop.model.stats import Severity
from polytop.model.target import Filters
from polytop.simulator.scenarios import SCENARIOS
from polytop.ui.cells import cut, pad
from polytop.ui.render.numbers import signed
from polytop.ui.time_format import Zone

PLAIN, COLOUR = Pen(), Pen(colour=True)
UTC = Zone()
SERIES = st.lists(st.integers(-2, 400), min_size=6, max_size=90).map(tuple)


# -- the state


@pytest.mark.parametrize(
    ("values", "limit", "state"),
    [
        ((50, 95, 10), 120, Severity.OK),
        ((50, 96, 10), 120, Severity.WARNING),
        ((50, 108, 10), 120, Severity.CRITICAL),
        ((50, 10, 96), 120, Severity.WARNING),
        ((50, 10, 130), 120, Severity.CRITICAL),
        ((50, GAP, 130), 120, Severity.CRITICAL),
        ((50, 130, GAP), None, Severity.OK),
        ((50, GAP, GAP), 120, Severity.OK),
        ((100, GAP, GAP), 120, Severity.WARNING),
        ((50, GAP, GAP, GAP), 120, Severity.UNKNOWN),
        ((UNKNOWN,) * 3, None, Severity.UNKNOWN),
    ],
)
def test_the_state_is_the_band_of_what_is_known_now(
    values: tuple[int, ...], limit: int | None, state: Severity
) -> None:
    assert severity_of(shown(values, limit)) is state


def test_the_worst_comes_first_and_among_equals_the_least_headroom() -> None:
    looks = [
        shown((40, 40), name="calm"),
        shown((40, 40), None, name="unlimited"),
        shown((40, 60), name="busier"),
        shown((40, 40), name="gone", problem=OFFLINE),
        shown((115, 115), name="full"),
        shown((100, 100), name="near"),
    ]
    order = [one.query.name for one in worst_first(looks)]
    assert order == ["full", "near", "gone", "busier", "calm", "unlimited"]


# -- JSON


async def test_the_document_against_the_simulator() -> None:
    found = document(await seen(), UTC)
    keys_hold(found)
    assert found["profile"] == "prod"
    assert found["at"] == "2026-09-21T14:15:30Z"
    assert found["window"] == {"start": "2026-09-21T08:20:00Z", "end": "2026-09-21T14:20:00Z"}
    assert found["now"]["time"] == "2026-09-21T14:15:00Z"
    assert found["now"]["provisional"] is True
    assert found["headroom"] == 120 - found["now"]["value"]
    assert found["utilization"] == pytest.approx(found["now"]["value"] / 120, abs=1e-4)
    assert found["peak"]["value"] >= found["p95"] >= found["mean"] > 0
    assert found["stale_seconds"] == 0
    assert [row["now"] for row in found["rows"]] == sorted(
        (row["now"] for row in found["rows"]), reverse=True
    )
    assert len(found["rows"]) == 8
    assert found["errors"] == []


async def test_a_window_longer_than_a_week_is_whole() -> None:
    service = simulated(variants=2)
    one = await read_profile(plan(), 9 * 24 * HOUR, ENVIRON, way(service))
    assert one.snapshot is not None
    total = one.snapshot.total
    assert len(total) == 9 * 288
    assert total.values.count(UNKNOWN) == total.values.count(GAP) == 0
    assert len(service.requests) == 4
    assert {len(row.series) for row in one.snapshot.rows or ()} == {9 * 288}


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_the_keys_hold_in_every_scenario(scenario: str) -> None:
    one = await read_profile(plan(), HOUR, ENVIRON, way(simulated(scenario), 0.2))
    found = document(one, UTC)
    keys_hold(found)
    assert bool(found["errors"]) is one.failed or scenario in {"501", "flaky"}
    if one.failed:
        assert found["state"] == "UNKNOWN"
        assert found["now"] == {"time": None, "value": None, "provisional": None}
    assert all(text.isprintable() for text in found["errors"])
    assert len(block(one, 80, UTC, PLAIN)) <= LINES
    assert cell_len(line(one, PLAIN)) <= LINE_WIDTH


def test_a_profile_that_is_broken_has_a_document_too() -> None:
    refused = ConfigError("limit: is out of range", "use another")
    found = document(ProfileReading(ProfileQuery("bad", refused=refused), NOW), UTC)
    keys_hold(found)
    assert found["profile"] == "bad"
    assert found["account_id"] is None
    assert found["state"] == "UNKNOWN"


def test_what_is_old_says_how_old_it_is() -> None:
    one = shown((40, 50, 60), problem=OFFLINE)
    found = document(one, UTC)
    keys_hold(found)
    assert found["stale_seconds"] == 600
    assert found["now"]["value"] == 60
    assert (found["state"], one.failed) == ("UNKNOWN", True)
    text = "\n".join(block(one, 80, UTC, PLAIN))
    assert "what was known 10 min ago" in text
    assert "Cannot reach api.example" in text


# -- several at once


async def test_several_are_asked_side_by_side_and_fail_by_themselves() -> None:
    service = simulated()
    plans = (
        plan("one"),
        ProfileQuery("bad", refused=ConfigError("limit: is out of range", "use another")),
        plan("two", limit=60),
    )
    looks = await read_profiles(plans, HOUR, ENVIRON, way(service))
    assert [one.failed for one in looks] == [False, True, False]
    assert [one.query.name for one in worst_first(looks)] == ["two", "bad", "one"]
    assert len(service.requests) == 4


async def test_no_key_is_a_problem_of_that_profile_alone(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (one,) = await read_profiles((plan(),), HOUR, {}, way(simulated()))
    assert one.failed
    assert "no API key for profile prod" in "\n".join(block(one, 80, UTC, PLAIN))
    assert line(one, PLAIN) == "UNKNOWN prod no API key for profile prod"


async def test_an_address_that_would_carry_the_key_in_the_clear_is_not_asked() -> None:
    unsafe = plan()
    assert unsafe.profile is not None
    unsafe = replace(unsafe, profile=replace(unsafe.profile, base_url="http://api.example"))
    (one,) = await read_profiles(
        (unsafe,), HOUR, ENVIRON, replace(way(simulated()), transport=None)
    )
    assert one.failed
    assert "https" in line(one, PLAIN) or "not sent" in line(one, PLAIN)


# -- the block


async def test_the_block_has_twelve_lines_that_fit() -> None:
    one = await seen()
    for width in (40, 60, 80, 100):
        lines = block(one, width, UTC, PLAIN)
        assert len(lines) == LINES
        assert max(map(cell_len, lines)) <= width
    lines = block(one, 80, UTC, PLAIN)
    assert lines[0].startswith("● OK  prod · ws-simulator/PROJECT-simulator")
    assert lines[0].endswith("14:15:30 UTC")
    snapshot = one.snapshot
    assert snapshot is not None
    assert snapshot.summary.now is not None
    now, last = snapshot.summary.now.value, snapshot.last_complete(None)
    assert lines[1].startswith(f"  now ≥ {now} of 120 · ")
    assert lines[1].endswith(f" % used · headroom {120 - now}")
    assert lines[2] == f"  last 5 min {last.value} · 15 min {signed(last.change)}"
    assert lines[8].split() == ["08:20", "14:15"]
    assert "Main line" in lines[9]


async def test_hostile_names_stay_data() -> None:
    one = await seen("hostile-names")
    for text in (*block(one, 80, UTC, PLAIN), line(one, PLAIN)):
        assert text.isprintable()
    assert len(block(one, 80, UTC, PLAIN)) == LINES


async def test_a_breakdown_that_fails_is_said_and_leaves_the_rest() -> None:
    one = await seen("501")
    assert not one.failed
    lines = block(one, 80, UTC, PLAIN)
    assert len(lines) == LINES
    assert any("501" in each or "breakdown" in each for each in lines[-2:])
    assert document(one, UTC)["rows"] == []
    assert len(document(one, UTC)["errors"]) == 1


def test_filters_are_said_and_take_the_limit_away() -> None:
    one = shown((40, 50, 60))
    narrowed = replace(one, query=replace(one.query, filters=Filters(language="en-GB")))
    assert "en-GB" in block(narrowed, 100, UTC, PLAIN)[0]


@given(SERIES, st.integers(1, 300) | st.none(), st.integers(40, 100))
def test_any_series_makes_a_block_that_fits(
    values: tuple[int, ...], limit: int | None, width: int
) -> None:
    one = shown(values, limit)
    lines = block(one, width, UTC, PLAIN)
    known = any(value >= 0 for value in values)
    assert len(lines) == (LINES if known else 2)
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        ("30", 30),
        ("400", 400),
        ("", None),
        ("0", None),
        ("-5", None),
        ("9" * 5000, None),
        ("x", None),
    ],
)
def test_the_width_is_that_of_columns(said: str, columns: int | None) -> None:
    assert columns_of(io.StringIO(), {"COLUMNS": said}) == columns
    assert columns_of(None, {"COLUMNS": said}) == columns


@given(SERIES, st.integers(1, 300) | st.none(), st.integers(1, 39))
def test_a_narrow_pane_is_kept_to(values: tuple[int, ...], limit: int | None, width: int) -> None:
    one = shown(values, limit)
    problem = Problem(Kind.OFFLINE, "Cannot reach api.example: no route", "Check the network.")
    for reading in (one, replace(one, errors=(problem,)), replace(one, snapshot=None)):
        lines = (*block(reading, width, UTC, PLAIN), line(reading, PLAIN, width))
        assert max(map(cell_len, lines)) <= width
    if width > 24 and limit is not None and headroom(one) is not None:
        assert f"headroom {headroom(one)}" in " ".join(block(one, width, UTC, PLAIN))


# -- the graph


@given(SERIES, st.integers(8, 120))
def test_columns_fit_and_lose_no_peak(values: tuple[int, ...], width: int) -> None:
    snapshot = shown(values).snapshot
    assert snapshot is not None
    drawn = graph_columns(snapshot, width)
    assert 1 <= len(drawn) <= width
    assert max(column.value for column in drawn) == max(values)
    assert drawn[-1].provisional
    assert drawn[-1].value == values[-1]


@given(SERIES, st.integers(0, 40), st.integers(8, 120))
def test_columns_of_windows_that_are_not_complete_are_marked(
    values: tuple[int, ...], late: int, width: int
) -> None:
    snapshot = shown(values).snapshot
    assert snapshot is not None
    asked = grid.floor(snapshot.at) - late * grid.STEP
    provisional = frozenset(grid.windows(max(snapshot.start, asked), snapshot.end))
    snapshot = replace(snapshot, total=replace(snapshot.total, provisional=provisional))
    drawn = graph_columns(snapshot, width)
    assert len(drawn) <= width
    complete = values[: max(0, len(values) - 1 - late)]
    marked = [column.value for column in drawn if column.provisional]
    assert max(marked) == max(values[len(complete) :])
    assert max((c.value for c in drawn if not c.provisional), default=UNKNOWN) == max(
        complete, default=UNKNOWN
    )


def test_the_graph_by_eye() -> None:
    snapshot = shown((0, 30, GAP, 60, 120, 90), 120).snapshot
    assert snapshot is not None
    drawn = graph(snapshot, 12, 5, ("13:50", "14:15"), PLAIN)
    assert drawn == (
        " 120 ┤╌╌╌╌█╌",
        "     ┤    █░",
        "     ┤   ██░",
        "   0 ┤ █ ██░",
        "      13:50 14:15",
    )


def test_the_limit_is_on_the_graph_where_it_is_within_sight() -> None:
    assert scale_top((10, 60), 120) == 120
    assert scale_top((10, 59), 120) == 59
    assert scale_top((10, 130), 120) == 130
    assert scale_top((), None) == 1
    assert scale_top((0,), 1_000) == 1


def test_colour_tells_bands_and_nothing_by_itself() -> None:
    one = shown((40, 97, 110, 60), 120)
    coloured = "\n".join(block(one, 80, UTC, COLOUR))
    assert f"\x1b[{Style.CRITICAL}m✖ CRITICAL" in coloured
    assert f"\x1b[{Style.WARNING}m" in coloured
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert stripped == "\n".join(block(one, 80, UTC, PLAIN))
    assert "CRITICAL" in stripped


# -- the line


def test_the_line_by_eye() -> None:
    one = shown((30, 60, 120, 42), 120)
    assert line(one, PLAIN) == "CRITICAL prod ≥ 42/120 35% free 78 last 5 min 120 peak 120"
    one = shown((30, 60, 2, 42, 40), 120)
    assert line(one, PLAIN) == "OK prod ≥ 40/120 33% free 80 last 5 min 42 +12 peak 60 █▆"
    one = shown((38, 1, 2, 42, 40), None)
    assert line(one, PLAIN) == "OK prod ≥ 40 last 5 min 42 +4 peak 42 ▇▁▁██"
    assert line(shown((30, 42, GAP), None), PLAIN) == "OK prod 42 last 5 min 42 peak 42 ▆█"
    assert line(shown((30, GAP, GAP)), PLAIN) == "OK prod no data now peak 30 █"
    assert line(shown((30, GAP, GAP, GAP)), PLAIN) == "UNKNOWN prod no data now peak 30 █"
    assert line(shown((GAP, GAP, GAP)), PLAIN) == "UNKNOWN prod no data now"
    told = "UNKNOWN prod ≥ 30/120 10 min ago: Cannot reach api.example"
    assert line(shown((30,), problem=OFFLINE), PLAIN) == told
    told = "UNKNOWN prod ≥ 30 10 min ago: Cannot reach api.example"
    assert line(shown((30,), None, problem=OFFLINE), PLAIN) == told
    assert line(shown((GAP,), problem=OFFLINE), PLAIN) == "UNKNOWN prod Cannot reach api.example"


@given(SERIES, st.integers(1, 1_000_000) | st.none(), st.text(min_size=1), st.text())
def test_a_line_is_one_line_under_sixty_columns(
    values: tuple[int, ...], limit: int | None, name: str, summary: str
) -> None:
    for problem in (None, replace(OFFLINE, summary=summary)):
        one = shown(values, limit, problem=problem)
        one = replace(one, query=replace(one.query, name=name))
        text = line(one, PLAIN)
        assert cell_len(text) <= LINE_WIDTH < 60
        assert "\n" not in text
        assert "#" not in line(one, Pen(ascii_only=True))
        assert line(one, Pen(ascii_only=True)).isascii()
        assert text.split()[0] in Severity.__members__


# -- plain text


class _Screen(io.StringIO):
    encoding = "utf-8"

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "environ", "colour"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
    ],
)
def test_colour_only_on_a_terminal_that_has_some(
    terminal: bool, environ: dict[str, str], colour: bool
) -> None:
    assert pen_for(_Screen(terminal), environ).colour is colour


def test_ascii_where_utf8_cannot_be_written() -> None:
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert pen_for(latin, {}).ascii_only
    assert not pen_for(_Screen(False), {}).ascii_only
    assert Pen(ascii_only=True).write("● ▁█ – é ♥", Style.PLAIN) == "* _@ - e ?"


def test_the_linux_console_gets_ascii_and_a_pipe_in_it_does_not() -> None:
    assert pen_for(_Screen(True), {"TERM": "linux"}).ascii_only
    assert pen_for(_Screen(True), {"TERM": "linux"}).colour
    assert not pen_for(_Screen(False), {"TERM": "linux"}).ascii_only


@pytest.mark.parametrize(
    ("environ", "plain"),
    [
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True),
        ({"LC_ALL": "POSIX"}, True),
        ({"LC_ALL": "", "LANG": "C"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({}, False),
    ],
)
def test_a_stated_locale_of_c_is_drawn_in_ascii_whatever_python_writes(
    environ: dict[str, str], plain: bool
) -> None:
    assert pen_for(_Screen(False), environ).ascii_only is plain


@given(st.text(), st.integers(1, 40))
def test_a_fit_is_a_fit(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cell_len(pad(text, width)) == width
    if cell_len(text) <= width:
        assert cut(text, width) == text


def test_wide_characters_count_twice() -> None:
    assert cell_len("東京") == 4
    assert cut("東京都", 5) == "東京…"


@pytest.mark.parametrize(
    ("value", "limit", "utilization"),
    [
        (29_999, 30_000, 0.9999),
        (30_000, 30_000, 1.0),
        (30_001, 30_000, 1.0),
        (0, 120, 0.0),
        (1, 30_000, 1 / 30_000),
    ],
)
def test_nothing_below_the_limit_is_all_of_it(value: int, limit: int, utilization: float) -> None:
    assert document(shown((value,) * 3, limit), UTC)["utilization"] == utilization
