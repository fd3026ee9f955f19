"""The table of every breakdown: names, bounds, words, columns."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from scripted_feed import NOW, RUNNING, made, series

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.coincidence import measure_coincidence
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN
from polytop.model.target import Filters, Target
from polytop.ui.readings import Versus
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.table import (
    NAME_LEAST,
    VisibleRows,
    fit_columns,
    footer,
    row_capacity,
    row_name,
    table,
    table_layout,
)
from polytop.ui.table_model import arrange_rows, build_rows, has_ages, other_calls
from polytop.ui.theme import DARK, palette
from polytop.ui.view_state import (
    COLUMN_KEYS,
    DEFAULT_COLUMNS,
    MOST_CHOSEN,
    ViewState,
    sort_next,
    toggle_line,
)

COLOURS = palette(DARK.variables | {"foreground": DARK.foreground, "error": DARK.error})
STATE = ViewState(Filters(), compare=Compare.NONE)
HOSTILE = ("[/b] x", "\x1b[31mred", "\u202eevil", "名前" * 80, "a\nb", "e\u0301", "x" * 300)
EACH = tuple(Breakdown)
NUMBERS = Breakdown.PHONE_NUMBER


def scene(state=STATE, **changes):
    target = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
    return replace(
        RenderContext(Subject("prod", target), state, NOW, palette=COLOURS, zone=_utc()), **changes
    )


def _utc():
    from polytop.ui.time_format import Zone

    return Zone()


def lines(snapshot, state=STATE, width=120, height=20):
    rows = arrange_rows(build_rows(snapshot, state.cursor_at), state)
    return [
        line.text for line in table(snapshot, scene(state), VisibleRows(rows, 0, 0), width, height)
    ]


def _index(line, cells):
    at = 0
    while cell_len(line[:at]) < cells:
        at += 1
    return at


def said(shot, width=120):
    found = measure_coincidence(shot.total, [row.series for row in shot.rows or ()])
    return footer(shot, scene(), width, found).text.strip()


@pytest.mark.parametrize("breakdown", EACH)
@pytest.mark.parametrize("width", [36, 60, 80, 120])
def test_hostile_names_are_aligned_in_every_breakdown(breakdown, width):
    rows = dict.fromkeys(HOSTILE, (1, 2, 3))
    shot = made((7, 8, 9), rows, breakdown)
    found = lines(shot, width=width)
    assert {cell_len(line) for line in found} == {width}
    assert all(line.isprintable() for line in found)
    edge = 2 + table_layout(shot, STATE, width).name
    for line in found[2 : 2 + len(HOSTILE)]:
        # Columns are counted in cells: a name may hold characters that take two.
        assert cell_len(line[: _index(line, edge)]) == edge
        assert line[_index(line, edge) :].split()[0] == "3"


@pytest.mark.parametrize("breakdown", EACH)
def test_calls_without_a_value_have_a_row_with_a_name(breakdown):
    found = lines(made((9, 9), {None: (4, 5), "a": (1, 2)}, breakdown))
    assert sum(line.lstrip("▸ ").startswith("(no ") for line in found) == 1


@pytest.mark.parametrize("name", ["Twin", "T" * 300, "名前" * 40])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_name_twice_is_told_apart_at_every_width(name, width):
    ids = [f"variant-0000-{n:03}" for n in range(3)]
    snapshot = made((5, 6), dict.fromkeys(ids, (1, 2)), names=dict.fromkeys(ids, name))
    place = fit_columns(width, 600)
    shown = [row_name(entry, place.name) for entry in build_rows(snapshot)]
    assert {cell_len(each) for each in shown} == {place.name}
    assert len(set(shown)) == 3


def test_names_that_look_alike_are_told_apart():
    names = {"1": "a\u00a0b", "2": "a b", "3": "y" * 60 + "1", "4": "y" * 60 + "2", "5": "one"}
    snapshot = made((5, 6), dict.fromkeys(names, (1, 2)), names=names)
    assert [entry.suffix for entry in build_rows(snapshot)] == [" · 1", " · 2", " · 3", " · 4", ""]


@given(st.text(max_size=60), st.text(max_size=20), st.integers(0, 60))
def test_a_name_is_as_wide_as_asked(label, tail, width):
    one = build_rows(made((5,), {"a": (1,)}))[0]
    assert cell_len(row_name(one._replace(label=label + tail, suffix=tail), width)) == width


@pytest.mark.parametrize(
    ("breakdown", "title", "head"),
    [
        (Breakdown.VARIANT, "By variant · 2 ", "VARIANT"),
        (Breakdown.LANGUAGE, "By language · 2 ", "LANGUAGE"),
        (NUMBERS, "By number · 2 ", "NUMBER"),
        (Breakdown.CLIENT_ENV, "By environment · 2 · counted apart ", "ENVIRONMENT"),
    ],
)
def test_title_and_head_say_the_breakdown(breakdown, title, head):
    found = lines(made((7, 8), {"a": (1, 2), "b": (0, GAP)}, breakdown))
    assert title in found[0]
    assert found[1].split()[0] == head


def test_rows_without_traffic_are_rows():
    found = lines(made((7, 8), {"en-GB": (0, 0), "de-DE": (GAP, GAP)}, Breakdown.LANGUAGE))
    zero = next(line for line in found if "en-GB" in line)
    gap = next(line for line in found if "de-DE" in line)
    assert zero.strip("▸ ").split()[1:5] == ["0", "0", "0", "%"]
    assert gap.strip("▸ ").split()[1:3] == ["–", "–"]


@pytest.mark.parametrize(
    ("breakdown", "setting"), [(Breakdown.LANGUAGE, "languages"), (NUMBERS, "phone_numbers")]
)
def test_an_empty_list_says_where_to_add_to_it(breakdown, setting):
    for rows in ((), None):
        found = lines(made((7, 8), {} if rows is not None else None, breakdown))
        assert f"are listed: add them with f, or {setting} = […] in the profile." in found[2]
    for rows in ({}, None):
        found = lines(made((7, 8), rows, breakdown, values=("x",)))
        assert "Waiting for the breakdown" in found[2]


def test_other_reasons_for_an_empty_table():
    shot = made((7, 8), None)
    assert "Waiting for the breakdown" in lines(shot)[2]
    trouble = replace(shot, breakdown_problem=Problem(Kind.BROKEN, "It failed", "Wait"))
    assert "No breakdown yet. It failed." in lines(trouble)[2]
    assert "No variant had a conversation" in lines(made((7, 8), {}))[2]
    full = made((7, 8), {"en": (1, 2)}, Breakdown.LANGUAGE)
    assert "No language matches" in lines(full, replace(STATE, search="zz"))[2]
    off = lines(made((7, 8), None, None))
    assert "No breakdown" in off[0]
    assert "Nothing is broken down" in off[2]


def test_environments_have_no_total_and_no_shares():
    rows = {"live": (7, 8), "pre-release": (30, 40), "sandbox": (0, 0)}
    shot = made((7, 8), rows, Breakdown.CLIENT_ENV)
    found = lines(shot)
    assert "All conversations" not in "".join(found)
    assert "SHARE" not in found[1]
    assert {entry.share for entry in build_rows(shot)} == {None}
    said = footer(
        shot, scene(), 120, measure_coincidence(shot.total, [r.series for r in shot.rows])
    ).text
    assert said.strip() == "environments are counted apart: there is no total over them"
    assert row_capacity(10, shot, scene()) == 8


def test_the_rest_is_a_bound_and_its_row_is_no_row():
    shot = made((10, 20, 30, 9), {"en": (4, 9, 12, 1), "de": (1, 2, 3, 1)}, Breakdown.LANGUAGE)
    window, rest = other_calls(shot)
    assert (window, rest.least, rest.most) == (RUNNING - grid.STEP, 15, 30)
    found = lines(shot)
    assert [line.split()[:3] for line in found[4:5]] == [["other", "≥", "15"]]
    assert "By language · 2" in found[0]
    assert len(build_rows(shot)) == 2
    assert "other at 15:35: at least 15, at most 30 (the total)" in footer(shot, scene(), 120).text
    past = replace(STATE, cursor_at=RUNNING - 3 * grid.STEP)
    assert [line.split()[:3] for line in lines(shot, past)[4:5]] == [["other", "≥", "5"]]


@pytest.mark.parametrize(
    "shot",
    [
        made((9, 30, 9), {"en": (4, 30, 1)}, Breakdown.LANGUAGE),
        made((9, 30, 9), {"en": (4, 31, 1)}, Breakdown.LANGUAGE),
        made((9, 30, 9), {"en": (4, GAP, 1)}, Breakdown.LANGUAGE),
        made((9, GAP, 9), {"en": (4, 3, 1)}, Breakdown.LANGUAGE),
        made((9, 30, 9), {}, Breakdown.LANGUAGE),
        made((9, 30, 9), None, Breakdown.LANGUAGE),
        made((9, 30, 9), {"en": (4, 3, 1)}, Breakdown.LANGUAGE, values=("en", "de")),
        made((9, 30, 9), {"v-1": (4, 3, 1)}),
        made((9, 30, 9), {"live": (4, 3, 1)}, Breakdown.CLIENT_ENV),
        made((9, 30, 9), {"en": (4, 3, 1)}, Breakdown.LANGUAGE, asked={"en": 400.0}),
    ],
)
def test_nothing_is_said_of_a_rest_where_nothing_can_be(shot):
    assert other_calls(shot) is None
    assert "other" not in "".join(lines(shot))


def test_the_running_window_is_never_used_for_a_bound():
    shot = made((9, 30, 50), {"en": (4, 3, 1)}, Breakdown.LANGUAGE)
    assert other_calls(shot, RUNNING) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40))
def test_the_bound_holds_whatever_the_calls_do(moments):
    """Calls of two languages, one of them not listed, from moment to moment of a window."""
    listed, rest = (max(column) for column in zip(*moments, strict=True))
    total = max(a + b for a, b in moments)
    shot = made((total, 0), {"en": (listed, 0)}, Breakdown.LANGUAGE)
    found = other_calls(shot)
    if found is not None:
        assert found[1].least <= rest <= found[1].most
    else:
        assert total == listed


def test_the_foot_says_the_bound_and_the_ratio():
    shot = made((10, 20, 30), {"a": (5, 20, 12), "b": (10, 5, 20)})
    assert said(shot) == "true maximum 30 · sum of row peaks 40 · overlap 0.75"
    assert said(shot, 50) == "maximum 30 · row peaks 40 · overlap 0.75"
    assert said(shot, 30) == ""


def test_the_foot_names_what_cannot_be():
    above = made((10, 20, 30), {"a": (11, 20, 12), "b": (10, 21, 20)})
    assert "· a variant is above the total in 2 windows" in said(above)
    assert "(data still coming in)" in said(above, 140)
    below = made((10, 20, 30), {"a": (1, 20, 30), "b": (8, 0, 0)})
    assert "the variants add up to less than the total in 1 window" in said(below)
    assert "calls without a variant" in said(below, 200)
    both = made((10, 20, 30), {"a": (1, 21, 9)})
    assert said(both, 140) == (
        "a variant is above the total in 1 window · "
        "the variants add up to less than the total in 2 windows"
    )
    running = made((10, 20, 30), {"a": (10, 20, 31), "b": (0, 0, 0)})
    assert "above the total in the running window" in said(running)


def test_a_list_of_languages_need_not_add_up_and_still_may_not_exceed_the_total():
    shot = made((10, 20, 30), {"en": (11, 2, 1)}, Breakdown.LANGUAGE)
    assert said(shot, 200).endswith("a language is above the total in 1 window")
    assert "add up" not in said(shot, 200)


@given(st.lists(st.sampled_from(COLUMN_KEYS), unique=True), st.integers(20, 220), st.booleans())
def test_chosen_columns_stand_in_their_order_as_far_as_there_is_room(columns, width, compared):
    compare = Compare.DAY if compared else Compare.NONE
    place = fit_columns(width, 21_600, compare, columns)
    keys = [column.key for column in place.columns]
    assert keys == [key for key in columns if key in keys]
    if width >= 140:
        assert keys == [key for key in columns if compared or key != "versus"]
    used = place.lead + place.name + sum(column.width for column in place.columns)
    assert used + (place.spark + 3 if place.spark else 0) <= max(
        width, used if {"now", "last"} & set(keys) else 0
    )
    taken = place.lead + sum(column.width for column in place.columns)
    assert place.name >= min(NAME_LEAST, max(0, width - taken))


def test_ages_are_there_where_rows_are_asked_for_one_by_one_whatever_they_are():
    listed = {"breakdown": Breakdown.LANGUAGE, "values": ("en", "de")}
    young = made((1, 2), {"en": (1, 2)}, asked={"en": 10.0}, **listed)
    old = made((1, 2), {"en": (1, 2), "de": (0, 0)}, asked={"en": 150.0}, **listed)
    waiting = made((1, 2), {}, Breakdown.LANGUAGE, values=("en",))
    sliced = made((1, 2), {"v": (1, 2)})
    assert [has_ages(shot) for shot in (waiting, young, old, sliced)] == [True, True, True, False]
    layouts = [table_layout(shot, STATE, 120).columns for shot in (waiting, young, old)]
    assert len(set(layouts)) == 1
    assert layouts[0][-1].key == "age"
    row = next(line for line in lines(old) if line.lstrip("▸ ").startswith("en"))
    assert "2 min" in row
    chosen = replace(STATE, columns=("age", "now"))
    assert lines(young, chosen)[1].split()[:3] == ["LANGUAGE", "AGE", "NOW"]


@pytest.mark.parametrize("sort", [*COLUMN_KEYS, "name"])
def test_every_column_sorts_both_ways_and_what_is_not_known_stands_last(sort):
    rows = {"a": (1, 5, 3), "b": (4, 4, 6), "c": (UNKNOWN,) * 3, "d": (9, 1, 1)}
    asked = {"a": 30.0, "b": 10.0, "d": 20.0}
    shot = made((9, 9, 9), rows, Breakdown.LANGUAGE, asked=asked)
    down = [e.id for e in arrange_rows(build_rows(shot), replace(STATE, sort=sort))]
    up = [e.id for e in arrange_rows(build_rows(shot), replace(STATE, sort=sort, reverse=True))]
    assert sorted(down) == sorted(up) == ["a", "b", "c", "d"]
    if sort == "name":
        assert (down, up) == (["a", "b", "c", "d"], ["d", "c", "b", "a"])
    elif sort in {"versus", "change"}:  # three windows are too few for either
        assert down == up == ["a", "b", "c", "d"]
    else:
        assert down[-1] == up[-1] == "c"
        assert down[:3] == up[2::-1]


def test_s_goes_through_what_is_shown():
    state = replace(STATE, columns=("peak", "mean"), sort="now")
    seen = []
    for _ in range(4):
        state = sort_next(state, ages=True)
        seen.append(state.sort)
    assert seen == ["peak", "mean", "age", "name"]


def test_at_most_nine_rows_are_chosen_and_each_can_be_let_go():
    state = STATE
    for row in [None, *"abcdefgh"]:
        state = toggle_line(state, row)
    assert len(state.chosen) == MOST_CHOSEN == 9
    assert toggle_line(state, "i") is None
    assert toggle_line(state, None).chosen == tuple("abcdefgh")


def test_the_table_shows_the_sign_before_the_name_and_not_by_colour_alone():
    shot = made((50, 50), {"a": (20, 21), "b": (1, 2), "c": (0, 1)})
    state = replace(STATE, chosen=("b", "a"))
    found = lines(shot, state)
    assert [line[:5] for line in found[2:5]] == ["▸2 a ", " 1 b ", "   c "]
    assert table_layout(shot, state, 120).lead == 3
    assert (
        table_layout(shot, state, 120).column_at(2 + table_layout(shot, state, 120).name) == "name"
    )


def test_a_default_layout_is_what_it_was():
    place = fit_columns(120, 21_600, Compare.WEEK)
    assert tuple(column.key for column in place.columns) == DEFAULT_COLUMNS


def test_a_row_is_compared_in_the_last_window_that_was_over_when_it_was_asked_for():
    values = (9, 8, 7, 6, 5, 4)
    shot = made(values, {"en": values}, Breakdown.LANGUAGE, asked={"en": 400.0})
    before = series(tuple(value - 1 for value in values))
    week = 7 * 86_400
    past = replace(before, start=before.start - week)
    (row,) = shot.rows
    view = replace(shot.view, compare=Compare.WEEK)
    shot = replace(shot, view=view, rows=(row._replace(earlier=(past,)),))
    young = row._replace(series=series(values), earlier=(past,), asked_at=NOW)
    # 4 is of the running window, 5 of the last that is over, 6 of that when the row was asked for.
    assert build_rows(shot)[0].versus == Versus(6 - 5, 1 / 5)
    assert build_rows(replace(shot, rows=(young,)))[0].versus == Versus(5 - 4, 1 / 4)


def test_the_age_of_a_row_is_in_the_time_of_whoever_watches():
    shot = made((9, 8), {"en": (9, 8)}, Breakdown.LANGUAGE, asked={"en": 240.0})
    assert [row.age for row in build_rows(shot)] == [240]
    assert [row.age for row in build_rows(shot, speed=60.0)] == [4]
