"""The line of now: no word is cut, the bar keeps its place, and each level stands at its mark."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from render_words import START, scene, snap

from polytop.model.problem import Kind, Problem
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


def test_bounds_stay_bounds_without_unicode_and_an_arrow_is_no_comparison():
    shot = snap([100] * 30)
    line = first_line(shot, scene(shot), 120)
    ascii_line = to_ascii(line)
    assert ascii_line.startswith(" NOW >=100 of 120")
    assert len(ascii_line) == len(line)
    assert to_ascii("down 5 within 15 min (20 → 15)") == "down 5 within 15 min (20 ->15)"
