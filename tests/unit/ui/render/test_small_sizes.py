"""Where there is little room, whole words leave and what matters stays."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_scene import START, scene, snap
from wall_tiles import LOOK, NOW, tile

from polytop.alerts.state import AlertView, RuleView
from polytop.model.alert_rules import Above, Level, Rule
from polytop.model.answer import Part
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Fault, RowView
from polytop.model.stats import Severity, summary
from polytop.model.target import Filters
from polytop.ui.render.figures import chart_lines, figures_block, number_block
from polytop.ui.render.header import header
from polytop.ui.render.overlays import build_comparison
from polytop.ui.render.plot import build_plot
from polytop.ui.render.scale import choose_scale
from polytop.ui.render.status import problem_lines, status_line
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.render.title import title
from polytop.ui.render.wall import tile_lines, wall_header, wall_message
from polytop.ui.table_model import build_rows

OFFLINE = Problem(
    Kind.OFFLINE,
    "Cannot reach api.example: the connection was dropped",
    "Check the network, the VPN and the base URL. The monitor tries again by itself.",
)


@pytest.mark.parametrize("width", range(40, 121, 4))
def test_the_last_error_is_told_in_whole_words(width):
    shot = snap([10] * 9, recovered=Fault(OFFLINE, START + 2_400))
    line = status_line(shot, scene(shot), width).text
    assert "error 09:40" in line
    assert "…" not in line
    assert ("recovered" in line) == (width >= 56)


@pytest.mark.parametrize("width", range(30, 121))
def test_a_problem_is_cut_after_a_word(width):
    shot = snap([10] * 9, fault=Fault(OFFLINE, START))
    lines = [line.text for line in problem_lines(shot, scene(shot), width)]
    told = f"! {OFFLINE.summary}. {OFFLINE.advice}".replace(":", "").split()
    assert len(lines) <= 3
    assert {word.strip(":") for line in lines for word in line.split()} <= {
        *told, *(word.strip(".") for word in told), "…",
    }  # fmt: skip
    assert "Check the network" in " ".join(lines)


@pytest.mark.parametrize("severity", [Severity.OK, Severity.WARNING, Severity.CRITICAL])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_snooze_takes_neither_the_name_nor_the_state_of_the_data(severity, width):
    shot = snap([10] * 9)
    snooze = shot.at + 3_600
    rule = RuleView(
        Rule("full", Above(Level(96))), severity, START, "120 of 120",
        raised=severity is not Severity.OK, snoozed_until=snooze,
    )  # fmt: skip
    view = AlertView(severity, (rule,))
    line = header(shot, replace(scene(shot), alerts=view), width).text
    assert line.startswith(" prod  LIVE ")
    assert f"{severity.name} (snoozed" in line
    assert "● live" in line


@pytest.mark.parametrize("width", range(24, 121, 6))
def test_the_walls_head_counts_in_whole_words_what_is_critical_first(width):
    tiles = [tile("a", 95), tile("b", 95), tile("c", 82), tile("d", fault=OFFLINE)]
    parts = wall_header(tiles, 4, "", LOOK, width).text.split(" · ")
    assert parts[0] == " Wall"
    whole = {"4 profiles", "2 critical", "1 warning", "1 failing"}
    assert {re.sub(r"  +\d.*", "", part).strip() for part in parts[1:]} <= whole
    assert width < 30 or any(part.startswith("2 critical") for part in parts)


@pytest.mark.parametrize("width", [30, 36, 40, 44, 60])
@pytest.mark.parametrize(("value", "limit"), [(49, 100), (104, 100), (7, 8)])
def test_a_line_of_the_wall_has_the_unit_of_its_share(width, value, limit):
    (line,) = tile_lines(tile("hotel", value, limit), LOOK, width, 1, selected=False)
    assert f" {round(100 * value / limit)} %" in line.text


@pytest.mark.parametrize("width", range(42, 90, 6))
def test_an_alert_on_the_wall_keeps_its_beginning_before_how_long_it_lasts(width):
    raised = tile("bank", 95, alert_text="critical: 90 of 95", alert_since=NOW - 3_600)
    line = wall_message(raised, None, (0, 0), LOOK, width).text
    assert "critical: 90 of 95" in line
    assert "…" not in line
    assert ("(60 min)" in line or "(1 h)" in line) == (width >= 48)


def test_small_charts_are_drawn_to_their_left_edge():
    shot = snap([60] * 71)
    (bare,) = chart_lines(shot, scene(shot).palette, 80, 1)
    lead = Series(START - 3_600, (60,) * 12)
    (line,) = chart_lines(replace(shot, lead=lead), scene(shot).palette, 80, 1)
    assert bare.text.startswith("   ")
    assert line.text[1] != " "


@given(st.lists(st.integers(0, 130), min_size=72, max_size=72), st.integers(40, 99))
def test_the_levels_have_one_form_at_a_width_whatever_the_figures_say(values, width):
    shot = snap(values)
    line = figures_block(shot, scene(shot), width, 3)[1].text
    assert "warning" not in line
    assert "critical" not in line


def test_the_comparison_is_named_at_80_columns_even_if_its_range_is_too():
    shot = snap([60] * 72, compare=Compare.TYPICAL)
    found = build_comparison(shot, scene(shot).zone, 80)
    plot = build_plot(shot, 80, 9, choose_scale(70, 120, 6))
    assert "typical week of 4" in title(shot, scene(shot), plot, found, 80).text


@pytest.mark.parametrize("width", range(42, 121, 6))
def test_the_offer_under_the_only_row_is_in_whole_words(width):
    shot = snap([60] * 72)
    alone = Filters(variant_id="v0")
    view = replace(shot.view, filters=alone, breakdown=Breakdown.VARIANT)
    row = RowView(Part("v0"), "Main", shot.total, summary(shot.total, shot.at))
    shot = replace(shot, view=view, wanted=view, rows=(row,))
    rows = VisibleRows(build_rows(shot), 0, 0)
    lines = [line.text for line in table(shot, scene(shot), rows, width, 8)]
    (offer,) = [line for line in lines if "changes the filters" in line]
    assert "…" not in offer


@pytest.mark.parametrize("size", [(30, 8), (20, 3), (34, 5)])
def test_the_smallest_screen_says_why_a_key_did_nothing(size):
    shot = snap([60] * 72)
    here = replace(scene(shot), notice=Problem(Kind.REFUSED, "No room for it", "Make more"))
    assert "No room for" in "\n".join(line.text for line in number_block(shot, here, *size))


def test_a_small_screen_says_what_to_do_too():
    shot = snap([60] * 72)
    advice = "Make the terminal at least 68 columns by 20 rows."
    here = replace(scene(shot), notice=Problem(Kind.REFUSED, "No room for the filters", advice))
    told = " ".join(line.text.strip() for line in number_block(shot, here, 30, 8))
    assert "Make the terminal at least 68 columns" in told
