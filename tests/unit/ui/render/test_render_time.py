"""Painters of time: the cursor, the comparison and its range, marks, the past, progress."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_scene import COLOURS, DAY, START, scene, snap
from rich.cells import cell_len
from scripted_feed import draw

from polytop.model import grid
from polytop.model.baseline import Compare, days_of
from polytop.model.mark import Mark
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault, Progress, Snapshot
from polytop.model.stats import summary
from polytop.ui.ascii import to_ascii
from polytop.ui.readings import value_at, viewed_window
from polytop.ui.render.chart import Chart
from polytop.ui.render.context import RenderContext
from polytop.ui.render.figures import figures_block, gauge, number_block
from polytop.ui.render.graph import draw_body, draw_graph
from polytop.ui.render.header import header
from polytop.ui.render.overlays import ComparisonLine, build_comparison, draw_marks, highest_value
from polytop.ui.render.plot import GUTTER, Plot, area_lines, build_plot
from polytop.ui.render.scale import Frame, choose_scale, column_maxima, graph_frame
from polytop.ui.render.status import problem_lines, status_line
from polytop.ui.render.table import VisibleRows, fit_columns, table
from polytop.ui.render.text import BLANK, COMPARISON, CURSOR, MARK
from polytop.ui.render.title import column_duration
from polytop.ui.table_model import arrange_rows, build_rows, total_row
from polytop.ui.time_format import Zone, moment_text
from polytop.ui.view_state import SORTS

COMPARES = list(Compare)


def drawn(shot: Snapshot, here: RenderContext, width: int = 120, height: int = 21):
    """The graph's lines and the plot that they were drawn by."""
    chart, found = Chart(), build_comparison(shot, here.zone, width)
    place = build_plot(
        shot, width, height, choose_scale(highest_value(shot, found), 120, height - 3)
    )
    return draw(shot, here, place, area_lines(shot, place, chart), width, height, found), place


def column(lines, place: Plot, at: int) -> str:
    """One column of the plot from the top to the base line."""
    return "".join(line.text[GUTTER + 1 + at] for line in lines[1 : 1 + place.height])


def style_at(line, at: int):
    """The style of cell `at`."""
    for segment in line:
        at -= segment.cell_length
        if at < 0:
            return segment.style
    return None


def text_of(lines) -> str:
    return "\n".join(line.text for line in lines)


# Everything keeps its size, whatever the data

values = st.lists(st.integers(-2, 150), min_size=1, max_size=60)


@given(
    values, st.sampled_from(COMPARES), st.booleans(), st.integers(36, 200),
    st.one_of(st.none(), st.integers(-30, 90)), st.sampled_from([4, 9, 18]),
)  # fmt: skip
def test_every_line_is_exactly_as_wide_as_asked(found, compare, past, width, at, height):
    marks = (Mark(1, START + 60, "\x1b[31mde名前ploy" * 4), Mark(2, START + 700, "x"))
    shot = snap(found, compare=compare, past=past, marks=marks, backfill=Progress(2, 13))
    here = scene(shot, cursor=None if at is None else START + at * grid.STEP)
    lines, _ = drawn(shot, here, width, height)
    assert len(lines) == height
    looked = viewed_window(shot, here.state)
    rows = build_rows(shot, looked, here.zone)
    lines += (
        header(shot, here, width), gauge(shot, here, width), status_line(shot, here, width),
        *figures_block(shot, here, width, 2), *figures_block(shot, here, width, 1),
        *number_block(shot, here, width, 3), *table(shot, here, VisibleRows(rows, 0, 0), width, 9),
    )  # fmt: skip
    assert {line.cell_length for line in lines} == {width}
    assert "\x1b" not in text_of(lines)
    assert to_ascii(text_of(lines).replace("\n", "")).isascii()


