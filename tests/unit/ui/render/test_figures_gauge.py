"""The gauge cuts no word and keeps bounds."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from render_words import START, scene, snap

from polytop.ui.ascii import to_ascii
from polytop.ui.render.figures import gauge


@given(
    st.integers(0, 99_999), st.integers(1, 9_999), st.integers(36, 200), st.booleans(),
    st.integers(1, 2_016),
)  # fmt: skip
@example(193, 120, 80, False, 72)
@example(193, 120, 100, False, 72)
@example(193, 120, 120, False, 72)
def test_the_gauge_cuts_no_word_and_runs_none_into_the_next(value, limit, width, past, windows):
    shot = snap([value] * windows, limit)
    here = scene(shot, cursor_at=START) if past else scene(shot)
    line = gauge(shot, here, width)
    assert line.cell_length == width
    found = re.fullmatch(
        r"  [━─┃]{10,} (now )? *(\d+) %"
        r"( of limit)?( AT THE LIMIT| CRITICAL| WARNING)?"
        r"(( +)over [\d.e+]+: (up to \d+ min)( · at \d+: up to \d+ min)?)? *",
        line.text,
    )
    assert found, line.text
    assert bool(found[1]) == past
    if width >= 100 and value <= 1_000 and limit >= 10:
        assert found[8] is not None
    if width >= 50:
        assert found[3] is not None
        assert ("AT THE LIMIT" in line.text) == (value >= limit)


def test_bounds_stay_bounds_on_the_gauge_and_an_arrow_is_no_comparison():
    shot = snap([100] * 30)
    line = gauge(shot, scene(shot), 120)
    ascii_line = to_ascii(line.text)
    assert "over 96: up to 150 min . at 120: up to 0 min" in ascii_line
    assert len(ascii_line) == line.cell_length
    assert to_ascii("down 5 within 15 min (20 → 15)") == "down 5 within 15 min (20 ->15)"
