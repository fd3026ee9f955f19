"""The counting of overlaps at its edges."""

from polytop.simulator.calls import build_timeline

WINDOW = 300_000


def test_an_end_at_the_instant_of_a_start_is_no_overlap() -> None:
    line = build_timeline([], [(1000, 2000, 0), (2000, 3000, 1)])
    assert line.peaks()[0] == 1
    assert build_timeline([], [(1000, 2001, 0), (2000, 3000, 1)]).peaks()[0] == 2


def test_a_call_counts_in_every_window_that_it_reaches_into() -> None:
    line = build_timeline([], [(WINDOW - 1, 2 * WINDOW + 1, 0)])
    assert line.peaks()[:4] == (1, 1, 1, 0)


def test_a_call_that_ends_with_its_window_is_not_in_the_next() -> None:
    line = build_timeline([(WINDOW, 0)], [(WINDOW, 2 * WINDOW, 1)])
    assert line.peaks()[:3] == (1, 1, 0)
    assert line.peaks_by((0, 1), 2) == {
        0: (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        1: (0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    }


def test_calls_from_before_count_until_they_end() -> None:
    line = build_timeline([(WINDOW + 5, 0), (10 * 3_600_000, 1)], [])
    assert line.peaks() == (2, 2, *[1] * 10)
    assert line.only(frozenset({0})).peaks() == (1, 1, *[0] * 10)


def test_an_hour_can_be_cut_at_a_moment() -> None:
    line = build_timeline([], [(100, 900, 0), (500, 800, 0), (501, 700, 0)])
    assert line.until(99).peaks()[0] == 0
    assert line.until(499).peaks()[0] == 1
    assert line.until(500).peaks()[0] == 2
    assert line.until(501).peaks()[0] == 3