@pytest.mark.parametrize("found", [[5], [GAP] * 9, [UNKNOWN] * 9, [0]])
@pytest.mark.parametrize("width", [GUTTER + 2, GUTTER + 4, 80])
def test_little_data_and_one_column_are_drawn(found, width):
    shot = snap(found)
    lines, place = drawn(shot, scene(shot, cursor=START), width, 9)
    assert place.width == width - GUTTER - 1
    assert {line.cell_length for line in lines} == {width}


def test_a_ghost_without_anything_known_is_none_and_is_told():
    shot = snap([5] * 9, earlier=())
    assert build_comparison(shot, Zone(UTC), 80) is None
    lines, _ = drawn(shot, scene(shot))
    assert "a week before: not known" in lines[0].text
    assert COMPARISON not in text_of(lines[1:])


# The cursor


def test_the_cursor_is_a_line_that_keeps_the_area_its_shape():
    shot = snap([60] * 72, lower=30)
    bare, place = drawn(shot, scene(shot))
    at = place.line_of(START + 36 * grid.STEP)
    lines, _ = drawn(shot, scene(shot, cursor=START + 36 * grid.STEP))
    under, over_it = column(bare, place, at), column(lines, place, at)
    for before_, after in zip(under, over_it, strict=True):
        assert after == (CURSOR if before_ in " ╌┈" else before_)
    assert CURSOR in over_it
    styles = {style_at(line, GUTTER + 1 + at) for line in lines[1 : 1 + place.height]}
    assert styles == {COLOURS.cursor_line}
    assert lines[1 + place.height].text[GUTTER + 1 + at] == "▲"
    elsewhere = [row for row in range(1, len(lines)) if lines[row].text[:GUTTER] == " " * GUTTER]
    assert all(lines[row].text[GUTTER] in "│└ " for row in elsewhere)


def test_a_low_graph_shows_the_cursor_in_the_line_of_times():
    shot = snap([60] * 72)
    cursor = START + 40 * grid.STEP
    lines, place = drawn(shot, scene(shot, cursor=cursor), 80, 9)
    assert lines[-1].text[GUTTER + 1 + place.line_of(cursor)] == "▲"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (0, "09:00–09:05  50  +10 (+25 %) vs a week before ─"),
        (1, "09:05–09:10   – · gap: the API left it out"),
        (2, "· not fetched"),
        (40, "may still be revised"),
        (41, "revised from 41, may be again"),
        (3, "revised from 42 ─"),
        (47, "still running: it may rise"),
        (48, "still to come"),
    ],
)
def test_the_readout_says_what_the_value_is_worth(at, words):
    found = [50, GAP, UNKNOWN] + [50] * 45
    revised = ((START + 41 * grid.STEP, 41), (START + 3 * grid.STEP, 42))
    shot = snap(found, revised=revised)
    here = scene(shot, cursor=START + at * grid.STEP)
    lines, _ = drawn(shot, here, 160)
    assert words in lines[0].text


def test_the_readout_says_what_is_being_fetched():
    shot = snap([UNKNOWN] * 9, backfill=Progress(0, 3))
    assert "being fetched" in drawn(shot, scene(shot, cursor=START))[0][0].text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_readout_starts_at_the_same_place_wherever_the_cursor_is(width):
    shot = snap([5, 100, GAP, 0, UNKNOWN, 119, 40] * 8)
    places = set()
    for at in range(56):
        window = START + at * grid.STEP
        text = drawn(shot, scene(shot, cursor=window), width)[0][0].text
        hour, minute = divmod(540 + at * 5, 60)
        places.add(text.index(f" ─ {hour:02}:{minute:02}–"))
    assert len(places) == 1


def test_the_readout_knows_the_highest_of_its_column_and_its_marks():
    found = [10] * 2_016
    found[1_000] = 90
    shot = snap(found, marks=(Mark(1, START + 1_001 * grid.STEP + 7, "deploy\x07"),))
    lines, place = drawn(shot, scene(shot, cursor=START + 1_001 * grid.STEP), 200)
    assert START + 1_000 * grid.STEP in place.windows(place.column(START + 1_001 * grid.STEP))
    assert "┊ deploy␇" in lines[0].text
    assert "column max 90 at 20:20" in lines[0].text


