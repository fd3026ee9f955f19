"""The columns of the table."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from render_words import START, scene, snap

from polytop.model.answer import Part
from polytop.model.baseline import Compare
from polytop.model.series import GAP, Series
from polytop.model.snapshot import RowView
from polytop.model.stats import Summary, summary
from polytop.ui.readings import Versus
from polytop.ui.render.table import COLUMNS, VisibleRows, fit_columns, table
from polytop.ui.table_model import TableRow, build_rows


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


def test_a_mean_over_fewer_windows_than_others_says_over_how_many():
    shot = snap([20] * 24)
    series = {"always": (8,) * 24, "late": (GAP,) * 20 + (6, 2, 4, 8)}
    parts = [
        RowView(Part(name), name, each := Series(START, values), summary(each, shot.at))
        for name, values in series.items()
    ]
    several, alone = replace(shot, rows=tuple(parts)), replace(shot, rows=(parts[0],))

    def lines(snapshot):
        rows = VisibleRows(build_rows(snapshot), 0, 0)
        return [line.text for line in table(snapshot, scene(snapshot), rows, 120, 10)]

    assert [line.split("MEAN")[1][:5] for line in lines(several) if "MEAN" in line] == [" of n"]
    (late,) = (line for line in lines(several) if " late " in line)
    (always,) = (line for line in lines(several) if " always " in line)
    assert "4.0 of 3" in late
    assert " of " not in always
    assert always.index("8.0") == late.index("4.0")
    assert "of n" not in "".join(lines(alone))
