"""The output to the terminal turns the old picture into the new one, cell by cell."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from polytop.ui.render.text import fit
from polytop.ui.terminal_output import TerminalCopy, changed_spans, encode_segments

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


def whole(*lines: Strip) -> LayoutUpdate:
    """An update that draws `lines` from the second row on."""
    return LayoutUpdate([[line] for line in lines], Region(0, 1, WIDTH, len(lines)))


def part(line: Strip, spans: list[tuple[int, int]]) -> ChopsUpdate:
    """An update that draws `spans` of `line`, each (column, width), in the second row."""
    return ChopsUpdate(
        [{}, {0: line}, {}], [(1, x, x + width) for x, width in spans], [[], [WIDTH], []]
    )


def fresh_cells(line: Strip) -> list[tuple[object, ...]]:
    """What a terminal shows that gets `line` and nothing else."""
    screen, stream = terminal()
    stream.feed(TerminalCopy().encode(whole(line), _Console()))
    return cells(screen)


@given(st.lists(st.tuples(runs, st.booleans()), min_size=1, max_size=6))
def test_every_update_turns_the_old_line_into_the_new_one(lines):
    screen, stream = terminal()
    copy, shown = TerminalCopy(), strip([])
    stream.feed(copy.encode(whole(shown), _Console()))
    for parts, entire in lines:
        line = strip(parts)
        update = whole(line) if entire else part(line, list(changed_spans(shown, line)))
        stream.feed(copy.encode(update, _Console()))
        shown = line
        assert cells(screen) == fresh_cells(line)


@given(runs, runs)
def test_what_is_shown_already_is_not_written(before, after):
    copy, line = TerminalCopy(), strip(after)
    for each in (strip(before), line):
        copy.encode(whole(each, each), _Console())
    assert copy.encode(whole(line, line), _Console()) == ""
    assert copy.encode(part(line, [(0, WIDTH)]), _Console()) == ""


@given(runs, runs)
def test_a_copy_that_forgets_writes_over_whatever_is_there(before, after):
    screen, stream = terminal()
    copy = TerminalCopy()
    stream.feed(copy.encode(whole(strip(before)), _Console()) + copy.reset_style())
    stream.feed("\x1b[2;1H" + "X" * WIDTH)
    copy.forget()
    stream.feed(copy.encode(whole(strip(after)), _Console()))
    assert cells(screen) == fresh_cells(strip(after))


def test_a_part_of_a_row_that_is_not_known_is_written_alone():
    line = strip([("abcdef", None)])
    assert TerminalCopy().encode(part(line, [(2, 2)]), _Console()) == "\x1b[2;3Hcd"


def test_a_digit_in_the_style_before_costs_a_move_and_itself():
    style = Style.parse("#8895a3 on #0e1216")
    copy, written = TerminalCopy(), []
    for age, clock in ((7, "12:00:07"), (8, "12:00:08"), (9, "12:00:09")):
        line = strip([("live ", style), (f"{age} s  ", style), (clock, style)])
        written.append(copy.encode(whole(line), _Console()))
    assert written[2] == "\x1b[2;6H9\x1b[18G9"


def test_what_others_write_begins_in_the_terminals_own_style():
    copy = TerminalCopy()
    copy.encode(whole(strip([("a", Style.parse("red on blue"))])), _Console())
    copy.encode(whole(strip([("b", Style.parse("red on blue"))])), _Console())
    assert copy.reset_style() == "\x1b[0m"
    assert copy.reset_style() == ""


@given(runs)
def test_the_same_line_has_no_changes(parts):
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


@pytest.mark.parametrize(
    "name", ["❤️ heart", "👍🏽", "🇩🇪 DE", "e\u0301te\u0301", "1️⃣ one", "नमस्ते", "กำ", "東京", "👩‍🚀 x"]
)
@pytest.mark.parametrize("before", ["", "│ "])
def test_columns_stand_where_they_should_however_wide_a_terminal_draws_a_name(name, before):
    """Pyte gives some of these names other widths than Rich does."""
    screen, stream = terminal()
    stream.feed("\x1b[2;1H" + "#" * WIDTH)
    line = Strip([Segment(before + fit(name, 16) + " 17  120")]).adjust_cell_length(WIDTH)
    at = cell_len(before) + 16
    update = LayoutUpdate([[line]], Region(0, 1, WIDTH, 1))
    stream.feed(TerminalCopy().encode(update, Console(color_system="truecolor")))
    shown = [screen.buffer[1][column].data for column in range(WIDTH)]
    assert "".join(shown[at : at + 8]) == " 17  120"
    assert "#" not in shown
