"""Moving through time on the screen: cursor, panning, zooming, comparing, going back to now."""

import re
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from stage_reading import (
    DAY,
    HOUR,
    answer,
    axis,
    column_of,
    cursor,
    dialog,
    first_figure,
    go,
    header,
    lines,
    press,
    readout,
    settled,
    shown_is_true,
    truth,
    utc,
)
from textual.events import MouseScrollDown, MouseScrollUp

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.series import UNKNOWN

RUNNING = utc("2026-11-19 15:40")


@pytest.fixture
def make(make):
    """A stage with few rows."""
    return partial(make, variants=3)


async def test_the_cursor_says_what_is_under_it_and_rows_are_of_that_moment(make, run):
    async with run(make()) as stage:
        await press(stage, "left", "left", "left")
        assert cursor(stage) == RUNNING - 600
        value = stage.home.snapshot.total.at(RUNNING - 600)
        assert re.search(rf"15:30–15:35 +{value} .* vs a week before", readout(stage))
        assert first_figure(stage) == str(value)
        assert "at 15:30" in stage.text()
        table = lines(stage.home.board.table)
        assert "sorted by value at 15:30" in table[0]
        assert re.search(r"VARIANT +15:30 +SHARE", table[1])
        for row in stage.home.snapshot.rows:
            at_cursor = row.series.at(RUNNING - 600)
            line = next(line for line in table if f" {row.name} " in line)
            assert line.split(row.name)[1].split()[0] == str(at_cursor)
        await press(stage, "right")
        assert cursor(stage) == RUNNING - 300
        await press(stage, "l", "l", "l")
        assert cursor(stage) == RUNNING
        await press(stage, "h")
        assert cursor(stage) == RUNNING - 300


async def test_home_and_end_are_the_edges_and_left_goes_beyond(make, run):
    async with run(make()) as stage:
        asked = stage.service.count
        await press(stage, "home")
        assert cursor(stage) == stage.home.snapshot.start == RUNNING - 6 * HOUR + 300
        assert column_of(stage, cursor(stage)) == axis(stage).index("▲")
        await press(stage, "end")
        assert cursor(stage) == RUNNING
        assert column_of(stage, RUNNING) == axis(stage).index("▲")
        assert stage.service.count == asked
        await press(stage, "home", "left")
        shown = stage.home.snapshot
        assert cursor(stage) == shown.start == RUNNING - 6 * HOUR
        assert not shown.following
        assert shown_is_true(stage)


async def test_p_is_the_peak_of_what_is_shown(make, run):
    async with run(make()) as stage:
        await press(stage, "p")
        peak = stage.home.snapshot.summary.peak
        assert cursor(stage) == peak.window
        assert peak.value == max(stage.home.snapshot.total.values)
        assert first_figure(stage) == str(peak.value)
        await go(stage, "06:00")
        await press(stage, "p")
        shown = stage.home.snapshot
        assert shown.end < peak.window
        assert shown.total.at(cursor(stage)) == max(shown.total.values)


async def test_panning_shows_the_service_s_own_data_and_says_both_moments(make, run):
    async with run(make()) as stage:
        for count in (1, 2):
            await press(stage, "shift+left")
            shown = stage.home.snapshot
            assert shown.end == RUNNING + 300 - count * 90 * 60
            assert shown_is_true(stage)
        live = stage.home.snapshot.live.now.value
        assert f"◂ looking at 12:40 · now is {live}" in header(stage)
        assert "06:45 – 12:45" in readout(stage)
        await press(stage, "H")
        await press(stage, "shift+right", "shift+right", "shift+right", "shift+right")
        assert stage.home.snapshot.following


async def test_what_was_seen_is_not_asked_for_again(make, run):
    async with run(make()) as stage:
        await press(stage, *["shift+left"] * 3)
        asked = stage.service.count
        await press(stage, "shift+right", "shift+left", "n", *["shift+left"] * 3)
        assert stage.service.count == asked


