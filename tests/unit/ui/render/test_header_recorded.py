"""A recording in the header: never taken for what happens now."""

from dataclasses import replace

import pytest
from render_scene import START, scene, snap

from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Fault
from polytop.ui.render.context import RenderContext
from polytop.ui.render.figures import figures_block
from polytop.ui.render.header import header

VALUES = [40, 50, 60, 70] * 18
END = START + len(VALUES) * 300


def recorded(here: RenderContext, until: float) -> RenderContext:
    return replace(here, subject=here.subject._replace(recorded=until))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_one_that_is_played_says_so_and_how_far_it_goes(width: int) -> None:
    shot = snap(VALUES)
    text = header(shot, recorded(scene(shot), shot.at + 3_600), width).text
    assert "▶ recorded" in text
    assert "live" not in text
    assert "next" not in text
    assert "until 15:59" in header(shot, recorded(scene(shot), shot.at + 3_600), 120).text


def test_one_that_stands_still_has_no_now() -> None:
    shot = snap(VALUES)
    past = replace(shot, at=float(END), view=replace(shot.view, end=END))
    here = recorded(replace(scene(past), now=float(END)), END)
    text = header(past, here, 120).text
    assert "‖ recorded · until 15:00" in text
    first = figures_block(past, here, 120, 3)[0].text
    assert "NOW" not in first
    assert first.startswith(" AT 14:55 ≥ 70 of 120  FREE 50 ")


def test_what_cannot_be_read_is_no_recording_to_trust() -> None:
    fault = Fault(Problem(Kind.REFUSED, "no such variant", "choose another"), END)
    shot = snap(VALUES, fault=fault)
    text = header(shot, recorded(scene(shot), END), 120).text
    assert "▲ stale" in text
    assert "recorded" not in text
