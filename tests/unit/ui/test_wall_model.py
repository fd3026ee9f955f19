"""The wall as data: order, layout, moving; and its tiles as text."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity, Severity, summary
from polytop.model.target import REGIONS, ClientEnv, Filters, Target
from polytop.ui.render.text import Line
from polytop.ui.render.wall import (
    WallContext,
    block_rows,
    data_state,
    most_urgent_lines,
    tile_lines,
    tile_severity_word,
    wall_header,
    wall_message,
)
from polytop.ui.theme import palette
from polytop.ui.time_format import Zone
from polytop.ui.wall_model import (
    SLACK,
    Tile,
    WallLayout,
    all_answered,
    arrange_tiles,
    filter_tiles,
    lay_out_tiles,
    most_urgent,
    move_cursor,
    scroll_to,
)

NOW = 1_790_000_130.0
LOOK = WallContext(palette({}), Zone(), NOW)
TARGET = Target("ws-1", "PROJECT-1", REGIONS["uk-1"], "uk-1")
DROPPED = Problem(
    Kind.OFFLINE,
    "Cannot reach api.uk-1.platform.polyai.app: the connection was dropped",
    "Check the network.",
)


def snap(value: int | None, limit: int | None = 100, fault: Problem | None = None) -> Snapshot:
    """Six hours that end with `value`; None where nothing came."""
    end = int(NOW // 300 + 1) * 300
    total = Series(end - 21_600, (10,) * 71 + (GAP if value is None else value,))
    capacity = Capacity(limit)
    return Snapshot(
        NOW, View(Filters(), 21_600), View(Filters(), 21_600), end - 21_600, end, total,
        summary(total, NOW, capacity), capacity=capacity, fetched_at=NOW - 5,
        fault=Fault(fault, NOW - 600) if fault else None,
    )  # fmt: skip


def tile(name: str, value: int | None = 10, limit: int | None = 100, **more: object) -> Tile:
    fault = more.pop("fault", None)
    found = Tile(name, ClientEnv.LIVE, TARGET, snap(value, limit, fault))
    return replace(found, **more)


def names(tiles) -> list[str]:
    return [each.name for each in tiles]


def test_least_headroom_first_failing_ones_between_and_waiting_ones_last():
    tiles = [
        Tile("waits"),
        tile("many without a limit", 90, None),
        tile("few without a limit", 3, None),
        tile("calm", 20),
        tile("warning", 85),
        tile("fuller", 60),
        Tile("no key", problem=DROPPED),
        tile("critical", 95),
        tile("over", 130),
        tile("stale", 30, fault=DROPPED),
        Tile("silent", waited=10),
    ]
    found = names(arrange_tiles(tiles, ()))
    assert found[:3] == ["over", "critical", "warning"]
    assert set(found[3:6]) == {"no key", "stale", "silent"}
    assert found[6:] == ["fuller", "calm", "many without a limit", "few without a limit", "waits"]
    assert most_urgent(tiles).name == "over"
    assert most_urgent(()) is None


def test_a_failing_profile_that_was_critical_stays_critical():
    assert tile("a", 95, fault=DROPPED).severity is Severity.CRITICAL


def test_rules_may_say_worse_than_the_limit():
    assert tile("a", 10, alert=Severity.CRITICAL).severity is Severity.CRITICAL
    assert tile("a", 10, alert=Severity.WARNING).severity is Severity.WARNING
    assert tile("a", 95, alert=Severity.OK).severity is Severity.CRITICAL
    assert tile("a", 10, alert=Severity.UNKNOWN).severity is Severity.UNKNOWN
    assert tile_severity_word(tile("a", 10, alert=Severity.WARNING)) == "WARNING"
    assert tile_severity_word(tile("a", 100, alert=Severity.OK)) == "AT THE LIMIT"


def test_the_order_stays_where_little_changes_and_follows_where_much_does():
    tiles = [tile("a", 50), tile("b", 52)]
    assert names(arrange_tiles(tiles, ())) == ["b", "a"]
    assert names(arrange_tiles(tiles, ("a", "b"))) == ["a", "b"]
    assert names(arrange_tiles([tile("a", 50), tile("b", 54)], ("a", "b"))) == ["b", "a"]
    assert names(arrange_tiles([tile("a", 79), tile("b", 80)], ("a", "b"))) == ["b", "a"]


def values():
    return st.integers(0, 130) | st.none()


@given(st.lists(st.tuples(values(), st.sampled_from([100, 100, None]))), st.randoms())
def test_any_order_before_leads_to_one_that_holds_and_then_stays(pairs, chance):
    tiles = [tile(f"p{at}", *pair) for at, pair in enumerate(pairs)]
    before = names(tiles)
    chance.shuffle(before)
    found = arrange_tiles(tiles, before[: len(before) // 2])
    assert sorted(names(found)) == sorted(names(tiles))
    for first, second in pairwise(found):
        assert first.severity >= second.severity
        if first.severity is second.severity and None not in (first.headroom, second.headroom):
            assert first.headroom <= second.headroom + SLACK + 1e-9
    assert arrange_tiles(tiles, names(found)) == found


def test_steady_once_everybody_has_answered_or_failed():
    assert all_answered([tile("a"), Tile("b", problem=DROPPED), Tile("c", waited=10)])
    assert not all_answered([tile("a"), Tile("b")])


def test_names_are_searched_without_case():
    assert names(filter_tiles([Tile("Prod-UK"), Tile("staging")], " uk ")) == ["Prod-UK"]


# -- layout


@given(st.integers(0, 200), st.integers(1, 300), st.integers(1, 100))
def test_tiles_never_leave_the_screen(count, width, height):
    place = lay_out_tiles(count, width, height)
    assert place.columns * place.width + place.columns - 1 <= width
    assert place.rows * place.height <= height
    assert place.rows >= 1
    assert place.height in (1, 3, *range(5, 15))


def test_they_shrink_before_they_scroll():
    assert lay_out_tiles(6, 120, 37) == WallLayout(2, 59, 12, 3)
    assert lay_out_tiles(30, 120, 37) == WallLayout(3, 39, 3, 12)
    assert lay_out_tiles(30, 80, 21) == WallLayout(1, 80, 1, 21)
    assert lay_out_tiles(40, 120, 37) == WallLayout(2, 59, 1, 37)
    assert lay_out_tiles(1, 120, 37) == WallLayout(1, 120, 14, 2)
    heights = [min(5, lay_out_tiles(count, 120, 37).height) for count in range(1, 100)]
    assert heights == sorted(heights, reverse=True)


@given(st.integers(1, 60), st.integers(1, 4), st.integers(1, 12), st.data(), st.integers(0, 60))
def test_the_cursor_stays_on_a_tile_and_in_sight(count, columns, rows, data, first):
    at = data.draw(st.integers(0, count - 1))
    right, down = data.draw(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]))
    at = move_cursor(at, count, columns, right, down)
    assert 0 <= at < count
    place = WallLayout(columns, 40, 3, rows)
    top = scroll_to(first, at, count, place)
    assert top <= at // columns < top + rows
    assert scroll_to(top, at, count, place) == top
    assert top == 0 or top + rows <= -(-count // columns)


def test_down_from_above_a_short_last_row_is_its_last_tile():
    assert move_cursor(2, 5, 3, 0, 1) == 4
    assert move_cursor(4, 5, 3, 0, 1) == 4
    assert move_cursor(0, 5, 3, 0, -1) == 0
    assert move_cursor(2, 5, 3, 1, 0) == 3
    assert move_cursor(0, 0, 3, 1, 0) == 0


# -- tiles as text


def text(each: Tile, width: int, height: int, *, selected: bool = False) -> str:
    return "\n".join(line.text for line in tile_lines(each, LOOK, width, height, selected=selected))


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
    assert data_state(tile("a", fault=DROPPED), NOW) == ("✖", "offline <1 min")


hostile = st.text(max_size=300) | st.sampled_from(
    ["[/b] x", "\x1b[31m\n", "\u202eabc", "漢字" * 40]
)


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
