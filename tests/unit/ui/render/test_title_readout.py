"""The title of the graph: the value under the cursor, and what a column stands for."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from render_scene import DAY, START, drawn, scene, snap

from polytop.model import grid
from polytop.model.mark import Mark
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Progress
from polytop.ui.readings import value_at
from polytop.ui.render.plot import Plot
from polytop.ui.render.scale import Frame, choose_scale
from polytop.ui.render.title import column_duration
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone, moment_text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (0, "09:00–09:05  50  +10 (+25 %) vs a week before ─"),
        (1, "09:05–09:10   – · gap: the API left it out"),
        (2, "· not fetched"),
        (40, "may still be revised"),
        (41, "revised from 41, may be again"),
        (3, "revised from 42 ─"),
        (47, "still running: it may rise"),
        (48, "still to come"),
    ],
)
def test_the_readout_says_what_the_value_is_worth(at, words):
    found = [50, GAP, UNKNOWN] + [50] * 45
    revised = ((START + 41 * grid.STEP, 41), (START + 3 * grid.STEP, 42))
    shot = snap(found, revised=revised)
    here = scene(shot, cursor=START + at * grid.STEP)
    lines, _ = drawn(shot, here, 160)
    assert words in lines[0].text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (43, "may still be revised"),
        (44, "fetched while it ran: it may be higher"),
        (45, "· not fetched"),
        (47, "· not fetched"),
        (48, "still to come"),
    ],
)
def test_in_an_outage_ended_windows_are_not_to_come(at, words):
    found = [50] * 45 + [UNKNOWN] * 3
    total = Series(START, tuple(found), frozenset({START + 44 * grid.STEP}))
    shot = snap(found, total=total, recent=total)
    lines, _ = drawn(shot, scene(shot, cursor=START + at * grid.STEP), 160)
    assert words in lines[0].text


def test_in_an_outage_ended_windows_are_marked_as_unknown():
    found = [50] * 40 + [UNKNOWN] * 8
    shot = snap(found, total=Series(START, tuple(found), frozenset({START + 39 * grid.STEP})))
    lines, _ = drawn(shot, scene(shot), 160)
    base = lines[-3].text
    assert base.count("?") >= 47 - 40


def test_the_readout_says_what_is_being_fetched():
    shot = snap([UNKNOWN] * 9, backfill=Progress(0, 3))
    assert "being fetched" in drawn(shot, scene(shot, cursor=START))[0][0].text


@pytest.mark.parametrize("width", [80, 120, 160])
@pytest.mark.parametrize(
    ("value", "state"),
    [(95, ""), (96, "WARNING"), (107, "WARNING"), (108, "CRITICAL"), (130, "CRITICAL")],
)
def test_the_readout_has_the_state_of_then_in_words(value, state, width):
    shot = snap([50, value, GAP, *[50] * 45])
    texts = [
        drawn(shot, scene(shot, cursor=START + at * grid.STEP), width)[0][0].text for at in range(3)
    ]
    assert re.search(rf"09:05–09:10 +{value} {state}".rstrip(), texts[1])
    assert ("WARNING" in texts[1] or "CRITICAL" in texts[1]) is bool(state)
    assert not {"WARNING", "CRITICAL"} & set((texts[0] + texts[2]).split())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_readout_starts_at_the_same_place_wherever_the_cursor_is(width):
    shot = snap([5, 100, GAP, 0, UNKNOWN, 119, 40] * 8)
    places = set()
    for at in range(56):
        window = START + at * grid.STEP
        text = drawn(shot, scene(shot, cursor=window), width)[0][0].text
        hour, minute = divmod(540 + at * 5, 60)
        places.add(text.index(f" ─ {hour:02}:{minute:02}–"))
    assert len(places) == 1


def test_the_readout_knows_the_highest_of_its_column_and_its_marks():
    found = [10] * 2_016
    found[1_000] = 90
    shot = snap(found, marks=(Mark(1, START + 1_001 * grid.STEP + 7, "deploy\x07"),))
    lines, place = drawn(shot, scene(shot, cursor=START + 1_001 * grid.STEP), 200)
    assert START + 1_000 * grid.STEP in place.windows(place.line_of(START + 1_001 * grid.STEP))
    assert "┊ deploy␇" in lines[0].text
    assert "column max 90 at 20:20" in lines[0].text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3_600, "5 min"), (24 * 3_600, "10 min"), (7 * DAY, "1 h"), (14 * DAY, "2 h"),
        (90 * DAY, "12 h"), (360 * DAY, "2 d"),
    ],
)  # fmt: skip
def test_the_title_says_what_one_column_stands_for(seconds, words):
    place = Plot(100, 9, Frame(START, START + seconds), choose_scale(9, None, 9))
    assert column_duration(place) == words
    assert column_duration(place._replace(dots=1)) != words or seconds <= 3_600


@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("most", [120, 144])
def test_words_on_the_limit_displace_neither_the_legend_nor_the_time_of_a_column(width, most):
    shot = snap([20] * 40 + [most] * 31 + [20])
    shot = replace(shot, recent=shot.total)
    text = drawn(shot, scene(shot), width)[0][0].text
    assert ("▲ plateau" if most == 120 else f"▲ {most}") in text
    assert "a week before" in text
    assert f"max per {column_duration(drawn(shot, scene(shot), width)[1])}" in text.lower()


def test_the_legend_has_the_sign_of_the_line():
    shot = snap([20] * 72)
    for colours, sign in ((True, "⠒"), (False, "┄")):
        variables = DARK.to_color_system().generate() | DARK.variables
        here = replace(scene(shot), palette=palette(variables, many_colours=colours))
        assert f"· {sign} a week before" in drawn(shot, here)[0][0].text


def test_days_far_from_now_are_told_by_their_month():
    assert moment_text(START, START + 60, Zone(UTC)) == "09:00"
    assert moment_text(START, START + 3 * DAY, Zone(UTC)) == "Wed 19 09:00"
    assert moment_text(START, START + 40 * DAY, Zone(UTC)) == "19 Nov 09:00"


def test_a_moment_of_today_is_known_beside_a_past_range():
    shot = snap([60] * 9, past=True)
    assert value_at(shot, shot.running) == 70
    assert value_at(shot, START) == 60
