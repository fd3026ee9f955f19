"""The columns of the table."""

from hypothesis import given
from hypothesis import strategies as st

from polytop.ui.render.table import fit_columns


@given(st.integers(20, 200), st.sampled_from([21_600, 604_800]))
def test_a_click_finds_the_column_under_it(width, span):
    place = fit_columns(width, span)
    edge = 2 + place.name
    assert place.column_at(0) == place.column_at(edge - 1) == "name"
    for column in place.columns:
        edge += column.width
        assert place.column_at(edge - 1) == column.key
    assert place.column_at(edge) is None
