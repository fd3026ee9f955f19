"""The rows of the screen add up."""

from hypothesis import given
from hypothesis import strategies as st

from polytop.ui.layout import lay_out


@given(st.integers(1, 300), st.integers(1, 120), st.integers(0, 500), st.integers(0, 3))
def test_the_plan_adds_up(width, height, rows, words):
    found = lay_out(width, height, rows, alert=words, sidebar=True)
    assert found.total == height
    assert min(found.header, found.figures, found.graph, found.table, found.status) >= 0
    assert found.tiny or found.graph >= 2
