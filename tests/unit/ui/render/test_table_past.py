"""The table at a moment, and beside a comparison."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_scene import START, scene, snap

from polytop.model.baseline import Compare
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault
from polytop.model.stats import summary
from polytop.ui.render.table import VisibleRows, fit_columns, table
from polytop.ui.table_model import arrange_rows, build_rows, total_row
from polytop.ui.view_state import SORTS

COMPARES = list(Compare)


def test_the_table_is_of_the_moment_looked_at():
    shot = snap([60, 61, 62, 90, *([80] * 68)])
    at = START + 900
    half = build_rows(shot, at)[1]
    assert (half.last, half.change, half.share) == (45, 15, 0.5)
    assert (half.versus.difference, half.versus.share) == (45 - 80, -35 / 80)
    lines = table(shot, scene(shot, cursor=at), VisibleRows(build_rows(shot, at), 0, 0), 120, 9)
    assert "  09:15  SHARE" in lines[1].text
    assert "sorted by value at 09:15 ▼" in lines[0].text
    assert "−35 ▼  44 %" in lines[3].text
    assert "+10 ▲  12 %" in lines[4].text
    now = table(shot, scene(shot), VisibleRows(build_rows(shot), 0, 0), 120, 9)
    assert " NOW ≥  LAST 5 MIN  SHARE  15 MIN " in now[1].text


def test_now_is_compared_row_by_row_by_the_last_complete_window():
    shot = snap([60] * 71 + [3])
    main, half = build_rows(shot)
    assert (main.now, main.last, main.versus.difference) == (3, 60, 10)
    assert half.versus.difference == -20
    assert total_row(shot, "Total").versus == main.versus


def test_a_share_is_of_the_last_complete_window_and_never_more_than_the_whole():
    shot = snap([60] * 71 + [3])
    rows = [each._replace(series=Series(START, (30,) * 71 + (9,))) for each in shot.rows]
    rows[1] = rows[1]._replace(series=Series(START, (30,) * 70 + (61, 9)))
    main, over = build_rows(replace(shot, rows=tuple(rows)))
    assert (main.share, over.share) == (0.5, None)
    shown = table(shot, scene(shot), VisibleRows((main, over), 0, 0), 120, 9)
    assert "105 %" not in "\n".join(line.text for line in shown)


def test_the_window_that_runs_under_the_cursor_is_a_bound():
    shot = snap([60] * 71 + [3])
    at = shot.running
    series = replace(shot.total, provisional=frozenset({at}))
    shot = replace(shot, rows=(shot.rows[0]._replace(series=series),))
    lines = table(shot, scene(shot, cursor=at), VisibleRows(build_rows(shot, at), 0, 0), 120, 9)
    assert lines[2].text.split()[2:5] == ["3", "≥", "3"]


@pytest.mark.parametrize("late", [0, 1, 2, 12])
def test_a_last_window_that_is_not_the_last_is_dated(late):
    shot = snap([60] * 72)
    here = replace(scene(shot), now=shot.at + 300 * late)
    head = table(shot, here, VisibleRows(build_rows(shot), 0, 0), 120, 9)[1].text
    assert ("LAST 5 MIN" in head) == (late < 2)
    assert (" 14:50 " in head) == (late >= 2)


DROPPED = Fault(Problem(Kind.OFFLINE, "Cannot reach it", "Check the network."), START)


@pytest.mark.parametrize("sort", ["now", "last"])
@pytest.mark.parametrize("late", range(0, 1_800, 120))
def test_over_an_outage_heads_and_order_name_the_moment_of_the_values(late, sort):
    shot = snap([60] * 71 + [UNKNOWN], recent=Series(0))
    seen = shot.start + 70 * 300 + 180  # in the window that is known last
    total = replace(shot.total.cut(shot.start, seen // 300 * 300 + 300), provisional={seen - 180})
    at = float(seen + late)
    rows = tuple(
        each._replace(series=total, summary=summary(total, at, shot.capacity)) for each in shot.rows
    )
    shot = replace(
        shot, at=at, total=total, rows=rows, fetched_at=float(seen), fault=DROPPED if late else None
    )
    here = scene(shot, sort=sort)
    lines = table(shot, here, VisibleRows(build_rows(shot), 0, 0), 120, 9)
    title, heads = lines[0].text, lines[1].text
    known = rows[0].summary.now is not None
    assert known == (late < 420), "the case has both"
    if not late:
        assert ("NOW ≥" in heads, "≥14:53" in heads) == (True, False)
        assert f"sorted by {'now' if sort == 'now' else 'last 5 min'} ▼" in title
        return
    assert ("NOW" in heads, " ≥14:53 " in heads) == (False, True)
    if sort == "now" and known:
        assert "sorted by value at 14:53 ▼" in title
    else:
        # Nothing is known of now: the rows are sorted by what is known last.
        words = "value at 14:45" if " 14:45 " in heads else "last 5 min"
        assert f"sorted by {words} ▼" in title


@pytest.mark.parametrize("late", range(0, 5_400, 300))
def test_the_total_of_the_table_has_the_figures_above_the_graph_all_through_an_outage(late):
    values = tuple(range(40, 76))
    recent = Series(START - 7_200, values)
    seen = recent.end
    start = (seen + late) // 300 * 300 + 300 - 3_600
    total, at = recent.cut(start, start + 3_600), float(seen + late)
    shot = snap([60] * 12, recent=recent)
    shot = replace(
        shot, at=at, start=start, end=start + 3_600, total=total, fetched_at=float(seen),
        summary=summary(total, at, shot.capacity), live=summary(recent, at, shot.capacity),
        fault=DROPPED if late else None,
    )  # fmt: skip
    row, above = total_row(shot, "Total"), shot.last_complete(UTC)
    assert (row.last, row.change, row.versus) == (above.value, above.change, above.versus)
    assert (row.last, row.change) == (75, 3)


def test_an_only_row_that_is_the_total_is_shown_once_and_any_other_is_not():
    shot = snap([60] * 71 + [3])
    running = frozenset({shot.running})
    total = replace(shot.total, provisional=running)
    same = shot.rows[0]._replace(series=Series(START, (60,) * 71 + (2,), running))
    shot = replace(shot, total=total, rows=(same,))
    cases = {
        (60,) * 71 + (2,): False,
        (60,) * 70 + (59, 2): True,
        (GAP,) + (60,) * 70 + (2,): True,
        (60,) * 70 + (UNKNOWN, 2): True,
    }
    for values, shown in cases.items():
        only = same._replace(series=Series(START, values, running))
        one = replace(shot, rows=(only,))
        text = "\n".join(
            each.text for each in table(one, scene(one), VisibleRows(build_rows(one), 0, 0), 120, 9)
        )
        assert ("All conversations" in text) == shown
        assert ("This variant is all there is: b breaks it down by" in text) != shown


def test_a_frozen_table_is_not_called_now():
    shot = snap([60] * 72)
    here = scene(shot, frozen=True)
    lines = table(shot, here, VisibleRows(build_rows(shot), 0, 0), 120, 9)
    assert "NOW" not in lines[1].text
    assert " ≥14:59 " in lines[1].text
    assert "sorted by value at 14:59 ▼" in lines[0].text


def test_columns_without_the_last_window_have_a_place_for_the_cursor():
    shot = snap([60, 61, 62, 90, *([80] * 68)])
    at = START + 900
    here = scene(shot, cursor=at, columns=("now", "peak"))
    lines = table(shot, here, VisibleRows(build_rows(shot, at), 0, 0), 120, 9)
    assert lines[1].text.split()[:3] == ["VARIANT", "09:15", "PEAK"]
    assert lines[2].text.split()[2] == "90"


def test_rows_are_sorted_by_the_moment_and_by_the_difference():
    shot = snap([60] * 72)
    turned = shot.rows[1]._replace(series=Series(START, (5, *([200] * 71))))
    shot = replace(shot, rows=(shot.rows[0], turned))
    at = START + 300
    found = build_rows(shot, at)
    assert [e.now for e in arrange_rows(found, scene(shot).state)] == [200, 60]
    assert [e.now for e in arrange_rows(build_rows(shot, START), scene(shot).state)] == [60, 5]
    by_versus = scene(shot, sort="versus").state
    assert [e.versus.difference for e in arrange_rows(found, by_versus)] == [150, 10]
    assert "versus" in SORTS


@pytest.mark.parametrize("known", [[GAP] * 9, [UNKNOWN] * 9])
def test_what_is_not_known_is_a_dash(known):
    shot = snap(known)
    (entry, _) = build_rows(shot, START)
    assert (entry.now, entry.last, entry.share, entry.change, entry.versus) == (None,) * 5


def test_against_nothing_there_is_no_percentage():
    shot = snap([10] * 9)
    (entry, _) = build_rows(shot, START)
    assert (entry.versus.difference, entry.versus.share) == (10, None)
    lines = table(shot, scene(shot), VisibleRows(build_rows(shot), 0, 0), 120, 9)
    assert "+10 " in lines[2].text
    assert "+10 ▲" not in lines[2].text


@given(st.integers(20, 240), st.sampled_from(COMPARES))
def test_the_comparison_takes_less_room_before_others_leave(width, compare):
    place = fit_columns(width, 21_600, compare)
    keys = [column_.key for column_ in place.columns]
    assert ("versus" in keys) <= (compare is not Compare.NONE)
    if compare is not Compare.NONE and "mean" in keys:
        assert "versus" in keys
    assert 2 + place.name + sum(c.width for c in place.columns) <= max(width, 22)
