"""The output to the terminal turns the old picture into the new one, cell by cell."""

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from polytop.ui.terminal_output import PLAIN, LeanUpdate, encode_segments
from polytop.ui.widgets.pane import changed_spans

WIDTH = 40
STYLES = [
    None,
    Style.parse("bold #5cc8e0 on #0e1216"),
    Style.parse("#d6dde4 on #0e1216"),
    Style.parse("#d6dde4 on #23414c"),
    Style.parse("dim reverse red"),
    Style.parse("on blue"),
]
runs = st.lists(
    st.tuples(st.text("ab ⣿─7東", min_size=1, max_size=9), st.sampled_from(STYLES)), max_size=8
)


def strip(parts: list[tuple[str, Style | None]]) -> Strip:
    return Strip([Segment(*part) for part in parts]).adjust_cell_length(WIDTH)


def terminal() -> tuple[pyte.Screen, pyte.Stream]:
    screen = pyte.Screen(WIDTH, 3)
    return screen, pyte.Stream(screen)


def cells(screen: pyte.Screen) -> list[tuple[object, ...]]:
    return [
        (c.data, c.fg if c.data != " " or c.reverse else "", c.bg, c.reverse)
        for c in (screen.buffer[1][x] for x in range(WIDTH))
    ]


class _Console:
    color_system = "truecolor"


def updated(line: Strip, spans: list[tuple[int, int]]) -> LeanUpdate:
    """The update that writes `spans` of `line`, each (column, width)."""
    return LeanUpdate(
        [{}, {0: line}, {}], [(1, x, x + width) for x, width in spans], [[], [WIDTH], []]
    )


def draw(stream: pyte.Stream, line: Strip, spans: list[tuple[int, int]]) -> None:
    stream.feed(updated(line, spans).render_segments(_Console()))


@given(runs, runs)
def test_changed_spans_turn_the_old_line_into_the_new_one(before, after):
    old, new = strip(before), strip(after)
    screen, stream = terminal()
    draw(stream, old, [(0, WIDTH)])
    draw(stream, new, list(changed_spans(old, new)))
    fresh, fresh_stream = terminal()
    draw(fresh_stream, new, [(0, WIDTH)])
    assert cells(screen) == cells(fresh)


@given(st.lists(runs, min_size=2, max_size=5))
def test_the_style_that_an_update_ends_in_serves_the_next_one(lines):
    screen, stream = terminal()
    shown, pen = strip([]), PLAIN
    draw(stream, shown, [(0, WIDTH)])
    for line in map(strip, lines):
        text, pen = updated(line, list(changed_spans(shown, line))).encode(_Console(), pen)
        stream.feed(text)
        shown = line
    fresh, fresh_stream = terminal()
    draw(fresh_stream, shown, [(0, WIDTH)])
    assert cells(screen) == cells(fresh)


def test_a_digit_in_the_style_before_costs_a_move_and_itself():
    style = Style.parse("#8895a3 on #0e1216")
    pen, written = PLAIN, []
    for clock in ("12:00:07", "12:00:08", "12:00:09"):
        line = strip([("live ", style), ("7 s  ", style), (clock, style)])
        text, pen = updated(line, [(5, 1), (17, 1)]).encode(_Console(), pen)
        written.append(text)
    assert written[1:] == ["\x1b[2;6H7\x1b[18G8", "\x1b[2;6H7\x1b[18G9"]


@given(runs)
def test_the_same_line_writes_nothing(parts):
    assert list(changed_spans(strip(parts), strip(parts))) == []


def test_a_colour_is_said_once():
    style = Style.parse("#d6dde4 on #0e1216")
    text, _ = encode_segments(
        [Segment("a", style), Segment("b", style)], ColorSystem.TRUECOLOR, ("",) * 3
    )
    assert text.count("\x1b[") == 1


def test_only_what_differs_is_said():
    one, two = Style.parse("#d6dde4 on #0e1216"), Style.parse("#5cc8e0 on #0e1216")
    text, _ = encode_segments(
        [Segment("a", one), Segment("b", two)], ColorSystem.TRUECOLOR, ("",) * 3
    )
    assert text.endswith("a\x1b[38;2;92;200;224mb")


def test_two_far_changes_are_two_spans():
    old = strip([("a" * WIDTH, None)])
    new = strip([("b" + "a" * (WIDTH - 2) + "c", None)])
    assert list(changed_spans(old, new)) == [(0, 1), (WIDTH - 1, 1)]


def test_wide_characters_are_written_whole():
    old, new = strip([("東京ab", None)]), strip([("東亰ab", None)])
    assert list(changed_spans(old, new)) == [(0, 6)]