@given(st.integers(1, 400), st.integers(1, 500), st.integers(0, 50))
def test_columns_and_windows_belong_together(width, count, lead):
    span = Frame(START - lead * 60, START + count * grid.STEP)
    place = Plot(width, 9, span, choose_scale(9, None, 9))
    for column_ in {0, width // 2, width - 1}:
        windows = place.windows(column_)
        assert len(windows) >= 1
        starting = [window for window in windows if place.column(window) == column_]
        assert starting == list(windows) or len(windows) == 1
    window = START + (count // 2) * grid.STEP
    assert place.column(window) <= place.line_of(window) <= place.column(window + grid.STEP - 1)
    values_ = tuple(range(count))
    reduced = column_maxima(Series(START, values_), span, width)
    assert reduced[place.line_of(window)] >= count // 2


def test_a_cursor_outside_the_frame_draws_no_line():
    shot = snap([60] * 30)
    lines, _ = drawn(shot, scene(shot, cursor=START - DAY))
    assert CURSOR not in text_of(lines[1:]).replace(" │", "")
    assert "not fetched" in lines[0].text


def test_the_cursor_is_laid_over_a_ground_that_is_kept():
    shot = snap([60] * 72, marks=(Mark(1, START + 9_000, "名前"),))
    here = scene(shot)
    found = build_comparison(shot, here.zone, 120)
    place = build_plot(shot, 120, 21, choose_scale(highest_value(shot, found), 120, 18))
    area = area_lines(shot, place, Chart())
    below = draw_body(shot, here.palette, place, area, found)
    for at in range(72):
        there = scene(shot, cursor=START + at * grid.STEP)
        lines = draw_graph(shot, there, place, below, 120, 21)
        assert lines == draw(shot, there, place, area, 120, 21, found)
        assert {line.cell_length for line in lines} == {120}


# The comparison and its range


def test_the_ghost_is_at_its_row_and_goes_on_where_now_ends():
    shot = snap([60] * 70)
    earlier = (Series(START - 7 * DAY - 3_600, (30,) * 120),)
    shot = replace(shot, earlier=earlier)
    lines, place = drawn(shot, scene(shot))
    row = lines[1 + place.row(30)].text[GUTTER + 1 :]
    assert set(row[place.column(START) :]) == {COMPARISON}
    assert place.column(shot.end) < place.width
    assert style_at(lines[1 + place.row(30)], GUTTER + 60) == COLOURS.comparison
    assert "┄ a week before" in lines[0].text


@pytest.mark.parametrize(
    ("compare", "words"),
    [(Compare.DAY, "┄ a day before"), (Compare.TYPICAL, "┄ typical week ░ its range")],
)
def test_the_comparison_is_named(compare, words):
    shot = snap([60] * 30, compare=compare)
    assert words in drawn(shot, scene(shot))[0][0].text


def test_gaps_of_the_ghost_stay_gaps():
    shot = snap([60] * 24)
    values_ = (30,) * 20 + (GAP,) * 4 + (30,) * 24
    shot = replace(shot, earlier=(Series(START - 7 * DAY - 3_600, values_),))
    lines, place = drawn(shot, scene(shot))
    row = lines[1 + place.row(30)].text[GUTTER + 1 :]
    first, last = (place.column(START + at * grid.STEP) for at in (8, 12))
    assert COMPARISON not in row[first + 1 : last - 1]
    assert row[first - 2] == row[last + 1] == COMPARISON


def test_the_ghost_leaves_the_crest_its_shape():
    shot = snap([60] * 30, lower=0)
    bare, place = drawn(replace(shot, earlier=()), scene(shot))
    lines, _ = drawn(shot, scene(shot))
    row, middle = 1 + place.row(60), GUTTER + 1 + place.column(START + 15 * grid.STEP)
    assert lines[row].text[middle] == bare[row].text[middle] != COMPARISON
    assert style_at(lines[row], middle) == COLOURS.comparison


def test_the_scale_holds_the_ghost():
    shot = snap([10] * 24)
    shot = replace(shot, earlier=(Series(START - 7 * DAY - 3_600, (500,) * 48),))
    found = build_comparison(shot, Zone(UTC), 120)
    assert highest_value(shot, found) == 500
    assert highest_value(shot, None) == 10
    assert ComparisonLine((UNKNOWN,)).peak == 0


def test_the_range_of_the_weeks_is_a_shade_behind_everything():
    shot = snap([20] * 24, compare=Compare.TYPICAL)
    earlier = tuple(
        Series(START - days * DAY - 3_600, (30 + days,) * 48) for days in days_of(Compare.TYPICAL)
    )
    lines, place = drawn(replace(shot, earlier=earlier), scene(shot))
    middle = place.column(START + 12 * grid.STEP)
    found = column(lines, place, middle)
    for value in (38, 58):
        assert found[place.row(value)] == "░"
    assert found[place.row(48)] == COMPARISON
    assert found[place.row(70)] == " "
    assert found[place.row(10)] == "⣿"


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_on_the_day_when_the_clocks_change_the_ghost_is_of_the_same_local_time(zone):
    clock, local = Zone(ZoneInfo(zone)), ZoneInfo(zone)
    from datetime import datetime

    day = (2026, 3, 29) if zone == "Europe/London" else (2026, 3, 8)
    start = int(datetime(*day, 6, tzinfo=local).timestamp())
    then = int(datetime(day[0], day[1], day[2] - 7, 6, tzinfo=local).timestamp())
    assert start - then == 7 * DAY - 3_600
    earlier = [0] * 48
    earlier[(then - (start - 7 * DAY - 3_600)) // grid.STEP + 12] = 77
    shot = snap([10] * 24)
    total = Series(start, (10,) * 24)
    shot = replace(
        shot, start=start, end=total.end, at=total.end - 60, total=total,
        earlier=(Series(start - 7 * DAY - 3_600, tuple(earlier)),),
    )  # fmt: skip
    here = scene(shot, cursor=start + 3_600, zone=clock)
    lines, place = drawn(shot, here)
    assert "07:00–07:05" in lines[0].text
    assert "−67 (−87 %)" in lines[0].text
    at = place.line_of(start + 3_600)
    assert column(lines, place, at)[place.row(77)] in COMPARISON + CURSOR


# Marks


def rows_of(width: int, count: int = 6):
    return [[BLANK] * width for _ in range(count)]


def text_rows(cells) -> list[str]:
    return ["".join(cell.char for cell in row) for row in cells]


def place_of(width: int) -> Plot:
    return Plot(width, 6, Frame(START, START + width * grid.STEP), choose_scale(9, None, 6))


def test_marks_are_dotted_lines_with_their_texts_beside_them():
    cells = rows_of(40)
    draw_marks((Mark(1, START + 5 * grid.STEP, "deploy"),), COLOURS, place_of(40), cells)
    found = text_rows(cells)
    assert found[0] == " " * 5 + "┊ deploy" + " " * 27
    assert all(row[5] == MARK for row in found)


def test_texts_that_are_close_are_spread_over_rows_and_then_left_out():
    marks = tuple(Mark(at, START + at * 2 * grid.STEP, f"mark {at}") for at in range(1, 6))
    cells = rows_of(60)
    draw_marks(marks, COLOURS, place_of(60), cells)
    found = text_rows(cells)
    texts = "\n".join(found)
    assert [at for at in range(1, 6) if f"mark {at}" in texts] == [1, 2, 3, 5]
    assert all(row.count(MARK) == 5 for row in found[3:])


def test_a_text_is_cut_only_where_no_row_has_room_for_it():
    marks = (
        Mark(1, START + 10 * grid.STEP, "deployed"),
        Mark(2, START + 28 * grid.STEP, "rolled back"),
    )
    cells = rows_of(30)
    draw_marks(marks, COLOURS, place_of(30), cells)
    found = text_rows(cells)
    assert "┊ deployed" in found[0]
    assert "rolled back ┊" in found[1]
    assert "…" not in "\n".join(found)
    low = rows_of(30, 2)
    draw_marks(marks, COLOURS, place_of(30), low)
    assert "rolle… ┊" in text_rows(low)[0]


def test_marks_at_the_edges_and_outside():
    marks = (
        Mark(1, START, "first"), Mark(2, START + 40 * grid.STEP - 1, "last"),
        Mark(3, START - 1, "before"), Mark(4, START + 40 * grid.STEP, "after"),
    )  # fmt: skip
    cells = rows_of(40)
    draw_marks(marks, COLOURS, place_of(40), cells)
    row = text_rows(cells)[0]
    assert row.startswith("┊ first ")
    assert row.endswith("last ┊")
    assert "before" not in row
    assert "after" not in row


def test_a_hostile_text_is_made_safe_and_cut():
    cells = rows_of(60)
    text = "\x1b[31m\u202e名前" * 9
    draw_marks((Mark(1, START + 600, text),), COLOURS, place_of(60), cells)
    row = text_rows(cells)[0]
    assert "\x1b" not in row
    assert "\u202e" not in row
    assert "…" in row
    assert sum(map(cell_len, row)) == 60


def test_marks_of_one_column_share_a_line_and_say_how_many_more():
    marks = tuple(Mark(at, START + at, f"m{at}") for at in range(3))
    cells = rows_of(30)
    draw_marks(marks, COLOURS, place_of(30), cells)
    assert text_rows(cells)[0].startswith("┊ m0 +2 ")


@given(
    st.lists(st.tuples(st.integers(0, 59), st.text(min_size=1, max_size=80)), max_size=12),
    st.integers(1, 60),
)
def test_marks_keep_every_row_its_width_and_every_line(found, width):
    marks = tuple(Mark(at, START + column_ * 300, text) for at, (column_, text) in enumerate(found))
    cells = rows_of(width)
    draw_marks(marks, COLOURS, place_of(width), cells)
    for row in cells:
        assert sum(cell_len(cell.char) for cell in row) == width
    shown = {column_ for column_, _ in found if column_ < width}
    for column_ in shown:
        assert cells[-1][column_].char == MARK


def test_the_names_of_levels_are_not_written_over():
    shot = snap([60] * 72)
    marks = tuple(Mark(at, START + at * 900, f"number {at}") for at in range(26))
    lines, _ = drawn(replace(shot, marks=marks), scene(shot))
    for name in ("limit 120", "critical 108", "warning 96"):
        assert name in text_of(lines)


# The past


def test_a_past_range_fills_the_frame_and_says_its_ends():
    shot = snap([60] * 72, past=True)
    assert graph_frame(shot) == Frame(shot.start, shot.end)
    lines, place = drawn(shot, scene(shot))
    assert "Wed 19 09:00 – Wed 19 15:00" in lines[0].text
    assert lines[1 + place.row(30)].text[GUTTER + 1 :] == "⣿" * place.width
    assert viewed_window(shot, scene(shot).state) == shot.end - grid.STEP


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3_600, "5 min"), (24 * 3_600, "7 min"), (7 * DAY, "50 min"), (14 * DAY, "1.7 h"),
        (90 * DAY, "11 h"), (360 * DAY, "1.8 d"),
    ],
)  # fmt: skip
def test_the_title_says_what_one_column_stands_for(seconds, words):
    place = Plot(100, 9, Frame(START, START + seconds), choose_scale(9, None, 9))
    assert column_duration(place) == words
    assert column_duration(place._replace(dots=1)) != words or seconds <= 3_600


