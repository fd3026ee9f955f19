"""The names of the levels: where they stand, and what they may cover."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_words import graph_lines, scene, snap

from polytop.model.target import Filters
from polytop.ui.render.figures import figures_block
from polytop.ui.render.plot import area_lines

LEVELS = ((96, "warning"), (108, "critical"), (120, "limit"))
days = st.lists(st.sampled_from([5, 60, 94, 97, 104, 109, 118, 120]), min_size=12, max_size=72)


@pytest.mark.parametrize("width", [36, 60, 80, 120])
def test_the_names_of_the_limit_fit_a_word(width):
    for filters in (Filters(), Filters(language="en-GB")):
        shot = snap([5] * 30, None, filters)
        words = "selection" if filters.language else "no limit stated"
        line = figures_block(shot, scene(shot), width, 1)[0]
        assert words in line.text
        assert re.fullmatch(
            r" NOW ≥ 5 +(limit applies to all calls, not this selection|a selection"
            r"|no limit stated(: .+[^ -])?) *",
            line.text,
        )
        assert not re.search(r"[a-z]$", line.text) or line.text.endswith(
            ("conversations", "profile", "--limit", "selection", "stated")
        )


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
