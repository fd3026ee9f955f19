"""The tiles, the header and the message of the wall as text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from wall_tiles import DROPPED, LOOK, NOW, TARGET, tile, values

from polytop.model.problem import Kind
from polytop.model.series import UNKNOWN
from polytop.ui.render.text import Line
from polytop.ui.render.wall import (
    block_rows,
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
    assert "headroom 15 %" in seen
    assert " 85 %" in seen
    assert "peak" in seen
    assert "limit" in seen
    assert "█" in seen


def test_a_short_tile_keeps_now_limit_peak_and_the_bar():
    first, second, third = text(tile("prod", 96), 39, 3).splitlines()
    assert "prod  LIVE " in first
    assert "CRITICAL" in first
    assert second.startswith("  96 of 100  peak 96")
    assert "━" in second
    assert "96 %" in second
    assert "█" in third


def test_one_line_is_enough_for_what_matters():
    seen = text(tile("prod", 96), 58, 1)
    assert seen.split()[:6] == ["●", "prod", "LIVE", "96", "of", "100"]
    assert "CRITICAL" in seen
    assert " 96 %" in seen


@pytest.mark.parametrize("height", [1, 3, 5, 8])
def test_what_fails_says_so_in_words_with_the_region_for_the_host(height):
    for each in (Tile("a", target=TARGET, problem=DROPPED), tile("a", 30, fault=DROPPED)):
        seen = " ".join(text(each, 59, height).split())
        assert "Cannot reach uk-1: the conn" in seen
        assert "✖" in seen


def test_stale_data_stay_beside_the_words():
    seen = text(tile("a", 30, fault=replace(DROPPED, kind=Kind.BROKEN)), 59, 3)
    assert "▲ stale <1 min" in seen
    assert "30 of 100" in seen


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


@given(st.lists(st.integers(UNKNOWN, 200), max_size=80), st.integers(1, 8))
def test_blocks_show_what_is_known_and_the_highest_to_the_top(found, rows):
    lines = block_rows(tuple(found), rows)
    assert len(lines) == rows
    for at, value in enumerate(found):
        assert (lines[-1][at] == " ") == (value < 0)
        if value == max(found) > 0:
            assert lines[0][at] == "█"


def test_the_header_counts_what_wants_to_be_seen():
    tiles = [tile("a", 95), tile("b", 95), tile("c", 82), Tile("d", problem=DROPPED), Tile("e")]
    seen = wall_header(tiles, 5, "", LOOK, 120).text
    assert " Wall · 5 profiles · 2 critical · 1 warning · 1 failing · 1 connecting" in seen
    assert "1 of 5 profiles · with “b”" in wall_header(tiles, 1, "b", LOOK, 120).text
    assert wall_header(tiles, 5, "", LOOK, 20).cell_length == 20


def test_words_are_about_the_tile_under_the_cursor():
    assert "prod · uk-1 · ws-1/PROJECT-1" in wall_message(tile("prod"), None, (0, 0), LOOK, 80).text
    failing = wall_message(tile("prod", fault=DROPPED), None, (3, 4), LOOK, 120).text
    assert failing.startswith(" ! Cannot reach api.uk-1")
    assert "▲ 3 above  ▼ 4 below" in failing
    assert wall_message(None, None, (0, 0), LOOK, 40) == Line().add(" ").strip(40)
