"""The figures of the cursor, and the gauge of now."""

from render_scene import COLOURS, START, scene, snap, style_at

from polytop.model.baseline import Compare
from polytop.ui.render.figures import figures_block, gauge, number_block


def test_the_figures_are_of_the_cursor():
    shot = snap([60, 61, 62, 97, *([80] * 68)])
    numbers, labels = figures_block(shot, scene(shot, cursor=START + 900), 120, 2)
    assert numbers.text.split()[:2] == ["97", "23"]
    assert labels.text.split()[:2] == ["at", "09:15"]
    assert "+10  +11 %" in numbers.text
    assert "vs week before" in labels.text
    assert "+37" in numbers.text.split()
    assert style_at(numbers, 2).color == COLOURS.warning.color


def test_now_is_compared_by_the_last_complete_window():
    shot = snap([60] * 71 + [3])
    numbers, labels = figures_block(shot, scene(shot), 120, 2)
    assert "+10  +20 %" in numbers.text
    assert labels.text.strip().startswith("now (at least) ")
    off = snap([60] * 72, compare=Compare.NONE)
    assert "vs" not in figures_block(off, scene(off), 120, 2)[1].text


def test_the_gauge_stays_on_now_and_says_so():
    shot = snap([10] * 72, past=True)
    assert "now  58 % of limit" in gauge(shot, scene(shot, cursor=START), 120).text
    assert "now" not in gauge(snap([60] * 9), scene(snap([60] * 9)), 120).text


def test_the_smallest_terminal_stays_on_now():
    shot = snap([10] * 72, past=True)
    first, second, _ = number_block(shot, scene(shot, cursor=START), 20, 3)
    assert first.text.startswith(" 70 of 120")
    assert "● live" in second.text
