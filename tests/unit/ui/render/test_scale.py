"""The scales: values to rows, time to columns, round ticks."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_live import START

from polytop.model import grid
from polytop.model.series import UNKNOWN, Series
from polytop.ui.render.scale import Frame, choose_scale, column_maxima, live_frame, time_ticks
from polytop.ui.time_format import Zone

values = st.lists(st.integers(-2, 150), min_size=1, max_size=80)


@given(values, st.integers(1, 400), st.integers(0, 30))
def test_reducing_to_columns_loses_no_peak_and_invents_none(found, count, lead):
    series = Series(START, tuple(found))
    span = Frame(START - lead * grid.STEP, series.end)
    reduced = column_maxima(series, span, count)
    assert len(reduced) == count
    assert max(reduced) == max(found)
    assert set(reduced) <= {*found, UNKNOWN}


@given(st.integers(START, START + 10**7), st.sampled_from([1_800, 21_600, 86_400, 604_800]))
def test_the_frame_holds_the_window_and_jumps_seldom(moment, span):
    end = grid.ceil(moment)
    found = live_frame(end, span)
    assert found.start <= end - span
    assert found.end >= end
    assert found.seconds - span <= span / 5
    later = live_frame(end + grid.STEP, span)
    assert later == found or later.start - found.start >= span / 20


@given(st.integers(0, 10_000), st.one_of(st.none(), st.integers(1, 10_000)), st.integers(2, 60))
def test_the_scale_holds_the_peak_in_round_steps(peak, limit, rows):
    found = choose_scale(peak, limit, rows)
    assert found.top >= peak
    assert not found.shows_limit or found.top >= limit
    assert str(found.step).rstrip("0") in {"1", "2", "5"}
    assert found.top / found.step <= 9


@given(st.lists(st.integers(40, 60), min_size=2, max_size=30))
def test_the_scale_does_not_jump_about(peaks):
    found = choose_scale(peaks[0], None, 18)
    tops = []
    for peak in peaks:
        found = choose_scale(peak, None, 18, found)
        tops.append(found.top)
        assert found.top >= peak
    assert tops == sorted(tops)


def test_the_scale_shrinks_again_after_a_spike():
    high = choose_scale(1_000, None, 18)
    assert choose_scale(50, None, 18, high).top < 100


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("start", [1_774_731_600, 1_792_886_400, 1_772_928_000, START])
@pytest.mark.parametrize("span", [3_600, 86_400, 7 * 86_400, 30 * 86_400])
def test_time_ticks_are_round_and_in_order(zone, start, span):
    found = time_ticks(Frame(start, start + span), 100, Zone(ZoneInfo(zone)))
    stamps = [stamp for stamp, _ in found]
    assert stamps == sorted(set(stamps))
    assert len(stamps) >= 1
    assert all(start <= stamp <= start + span for stamp in stamps)
    assert all(stamp % 300 == 0 for stamp in stamps)
