"""The header now and in the past."""

from dataclasses import replace

import pytest
from render_scene import COLOURS, START, scene, snap, style_at

from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Fault
from polytop.model.stats import summary
from polytop.ui.render.header import header


def test_the_header_says_what_is_looked_at_and_what_now_is():
    shot = snap([60] * 72, past=True)
    here = scene(shot, cursor=START)
    line = header(shot, here, 120)
    assert "◂ looking at Wed 19 09:00 · now is 70 " in line.text
    assert "live" not in line.text
    assert "◂ Wed 19 09:00 · now 70" in header(shot, here, 50).text
    unknown = replace(shot, live=summary(Series(0), shot.at))
    assert "now is –" in header(unknown, here, 120).text
    frozen = scene(shot, cursor=START, frozen=True)
    assert "frozen at" in header(shot, frozen, 120).text
    assert "looking" not in header(shot, frozen, 120).text


@pytest.mark.parametrize(("kind", "words"), [(Kind.BROKEN, "▲ stale"), (Kind.OFFLINE, "✖ offline")])
def test_a_fault_is_told_while_one_looks_at_the_past(kind, words):
    shot = snap([60] * 72, fault=Fault(Problem(kind, "It failed", "Wait"), START))
    for width in (60, 120):
        assert words in header(shot, scene(shot, cursor=START), width).text


def test_the_value_of_now_has_its_colour_in_the_header():
    shot = snap([60] * 72)
    hot = Series(shot.running - 300, (119, 119))
    shot = replace(shot, live=summary(hot, shot.at))
    line = header(shot, scene(shot, cursor=START), 120)
    at = line.text.index("now is 119") + len("now is ")
    assert style_at(line, at).color == COLOURS.critical.color


def test_what_is_remembered_says_how_old_it_is():
    shot = snap([60] * 9)
    shot = replace(shot, remembered=True, fetched_at=shot.at - 3 * 3_600)
    text = header(shot, scene(shot), 120).text
    assert "○ from history · 3 h old · connecting" in text


def test_ages_are_in_the_time_of_whoever_watches_a_clock_that_runs_fast():
    shot = snap([60] * 9)
    here = scene(shot)
    here = replace(here, subject=here.subject._replace(speed=60.0))
    for seconds in range(0, 360, 30):
        moved = replace(here, now=shot.fetched_at + seconds)
        assert f"● live · {seconds // 60} s ago" in header(shot, moved, 120).text
    old = replace(shot, remembered=True)
    assert "from history · 5 s old" in header(old, moved, 120).text
