"""Words and signs of the painters: one number has one form, and nothing is cut in two."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from render_words import COLOURS, START, percents, scene, snap, text_of, tile
from rich.cells import cell_len

from polytop.alerts.messages import reading_text
from polytop.cli.output import Pen
from polytop.cli.output import Style as Sgr
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Fault
from polytop.model.target import ClientEnv, Filters
from polytop.ui.render.chart import Chart
from polytop.ui.render.figures import figures_block, number_block
from polytop.ui.render.numbers import headroom_percent, percent
from polytop.ui.render.plot import area_lines, build_plot
from polytop.ui.render.scale import choose_scale
from polytop.ui.render.title import readout
from polytop.ui.render.wall import WallContext, most_urgent_lines, tile_lines
from polytop.ui.time_format import Zone

calls, limits = st.integers(0, 20_000), st.integers(1, 10_000)
OFFLINE = Problem(Kind.OFFLINE, "Cannot reach it", "Check the network.")


@given(calls, limits)
@example(14, 120)
@example(15, 120)
@example(1, 200)
@example(199, 200)
@example(9_999, 10_000)
@example(9_995, 1_000)
def test_one_share_of_the_limit_is_said_alike_wherever_it_stands(value, limit):
    shot = snap([0, 0, value], limit)
    here, look = scene(shot), WallContext(COLOURS, Zone(UTC), shot.at)
    used, left = percent(value / limit), headroom_percent(value, limit)
    assert percents(text_of(figures_block(shot, here, 200, 2))) == [f"({left}", used]
    for height in (3, 8):
        lines = tile_lines(tile(shot), look, 70, height, selected=False)
        assert percents(text_of(lines)) == [f"({left}", used]
    assert percents(text_of(tile_lines(tile(shot), look, 120, 1, selected=False))) == [used]
    assert f"({used})" in reading_text(value, limit)
    # As the one line and the block of a look from outside have it: from the headroom.
    assert percent(1 - (1 - value / limit)) == used


@given(
    st.integers(0, 99_999), st.integers(1, 9_999), st.integers(20, 35),
    st.sampled_from(list(ClientEnv)),
    st.sampled_from(["p", "prod", "prerelease", "a-profile-with-a-long-name", "名前" * 9]),
    st.sampled_from(["live", "offline", "frozen", "nothing"]),
)  # fmt: skip
@example(193, 120, 20, ClientEnv.PRE_RELEASE, "prerelease", "live")
def test_the_smallest_terminal_leaves_whole_parts_out(value, limit, width, env, profile, state):
    shot = snap([value] * 3, limit, Filters(env))
    if state == "offline":
        shot = replace(shot, fault=Fault(OFFLINE, shot.at - 700))
    here = scene(shot, profile, frozen=state == "frozen")
    first, second, third = (
        line.text.rstrip()
        for line in number_block(None if state == "nothing" else shot, here, width, 3)
    )
    assert max(map(cell_len, (first, second, third))) <= width
    if state == "offline":
        assert re.fullmatch(r" +(CRITICAL|WARNING|UNKNOWN)", first)
        assert re.fullmatch(r" ≥ \d+ at \d\d:\d\d( of \d+)?", second)
    else:
        assert re.fullmatch(r" (≥ )?[–\d]+( of \d+)?(  ?(CRITICAL|WARNING))?", first)
        assert state == "nothing" or re.fullmatch(r" [━─┃]+ +(–|\d+ %)", second)
    if state == "live":
        assert first.endswith(("CRITICAL", "WARNING")) == (value >= 0.8 * limit)
        sign = "● " if env is ClientEnv.LIVE else f"● {env.value} "
        assert third.startswith(f" {sign}"[: width // 2])
    else:
        words = r" (✖ offline( since \d\d:\d\d( · next try 25 s)?)?|‖ frozen( at \d\d:\d\d:\d\d)?"
        assert re.fullmatch(words + "|○ connecting)", second if state == "nothing" else third)


@pytest.mark.parametrize("value", [1, 97, 110, 120, 99_999])
def test_the_smallest_wall_leaves_whole_parts_out(value):
    shot = snap([value])
    look = WallContext(COLOURS, Zone(UTC), shot.at)
    name, number, bar = (line.text for line in most_urgent_lines(tile(shot), look, 20, 3))
    assert name.strip() == "prod"
    assert re.fullmatch(r" ≥ \d+( of 120)?  ?(OK|UNKNOWN|CRITICAL|WARNING) *", number)
    assert "━" in bar or value == 1


def test_a_window_that_has_ended_is_not_called_provisional():
    shot = snap([50] * 30)
    chart = Chart()
    place = build_plot(shot, 80, 12, choose_scale(50, 120, 9))
    assert area_lines(shot, place, chart)
    found = set()
    for room in range(20, 120):
        ended = "".join(
            text for text, _ in readout(shot, scene(shot, cursor_at=START + 7_500), place, room)
        )
        assert "provisional" not in ended
        found.add(ended.partition("50")[2])
        running = "".join(
            text for text, _ in readout(shot, scene(shot, cursor_at=shot.running), place, room)
        )
        assert running.endswith(("50", "still running: it may rise", "provisional"))
    assert found == {"", " · may change", " · may still be revised"}


@pytest.mark.parametrize("sign", "≥≤")
def test_a_plain_terminal_is_told_nothing_false_either(sign):
    said = Pen(ascii_only=True).write(f"name{sign}5", Sgr.PLAIN)
    assert said == "name?5"