def test_days_far_from_now_are_told_by_their_month():
    assert moment_text(START, START + 60, Zone(UTC)) == "09:00"
    assert moment_text(START, START + 3 * DAY, Zone(UTC)) == "Wed 19 09:00"
    assert moment_text(START, START + 40 * DAY, Zone(UTC)) == "19 Nov 09:00"


def test_a_moment_of_today_is_known_beside_a_past_range():
    shot = snap([60] * 9, past=True)
    assert value_at(shot, shot.running) == 70
    assert value_at(shot, START) == 60


# Header, figures, gauge, status


def test_the_header_says_what_is_looked_at_and_what_now_is():
    shot = snap([60] * 72, past=True)
    here = scene(shot, cursor=START)
    line = header(shot, here, 120)
    assert "◂ looking at Wed 19 09:00 · now is 70 " in line.text
    assert "live" not in line.text
    assert "◂ Wed 19 09:00 · now 70" in header(shot, here, 50).text
    unknown = replace(shot, live=summary(Series(0), shot.at))
    assert "now is –" in header(unknown, here, 120).text
    frozen = scene(shot, cursor=START, frozen=True)
    assert "frozen at" in header(shot, frozen, 120).text
    assert "looking" not in header(shot, frozen, 120).text


@pytest.mark.parametrize(("kind", "words"), [(Kind.BROKEN, "▲ stale"), (Kind.OFFLINE, "✖ offline")])
def test_a_fault_is_told_while_one_looks_at_the_past(kind, words):
    shot = snap([60] * 72, fault=Fault(Problem(kind, "It failed", "Wait"), START))
    for width in (60, 120):
        assert words in header(shot, scene(shot, cursor=START), width).text


