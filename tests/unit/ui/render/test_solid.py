"""The graph in colours: a solid area, and thin lines that erase nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_words import START, scene, snap
from rich.color import ColorSystem
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.mark import Mark
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import RowView
from polytop.ui.render.graph import draw_body, draw_graph
from polytop.ui.render.numbers import EIGHTHS
from polytop.ui.render.overlays import ComparisonLine
from polytop.ui.render.plot import GUTTER, build_plot
from polytop.ui.render.scale import choose_scale, column_maxima
from polytop.ui.terminal_output import changed_spans, encode_segments
from polytop.ui.theme import DARK, LIGHT, contrast, palette

VARIABLES = DARK.to_color_system().generate() | DARK.variables
COLOURS = palette(VARIABLES, many_colours=True)
SOLID = COLOURS.solid
TERMINALS = BUILTIN_THEMES["ansi-dark"], BUILTIN_THEMES["ansi-light"]
CRESTS = EIGHTHS[1:8]
days = st.lists(st.integers(UNKNOWN, 130), min_size=12, max_size=90)


def drawn(
    values, middle=None, *, size=(120, 21), limit=120, chosen=None, low=(), high=(), colours=COLOURS
):
    """The body of a graph with the comparison `middle` and the line of a row `chosen`."""
    shot = snap(list(values), limit)
    if chosen:
        series = Series(shot.start, tuple(chosen))
        shot = replace(shot, rows=(RowView(Part("a"), "A", series, shot.summary),))
    top = max(130, *values)
    place = build_plot(shot, *size, choose_scale(top, limit, size[1] - 3), 1)
    found = None
    if middle is not None:
        reduced = [
            column_maxima(Series(shot.start, tuple(each)), place.frame, place.width) if each else ()
            for each in (middle, low, high)
        ]
        found = ComparisonLine(*reduced)
    body = draw_body(shot, colours, place, (), found, ("a",) if chosen else ())
    return body, place, shot, found


def back(cell):
    return cell.style.bgcolor if cell.style else None


def dots(body, place, colour):
    """The dots of a colour: by dot column, the heights of its dots."""
    bits = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
    found = {}
    for row, line in enumerate(body.cells):
        for column, cell in enumerate(line):
            mask = ord(cell.char) - 0x2800 if cell.char else 0
            if not 0 < mask < 256 or cell.style.color != colour.color:
                continue
            for side, heights in enumerate(bits):
                ups = [up for up, bit in enumerate(heights) if mask & bit]
                base = (place.height - 1 - row) * 4
                found.setdefault(column * 2 + side, set()).update(base + up for up in ups)
    return found


@given(days, days, days)
def test_lines_erase_nothing(values, middle, chosen):
    plain, *_ = drawn(values, limit=None)
    lined, *_ = drawn(values, middle, limit=None, chosen=chosen)
    for before, after in zip(plain.cells, lined.cells, strict=True):
        for one, two in zip(before, after, strict=True):
            if one.char in CRESTS:
                assert two.ground == one.ground
            else:
                assert back(one) == back(two)
                assert one.char in {two.char, " ", "░", "·", "?"}


@pytest.mark.parametrize("theme", [DARK, LIGHT, *TERMINALS], ids=lambda theme: theme.name)
def test_sixteen_colours_show_the_same_shape_and_every_line_over_it(theme):
    """An area, its edges, its range and its levels; lines and words that are not its colour."""
    variables = theme.to_color_system().generate() | theme.variables
    few = palette(variables, few_colours=True)
    values = [40, 90, 100, 115, 125, GAP, UNKNOWN, 0] * 9
    lines = {"low": [20] * 72, "high": [118, 90] * 36, "chosen": [70, 30] * 36}
    body, *_ = drawn(values, [105, 60] * 36, colours=few, **lines)
    many, *_ = drawn(values, [105, 60] * 36, **lines)
    assert text_of(body) == text_of(many)
    grounds = set()
    for cell in (cell for line in body.cells for cell in line):
        ground = back(cell)
        if ground is None or ground.is_default:
            continue
        grounds.add(ground.number)
        if cell.char.strip() and cell.char not in CRESTS:
            seen = cell.style.color.downgrade(ColorSystem.STANDARD)
            pair = Color(*seen.get_truecolor()), Color(*ground.get_truecolor())
            assert contrast(*pair) >= 3, cell
    # Blue, yellow and red; the range in their bright shades, and in bright black.
    assert grounds == {4, 3, 1, 12, 11, 9, 8}


RICH = [each for each in BUILTIN_THEMES.values() if each not in TERMINALS]


@pytest.mark.parametrize("theme", [DARK, LIGHT, *RICH], ids=lambda theme: theme.name)
def test_256_colours_keep_all_backgrounds_apart(theme):
    variables = theme.to_color_system().generate() | theme.variables
    few = palette(variables, many_colours=True, few_colours=True)
    values = [40, 90, 100, 115, 125, 50] * 12
    lines = {"low": [20] * 72, "high": [118, 90] * 36}
    body, place, shot, _ = drawn(values, [105, 60] * 36, colours=few, **lines)
    grounds = {ground for line in body.cells for cell in line if (ground := back(cell))}
    grounds.add(few.solid.blank[0].rich_color)
    assert len(grounds) == 8
    assert len({each.downgrade(ColorSystem.EIGHT_BIT) for each in grounds}) == 8
    # What is not complete is seen on what is behind it.
    column = place.line_of(shot.running)
    open_cells = [line[column] for line in body.cells if line[column].char == "░"]
    assert open_cells
    assert all(back(cell) != cell.style.color for cell in open_cells)


def text_of(body):
    return ["".join(cell.char for cell in line) for line in body.cells]


@given(days)
def test_the_comparison_is_one_line_through_all_its_values(middle):
    body, place, _, found = drawn([60] * len(middle), middle, limit=None)
    columns = dots(body, place, COLOURS.comparison)
    for column, value in enumerate(found.middle):
        assert (column * 2 in columns) == (value >= 0)
        if value >= 0:
            assert place.up(value, 4) in columns[column * 2]
    for at, heights in columns.items():
        assert max(heights) - min(heights) == len(heights) - 1
        if at + 1 in columns and at // 2 == (at + 1) // 2:
            after = columns[at + 1]
            assert min(after) - 1 <= max(heights)
            assert max(after) + 1 >= min(heights)


@given(days, st.sampled_from([(120, 40), (80, 10), (60, 8)]))
def test_the_area_is_as_high_as_its_value_to_an_eighth(values, size):
    body, place, shot, _ = drawn(values, size=size, limit=None)
    for column, value in enumerate(place.maxima(shot.total, shot.lead)):
        eighths = 0
        for line in body.cells:
            cell = line[column]
            if cell.char in CRESTS:
                eighths += CRESTS.index(cell.char) + 1
            elif cell.char == "░" or (back(cell) is not None):
                eighths += 8
        assert eighths == (place.up(value, 8) + 1 if value >= 0 else 0)


def test_zero_gaps_unknown_and_provisional_are_told_apart_without_their_colours():
    values = [50, 0, GAP, UNKNOWN, *[50] * 20]
    body, place, shot, _ = drawn(values)
    base = body.cells[-1]
    shown = [base[place.line_of(START + at * grid.STEP)].char for at in range(4)]
    assert shown == [" ", "▁", "·", "?"]
    assert back(base[place.line_of(START)]) == SOLID.area[0].rich_color
    assert base[place.line_of(shot.running)].char == "░"
    assert base[place.columns(shot.running).start - 1].char == " "


def test_the_range_is_a_quiet_background_within_the_area_and_above_it():
    body, place, _, _ = drawn([60] * 24, [62] * 24, low=[30] * 24, high=[100] * 24, limit=None)
    column = place.line_of(START + 10 * grid.STEP)
    grounds = [back(line[column]) for line in body.cells]
    assert grounds[place.row(80)] == SOLID.blank[1].rich_color
    assert grounds[place.row(45)] == SOLID.area[1].rich_color
    assert grounds[place.row(10)] == SOLID.area[0].rich_color
    assert grounds[place.row(120)] is None


def test_the_area_above_a_level_has_its_colour():
    body, place, _, _ = drawn([115] * 24)
    column = place.line_of(START + 20 * grid.STEP)
    grounds = [back(line[column]) for line in body.cells]
    assert grounds[place.row(50)] == SOLID.area[0].rich_color
    assert SOLID.warning[0].rich_color in grounds
    assert SOLID.critical[0].rich_color in grounds


@pytest.mark.parametrize("size", [(120, 21), (80, 12)])
def test_a_poll_in_which_the_last_value_changes_writes_little(size):
    def strips(values):
        body, place, shot, _ = drawn(values, [70] * 80, size=size)
        context = replace(scene(shot), palette=COLOURS)
        return draw_graph(shot, context, place, body, *size)

    def written(lines, spans):
        text, sgr = "", ("", "", "")
        for y, x, width in spans:
            more, sgr = encode_segments(lines[y].crop(x, x + width), ColorSystem.TRUECOLOR, sgr)
            text += f"\x1b[{y + 1};{x + 1}H{more}"
        return len(text.encode())

    old, new = strips([60] * 78 + [40] * 2), strips([60] * 78 + [44] * 2)
    spans = [
        (y, x, width)
        for y, (one, two) in enumerate(zip(old, new, strict=True))
        for x, width in changed_spans(one, two)
    ]
    assert spans
    assert written(new, spans) < 200
    # A row of the area is a few runs, not a run for every cell.
    assert all(len(list(line)) < size[0] / 2 for line in new)
    assert written(new, [(y, 0, size[0]) for y in range(size[1])]) < size[0] * size[1] * 3


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("few", [False, True])
def test_lines_are_seen_on_every_background(theme, few):
    variables = theme.to_color_system().generate() | theme.variables
    found = palette(variables, many_colours=True, few_colours=few)
    for style in (found.comparison, *found.lines, found.warning, found.critical):
        for ground in (found.solid.blank[0], found.solid.area[0], found.solid.area[1]):
            line = Color.from_rich_color(style.color)
            assert contrast(line, ground) >= 1.9, (style, ground)


@pytest.mark.parametrize(
    ("env", "options", "solid"),
    [
        ({"TERM": "xterm-256color"}, {}, True),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, {}, True),
        ({"TERM": "xterm"}, {}, True),
        ({"TERM": "screen"}, {}, True),
        ({"TERM": "xterm-256color"}, {"theme": "ansi-dark"}, True),
        ({"TERM": "dumb"}, {}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, {}, False),
        ({"TERM": "xterm-256color"}, {"ascii_only": True}, False),
    ],
)
def test_every_terminal_of_colours_has_it(monkeypatch, env, options, solid):
    from polytop.ui.app import Options, PolytopApp

    monkeypatch.delenv("COLORTERM", raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    app = PolytopApp(None, None, Options(**options))
    assert (app.palette().solid is not None) == solid


def test_the_cursor_crosses_the_area_and_leaves_it():
    body, place, shot, _ = drawn([60] * 80)
    context = replace(scene(shot, cursor_at=START + 40 * grid.STEP), palette=COLOURS)
    lines = draw_graph(shot, context, place, body, 120, 21)
    at = GUTTER + 1 + place.line_of(START + 40 * grid.STEP)
    cell = next(iter(lines[1 + place.row(20)].crop(at, at + 1)))
    assert cell.text == "│"
    assert cell.style.bgcolor == SOLID.area[0].rich_color


def test_a_mark_recolours_no_edge_of_the_area():
    plain, place, shot, _ = drawn([37 * at % 131 for at in range(72)])
    marks = tuple(Mark(at, shot.start + at * 3 * grid.STEP, "") for at in range(20))
    body = draw_body(replace(shot, marks=marks), COLOURS, place, (), None)
    for before, after in zip(plain.cells, body.cells, strict=True):
        for one, two in zip(before, after, strict=True):
            if one.char in EIGHTHS[1:]:
                assert (two.char, two.style) == (one.char, one.style)
