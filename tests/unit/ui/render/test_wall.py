"""The tiles, the header and the message of the wall as text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from wall_tiles import DROPPED, LOOK, NOW, TARGET, tile, values

from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN
from polytop.model.stats import Severity
from polytop.ui.render.blocks import block_heights
from polytop.ui.render.text import Line
from polytop.ui.render.wall import (
    data_state,
    most_urgent_lines,
    tile_lines,
    wall_header,
    wall_message,
)
from polytop.ui.wall_model import (
    Tile,
)


def text(each: Tile, width: int, height: int, *, selected: bool = False) -> str:
    return "\n".join(line.text for line in tile_lines(each, LOOK, width, height, selected=selected))


hostile = st.text(max_size=300) | st.sampled_from(
    ["[/b] x", "\x1b[31m\n", "\u202eabc", "漢字" * 40]
)


def test_a_tall_tile_says_everything():
    seen = text(tile("prod", 85), 59, 8, selected=True)
    assert seen.splitlines()[0].startswith("▸ prod  LIVE  ─")
    assert "WARNING  ● live" in seen
    assert "NOW ≥ 85 of 100   FREE 15 " in seen
    assert " 85 % " in seen
    assert "last 5 min 10 " in seen
    assert "15 min 0 " in seen
    assert "peak 85 at " in seen
    assert "█" in seen


def test_a_short_tile_keeps_now_its_headroom_and_the_bar():
    first, second, third = text(tile("prod", 96), 39, 3).splitlines()
    assert "prod  LIVE " in first
    assert "CRITICAL" in first
    assert second.startswith(" NOW ≥ 96 of 100   FREE 4 ")
    assert "━" in second
    assert "█" in third


def test_one_line_is_enough_for_what_matters():
    seen = text(tile("prod", 96), 58, 1)
    assert seen.split()[:7] == ["●", "prod", "LIVE", "≥", "96", "of", "100"]
    assert "CRITICAL" in seen
    assert " 96 %" in seen


@pytest.mark.parametrize("height", [5, 8, 12])
def test_charts_of_one_height_have_one_scale_with_the_limit_as_a_line(height):
    """The same share of any limit is as high, and the line is at the limit."""
    one, two = (
        text(tile("a", value, limit), 59, height).splitlines()[3:]
        for value, limit in ((60, 100), (600, 1_000))
    )
    assert [line[-4] for line in one] == [line[-4] for line in two]
    assert "╌" in one[0]
    assert not any("╌" in line for line in one[1:])
    full = text(tile("a", 100, 100), 59, height).splitlines()[3:]
    assert "▄" in full[0]
    over = text(tile("a", 130, 100), 59, height).splitlines()[3:]
    assert "█" in over[0]


def test_a_recording_is_not_called_now():
    assert " NOW ≥ 30 " in text(tile("a", 30), 59, 5)
    seen = text(tile("a", 30, recorded=True), 59, 5)
    assert " AT 14:15 ≥ 30 " in seen
    assert "NOW" not in seen


@pytest.mark.parametrize("minutes", [0, 4, 9, 11, 200])
def test_a_tile_of_one_line_dates_its_number_in_an_outage(minutes):
    each = tile("a", 95, fault=DROPPED)
    at = each.snapshot.fetched_at + 60.0 * minutes
    each = replace(each, snapshot=replace(each.snapshot, at=at))
    (line,) = tile_lines(each, replace(LOOK, now=at), 100, 1, selected=False)
    assert "≥ 95 at " in line.text
    assert ("CRITICAL" in line.text) == (minutes < 10)
    assert "Cannot reach uk-1" in line.text


@pytest.mark.parametrize("height", [1, 3, 5, 8])
def test_what_fails_says_so_in_words_with_the_region_for_the_host(height):
    for each in (Tile("a", target=TARGET, problem=DROPPED), tile("a", 30, fault=DROPPED)):
        seen = " ".join(text(each, 59, height).split())
        assert "Cannot reach uk-1: the conn" in seen
        assert "✖" in seen


def test_stale_data_stay_beside_the_words():
    seen = text(tile("a", 30, fault=replace(DROPPED, kind=Kind.BROKEN)), 59, 3)
    assert "▲ stale <1 min" in seen
    assert "LAST SEEN ≥ 30 at " in seen


def test_conditions_in_words():
    assert data_state(Tile("a"), NOW) == ("○", "connecting")
    assert data_state(Tile("a", waited=20), NOW) == ("▲", "no answer for 20 s")
    assert data_state(Tile("a", problem=DROPPED), NOW) == ("✖", "not watched")
    assert data_state(tile("a", problem=DROPPED), NOW + 300) == ("✖", "stopped 5 min")
    assert data_state(tile("a"), NOW) == ("●", "live")
    assert data_state(tile("a", recorded=True), NOW) == ("‖", "recorded")
    assert data_state(tile("a"), NOW + 120) == ("●", "live · 2 min")
    assert data_state(tile("a", speed=60.0), NOW + 3_600) == ("●", "live")
    assert data_state(tile("a", speed=60.0), NOW + 7_200) == ("●", "live · 2 min")
    assert data_state(tile("a", fault=DROPPED), NOW) == ("✖", "offline <1 min")


@given(
    hostile,
    values(),
    st.sampled_from([None, 1, 100, 10**9]),
    st.sampled_from([None, DROPPED]),
    st.integers(1, 120),
    st.integers(1, 10),
)
def test_any_tile_has_its_size_and_nothing_that_controls(name, value, limit, fault, width, height):
    for each in (tile(name, value, limit, fault=fault), Tile(name, problem=fault)):
        lines = tile_lines(each, LOOK, width, height, selected=True)
        assert len(lines) == height
        assert {line.cell_length for line in lines} == {width}
        assert all(cell_len(line.text) == width for line in lines)
        assert all(line.text.isprintable() for line in lines)
    lines = most_urgent_lines(each, LOOK, width, height)
    assert [line.cell_length for line in lines] == [width] * height


@given(
    st.lists(st.integers(UNKNOWN, 200), max_size=80),
    st.integers(1, 8),
    st.sampled_from([None, 1, 100]),
)
def test_blocks_show_what_is_known_and_no_more_than_fits(found, rows, limit):
    heights = block_heights(found, rows, limit)
    assert [height == 0 for height in heights] == [value < 0 for value in found]
    assert max(heights, default=0) <= 8 * rows
    if limit is None and max(found, default=0) > 0:
        assert heights[found.index(max(found))] == 8 * rows


def test_the_header_counts_what_wants_to_be_seen():
    tiles = [tile("a", 95), tile("b", 95), tile("c", 82), Tile("d", problem=DROPPED), Tile("e")]
    seen = wall_header(tiles, 5, "", LOOK, 120).text
    assert " Wall · 5 profiles · 2 critical · 1 warning · 1 failing · 1 connecting" in seen
    assert "1 of 5 profiles · with “b”" in wall_header(tiles, 1, "b", LOOK, 120).text
    assert wall_header(tiles, 5, "", LOOK, 20).cell_length == 20


def test_words_are_about_the_tile_under_the_cursor():
    assert "prod · uk-1 · ws-1/PROJECT-1" in wall_message(tile("prod"), None, (0, 0), LOOK, 80).text
    failing = wall_message(tile("prod", fault=DROPPED), None, (3, 4), LOOK, 120).text
    assert failing.startswith(" ! prod: Cannot reach api.uk-1")
    assert "▲ 3 above  ▼ 4 below" in failing
    assert wall_message(None, None, (0, 0), LOOK, 40) == Line().add(" ").strip(40)


SLOW = Problem(Kind.BROKEN, "The clock of this machine is 3 h slow", "Set it.")


@pytest.mark.parametrize("height", [5, 8])
def test_a_tile_says_why_it_warns_and_the_wall_says_a_wrong_clock(height):
    well = tile("a", 30)
    wrong = replace(well, snapshot=replace(well.snapshot, clock_problem=SLOW))
    assert SLOW.summary not in text(well, 59, height) + wall_header([well], 1, "", LOOK, 120).text
    assert SLOW.summary in text(wrong, 59, height)
    assert SLOW.summary in wall_header([well, wrong], 2, "", LOOK, 120).text
    assert SLOW.summary in wall_message(wrong, None, (0, 0), LOOK, 120).text
    raised = {"alert": Severity.WARNING, "alert_text": "rise: up 55 within 15 min"}
    for minutes in range(0, 90, 20):
        warned = replace(wrong, **raised, alert_since=LOOK.now - 60 * minutes, silenced="snoozed")
        seen = text(warned, 70, height)
        assert "rise: up 55 within 15 min since " in seen
        assert "(snoozed)" in seen
    failing = tile("a", 30, fault=DROPPED, **raised)
    assert "Cannot reach uk-1" in text(failing, 59, height)