def test_the_value_of_now_has_its_colour_in_the_header():
    shot = snap([60] * 72)
    hot = Series(shot.running - 300, (119, 119))
    shot = replace(shot, live=summary(hot, shot.at))
    line = header(shot, scene(shot, cursor=START), 120)
    at = line.text.index("now is 119") + len("now is ")
    assert style_at(line, at).color == COLOURS.critical.color


def test_what_is_remembered_says_how_old_it_is():
    shot = snap([60] * 9)
    shot = replace(shot, remembered=True, fetched_at=shot.at - 3 * 3_600)
    text = header(shot, scene(shot), 120).text
    assert "○ from history · 3 h old · connecting" in text


def test_the_figures_are_of_the_cursor():
    shot = snap([60, 61, 62, 97, *([80] * 68)])
    numbers, labels = figures_block(shot, scene(shot, cursor=START + 900), 120, 2)
    assert numbers.text.split()[:2] == ["97", "23"]
    assert labels.text.split()[:2] == ["at", "09:15"]
    assert "+10  +11 %" in numbers.text
    assert "vs week before" in labels.text
    assert "+37" in numbers.text.split()
    assert style_at(numbers, 2).color == COLOURS.warning.color


def test_now_is_compared_by_the_last_complete_window():
    shot = snap([60] * 71 + [3])
    numbers, labels = figures_block(shot, scene(shot), 120, 2)
    assert "+10  +20 %" in numbers.text
    assert labels.text.strip().startswith("now (at least) ")
    off = snap([60] * 72, compare=Compare.NONE)
    assert "vs" not in figures_block(off, scene(off), 120, 2)[1].text


