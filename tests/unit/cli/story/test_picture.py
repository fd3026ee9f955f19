"""The picture of a report: what is drawn where."""

import re
from dataclasses import replace

import pytest
from report_data import START, STEP, report, snapshot

from polytop.cli.story.picture import HEIGHT, WIDTH, draw, joined_windows, shows_week
from polytop.model.mark import Mark
from polytop.model.report import Report
from polytop.model.series import GAP, UNKNOWN
from polytop.ui.time_format import Zone


def drawn(found: Report) -> str:
    picture = draw(found, Zone(), "words")
    assert picture is not None
    return picture.svg


def lines(svg: str, kind: str) -> list[list[tuple[float, float]]]:
    found = re.findall(rf'<polyline class="{kind}" points="([^"]+)"', svg)
    return [[tuple(map(float, pair.split(","))) for pair in each.split()] for each in found]


def test_a_gap_breaks_the_line_and_is_shaded() -> None:
    svg = drawn(report(snapshot(50, 60, GAP, 70, UNKNOWN, 80)))
    assert len(lines(svg, "e")) == 3
    assert svg.count('<rect class="n"') == 2


def test_no_point_is_outside_and_a_higher_value_is_higher_up() -> None:
    svg = drawn(report(snapshot(0, 130, 50, limit=10)))
    (line,) = lines(svg, "e")
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line)
    heights = [y for _, y in line]
    assert heights[0] > heights[-1] > min(heights)


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw(report(snapshot(GAP, UNKNOWN)), Zone(), "words") is None


def test_a_limit_far_above_is_left_out() -> None:
    assert ">limit 120<" in drawn(report(snapshot(50, 60)))
    assert ">limit 9000<" not in drawn(report(snapshot(50, 60, limit=9_000)))


@pytest.mark.parametrize(("days", "joined", "week"), [(1, 1, True), (8, 3, True), (46, 288, False)])
def test_long_ranges_are_joined_by_maximum(days: int, joined: int, week: bool) -> None:
    values = [10] * 288 * days
    values[len(values) // 2] = 99
    found = report(snapshot(*values, before=tuple([10] * len(values))))
    assert joined_windows(found) == joined
    assert shows_week(found) is week
    (line,) = lines(drawn(found), "e")
    assert len({y for _, y in line}) == 2
    assert len(lines(drawn(found), "b")) == week


def test_marks_have_the_numbers_of_the_list() -> None:
    marks = (Mark(7, START, "one"), Mark(9, START + STEP, "two"))
    svg = drawn(report(replace(snapshot(50, 60, 70), marks=marks)))
    assert re.findall(r'class="mt"[^>]*>(\d)<', svg) == ["1", "2"]
    assert re.findall(r"<title>([^<]*)</title>", svg) == ["one", "two"]
