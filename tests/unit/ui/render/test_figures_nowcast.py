"""Where a window will likely end, beside its value: poll after poll, wide and narrow."""

import re
from dataclasses import replace

import pytest
from render_scene import scene, snap, text_of

from polytop.model.nowcast import Nowcast
from polytop.ui.render.figures import figures_block


def shown(width: int, *, low: int = 88, high: int = 93, value: int = 70, known: bool = True):
    shot = snap([50, 60, 70])
    nowcasts = (Nowcast(shot.running, value, low, high, 0.81, 2_000),) if known else ()
    shot = replace(shot, nowcasts=nowcasts, final_after=40)
    return text_of(figures_block(shot, scene(shot), width, 3)).splitlines()


def test_the_range_stands_behind_now() -> None:
    assert shown(120)[0].startswith(" NOW ≥ 70 → 88–93 of 120")
    assert shown(120, low=88, high=88)[0].startswith(" NOW ≥ 70 → 88 of 120")


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_bar_keeps_its_place_whether_there_is_a_range_or_not(width: int) -> None:
    lines = [
        shown(width)[0],
        shown(width, known=False)[0],
        shown(width, low=100, high=120)[0],
    ]
    bars = {re.search("[━┃]+", line).span() for line in lines}
    assert len(bars) == 1
    assert all("FREE" in line for line in lines)


def test_a_range_of_another_value_is_not_shown() -> None:
    assert "→" not in shown(120, value=69)[0]


def test_there_is_no_room_on_a_narrow_screen() -> None:
    assert "→" not in shown(60)[0]
    assert shown(60)[0].startswith(" NOW ≥ 70 of 120")


def test_the_last_complete_window_has_one_too_while_it_may_be_revised() -> None:
    shot = snap([50, 60, 70])
    last = shot.last_complete(None)
    nowcast = Nowcast(last.window, last.value, 61, 72, 0.8, 2_000)
    shot = replace(shot, nowcasts=(nowcast,), final_after=780)
    line = text_of(figures_block(shot, scene(shot), 120, 3)).splitlines()[1]
    assert f"last 5 min {last.value} → 61–72 " in line