def test_the_gauge_stays_on_now_and_says_so():
    shot = snap([10] * 72, past=True)
    assert "now  58 % of limit" in gauge(shot, scene(shot, cursor=START), 120).text
    assert "now" not in gauge(snap([60] * 9), scene(snap([60] * 9)), 120).text


def test_the_smallest_terminal_stays_on_now():
    shot = snap([10] * 72, past=True)
    first, second, _ = number_block(shot, scene(shot, cursor=START), 20, 3)
    assert first.text.startswith(" 70 of 120")
    assert "● live" in second.text


def test_the_progress_of_the_history_is_steady_in_width():
    shot = snap([10] * 9)
    texts = [
        status_line(replace(shot, backfill=Progress(done, 13)), scene(shot), 120).text
        for done in range(14)
    ]
    assert "fetching history ▓▓▓░░░░░░░  5 of 13" in texts[5]
    assert len({text.index(" of 13") for text in texts}) == 1
    assert texts[0].count("▓") == 0
    assert texts[13].count("░") == 0


def test_why_nothing_is_kept_is_told():
    problem = Problem(Kind.BROKEN, "The history is damaged", "It was set aside")
    shot = snap([10] * 9, history_problem=problem)
    assert "The history is damaged. It was set aside" in text_of(
        problem_lines(shot, scene(shot), 80)
    )


