"""What painters say in words and signs: one number is said one way, and nothing is cut in two."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color_triplet import ColorTriplet
from rich.style import Style
from scripted_feed import draw
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from polytop.alerts.messages import reading_text
from polytop.cli.output import Pen
from polytop.cli.output import Style as Sgr
from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import ClientEnv, Filters, Target
from polytop.ui.ascii import to_ascii
from polytop.ui.render.chart import Chart
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.figures import figures_block, gauge, number_block
from polytop.ui.render.numbers import headroom_percent, percent
from polytop.ui.render.plot import area_lines, axis_rows, build_plot
from polytop.ui.render.scale import choose_scale
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.render.title import readout
from polytop.ui.render.wall import WallContext, most_urgent_lines, tile_lines
from polytop.ui.theme import DARK, LIGHT, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState
from polytop.ui.wall_model import Tile

START = 1_795_089_600
COLOURS = palette(DARK.to_color_system().generate() | DARK.variables)
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
calls, limits = st.integers(0, 20_000), st.integers(1, 10_000)


def snap(values: list[int], limit: int | None = 120, filters: Filters | None = None) -> Snapshot:
    total = Series(START, tuple(values))
    capacity, now = Capacity(limit), total.end - 60.0
    view = View(filters or Filters(), len(total) * grid.STEP)
    found = summary(total, now, capacity)
    return Snapshot(
        now, view, view, total.start, total.end, total, found, None,
        capacity, fetched_at=now - 5, next_at=now + 25, live=found, recent=total,
    )  # fmt: skip


def scene(shot: Snapshot, profile: str = "prod", **changes) -> RenderContext:
    state = replace(ViewState(shot.view.filters), **changes)
    return RenderContext(Subject(profile, TARGET), state, shot.at, Zone(UTC), COLOURS)


def tile(shot: Snapshot) -> Tile:
    return Tile("prod", ClientEnv.LIVE, TARGET, shot)


def text_of(lines) -> str:
    return "\n".join(line.text for line in lines)


def percents(text: str) -> list[str]:
    return re.findall(r"\S+ %", text)


# -- one number, one percentage


@given(calls, limits)
@example(14, 120)
@example(15, 120)
@example(1, 200)
@example(199, 200)
@example(9_999, 10_000)
@example(9_995, 1_000)
def test_one_share_of_the_limit_is_said_alike_wherever_it_stands(value, limit):
    shot = snap([0, 0, value], limit)
    here, look = scene(shot), WallContext(COLOURS, Zone(UTC), shot.at)
    used, left = percent(value / limit), headroom_percent(value, limit)
    assert percents(gauge(shot, here, 120).text) == [used]
    assert percents(text_of(figures_block(shot, here, 200, 2))) == [left]
    assert percents(text_of(tile_lines(tile(shot), look, 59, 8, selected=False))) == [left, used]
    assert percents(text_of(tile_lines(tile(shot), look, 59, 3, selected=False))) == [used]
    assert percents(text_of(tile_lines(tile(shot), look, 120, 1, selected=False))) == [used]
    assert f"({used})" in reading_text(value, limit)
    # As the one line and the block of a look from outside have it: from the headroom.
    assert percent(1 - (1 - value / limit)) == used


@given(calls, limits)
def test_the_limit_is_said_to_be_used_up_at_the_limit_and_not_before(value, limit):
    used = int(percent(value / limit).removesuffix(" %"))
    assert (used >= 100) == (value >= limit)
    exact = 100 * value / limit
    assert abs(used - exact) <= 0.5 or (used == 99 and 99.5 <= exact < 100)


@given(calls, limits)
def test_what_is_used_and_what_is_left_are_the_whole(value, limit):
    left = headroom_percent(value, limit)
    assert int(left.removesuffix(" %").replace("−", "-")) == 100 - int(
        percent(value / limit).removesuffix(" %")
    )
    assert left.isascii() or left.startswith("−")
    assert not left.startswith(("-", "−0"))


def test_what_is_not_known_has_no_share():
    assert percent(None) == headroom_percent(None, 120) == "–"


# -- headroom


@pytest.mark.parametrize(
    ("value", "words"), [(14, "12 %"), (120, "0 %"), (121, "−1 %"), (336, "−180 %")]
)
def test_headroom_has_one_minus_sign_and_one_blank(value, words):
    shot = snap([value])
    look = WallContext(COLOURS, Zone(UTC), shot.at)
    under = figures_block(shot, scene(shot), 120, 2)[1].text
    tiled = text_of(tile_lines(tile(shot), look, 59, 8, selected=False))
    words = words if value != 14 else "88 %"
    assert f"headroom, {words} " in under
    assert f"headroom {words} " in tiled
    assert not re.search(r"-\d", under + tiled)


def test_headroom_keeps_its_width_where_the_limit_is_not_passed():
    starts = {
        figures_block(shot, scene(shot), 120, 2)[1].text.index("peak")
        for shot in map(snap, ([1], [60], [119], [120]))
    }
    assert len(starts) == 1


# -- the gauge


@given(
    st.integers(0, 99_999), st.integers(1, 9_999), st.integers(36, 200), st.booleans(),
    st.integers(1, 2_016),
)  # fmt: skip
@example(193, 120, 80, False, 72)
@example(193, 120, 100, False, 72)
@example(193, 120, 120, False, 72)
def test_the_gauge_cuts_no_word_and_runs_none_into_the_next(value, limit, width, past, windows):
    shot = snap([value] * windows, limit)
    here = scene(shot, cursor_at=START) if past else scene(shot)
    line = gauge(shot, here, width)
    assert line.cell_length == width
    found = re.fullmatch(
        r"  [━─┃]{10,} (now )? *(\d+) %"
        r"( of limit)?( AT THE LIMIT| CRITICAL| WARNING)?"
        r"(( +)over [\d.e+]+: (up to \d+ min)( · at \d+: up to \d+ min)?)? *",
        line.text,
    )
    assert found, line.text
    assert bool(found[1]) == past
    if width >= 100 and value <= 1_000 and limit >= 10:
        assert found[8] is not None
    if width >= 50:
        assert found[3] is not None
        assert ("AT THE LIMIT" in line.text) == (value >= limit)


# -- no dangling dots, no half words in the smallest of terminals


OFFLINE = Problem(Kind.OFFLINE, "Cannot reach it", "Check the network.")


@given(
    st.integers(0, 99_999), st.integers(1, 9_999), st.integers(20, 35),
    st.sampled_from(list(ClientEnv)),
    st.sampled_from(["p", "prod", "prerelease", "a-profile-with-a-long-name", "名前" * 9]),
    st.sampled_from(["live", "offline", "frozen", "nothing"]),
)  # fmt: skip
@example(193, 120, 20, ClientEnv.PRE_RELEASE, "prerelease", "live")
def test_the_smallest_terminal_leaves_whole_parts_out(value, limit, width, env, profile, state):
    shot = snap([value] * 3, limit, Filters(env))
    if state == "offline":
        shot = replace(shot, fault=Fault(OFFLINE, shot.at - 700))
    here = scene(shot, profile, frozen=state == "frozen")
    first, second, third = (
        line.text.rstrip()
        for line in number_block(None if state == "nothing" else shot, here, width, 3)
    )
    assert max(map(cell_len, (first, second, third))) <= width
    assert re.fullmatch(r" [–\d]+( of \d+)?( AT THE LIMIT| AT LIMIT| CRITICAL| WARNING)?", first)
    assert re.fullmatch(
        r" (● live( · 5 s ago( · next 25 s)?)?|✖ offline( since \d\d:\d\d( · next try 25 s)?)?"
        r"|‖ frozen( at \d\d:\d\d:\d\d)?|○ connecting)",
        second,
    )
    assert third.endswith(f" {env.value}")
    assert third == f" {profile} {env.value}" or "…" in third


@pytest.mark.parametrize("value", [1, 97, 110, 120, 99_999])
def test_the_smallest_wall_leaves_whole_parts_out(value):
    shot = snap([value])
    look = WallContext(COLOURS, Zone(UTC), shot.at)
    line = most_urgent_lines(tile(shot), look, 20, 3)[1].text.rstrip()
    assert re.fullmatch(r" \d+( of 120)?( AT THE LIMIT| AT LIMIT| CRITICAL| WARNING)?", line)
    assert ("LIMIT" in line) == (value >= 120)


# -- words


def test_a_window_that_has_ended_is_not_called_provisional():
    shot = snap([50] * 30)
    chart = Chart()
    place = build_plot(shot, 80, 12, choose_scale(50, 120, 9))
    assert area_lines(shot, place, chart)
    found = set()
    for room in range(20, 120):
        ended = "".join(
            text for text, _ in readout(shot, scene(shot, cursor_at=START + 7_500), place, room)
        )
        assert "provisional" not in ended
        found.add(ended.partition("50")[2])
        running = "".join(
            text for text, _ in readout(shot, scene(shot, cursor_at=shot.running), place, room)
        )
        assert running.endswith(("50", "still running: it may rise", "provisional"))
    assert found == {"", " · may change", " · may still be revised"}


@pytest.mark.parametrize(("sign", "said"), [("≥", ">="), ("≤", "<=")])
def test_a_bound_stays_a_bound_in_ascii(sign, said):
    assert to_ascii(f"  {sign} 4: 72 windows") == f"  {said}4: 72 windows"
    assert to_ascii(f"{sign}       other") == f"{said}      other"
    # Where no blank can give its cell, nothing false is said.
    assert to_ascii(f"a{sign}5") == "a?5"


def test_bounds_stay_bounds_on_the_gauge_and_an_arrow_is_no_comparison():
    shot = snap([100] * 30)
    line = gauge(shot, scene(shot), 120)
    ascii_line = to_ascii(line.text)
    assert "over 96: up to 150 min . at 120: up to 0 min" in ascii_line
    assert len(ascii_line) == line.cell_length
    assert to_ascii("down 5 within 15 min (20 → 15)") == "down 5 within 15 min (20 ->15)"


@given(st.text("≥≤→ 5a·", max_size=12))
def test_ascii_keeps_every_cell_in_its_place(text):
    assert len(to_ascii(text)) == len(text)


@pytest.mark.parametrize("width", [36, 60, 80, 120])
def test_the_names_of_the_limit_fit_a_word(width):
    for filters in (Filters(), Filters(language="en-GB")):
        shot = snap([5] * 30, None, filters)
        words = "selection" if filters.language else "no limit stated"
        line = gauge(shot, scene(shot), width)
        assert words in line.text
        assert re.fullmatch(
            r"  (limit applies to all calls, not this selection|a selection"
            r"|no limit stated(: .+[^ -])?) *",
            line.text,
        )
        assert not re.search(r"[a-z]$", line.text) or line.text.endswith(
            ("conversations", "profile", "--limit", "selection", "stated")
        )


def words_in_faint(strips) -> list[str]:
    return [
        segment.text
        for strip in strips
        for segment in strip
        if segment.style is not None
        and segment.style.color == COLOURS.faint.color
        and re.search(r"[A-Za-z0-9?]", segment.text)
    ]


@pytest.mark.parametrize("limit", [None, 120])
def test_no_word_and_no_sign_is_painted_as_faintly_as_a_line(limit):
    for filters in (Filters(), Filters(language="en-GB")):
        shot = snap([5, -1, -2, 70, -1, 100] * 5, limit, filters)
        here, chart, look = scene(shot), Chart(), WallContext(COLOURS, Zone(UTC), shot.at)
        place = build_plot(shot, 100, 18, choose_scale(100, limit, 18 - axis_rows(18)))
        strips = [
            gauge(shot, here, 120),
            *figures_block(shot, here, 120, 2),
            *draw(shot, here, place, area_lines(shot, place, chart), 100, 18),
            *table(shot, here, VisibleRows((), 0, 0), 100, 8),
        ]
        for height in (1, 3, 8):
            strips += tile_lines(tile(shot), look, 59, height, selected=False)
        assert words_in_faint(strips) == []


@pytest.mark.parametrize("sign", "≥≤")
def test_a_plain_terminal_is_told_nothing_false_either(sign):
    said = Pen(ascii_only=True).write(f"name {sign}5", Sgr.PLAIN)
    assert said == "name ?5"


# -- the names of the levels


def graph_lines(values: list[int], width: int, height: int, filters: Filters | None = None):
    """The rows of the plot, without title and axis, and the plot itself."""
    shot, chart = snap(values, 120, filters), Chart()
    place = build_plot(
        shot, width, height, choose_scale(max(values), 120, height - axis_rows(height))
    )
    lines = draw(shot, scene(shot), place, area_lines(shot, place, chart), width, height)
    return [line.text[7:] for line in lines[1 : 1 + place.height]], place, shot, chart


LEVELS = ((96, "warning"), (108, "critical"), (120, "limit"))
days = st.lists(st.sampled_from([5, 60, 94, 97, 104, 109, 118, 120]), min_size=12, max_size=72)


@given(days, st.sampled_from([(120, 22), (120, 16), (80, 9), (60, 8), (46, 9)]))
def test_a_level_that_is_drawn_has_its_name_wherever_there_is_room(values, size):
    rows, place, _, _ = graph_lines(values, *size)
    for row in {place.row(level) for level, _ in LEVELS}:
        free = max(map(len, re.findall("[╌┈]+", rows[row])), default=0)
        names = [(word, f"{word} {level}") for level, word in LEVELS if place.row(level) == row]
        for word, name in names:
            if word not in rows[row]:
                assert free < len(word) + 2, rows[row]
            elif name not in rows[row]:
                assert free < len(name) + 2, rows[row]


def test_levels_are_named_between_peaks_where_both_ends_are_taken():
    # Peaks at both ends, and a calm hour somewhere.
    values = [100, 60] * 12 + [60] * 14 + [100, 60] * 17 + [100] * 4
    rows, place, _, _ = graph_lines(values, 120, 22)
    assert " warning 96 " in rows[place.row(96)]
    assert " critical 108 " in rows[place.row(108)]


def test_levels_of_one_row_are_named_apart_where_no_room_is_for_both():
    values = ([100] + [60] * 17) * 4
    rows, place, _, _ = graph_lines(values, 80, 9)
    assert place.row(96) == place.row(108)
    row = rows[place.row(96)]
    assert " warning 96 " in row
    assert " critical 108 " in row


@given(days, st.sampled_from([(120, 22), (80, 9), (60, 8)]))
def test_names_cover_no_crest(values, size):
    rows, place, shot, chart = graph_lines(values, *size)
    above = " " * place.width
    for row, area in enumerate(area_lines(shot, place, chart)):
        for column, (char, over) in enumerate(zip(area, above, strict=True)):
            if char not in " \u2800" and over in " \u2800":
                assert rows[row][column] == char
        above = area


@pytest.mark.parametrize("span", range(60, 73, 4))
def test_names_leave_the_running_window_its_look(span):
    # Free for no name, but for one across the last windows and the edge.
    values = ([100, 115] * span)[: span - 8] + [130] * 8
    rows, place, shot, chart = graph_lines(values, 120, 22)
    first, row = place.column(shot.running), place.row(96)
    area = area_lines(shot, place, chart)[row]
    running = [column for column in range(first, place.width) if area[column] not in " \u2800"]
    assert running
    assert all(rows[row][column] == "⢕" for column in running)


# -- what can be read


def contrast(ink: Style, background: str) -> float:
    """Source: WCAG 2.2, "contrast ratio" and "relative luminance"."""
    light, dark = sorted(
        (
            luminance(ink.color.get_truecolor()),
            luminance(ColorTriplet(*Color.parse(background).rgb)),
        ),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: ColorTriplet) -> float:
    parts = [part / 255 for part in colour]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_is_what_the_guidelines_say():
    assert contrast(Style.parse("#ffffff"), "#000000") == pytest.approx(21)
    assert contrast(Style.parse("#777777"), "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_words_can_be_read(theme):
    variables = theme.to_color_system().generate() | theme.variables
    found = palette(variables)
    for name in (
        "text",
        "strong",
        "muted",
        "head",
        "accent",
        "ok",
        "warning",
        "critical",
        "comparison",
    ):
        assert contrast(getattr(found, name), variables["background"]) >= 4.5, name


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=lambda theme: theme.name)
def test_quiet_words_can_be_read_in_every_theme(theme):
    variables = theme.to_color_system().generate() | theme.variables
    found = palette(variables)
    if variables["background"].startswith("ansi"):
        assert found.muted.color.name == "bright_black"
        return
    for name in ("muted", "head", "comparison", "text"):
        # Some foregrounds are no better themselves: then words are no worse.
        best = min(4.5, contrast(found.text, variables["background"]))
        assert contrast(getattr(found, name), variables["background"]) >= best, name