async def test_zooming_keeps_the_cursor_where_it_is_on_the_screen(make, run):
    async with run(make()) as stage:
        await go(stage, "11:40")
        await press(stage, "shift+left")
        at, before = cursor(stage), column_of(stage, cursor(stage))
        await press(stage, "plus")
        assert stage.home.snapshot.view.span == 3 * HOUR
        assert cursor(stage) == at
        assert abs(column_of(stage, at) - before) <= 4
        await press(stage, "minus", "minus")
        assert stage.home.snapshot.view.span == 12 * HOUR
        assert cursor(stage) == at
        assert shown_is_true(stage)
        value = stage.home.snapshot.total.at(at)
        assert first_figure(stage) == str(value)
        await press(stage, "equals_sign")
        assert stage.home.snapshot.view.span == 6 * HOUR


async def test_the_window_keys_keep_what_is_looked_at(make, run):
    async with run(make()) as stage:
        await press(stage, "home", "left_square_bracket")
        at, shown = cursor(stage), stage.home.snapshot
        assert shown.view.span == 3 * HOUR
        assert shown.start <= at < shown.end
        await press(stage, "right_square_bracket", "right_square_bracket")
        assert stage.home.snapshot.view.span == 12 * HOUR
        assert cursor(stage) == at


async def test_a_click_puts_the_cursor_there_and_the_wheel_zooms_about_the_pointer(make, run):
    async with run(make()) as stage:
        window = RUNNING - 3 * HOUR
        x = column_of(stage, window)
        await stage.pilot.click("#graph", offset=(x, 5))
        await settled(stage)
        assert abs(cursor(stage) - window) <= 300
        assert first_figure(stage) == str(stage.home.snapshot.total.at(cursor(stage)))
        await press(stage, "n")
        pointed = RUNNING - 5 * HOUR
        x = column_of(stage, pointed)
        await stage.pilot._post_mouse_events([MouseScrollUp], "#graph", offset=(x, 5))
        await settled(stage)
        shown = stage.home.snapshot
        assert shown.view.span == 3 * HOUR
        assert abs(column_of(stage, pointed) - x) <= 4
        assert cursor(stage) is None
        assert "◂ looking at" in header(stage)
        assert shown_is_true(stage)
        await stage.pilot._post_mouse_events([MouseScrollDown], "#graph", offset=(x, 5))
        await settled(stage)
        assert stage.home.snapshot.view.span == 6 * HOUR
        await stage.pilot.click("#graph", offset=(2, 5))
        await stage.pilot.click("#graph", offset=(40, 0))
        assert cursor(stage) is None
        await press(stage, "escape")
        assert stage.home.snapshot.following
        assert "● live" in header(stage)


async def test_a_click_on_a_column_of_many_windows_is_its_highest(make, run):
    async with run(make(variants=2)) as stage:
        stage.home.span.set_span(7 * DAY)
        await settled(stage)
        await stage.pilot.click("#graph", offset=(50, 5))
        await settled(stage)
        place, shown = stage.home.board.graph.plot, stage.home.snapshot
        known = [shown.total.at(each) for each in place.windows(50 - 7)]
        assert len(known) > 10
        assert shown.total.at(cursor(stage)) == max(known)
        assert first_figure(stage) == str(max(known))


async def test_n_and_escape_return_to_now_and_follow(make, run):
    async with run(make()) as stage:
        for keys in (("shift+left", "left", "n"), ("home", "escape")):
            await press(stage, *keys)
            assert cursor(stage) is None
            assert stage.home.snapshot.following
            assert "● live" in header(stage)
            assert "now (at least)" in stage.text()
        stage.hand.seconds += 600
        await stage.polled()
        assert stage.home.snapshot.end == RUNNING + 900


async def test_escape_goes_back_to_now_before_it_widens(make, run):
    async with run(make()) as stage:
        await press(stage, "enter")
        await stage.shows("· All › Main line")
        await press(stage, "left", "left")
        assert first_figure(stage) == str(
            truth(stage, RUNNING - 300, RUNNING, variant_id="v-main")[0]
        )
        await press(stage, "escape")
        assert cursor(stage) is None
        assert stage.home.store.state.filters.variant_id == "v-main"
        await press(stage, "escape")
        assert stage.home.store.state.filters.variant_id is None


async def test_polling_goes_on_while_one_looks_back(make, run):
    async with run(make()) as stage:
        await press(stage, *["shift+left"] * 2)
        shown = stage.home.snapshot.total
        stage.hand.seconds += 1_800
        await stage.polled()
        now = truth(stage, RUNNING + 1_800, RUNNING + 2_100)[0]
        assert f"now is {now}" in header(stage)
        assert stage.home.snapshot.total == shown
        assert "looking at 12:40" in header(stage)
        assert f"now  {round(now / 120 * 100)} % of limit" in stage.text()


