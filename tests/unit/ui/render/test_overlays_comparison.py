"""The comparison and its range over the graph."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from render_scene import COLOURS, DAY, START, column, drawn, scene, snap, style_at, text_of

from polytop.model import grid
from polytop.model.baseline import Compare, days_of
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.ui.render.overlays import ComparisonLine, build_comparison, highest_value
from polytop.ui.render.plot import GUTTER
from polytop.ui.render.text import COMPARISON, CURSOR
from polytop.ui.time_format import Zone


def test_a_ghost_without_anything_known_is_none_and_is_told():
    shot = snap([5] * 9, earlier=())
    assert build_comparison(shot, Zone(UTC), 80) is None
    lines, _ = drawn(shot, scene(shot))
    assert "a week before: not known" in lines[0].text
    assert COMPARISON not in text_of(lines[1:])


def test_the_ghost_is_at_its_row_and_goes_on_where_now_ends():
    shot = snap([60] * 70)
    earlier = (Series(START - 7 * DAY - 3_600, (30,) * 120),)
    shot = replace(shot, earlier=earlier)
    lines, place = drawn(shot, scene(shot))
    row = lines[1 + place.row(30)].text[GUTTER + 1 :]
    assert set(row[place.column(START) :]) == {COMPARISON}
    assert place.column(shot.end) < place.width
    assert style_at(lines[1 + place.row(30)], GUTTER + 60) == COLOURS.comparison
    assert "┄ a week before" in lines[0].text


@pytest.mark.parametrize(
    ("compare", "words"),
    [(Compare.DAY, "┄ a day before"), (Compare.TYPICAL, "┄ typical week of 4 ░ its range")],
)
def test_the_comparison_is_named(compare, words):
    shot = snap([60] * 30, compare=compare)
    assert words in drawn(shot, scene(shot))[0][0].text


def test_the_typical_week_says_of_how_many_weeks_it_is():
    shot = snap([60] * 30, compare=Compare.TYPICAL)
    first, *others = shot.earlier
    half = replace(first, values=(*first.values[:30], *(UNKNOWN,) * (len(first) - 30)))
    lacking = replace(shot, earlier=(half, *others))
    assert "typical week of 3 to 4 " in drawn(lacking, scene(lacking))[0][0].text
    without = replace(shot, earlier=(Series(first.start), Series(first.start), *others[1:]))
    assert "typical week of 2 " in drawn(without, scene(without))[0][0].text


def test_gaps_of_the_ghost_stay_gaps():
    shot = snap([60] * 24)
    values_ = (30,) * 20 + (GAP,) * 4 + (30,) * 24
    shot = replace(shot, earlier=(Series(START - 7 * DAY - 3_600, values_),))
    lines, place = drawn(shot, scene(shot))
    row = lines[1 + place.row(30)].text[GUTTER + 1 :]
    first, last = (place.column(START + at * grid.STEP) for at in (8, 12))
    assert COMPARISON not in row[first + 1 : last - 1]
    assert row[first - 2] == row[last + 1] == COMPARISON


def test_the_ghost_leaves_the_crest_its_shape():
    shot = snap([60] * 30, lower=0)
    bare, place = drawn(replace(shot, earlier=()), scene(shot))
    lines, _ = drawn(shot, scene(shot))
    row, middle = 1 + place.row(60), GUTTER + 1 + place.column(START + 15 * grid.STEP)
    assert lines[row].text[middle] == bare[row].text[middle] != COMPARISON
    assert style_at(lines[row], middle) == COLOURS.comparison


def test_the_scale_holds_the_ghost():
    shot = snap([10] * 24)
    shot = replace(shot, earlier=(Series(START - 7 * DAY - 3_600, (500,) * 48),))
    found = build_comparison(shot, Zone(UTC), 120)
    assert highest_value(shot, found) == 500
    assert highest_value(shot, None) == 10
    assert ComparisonLine((UNKNOWN,)).peak == 0


def test_the_range_of_the_weeks_is_a_shade_behind_everything():
    shot = snap([20] * 24, compare=Compare.TYPICAL)
    earlier = tuple(
        Series(START - days * DAY - 3_600, (30 + days,) * 48) for days in days_of(Compare.TYPICAL)
    )
    lines, place = drawn(replace(shot, earlier=earlier), scene(shot))
    middle = place.column(START + 12 * grid.STEP)
    found = column(lines, place, middle)
    for value in (38, 58):
        assert found[place.row(value)] == "░"
    assert found[place.row(48)] == COMPARISON
    assert found[place.row(70)] == " "
    assert found[place.row(10)] == "⣿"


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_on_the_day_when_the_clocks_change_the_ghost_is_of_the_same_local_time(zone):
    clock, local = Zone(ZoneInfo(zone)), ZoneInfo(zone)
    from datetime import datetime

    day = (2026, 3, 29) if zone == "Europe/London" else (2026, 3, 8)
    start = int(datetime(*day, 6, tzinfo=local).timestamp())
    then = int(datetime(day[0], day[1], day[2] - 7, 6, tzinfo=local).timestamp())
    assert start - then == 7 * DAY - 3_600
    earlier = [0] * 48
    earlier[(then - (start - 7 * DAY - 3_600)) // grid.STEP + 12] = 77
    shot = snap([10] * 24)
    total = Series(start, (10,) * 24)
    shot = replace(
        shot, start=start, end=total.end, at=total.end - 60, total=total,
        earlier=(Series(start - 7 * DAY - 3_600, tuple(earlier)),),
    )  # fmt: skip
    here = scene(shot, cursor=start + 3_600, zone=clock)
    lines, place = drawn(shot, here)
    assert "07:00–07:05" in lines[0].text
    assert "−67 (−87 %)" in lines[0].text
    at = place.line_of(start + 3_600)
    assert column(lines, place, at)[place.row(77)] in COMPARISON + CURSOR
