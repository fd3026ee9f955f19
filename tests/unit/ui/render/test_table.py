"""The columns of the table."""

from hypothesis import given
from hypothesis import strategies as st

from polytop.model.answer import Part
from polytop.model.baseline import Compare
from polytop.model.series import Series
from polytop.model.snapshot import RowView
from polytop.model.stats import Summary
from polytop.ui.readings import Versus
from polytop.ui.render.table import COLUMNS, fit_columns
from polytop.ui.table_model import TableRow


@given(st.integers(20, 200), st.sampled_from([21_600, 604_800]))
def test_a_click_finds_the_column_under_it(width, span):
    place = fit_columns(width, span)
    edge = 2 + place.name
    assert place.column_at(0) == place.column_at(edge - 1) == "name"
    for column in place.columns:
        edge += column.width
        assert place.column_at(edge - 1) == column.key
    assert place.column_at(edge) is None


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_comparison_keeps_sign_and_size_or_says_that_it_is_beyond(value, before):
    versus = Versus(value - before, (value - before) / before)
    row = TableRow("v", "v", None, RowView(Part("v"), None, Series(0), Summary()), versus=versus)
    exact = 100 * (value - before) / before
    short = {column.key: column for column in fit_columns(80, 21_600, Compare.WEEK).columns}
    for cells in (COLUMNS["versus"], short["versus"]):
        text = cells.cell(row, None)
        assert len(text) < cells.width
        sign = text.lstrip("> ")[0]
        assert sign == ("+" if value > before else "−" if value < before else "0")
        shown = int("".join(filter(str.isdigit, text.rpartition(" %")[0].split(" ")[-1])))
        assert (shown == 9_999 < exact) if ">" in text else abs(shown - abs(exact)) < 1