async def test_time_passes_under_a_cursor_and_never_takes_it_out_of_sight(make, run):
    async with run(make()) as stage:
        await press(stage, *["left"] * 5)
        at = cursor(stage)
        value = first_figure(stage)
        stage.hand.seconds += 1_800
        await stage.polled()
        assert (cursor(stage), first_figure(stage)) == (at, value)
        assert stage.home.snapshot.following
        await press(stage, "home")
        at, value = cursor(stage), first_figure(stage)
        stage.hand.seconds += 1_800
        await stage.polled()
        await settled(stage)
        assert stage.home.snapshot.start == cursor(stage) == at
        assert first_figure(stage) == value
        assert value.isdigit()


async def test_the_first_step_is_on_what_is_shown_though_the_clock_has_gone_on(make, run):
    async with run(make()) as stage:
        stage.hand.seconds += 3_000
        await press(stage, "left")
        assert cursor(stage) == RUNNING
        assert first_figure(stage) == str(stage.home.snapshot.total.at(RUNNING))


async def test_moving_ends_a_freeze_and_the_cursor_alone_does_not(make, run):
    async with run(make()) as stage:
        await press(stage, "space")
        stage.hand.seconds += 1_800
        await stage.pilot.press("r")
        await stage.until(lambda: stage.home.session.latest.end > stage.home.snapshot.end)
        await stage.pilot.press("left", "left")
        assert cursor(stage) == RUNNING - 300
        assert "‖ frozen" in header(stage)
        await press(stage, "shift+left")
        assert "looking at" in header(stage)
        assert stage.home.snapshot.end == stage.home.store.state.end
        assert shown_is_true(stage)


async def test_going_on_after_a_freeze_keeps_the_cursor_in_sight(make, run):
    async with run(make()) as stage:
        await press(stage, "home", "space")
        stage.hand.seconds += 1_800
        await stage.pilot.press("r")
        await stage.until(lambda: stage.home.session.latest.end > stage.home.snapshot.end)
        await press(stage, "space")
        assert stage.home.snapshot.start == cursor(stage)


async def test_g_goes_to_a_time_as_people_write_it(make, run):
    async with run(make(variants=2)) as stage:
        for text, moment in (
            ("14:30", "2026-11-19 14:30"),
            ("yesterday 09:00", "2026-11-18 09:00"),
            ("2026-11-02 08:17", "2026-11-02 08:15"),
            ("-2h", "2026-11-19 13:40"),
        ):
            await go(stage, text)
            assert cursor(stage) == utc(moment)
            shown = stage.home.snapshot
            assert shown.start <= cursor(stage) < shown.end
            assert first_figure(stage) == str(truth(stage, utc(moment), utc(moment) + 300)[0])
            assert shown_is_true(stage)


async def test_what_is_no_time_is_said_in_the_dialog_and_can_be_corrected(make, run):
    async with run(make(variants=1)) as stage:
        before = stage.home.store.state
        await stage.pilot.press("g")
        for text, words in (
            ("soon", "'soon' is not a time: write"),
            ("25:00", "'25:00' is not a time: write"),
            ("2027-01-01", "still to come"),
            ("1999-01-01", "more than ten years ago"),
        ):
            await answer(stage, "", text)
            assert words in dialog(stage)
            assert stage.app.screen is not stage.home
        await answer(stage, "", "12:00")
        await settled(stage)
        assert cursor(stage) == utc("2026-11-19 12:00")
        await press(stage, "n", "g", "escape")
        assert stage.home.store.state == before


async def test_c_goes_round_and_graph_figures_and_table_follow(make, run):
    async with run(make(variants=2)) as stage:
        seen = []
        for _ in Compare:
            await press(stage, "c")
            seen.append(stage.home.snapshot.view.compare)
            head = lines(stage.home.board.table)[1]
            figures = lines(stage.home.board.figures)[1]
            word = {"day": "DAY", "week": "WEEK", "typical": "TYP"}.get(seen[-1].value)
            assert (f"vs {word}" in head) == (word is not None)
            assert ("vs " in figures) == ("┄" in readout(stage)) == (word is not None)
        assert seen == [Compare.TYPICAL, Compare.NONE, Compare.DAY, Compare.WEEK]


