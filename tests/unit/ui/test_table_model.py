"""The order and the names of the rows."""

from dataclasses import replace

from render_live import START, snap

from polytop.model.series import UNKNOWN, Series
from polytop.model.stats import summary
from polytop.model.target import Filters
from polytop.ui.table_model import arrange_rows, build_rows
from polytop.ui.view_state import ViewState


def test_rows_without_a_value_stand_last_either_way():
    shot = snap([1, 2, 3])
    lacking = shot.rows[0]._replace(series=Series(START, (UNKNOWN,) * 3))
    lacking = lacking._replace(summary=summary(lacking.series, shot.at))
    shot = replace(shot, rows=(lacking, *shot.rows[1:]))
    for reverse in (False, True):
        order = arrange_rows(build_rows(shot), ViewState(Filters(), sort="peak", reverse=reverse))
        assert order[-1].id == "v0"


def test_rows_keep_their_order_where_nothing_is_known_of_now():
    shot = snap([1, 2, 3])
    rows = [
        row._replace(series=Series(START, (at, at + 1, UNKNOWN)))
        for at, row in enumerate(shot.rows)
    ]
    rows = [row._replace(summary=summary(row.series, shot.at + 900)) for row in rows]
    shot = replace(shot, at=shot.at + 900, rows=tuple(rows))
    state = ViewState(Filters(), sort="now")
    assert [row.now for row in build_rows(shot)] == [None] * len(rows)
    order = [row.id for row in arrange_rows(build_rows(shot), state)]
    assert order == [row.part.id for row in reversed(rows)]
    # What a search found before the outage it finds in it.
    for search, ids in (("now>=2", order[:-1]), ("now<2", order[-1:]), ("now>99", [])):
        kept = arrange_rows(build_rows(shot), replace(state, search=search))
        assert [row.id for row in kept] == ids


def test_the_same_name_twice_is_told_apart_by_the_id():
    shot = snap([1])
    twins = [row._replace(name="Twin") for row in shot.rows]
    labels = [entry.label for entry in build_rows(replace(shot, rows=tuple(twins)))]
    assert labels[0] == "Twin · v0"
    assert len(set(labels)) == len(twins)
