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


@given(days, st.sampled_from([(120, 22), (120, 16), (80, 9), (60, 8)]))
def test_the_names_of_levels_stand_still_whatever_comes(values, size):
    rows, place, _, _ = graph_lines([*values, 60], *size)
    beside = {}
    for level, word in reversed(LEVELS):
        name = f" {word} {level} "
        start = beside.get(place.row(level), 1)
        beside[place.row(level)] = start + len(name)
        assert rows[place.row(level)].find(name) in {start, -1}
        assert "\n".join(rows).count(word) <= 1


@pytest.mark.parametrize("size", [(120, 22), (80, 9), (60, 8)])
def test_the_names_of_levels_stand_in_a_calm_graph_and_within_a_high_one(size):
    for value in (40, 60, 400):
        rows, place, _, _ = graph_lines([value] * 30, *size)
        for level, word in LEVELS:
            if place.scale.shows_limit:
                assert f" {word} {level} " in rows[place.row(level)]


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
