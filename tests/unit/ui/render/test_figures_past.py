"""Every figure stands beside the window that it is of: now, the last complete one, the cursor's."""

from dataclasses import replace

import pytest
from render_scene import COLOURS, START, scene, snap, style_at

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.ui.render.figures import figures_block, number_block


def test_the_second_line_is_of_the_cursor_and_the_first_stays_on_now():
    shot = snap([60, 61, 62, 97, *([80] * 68)])
    now, window, span = figures_block(shot, scene(shot, cursor=START + 900), 120, 3)
    assert now.text.startswith(" NOW ≥ 70 of 120    FREE 50 (42 %)")
    assert window.text.startswith(" ◂ looking at 09:15 97 ")
    assert "15 min +37" in window.text
    assert "vs week +10 (+11 %)" in window.text
    assert style_at(window, window.text.index("97")).color == COLOURS.warning.color
    assert span.text.strip().startswith("last 6 h ")


def test_changes_stand_beside_the_last_complete_window_and_not_beside_now():
    shot = snap([60] * 71 + [3])
    shot = replace(shot, recent=shot.total)
    now, window, _ = figures_block(shot, scene(shot), 120, 3)
    assert "NOW ≥ 70 " in now.text
    assert not {"+", "vs"} & set(now.text.split())
    assert window.text.startswith(" last 5 min 60 ")
    assert "15 min 0" in window.text
    assert "vs week +10 (+20 %)" in window.text
    off = snap([60] * 72, compare=Compare.NONE)
    assert "vs" not in figures_block(off, scene(off), 120, 3)[1].text


@pytest.mark.parametrize("late", [0, 1, 2, 12])
def test_a_window_that_is_not_the_last_one_is_dated(late):
    shot = snap([60] * 72)
    here = replace(scene(shot), now=shot.at + late * grid.STEP)
    window = figures_block(shot, here, 120, 3)[1].text
    assert window.startswith(" last 5 min 60 " if late < 2 else " at 14:50   60 ")


def test_a_span_in_the_past_says_where_it_ends():
    shot = snap([10] * 72, past=True)
    _, window, span = figures_block(shot, scene(shot), 120, 3)
    assert window.text.startswith(" ◂ looking at Wed 19 14:55 10 ")
    assert span.text.startswith(" 6 h to Wed 19 15:00 ")


def test_the_smallest_terminal_stays_on_now():
    shot = snap([10] * 72, past=True)
    first, second, third = number_block(shot, scene(shot, cursor=START), 20, 3)
    assert first.text.startswith(" ≥ 70 of 120")
    assert second.text.endswith(" 58 % ")
    assert third.text.startswith(" ● prod ")
