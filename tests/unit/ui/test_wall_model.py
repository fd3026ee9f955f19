"""The wall as data: order, layout, moving."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from wall_tiles import DROPPED, names, tile, values

from polytop.model.stats import Severity
from polytop.ui.render.wall import (
    tile_severity_word,
)
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
    assert tile_severity_word(tile("a", 100, alert=Severity.OK)) == "CRITICAL"
    assert tile_severity_word(tile("a", 10, alert=Severity.OK)) == ""


def test_the_order_stays_where_little_changes_and_follows_where_much_does():
    tiles = [tile("a", 50), tile("b", 52)]
    assert names(arrange_tiles(tiles, ())) == ["b", "a"]
    assert names(arrange_tiles(tiles, ("a", "b"))) == ["a", "b"]
    assert names(arrange_tiles([tile("a", 50), tile("b", 54)], ("a", "b"))) == ["b", "a"]
    assert names(arrange_tiles([tile("a", 79), tile("b", 80)], ("a", "b"))) == ["b", "a"]


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


@given(st.integers(0, 200), st.integers(1, 300), st.integers(1, 100))
def test_tiles_never_leave_the_screen(count, width, height):
    place = lay_out_tiles(count, width, height)
    assert place.columns * place.width + place.columns - 1 <= width
    assert sum(place.heights) == height
    assert len(place.heights) == place.rows >= 1
    assert place.height >= 1


def test_they_shrink_before_they_scroll():
    assert lay_out_tiles(6, 120, 37) == WallLayout(2, 59, 12, 3, 1)
    assert lay_out_tiles(30, 120, 37) == WallLayout(3, 39, 3, 10, 7)
    assert lay_out_tiles(30, 80, 21) == WallLayout(1, 80, 1, 21)
    assert lay_out_tiles(40, 120, 37) == WallLayout(2, 59, 1, 20, 17)
    assert lay_out_tiles(1, 120, 37) == WallLayout(1, 120, 37, 1)
    heights = [lay_out_tiles(count, 120, 37).height for count in range(1, 100)]
    heights = [max(least for least in (1, 3, 5) if each >= least) for each in heights]
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