# The table


def test_the_table_is_of_the_moment_looked_at():
    shot = snap([60, 61, 62, 90, *([80] * 68)])
    at = START + 900
    half = build_rows(shot, at)[1]
    assert (half.now, half.change, half.share) == (45, 15, 0.5)
    assert (half.versus.difference, half.versus.share) == (45 - 80, -35 / 80)
    lines = table(shot, scene(shot, cursor=at), VisibleRows(build_rows(shot, at), 0, 0), 120, 9)
    assert "  09:15  SHARE" in lines[1].text
    assert "sorted by value at 09:15 ▼" in lines[0].text
    assert "−35 ▼  44 %" in lines[3].text
    assert "+10 ▲  12 %" in lines[4].text
    assert "NOW" in table(shot, scene(shot), VisibleRows(build_rows(shot), 0, 0), 120, 9)[1].text


def test_now_is_compared_row_by_row_by_the_last_complete_window():
    shot = snap([60] * 71 + [3])
    main, half = build_rows(shot)
    assert (main.now, main.versus.difference) == (3, 10)
    assert half.versus.difference == -20
    assert total_row(shot, "Total").versus == main.versus


def test_rows_are_sorted_by_the_moment_and_by_the_difference():
    shot = snap([60] * 72)
    turned = shot.rows[1]._replace(series=Series(START, (5, *([200] * 71))))
    shot = replace(shot, rows=(shot.rows[0], turned))
    at = START + 300
    found = build_rows(shot, at)
    assert [e.now for e in arrange_rows(found, scene(shot).state)] == [200, 60]
    assert [e.now for e in arrange_rows(build_rows(shot, START), scene(shot).state)] == [60, 5]
    by_versus = scene(shot, sort="versus").state
    assert [e.versus.difference for e in arrange_rows(found, by_versus)] == [150, 10]
    assert "versus" in SORTS


@pytest.mark.parametrize("known", [[GAP] * 9, [UNKNOWN] * 9])
def test_what_is_not_known_is_a_dash(known):
    shot = snap(known)
    (entry, _) = build_rows(shot, START)
    assert (entry.now, entry.share, entry.change, entry.versus) == (None, None, None, None)


def test_against_nothing_there_is_no_percentage():
    shot = snap([10] * 9)
    (entry, _) = build_rows(shot, START)
    assert (entry.versus.difference, entry.versus.share) == (10, None)
    lines = table(shot, scene(shot), VisibleRows(build_rows(shot), 0, 0), 120, 9)
    assert "+10 " in lines[2].text
    assert "+10 ▲" not in lines[2].text


@given(st.integers(20, 240), st.sampled_from(COMPARES))
def test_the_comparison_takes_less_room_before_others_leave(width, compare):
    place = fit_columns(width, 21_600, compare)
    keys = [column_.key for column_ in place.columns]
    assert ("versus" in keys) <= (compare is not Compare.NONE)
    if compare is not Compare.NONE and "mean" in keys:
        assert "versus" in keys
    assert 2 + place.name + sum(c.width for c in place.columns) <= max(width, 22)
