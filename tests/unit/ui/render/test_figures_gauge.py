"""The line of now: no word is cut, the bar keeps its place, and each level stands at its mark."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from render_words import START, scene, snap

from polytop.model.baseline import Compare
from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Fault
from polytop.ui.ascii import to_ascii
from polytop.ui.render.figures import figures_block

OFFLINE = Problem(Kind.OFFLINE, "Cannot reach it", "Check the network.")


def first_line(shot, here, width: int) -> str:
    return figures_block(shot, here, width, 3)[0].text


@given(st.integers(0, 9_999), st.integers(1, 9_999), st.integers(40, 200), st.booleans())
@example(193, 120, 80, False)
@example(120, 120, 40, False)
def test_now_its_headroom_and_its_bar_are_one_line(value, limit, width, past):
    shot = snap([value] * 72, limit)
    here = scene(shot, cursor_at=START) if past else scene(shot)
    line = first_line(shot, here, width)
    found = re.fullmatch(
        r" NOW ≥ (\d+)( of \d+)?  +FREE (−?\d+)( \(−?\d+ %\))?  +([━─┃]*) *(?:(\d+) %)? *", line
    )
    assert found, line
    assert int(found[1]) == value
    assert int(found[3].replace("−", "-")) == limit - value
    if width >= 60:
        assert found[2] == f" of {limit}"
        assert found[6] is not None
        assert len(found[5]) >= 10


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_bar_keeps_its_place_and_its_length(width):
    lines = []
    for value in (0, 7, 82, 96, 120):
        shot = snap([value] * 72)
        broken = replace(shot, fault=Fault(OFFLINE, shot.at - 700))
        lines += [first_line(shot, scene(shot), width), first_line(broken, scene(broken), width)]
        lines.append(first_line(shot, scene(shot, cursor_at=START), width))
    assert len({re.search("[━─┃]+", line).span() for line in lines}) == 1


@pytest.mark.parametrize("width", [80, 120])
def test_each_level_stands_under_its_mark(width):
    now, window, _ = (line.text for line in figures_block(*_calm(), width, 3))
    marks = [match.start() for match in re.finditer("┃", now)]
    assert window.index("96") + 1 == marks[0]
    assert window.index("108") == marks[1]
    assert ("warning 96" in window) == (width == 120)


def _calm():
    shot = snap([60] * 72)
    return shot, scene(shot)


def test_the_time_over_a_level_is_of_the_span_and_a_bound():
    shot = snap([100] * 3 + [10] * 69)
    line = figures_block(shot, scene(shot), 120, 3)[2].text
    assert line.strip().startswith("last 6 h ")
    assert "96 or more for up to 15 min" in line
    calm, here = _calm()
    assert "never 96 or more" in figures_block(calm, here, 120, 3)[2].text


def test_nothing_is_said_of_windows_that_are_not_known():
    lacking = snap([UNKNOWN] * 72)
    for shot in (lacking, replace(lacking, fetched_at=None)):
        _, window, span = (line.text for line in figures_block(shot, scene(shot), 120, 3))
        assert "96" not in span
    assert window.startswith(" last 5 min – ")
    for found, words in ((10, "96 or more not seen"), (100, "96 or more seen for up to 15 min")):
        shot = snap([found] * 3 + [UNKNOWN] * 10 + [10] * 59)
        assert figures_block(shot, scene(shot), 120, 3)[2].text.rstrip().endswith(words)


@pytest.mark.parametrize("touched", [0, 3, 33, 70])
def test_at_80_columns_every_figure_of_the_span_has_its_place(touched):
    shot = snap([119] * touched + [10] * (72 - touched))
    line = figures_block(shot, scene(shot), 80, 3)[2].text
    assert all(word in line for word in ("last 6 h", "peak ", "p95 ", "mean "))
    assert re.search("(never |)96( or more|[+])", line)
    assert ("2 h 45 min" in line) == (touched == 33)


def test_the_typical_week_says_of_how_many_weeks_its_figure_is():
    for known in (2, 3, 4):
        shot = snap([60] * 72)
        view = replace(shot.view, compare=Compare.TYPICAL)
        earlier = tuple(
            Series(START - 7 * (at + 1) * 86_400, (50 if at < known else UNKNOWN,) * 72)
            for at in range(4)
        )
        shot = replace(shot, view=view, wanted=view, earlier=earlier)
        window = figures_block(shot, scene(shot), 80, 3)[1].text
        assert f"vs typical week of {known} +10 (+20 %)" in window


def test_bounds_stay_bounds_without_unicode_and_an_arrow_is_no_comparison():
    shot = snap([100] * 30)
    line = first_line(shot, scene(shot), 120)
    ascii_line = to_ascii(line)
    assert ascii_line.startswith(" NOW >=100 of 120")
    assert len(ascii_line) == len(line)
    assert to_ascii("down 5 within 15 min (20 → 15)") == "down 5 within 15 min (20 ->15)"
