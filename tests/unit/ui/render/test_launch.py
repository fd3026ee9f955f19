"""A launch on the screen: its clock, its plan over the graph, and what is said of both."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_scene import START, column, scene, snap, style_at, text_of
from textual.color import Color

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.plan import Launch, Plan, Planned, PlanRow, build_plan
from polytop.model.series import GAP, Series
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters
from polytop.ui.ascii import to_ascii
from polytop.ui.render.chart import Chart
from polytop.ui.render.figures import figures_block, number_block
from polytop.ui.render.graph import draw_body, draw_graph
from polytop.ui.render.header import header
from polytop.ui.render.launch import build_overlay, launch_clock, launch_time, plan_line
from polytop.ui.render.overlays import ComparisonLine, highest_value
from polytop.ui.render.plot import area_lines, build_plot
from polytop.ui.render.scale import choose_scale, graph_frame
from polytop.ui.render.text import BAND, COMPARISON, LEVELS, MARK, PLAN
from polytop.ui.render.title import title
from polytop.ui.theme import DARK, LIGHT, contrast, palette

HOUR, STEP = 3_600, grid.STEP
FEW = palette(DARK.variables | {"foreground": DARK.foreground})
MANY = palette(
    DARK.variables
    | {"background": DARK.background, "accent": DARK.accent, "warning": DARK.warning}
    | {"error": DARK.error, "foreground": DARK.foreground},
    many_colours=True,
)
T_ZERO = START + 3 * HOUR
ROWS = (
    PlanRow(T_ZERO - 1_800, Planned(40), "doors"),
    PlanRow(T_ZERO, Planned(40, 30, 50)),
    PlanRow(T_ZERO + HOUR, Planned(100, 80, 110), "ramp-up"),
    PlanRow(T_ZERO + 4 * HOUR, Planned(100, 80, 110)),
)
PLANNED = build_plan(ROWS)


def launch_at(values: list[int], plan: Plan | None = PLANNED, **changes):
    """The screen where `values` are known since START, the last one running."""
    launch = Launch(T_ZERO, T_ZERO + 4 * HOUR, Filters(), plan)
    shot = snap(values, compare=Compare.NONE)
    total = replace(shot.total, provisional=frozenset({shot.total.end - STEP}))
    view = replace(shot.view, launch=(launch.since, launch.until))
    series = total.cut(launch.since, max(launch.since, min(total.end, launch.until)))
    live = summary(total, shot.at, shot.capacity)
    shot = replace(shot, total=total, view=view, recent=total, live=live, launch=series)
    shot = replace(shot, **changes)
    return shot, replace(scene(shot), launch=launch)


def at_hour(hours: float, value: int = 45):
    """The screen so many hours after START, with `value` in every window."""
    return launch_at([value] * int(hours * 12))


def drawn(shot, here, *, many: bool = False, width: int = 120, height: int = 25):
    here = replace(here, palette=MANY if many else FEW)
    overlay = build_overlay(shot, here, width)
    top = highest_value(shot, None, (), overlay.line)
    chart, scale = Chart(), choose_scale(top, None, height - 3)
    plot = build_plot(shot, width, height, scale, 1)
    area = ()
    if not many:
        plot = plot._replace(dots=chart.columns)
        area = area_lines(shot, plot, chart)
    body = draw_body(shot, here.palette, plot, area, None, (), overlay)
    return draw_graph(shot, here, plot, body, width, height), plot


# -- the clock


@pytest.mark.parametrize(
    ("seconds", "clock", "time"),
    [
        (-1_510.4, "T-00:25:11", "T-00:25"),
        (-1_500.0, "T-00:25:00", "T-00:25"),
        (-61.0, "T-00:01:01", "T-00:01"),
        (-59.0, "T-00:00:59", "T+00:00"),
        (-0.4, "T-00:00:01", "T+00:00"),
        (0.0, "T+00:00:00", "T+00:00"),
        (0.9, "T+00:00:00", "T+00:00"),
        (2_400.0, "T+00:40:00", "T+00:40"),
        (86_400 + 3_723.0, "T+25:02:03", "T+25:02"),
    ],
)
def test_the_clock_counts_to_the_start_and_from_it(seconds: float, clock: str, time: str) -> None:
    assert launch_clock(1_000_000 + seconds, 1_000_000) == clock
    assert launch_time(1_000_000 + seconds, 1_000_000) == time


@given(st.integers(-100_000, 100_000))
def test_a_second_later_the_clock_is_a_second_on(seconds: int) -> None:
    def read(text: str) -> int:
        sign, hours, minutes, rest = re.fullmatch(r"T([+-])(\d+):(\d\d):(\d\d)", text).groups()
        return (int(hours) * 3_600 + int(minutes) * 60 + int(rest)) * (-1 if sign == "-" else 1)

    assert read(launch_clock(seconds, 0)) == seconds
    assert read(launch_clock(seconds + 1, 0)) == seconds + 1


@pytest.mark.parametrize("width", [200, 120, 100, 80, 60, 50, 40, 36])
def test_the_header_has_the_clock_at_every_width(width: int) -> None:
    shot, here = at_hour(2.5)
    said = header(shot, here, width).text
    assert "T-00:3" in said
    assert len(said) == width
    plain = header(shot, replace(here, launch=None), width).text
    assert "T-00" not in plain


@pytest.mark.parametrize("width", [120, 80, 60, 40])
def test_the_header_has_the_clock_beside_the_worst_state_too(width: int) -> None:
    shot, here = at_hour(4, 120)
    assert "CRITICAL" in header(shot, here, width).text
    assert "T+00:59" in header(shot, here, width).text


# -- the frame


def test_what_is_planned_is_shown_past_now_as_far_as_the_span_is_long() -> None:
    for hours in (2, 3, 4, 6):
        shot, _ = at_hour(hours)
        frame, span = graph_frame(shot), shot.end - shot.start
        assert frame.end >= min(shot.view.launch[1], shot.end + span)
        assert frame.start <= shot.start
    shot, _ = at_hour(8)
    assert graph_frame(shot) == graph_frame(replace(shot, view=replace(shot.view, launch=None)))


def test_the_frame_keeps_its_end_while_time_passes_and_moves_seldom() -> None:
    shot, _ = at_hour(4)
    frames = set()
    for minutes in range(0, 24 * 5, 5):
        at = {key: getattr(shot, key) + 60 * minutes for key in ("at", "start", "end")}
        frames.add(graph_frame(replace(shot, **at)))
    assert len({frame.end for frame in frames}) == 1
    assert len(frames) <= 5


def test_a_launch_that_is_far_away_makes_no_room() -> None:
    shot, _ = at_hour(2)
    plain = graph_frame(replace(shot, view=replace(shot.view, launch=None)))
    far = (plain.end + 2 * HOUR, plain.end + 6 * HOUR)
    assert graph_frame(replace(shot, view=replace(shot.view, launch=far))) == plain
    near = (far[0] - 300, far[1])
    assert graph_frame(replace(shot, view=replace(shot.view, launch=near))).end > near[0]


def test_a_span_in_the_past_has_no_room_for_what_is_to_come() -> None:
    shot, _ = at_hour(4)
    past = replace(shot, view=replace(shot.view, end=shot.end))
    assert graph_frame(past) == (past.start, past.end)


# -- over the graph


@pytest.mark.parametrize("hours", [2.5, 3, 4])
def test_the_line_is_where_the_plan_says_before_now_and_past_it(hours: float) -> None:
    shot, here = at_hour(hours, 0)
    lines, plot = drawn(shot, here)
    seen = 0
    for at in range(plot.width):
        windows = plot.windows(at)
        values = [PLANNED.at(each) for each in windows]
        due = max((round(each.expected) for each in values if each), default=None)
        cells = column(lines, plot, at)
        if due is None:
            assert PLAN not in cells
        elif PLAN in cells:
            seen += 1
            assert cells.index(PLAN) == plot.row(due)
    # Words of levels, labels and the letter of the plan cover some of it.
    assert seen > 30


def test_the_shade_is_between_low_and_high_and_nowhere_else() -> None:
    shot, here = at_hour(4, 0)
    lines, plot = drawn(shot, here)
    beyond = plot.column(T_ZERO + 2 * HOUR)
    cells = column(lines, plot, beyond)
    rows = [row for row, char in enumerate(cells) if char in (BAND, PLAN)]
    assert (min(rows), max(rows)) == (plot.row(110), plot.row(80))
    before = column(lines, plot, plot.column(T_ZERO - 900))
    assert BAND not in before


def test_a_graph_of_many_colours_has_line_and_shade_too() -> None:
    shot, here = at_hour(4, 0)
    lines, plot = drawn(shot, here, many=True)
    at = 7 + plot.column(T_ZERO + 2 * HOUR)
    middle = style_at(lines[1 + plot.row(100)], at)
    assert middle.color == MANY.plan.color
    inside, outside = (style_at(lines[1 + plot.row(each)], at) for each in (90, 60))
    assert inside.bgcolor != outside.bgcolor
    plain, _ = launch_at([0] * 48, build_plan([PlanRow(row.at, Planned(100)) for row in ROWS]))
    lines, plot = drawn(plain, here_of(plain), many=True)
    assert style_at(lines[1 + plot.row(90)], at).bgcolor is None


def here_of(shot):
    plan = build_plan([PlanRow(row.at, Planned(100)) for row in ROWS])
    return replace(scene(shot), launch=Launch(T_ZERO, T_ZERO + 4 * HOUR, Filters(), plan))


def test_the_labels_and_the_start_are_lines_with_their_words() -> None:
    lines, plot = drawn(*at_hour(2.5))
    text = text_of(lines)
    for label in ("doors", "launch", "ramp-up"):
        assert f" {label}" in text
    for moment in (T_ZERO - 1_800, T_ZERO, T_ZERO + HOUR):
        assert "┊" in column(lines, plot, plot.column(moment))
    alone, plot = drawn(*launch_at([45] * 48, None))
    assert " launch" in text_of(alone)
    assert re.search("┊ end|end ┊", text_of(alone))
    assert "┊" in column(alone, plot, plot.column(T_ZERO + 4 * HOUR))
    assert "doors" not in text_of(alone)
    # A label in the window of the start or of the end is enough.
    last = PlanRow(T_ZERO + 4 * HOUR + 60, None, "closed")
    named = [*ROWS[:1], PlanRow(T_ZERO + 30, Planned(40), "go live"), *ROWS[2:], last]
    text = text_of(drawn(*launch_at([45] * 48, build_plan(named)))[0])
    for label, there in (("go live", True), ("closed", True), (" launch", False), (" end", False)):
        assert (label in text) is there


def test_hostile_labels_are_harmless() -> None:
    bad = build_plan([PlanRow(T_ZERO, Planned(40), "[red]\x1b[31m\u202e")])
    text = text_of(drawn(*launch_at([45] * 30, bad))[0])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text


def test_the_scale_shows_all_of_the_plan() -> None:
    shot, here = at_hour(4, 10)
    assert highest_value(shot, None) == 10
    assert highest_value(shot, None, (), build_overlay(shot, here, 120).line) == 110


def test_the_title_names_the_line() -> None:
    lines, _ = drawn(*at_hour(2))
    assert f"{PLAN} plan P {BAND} its range" in lines[0].text
    lines, _ = drawn(*at_hour(2), many=True)
    assert "⠒ plan P" in lines[0].text


def test_of_two_ranges_the_title_names_the_one_that_is_drawn() -> None:
    shot, here = at_hour(2)
    shot = replace(shot, view=replace(shot.view, compare=Compare.TYPICAL))
    typical = ComparisonLine((40,) * 113, (30,) * 113, (50,) * 113, (4, 4))
    _, plot = drawn(shot, here)
    said = title(shot, here, plot, typical, 200).text
    assert f"plan P {BAND} its range · ┄ typical week of 4 ─" in said
    bare = build_plan([PlanRow(row.at, Planned(100)) for row in ROWS])
    apart = replace(here, launch=replace(here.launch, plan=bare))
    said = title(shot, apart, plot, typical, 200).text
    assert f"plan P · ┄ typical week of 4 {BAND} its range ─" in said


def test_without_a_plan_the_title_names_none() -> None:
    lines, _ = drawn(*launch_at([45] * 24, None))
    assert "plan" not in lines[0].text


def test_the_line_has_a_sign_of_its_own_in_ascii_and_a_colour_of_its_own_that_can_be_seen() -> None:
    others = {to_ascii(each) for each in (COMPARISON, MARK, BAND, *LEVELS)}
    assert to_ascii(PLAN).isascii()
    assert to_ascii(PLAN) not in others
    for theme in (DARK, LIGHT):
        colour, ground = (Color.parse(each) for each in (theme.variables["plan"], theme.background))
        assert contrast(colour, ground) >= 4.5
        assert theme.variables["plan"] not in (theme.variables["comparison"], theme.accent)


def test_narrowed_to_other_calls_the_plan_is_not_shown() -> None:
    shot, here = at_hour(4)
    shot = replace(shot, view=replace(shot.view, filters=Filters(language="en-GB")))
    lines, _ = drawn(shot, here)
    assert PLAN not in text_of(lines)
    assert " doors" not in text_of(lines)
    assert said(shot, here) == "the plan is of other calls than these"


# -- the line below the figures


def said(shot, here, width: int = 200) -> str:
    line = plan_line(shot, here, width)
    assert line.width <= width
    return line.strip(line.width).text.strip()


def test_on_plan_is_said_with_the_window_and_the_largest() -> None:
    shot, here = launch_at([40] * 36)
    assert said(shot, here) == "on plan   T-00:10 40 of 40, 0   largest 0 at T-00:30"


def test_off_plan_is_said_with_its_beginning_over_several_polls() -> None:
    values = [40] * 36 + [40 + 5 * at for at in range(4)]
    beginnings = set()
    for more in range(1, 5):
        shot, here = launch_at([*values, *[90] * more, 500])
        words = said(shot, here)
        beginnings.add(re.search(r"over plan since (\S+)", words)[1])
        assert "500" not in words
        planned = 40 + 15 + 5 * more
        assert words.startswith(f"{round(100 * (90 - planned) / planned)} % over plan")
        assert f"T+00:{15 + 5 * more} 90 of {planned}, +{90 - planned} (" in words
    assert beginnings == {"T+00:20"}


@pytest.mark.parametrize(
    ("value", "planned", "words"),
    [(3, 11.5, "3 of 12, −9 (−74 %)"), (5, 10.5, "5 of 10, −5 (−52 %)"), (8, 7.46, "8 of 7, +1")],
)
def test_what_was_planned_and_the_difference_add_up(value: int, planned: float, words: str) -> None:
    plan = Plan(PLANNED.first, (Planned(planned),) * len(PLANNED.windows))
    assert words in said(*launch_at([value] * 40, plan))


def test_under_plan_of_nothing_is_a_number() -> None:
    plan = build_plan([PlanRow(T_ZERO, Planned(0)), PlanRow(T_ZERO + HOUR, Planned(0))])
    assert said(*launch_at([9] * 40, plan)).startswith("9 over plan since T+00:00   ")


def test_before_the_plan_and_after_it() -> None:
    assert said(*at_hour(2)) == "the plan begins at T-00:30"
    shot, here = at_hour(8, 90)
    words = "the plan ended at T+04:00   largest +50 (+125 %) at T-00:30"
    assert said(shot, here).startswith(words)


def test_load_over_the_limit_is_said_before_the_start_and_while_it_is_to_come() -> None:
    low = {"capacity": Capacity(90)}
    words = "▲ plan up to 100 at T+01:00: over the limit 90 from T+00:55"
    before, here = launch_at([45] * 24, **low)
    assert said(before, here).startswith(words)
    assert figures_block(before, here, 120, 4)[3].text.strip().startswith(words)
    # While any of it is to come, in the same words.
    for more in (38, 46, 49, 60, 84):
        later, here = launch_at([45] * more, **low)
        assert said(later, here).endswith(words)
    over, here = launch_at([45] * 97, **low)
    assert "limit" not in said(over, here)
    enough, here = launch_at([45] * 24, capacity=Capacity(100))
    assert "limit" not in said(enough, here)
    none, here = launch_at([45] * 24, capacity=Capacity())
    assert "limit" not in said(none, here)


def test_what_is_old_has_its_time() -> None:
    shot, here = launch_at([40] * 36)
    old = replace(here, now=here.now + HOUR)
    assert said(shot, old).startswith("at T-00:10 on plan")


def test_under_the_cursor_is_that_window() -> None:
    shot, here = launch_at([40] * 36 + [70] * 6)
    for moment, words in (
        (T_ZERO + 600, "◂ T+00:10 70 of 50, +20 (+40 %): over plan"),
        (T_ZERO - 600, "◂ T-00:10 40 of 40, 0: on plan"),
        (T_ZERO + 1_500, "◂ T+00:25 planned 65"),
        (T_ZERO - HOUR, "◂ T-01:00 not planned"),
    ):
        looked = replace(here, state=replace(here.state, cursor_at=moment))
        assert said(shot, looked) == words


@pytest.mark.parametrize("width", range(36, 130, 3))
def test_the_words_that_matter_most_fit_first(width: int) -> None:
    shot, here = launch_at([40] * 36 + [80] * 6, capacity=Capacity(90))
    words = said(shot, here, width)
    assert words.startswith("33 % over plan since T+00:00")
    for field in re.split(r" {3,}", words):
        assert not field.endswith("…")
    assert ("T+00:20 80 of 60" in words) is (width >= 48)
    assert ("largest +40" in words) is (width >= 74)


def test_a_value_that_is_not_known_does_not_end_a_run() -> None:
    shot, here = launch_at([40] * 36 + [80, GAP, 80, 80])
    assert "over plan since T+00:00" in said(shot, here)


def test_without_data_the_line_is_empty() -> None:
    _, here = at_hour(2)
    assert said(None, here) == ""
    blank, here = launch_at([45] * 24, launch=Series(0))
    assert said(blank, here) == "the plan begins at T-00:30"


# -- apart


def test_no_figure_has_the_plan_in_it() -> None:
    absurd = PLANNED.scale(9_000)
    shot, here = launch_at([45] * 48, absurd)
    plain = replace(shot, launch=Series(0), view=replace(shot.view, launch=None))
    apart = replace(here, launch=None)
    for width in (120, 80, 50):
        assert figures_block(shot, here, width, 4)[:3] == figures_block(plain, apart, width, 3)
    for width, height in ((20, 3), (40, 6), (35, 20)):
        assert number_block(shot, here, width, height) == number_block(plain, apart, width, height)


def test_the_plan_has_the_last_line_of_the_figures() -> None:
    shot, here = launch_at([40] * 36)
    for height in (2, 3, 4):
        lines = figures_block(shot, here, 80, height)
        assert len(lines) == height
        assert lines[-1].text.startswith(" on plan")
    assert "on plan" not in figures_block(shot, here, 80, 1)[0].text
    none, here = launch_at([40] * 36, None)
    assert "plan" not in text_of(figures_block(none, here, 80, 3))
