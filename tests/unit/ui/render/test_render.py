"""Painters and what they stand on: exact widths, no peak lost, honest colours."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_feed import draw
from textual.theme import BUILTIN_THEMES

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault, RowView, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import ClientEnv, Filters, Target
from polytop.ui.ascii import to_ascii
from polytop.ui.layout import lay_out
from polytop.ui.render.chart import Chart
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.figures import figures_block, gauge, number_block
from polytop.ui.render.header import header
from polytop.ui.render.numbers import sparkline
from polytop.ui.render.plot import GUTTER, area_lines, axis_rows, build_plot
from polytop.ui.render.scale import Frame, choose_scale, column_maxima, live_frame, time_ticks
from polytop.ui.render.status import problem_lines, status_line
from polytop.ui.render.table import VisibleRows, fit_columns, table
from polytop.ui.render.text import fit
from polytop.ui.table_model import arrange_rows, build_rows
from polytop.ui.theme import DARK, LIGHT, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

START = 1_763_560_800 // grid.STEP * grid.STEP
COLOURS = palette(DARK.variables | {"foreground": DARK.foreground, "error": DARK.error})
HOSTILE = ("[/b] x", "\x1b[31mred", "\u202eevil", "", "名前" * 80, "a\nb", "e\u0301", "Main")
values = st.lists(st.integers(-2, 150), min_size=1, max_size=80)


def snap(found: list[int], *, limit: int | None = 120, problem: Problem | None = None) -> Snapshot:
    total = Series(START, tuple(found))
    capacity = Capacity(limit)
    now = total.end - 60.0
    rows = tuple(
        RowView(Part(f"v{at}"), name, total, summary(total, now, capacity))
        for at, name in enumerate(HOSTILE)
    )
    view = View(Filters(language="en-GB"), len(total) * grid.STEP)
    fault = Fault(problem, now - 100) if problem else None
    return Snapshot(
        now, view, view, total.start, total.end, total, summary(total, now, capacity), rows,
        capacity, fetched_at=now - 5, next_at=now + 25, fault=fault,
    )  # fmt: skip


def scene(**changes: object) -> RenderContext:
    target = Target("ws-\x1bx", "PROJECT-" + "y" * 80, "https://api.example", "uk-1")
    state = ViewState(Filters(ClientEnv.PRE_RELEASE))
    found = RenderContext(
        Subject("prod [b]", target, "×60"), state, START + 1e4, Zone(UTC), COLOURS
    )
    return replace(found, **changes)


BAD = Problem(Kind.BROKEN, "It failed " * 9, "Do this " * 12, 500, "\x1b[2Jboom" * 20, "ref-1")


@given(values, st.integers(36, 200), st.booleans())
def test_every_line_is_exactly_as_wide_as_asked(found, width, broken):
    shot = snap(found, problem=BAD if broken else None)
    here = scene()
    place = lay_out(width, 40, 8, alert=2, sidebar=False)
    rows = build_rows(shot)
    lines = [
        header(shot, here, width),
        *figures_block(shot, here, width, 2),
        *figures_block(shot, here, width, 1),
        gauge(shot, here, width),
        *number_block(shot, here, width, 3),
        *problem_lines(shot, here, width),
        status_line(shot, here, width),
        *table(shot, here, VisibleRows(rows, 2, 0), width, place.table),
    ]
    assert {line.cell_length for line in lines} == {width}
    assert "\x1b" not in "".join(line.text for line in lines)


@pytest.mark.parametrize("width", [36, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [4, 9, 18, 40])
def test_the_graph_is_exactly_as_large_as_asked(width, height):
    shot, chart = snap([5, 100, GAP, 0, UNKNOWN, 119, 40] * 8), Chart()
    peak = shot.summary.peak.value
    place = build_plot(shot, width, height, choose_scale(peak, 120, height - axis_rows(height)))
    area = area_lines(shot, place, chart)
    lines = draw(shot, scene(), place, area, width, height)
    assert len(lines) == height
    assert {line.cell_length for line in lines} == {width}


def test_gaps_and_what_was_not_fetched_are_no_values():
    shot, chart = snap([50, GAP, UNKNOWN, 0, 50, 50, 50, 50, 50, 50, 50, 50]), Chart()
    place = build_plot(shot, 100 + GUTTER + 1, 21, choose_scale(50, None, 18))
    lines = draw(shot, scene(), place, area_lines(shot, place, chart), 107, 21)
    base = lines[18].text[GUTTER + 1 :]
    columns = {
        window: base[place.column(START + window * grid.STEP) + 1] for window in (0, 1, 2, 3)
    }
    assert columns[1] == "·"
    assert columns[2] == "?"
    assert columns[3] == "⣀"
    assert columns[0] == "⣿"


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_chart_draws_every_stem_to_its_dot(ascii_only):
    chart = Chart(ascii_only=ascii_only)
    width, height = 30, 6
    tops = [(at * 7) % (height * chart.rows) for at in range(width * chart.columns)]
    tops[5] = None
    lines = chart.area(tops, width, height)
    assert [len(line) for line in lines] == [width] * height
    assert [_top(lines, at, chart) for at in range(len(tops))] == tops


def _top(lines: tuple[str, ...], column: int, chart: Chart) -> int | None:
    """The topmost dot of a column of dots, counted from the base line."""
    bits = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
    for row, line in enumerate(lines):
        char = line[column // chart.columns]
        for dot in range(chart.rows):
            mask = 0 if char == " " else ord(char) - 0x2800
            lit = char == "#" if chart.rows == 1 else mask & bits[column % 2][dot]
            if lit:
                return (len(lines) - row) * chart.rows - 1 - dot
    return None


@given(values, st.integers(1, 400), st.integers(0, 30))
def test_reducing_to_columns_loses_no_peak_and_invents_none(found, count, lead):
    series = Series(START, tuple(found))
    span = Frame(START - lead * grid.STEP, series.end)
    reduced = column_maxima(series, span, count)
    assert len(reduced) == count
    assert max(reduced) == max(found)
    assert set(reduced) <= {*found, UNKNOWN}


@given(st.integers(START, START + 10**7), st.sampled_from([1_800, 21_600, 86_400, 604_800]))
def test_the_frame_holds_the_window_and_jumps_seldom(moment, span):
    end = grid.ceil(moment)
    found = live_frame(end, span)
    assert found.start <= end - span
    assert found.end >= end
    assert found.seconds - span <= span / 5
    later = live_frame(end + grid.STEP, span)
    assert later == found or later.start - found.start >= span / 20


@given(st.integers(0, 10_000), st.one_of(st.none(), st.integers(1, 10_000)), st.integers(2, 60))
def test_the_scale_holds_the_peak_in_round_steps(peak, limit, rows):
    found = choose_scale(peak, limit, rows)
    assert found.top >= peak
    assert not found.shows_limit or found.top >= limit
    assert str(found.step).rstrip("0") in {"1", "2", "5"}
    assert found.top / found.step <= 9


@given(st.lists(st.integers(40, 60), min_size=2, max_size=30))
def test_the_scale_does_not_jump_about(peaks):
    found = choose_scale(peaks[0], None, 18)
    tops = []
    for peak in peaks:
        found = choose_scale(peak, None, 18, found)
        tops.append(found.top)
        assert found.top >= peak
    assert tops == sorted(tops)


def test_the_scale_shrinks_again_after_a_spike():
    high = choose_scale(1_000, None, 18)
    assert choose_scale(50, None, 18, high).top < 100


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("start", [1_774_731_600, 1_792_886_400, 1_772_928_000, START])
@pytest.mark.parametrize("span", [3_600, 86_400, 7 * 86_400, 30 * 86_400])
def test_time_ticks_are_round_and_in_order(zone, start, span):
    found = time_ticks(Frame(start, start + span), 100, Zone(ZoneInfo(zone)))
    stamps = [stamp for stamp, _ in found]
    assert stamps == sorted(set(stamps))
    assert len(stamps) >= 1
    assert all(start <= stamp <= start + span for stamp in stamps)
    assert all(stamp % 300 == 0 for stamp in stamps)


@given(st.integers(1, 300), st.integers(1, 120), st.integers(0, 500), st.integers(0, 3))
def test_the_plan_adds_up(width, height, rows, words):
    found = lay_out(width, height, rows, alert=words, sidebar=True)
    assert found.total == height
    assert min(found.header, found.figures, found.graph, found.table, found.status) >= 0
    assert found.tiny or found.graph >= 2


def test_rows_without_a_value_stand_last_either_way():
    shot = snap([1, 2, 3])
    lacking = shot.rows[0]._replace(series=Series(START, (UNKNOWN,) * 3))
    lacking = lacking._replace(summary=summary(lacking.series, shot.at))
    shot = replace(shot, rows=(lacking, *shot.rows[1:]))
    for reverse in (False, True):
        order = arrange_rows(build_rows(shot), ViewState(Filters(), sort="peak", reverse=reverse))
        assert order[-1].id == "v0"


def test_the_same_name_twice_is_told_apart_by_the_id():
    shot = snap([1])
    twins = [row._replace(name="Twin") for row in shot.rows]
    labels = [entry.label for entry in build_rows(replace(shot, rows=tuple(twins)))]
    assert labels[0] == "Twin · v0"
    assert len(set(labels)) == len(twins)


@given(st.integers(20, 200), st.sampled_from([21_600, 604_800]))
def test_a_click_finds_the_column_under_it(width, span):
    place = fit_columns(width, span)
    edge = 2 + place.name
    assert place.column_at(0) == place.column_at(edge - 1) == "name"
    for column in place.columns:
        edge += column.width
        assert place.column_at(edge - 1) == column.key
    assert place.column_at(edge) is None


@pytest.mark.parametrize("theme", [DARK, LIGHT, *BUILTIN_THEMES.values()], ids=lambda t: t.name)
def test_every_theme_has_a_palette(theme):
    variables = {
        "foreground": theme.foreground or "#fff", "background": theme.background or "#000",
        "accent": theme.accent or theme.primary, **theme.variables,
    }  # fmt: skip
    assert palette(variables).text.color is not None


@given(st.text(max_size=40), st.integers(0, 30))
def test_fitted_text_is_safe_and_exactly_as_wide(text, width):
    from rich.cells import cell_len

    shown = fit(text, width)
    assert cell_len(shown) == width
    assert shown.isprintable()


@given(st.text(max_size=40))
def test_ascii_takes_as_many_cells(text):
    from rich.cells import cell_len

    assert to_ascii(text).isascii()
    if text.isprintable():
        assert len(to_ascii(text)) == cell_len(text)


def test_small_things():
    assert sparkline([0, 5, 10, GAP]) == "▁▅█ "
    assert sparkline([0, 0]) == "▁▁"


@pytest.mark.parametrize("spoilt", [False, True])
def test_plotext_loads_with_and_without_its_manual(spoilt):
    """In a process of its own: whether the manual can be left out is up to plotext's version."""
    import subprocess
    import sys

    code = (
        "import sys\nimport polytop.ui.render.chart as chart\n"
        + ("chart.DOCUMENTATION = 'plotext._kernel.api'\n" if spoilt else "")
        + "lines = chart.Chart().area([0, 3, None, 7], 2, 2)\n"
        "assert lines == (' \u28b8', '\u28f8\u28b8'), ascii(lines)\n"
        "sections = [name for name in sys.modules if name.startswith('plotext._doc.sections')]\n"
        f"assert bool(sections) is {spoilt}\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


def test_levels_that_share_a_row_share_their_name():
    shot, chart = snap([5] * 30), Chart()
    place = build_plot(shot, 80, 9, choose_scale(119, 120, 7))
    lines = draw(shot, scene(), place, area_lines(shot, place, chart), 80, 9)
    words = "\n".join(line.text for line in lines)
    assert place.row(96) == place.row(108)
    assert " warning 96 · critical 108 " in words
    assert " limit 120 " in words