@pytest.mark.parametrize(
    ("keys", "days", "words"),
    [
        ((), (7,), "a week before"),
        (("c", "c", "c"), (1,), "a day before"),
        ("c", (7, 14, 21, 28), ""),
    ],
)
async def test_differences_are_against_the_service_s_own_past(make, run, keys, days, words):
    async with run(make(variants=3)) as stage:
        await press(stage, *keys)
        await go(stage, "14:00")
        at = cursor(stage)
        value = truth(stage, at, at + 300)[0]
        past = sorted(truth(stage, at - n * DAY, at - n * DAY + 300)[0] for n in days)
        middle = (past[(len(past) - 1) // 2] + past[len(past) // 2] + 1) // 2
        said = f"{value - middle:+d}".replace("-", "−").replace("+0", "0")
        assert re.search(rf" {re.escape(said)} ", lines(stage.home.board.figures)[0])
        assert words in readout(stage)
        row = stage.home.snapshot.rows[0]
        mine = truth(stage, at, at + 300, variant_id=row.part.id)[0]
        its = sorted(
            truth(stage, at - n * DAY, at - n * DAY + 300, variant_id=row.part.id)[0] for n in days
        )
        against = (its[(len(its) - 1) // 2] + its[len(its) // 2] + 1) // 2
        line = next(each for each in lines(stage.home.board.table) if f" {row.name} " in each)
        said = f"{mine - against:+d}".replace("-", "−").replace("+0", "0")
        assert re.search(rf" {re.escape(said)} [▲▼ ]", line)


async def test_the_palette_chooses_a_comparison_and_a_time(make, run):
    async with run(make(variants=2)) as stage:
        calls = {
            each.title: partial(each.run, stage.home) for each in stage.home.palette_commands()
        }
        calls["Compare with: a day before"]()
        await settled(stage)
        assert "┄ a day before" in readout(stage)
        calls["Peak"]()
        assert cursor(stage) == stage.home.snapshot.summary.peak.window
        calls["Now"]()
        assert cursor(stage) is None
        calls["Go to a time"]()
        await stage.until(lambda: "Go to:" in dialog(stage))


async def test_three_months_are_filled_with_progress_and_reduced_by_maximum(make, run):
    async with run(make(variants=1)) as stage:
        stage.home.span.set_span(90 * DAY)
        await stage.shows("fetching history")
        assert re.search(r"fetching history [▓░]{10} +\d+ of \d\d", stage.text())
        await settled(stage)
        assert "fetching history" not in stage.text()
        shown = stage.home.snapshot
        assert len(shown.total) == 90 * 288
        assert UNKNOWN not in shown.total.values
        assert "max per " in readout(stage) or "maximum per " in readout(stage)
        await press(stage, "p")
        assert shown.total.at(cursor(stage)) == max(shown.total.values)
        day = cursor(stage) // DAY * DAY
        assert shown.total.cut(day, day + DAY).values == truth(stage, day, day + DAY)
        stage.home.span.set_span(1_800)
        await settled(stage)
        assert cursor(stage) == shown.summary.peak.window
        assert shown_is_true(stage)


async def test_a_filling_can_be_left_and_is_taken_up_again(make, run):
    async with run(make(variants=1)) as stage:
        before = stage.service.count
        stage.home.span.set_span(30 * DAY)
        await stage.until(lambda: stage.service.count >= before + 4)
        stage.home.span.set_span(6 * HOUR)
        await settled(stage)
        stage.home.span.set_span(30 * DAY)
        await settled(stage)
        assert UNKNOWN not in stage.home.snapshot.total.values
        ranges = {None: [], "variant": []}
        for asked in stage.service.requests[before:]:
            query = dict(asked.query)
            start, end = (int(grid.from_iso(query[f"{name}_time"])) for name in ("start", "end"))
            ranges[query.get("slice_by")].append((start, end))
        for asked in ranges.values():
            windows = Counter(w for each in asked for w in grid.windows(*each))
            again = sum(count - 1 for count in windows.values())
            # What was under way when it was left, and the last hour.
            assert len(windows) >= 30 * 288
            assert again <= 2 * grid.count(0, grid.WEEK) + 30


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_every_size_has_room_for_the_cursor(make, run, size):
    async with run(make(variants=8), size) as stage:
        await press(stage, "shift+left", "left")
        value = stage.home.snapshot.total.at(cursor(stage))
        assert re.search(rf"14:05–14:10 +{value}\b", readout(stage))
        assert re.search(rf"^ +{value} ", stage.home.board.figures.buffer.text(), re.MULTILINE)
        now = stage.home.snapshot.live.now.value
        assert f"now is {now}" in header(stage) or f"now {now}" in header(stage)
        text = stage.text().split("\n")
        assert len(text) <= size[1]
        assert all(len(line) <= size[0] for line in text)


@pytest.mark.parametrize(("size", "least"), [((120, 40), 6), ((80, 24), 4), ((60, 15), 2)])
async def test_the_last_line_names_the_keys_that_matter_now(make, run, size, least):
    def keys(stage):
        words = ("look back", "compare", "window", "help", "now", "move", "peak", "go to", "export")
        last = lines(stage.home.board.status)[-1]
        return [word for word in words if f" {word}" in last]

    async with run(make(), size) as stage:
        found = keys(stage)
        assert "look back" in found
        assert "help" in found
        assert len(found) >= min(least, 4)
        await stage.pilot.press("left")
        found = keys(stage)
        assert {"now", "move"} <= set(found)
        assert len(found) >= least
        assert "look back" not in found


async def test_the_smallest_size_stays_on_now(make, run):
    async with run(make(), (20, 3)) as stage:
        before = stage.text()
        await press(stage, "left", "left", "c", "home")
        assert stage.text() == before
        await stage.pilot.resize_terminal(120, 40)
        await settled(stage)
        assert first_figure(stage) == str(stage.home.snapshot.total.at(cursor(stage)))


async def test_alert_rules_look_at_now_while_one_looks_at_the_past(make, run):
    async with run(make()) as stage:
        await go(stage, "yesterday 11:00")
        assert stage.home.snapshot.end < RUNNING - 12 * HOUR
        assert header(stage).split()[:3] == ["demo", "LIVE", "OK"]
        stage.service.set_scenario("launch")
        stage.hand.seconds += 2_400
        await stage.polled()
        await stage.shows("CRITICAL")
        assert "CRITICAL" in header(stage)
        assert "looking at" in header(stage)


async def test_another_profile_starts_at_its_own_now(make, run):
    from monitor_stage import Several, named

    first, second = make(variants=2), make(variants=2, scenario="quiet-night")
    second.hand.seconds = 3_600
    profiles = Several((named(first, "prod"), named(second, "staging")))
    first.app._watch, first.app._profiles = profiles.watches[0], profiles
    async with run(first) as stage:
        await press(stage, "shift+left", "left")
        stage.home.switch_profile("staging")
        await stage.until(lambda: second.service.count >= 2)
        await settled(stage)
        assert cursor(stage) is None
        assert stage.home.snapshot.end == RUNNING + 3_900
        assert stage.text().startswith(" staging")
        assert "● live" in header(stage)


async def test_a_refused_filter_gives_back_the_range_that_is_shown(make, run):
    async with run(make()) as stage:
        await press(stage, "shift+left")
        shown = stage.home.snapshot
        stage.service.set_scenario("400")
        stage.home.filters.choose(stage.home.store.state.filters.with_changes(language="xx-XX"))
        stage.home.span.compare()
        await stage.until(lambda: stage.home.notice is not None)
        await stage.until(lambda: stage.home.store.state.view == stage.home.snapshot.view)
        assert stage.home.snapshot.total == shown.total
        assert stage.home.store.state.filters.language is None


async def test_no_old_picture_after_a_word_took_its_place(make, run):
    async with run(make()) as stage:
        graph, scene = stage.home.board.graph, stage.home.context()
        graph.draw(replace_wish(stage))
        graph.show_message("Waiting for the first answer", scene, 120, 20)
        await stage.until(lambda: not graph.drawing)
        assert "Waiting for the first answer" in graph.buffer.text()
        assert "⣿" not in graph.buffer.text()


def replace_wish(stage):
    from polytop.ui.render.context import RenderRequest

    return RenderRequest(replace(stage.home.snapshot), stage.home.context(), 120, 20)
