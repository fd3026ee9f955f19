"""Moving through time on the screen: cursor, panning, zooming, comparing, going back to now."""

import re
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from monitor_stage import DAY, HOUR, utc

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.series import UNKNOWN
from polytop.ui.app import Options

RUNNING = utc("2026-11-19 15:40")


@pytest.fixture
def make(make):
    """A stage with few rows."""
    return partial(make, variants=3)


async def test_the_cursor_says_what_is_under_it_and_rows_are_of_that_moment(make, run):
    async with run(make()) as stage:
        await stage.press("left", "left", "left")
        assert stage.cursor == RUNNING - 600
        value = stage.snapshot.total.at(RUNNING - 600)
        assert re.search(rf"15:30–15:35 +{value} .* vs a week before", stage.readout())
        assert stage.first_figure() == str(value)
        assert "at 15:30" in stage.text()
        table = stage.table().split("\n")
        assert "sorted by value at 15:30" in table[0]
        assert re.search(r"VARIANT +NOW ≥ +15:30 +SHARE", table[1])
        for row in stage.snapshot.rows:
            at_cursor = row.series.at(RUNNING - 600)
            line = next(line for line in table if f" {row.name} " in line)
            assert line.split(row.name)[1].split()[1] == str(at_cursor)
        await stage.press("right")
        assert stage.cursor == RUNNING - 300
        await stage.press("l", "l", "l")
        assert stage.cursor == RUNNING
        await stage.press("h")
        assert stage.cursor == RUNNING - 300


async def test_home_and_end_are_the_edges_and_left_goes_beyond(make, run):
    async with run(make()) as stage:
        asked = stage.service.count
        await stage.press("home")
        assert stage.cursor == stage.snapshot.start == RUNNING - 6 * HOUR + 300
        assert stage.column_of(stage.cursor) == stage.axis().index("▲")
        await stage.press("end")
        assert stage.cursor == RUNNING
        assert stage.column_of(RUNNING) == stage.axis().index("▲")
        assert stage.service.count == asked
        await stage.press("home", "left")
        shown = stage.snapshot
        assert stage.cursor == shown.start == RUNNING - 6 * HOUR
        assert not shown.following
        assert stage.shown_is_true()


async def test_p_is_the_peak_of_what_is_shown(make, run):
    async with run(make()) as stage:
        await stage.press("p")
        peak = stage.snapshot.summary.peak
        assert stage.cursor == peak.window
        assert peak.value == max(stage.snapshot.total.values)
        assert stage.first_figure() == str(peak.value)
        await stage.go("06:00")
        await stage.press("p")
        shown = stage.snapshot
        assert shown.end < peak.window
        assert shown.total.at(stage.cursor) == max(shown.total.values)


async def test_panning_shows_the_service_s_own_data_and_says_both_moments(make, run):
    async with run(make()) as stage:
        for count in (1, 2):
            await stage.press("shift+left")
            shown = stage.snapshot
            assert shown.end == RUNNING + 300 - count * 90 * 60
            assert stage.shown_is_true()
        live = stage.snapshot.live.now.value
        assert f" NOW ≥ {live} of 120" in stage.figures()
        assert "◂ looking at 12:40 " in stage.figures()
        assert "06:45 – 12:45" in stage.readout()
        await stage.press("H")
        await stage.press("shift+right", "shift+right", "shift+right", "shift+right")
        assert stage.snapshot.following


async def test_what_was_seen_is_not_asked_for_again(make, run):
    async with run(make()) as stage:
        await stage.press(*["shift+left"] * 3)
        asked = stage.service.count
        await stage.press("shift+right", "shift+left", "n", *["shift+left"] * 3)
        assert stage.service.count == asked


async def test_zooming_keeps_the_cursor_where_it_is_on_the_screen(make, run):
    async with run(make()) as stage:
        await stage.go("11:40")
        await stage.press("shift+left")
        at, before = stage.cursor, stage.column_of(stage.cursor)
        await stage.press("plus")
        assert stage.snapshot.view.span == 3 * HOUR
        assert stage.cursor == at
        assert abs(stage.column_of(at) - before) <= 4
        await stage.press("minus", "minus")
        assert stage.snapshot.view.span == 12 * HOUR
        assert stage.cursor == at
        assert stage.shown_is_true()
        value = stage.snapshot.total.at(at)
        assert stage.first_figure() == str(value)
        await stage.press("equals_sign")
        assert stage.snapshot.view.span == 6 * HOUR


async def test_the_window_keys_keep_what_is_looked_at(make, run):
    async with run(make()) as stage:
        await stage.press("home", "left_square_bracket")
        at, shown = stage.cursor, stage.snapshot
        assert shown.view.span == 3 * HOUR
        assert shown.start <= at < shown.end
        await stage.press("right_square_bracket", "right_square_bracket")
        assert stage.snapshot.view.span == 12 * HOUR
        assert stage.cursor == at


async def test_a_click_puts_the_cursor_there_and_the_wheel_zooms_about_the_pointer(make, run):
    async with run(make()) as stage:
        window = RUNNING - 3 * HOUR
        x = stage.column_of(window)
        await stage.pilot.click("#graph", offset=(x, 5))
        await stage.settled()
        assert abs(stage.cursor - window) <= 300
        assert stage.first_figure() == str(stage.snapshot.total.at(stage.cursor))
        await stage.press("n")
        pointed = RUNNING - 5 * HOUR
        x = stage.column_of(pointed)
        await stage.scroll("#graph", (x, 5), 1)
        await stage.settled()
        shown = stage.snapshot
        assert shown.view.span == 3 * HOUR
        assert abs(stage.column_of(pointed) - x) <= 4
        assert stage.cursor is None
        assert "◂ looking at" in stage.figures()
        assert stage.shown_is_true()
        await stage.scroll("#graph", (x, 5), -1)
        await stage.settled()
        assert stage.snapshot.view.span == 6 * HOUR
        await stage.pilot.click("#graph", offset=(2, 5))
        await stage.pilot.click("#graph", offset=(40, 0))
        assert stage.cursor is None
        await stage.press("escape")
        assert stage.snapshot.following
        assert "● live" in stage.header()


async def test_a_click_on_a_column_of_many_windows_is_its_highest(make, run):
    async with run(make(variants=2)) as stage:
        stage.home.span.set_span(7 * DAY)
        await stage.settled()
        await stage.pilot.click("#graph", offset=(50, 5))
        await stage.settled()
        place, shown = stage.home.board.graph.plot, stage.snapshot
        known = [shown.total.at(each) for each in place.windows(50 - 7)]
        assert len(known) > 10
        assert shown.total.at(stage.cursor) == max(known)
        assert stage.first_figure() == str(max(known))


async def test_n_and_escape_return_to_now_and_follow(make, run):
    async with run(make()) as stage:
        for keys in (("shift+left", "left", "n"), ("home", "escape")):
            await stage.press(*keys)
            assert stage.cursor is None
            assert stage.snapshot.following
            assert "● live" in stage.header()
            assert " NOW ≥ " in stage.text()
        stage.hand.seconds += 600
        await stage.polled()
        assert stage.snapshot.end == RUNNING + 900


async def test_escape_goes_back_to_now_before_it_widens(make, run):
    async with run(make()) as stage:
        await stage.press("enter")
        await stage.shows("· All › Main line")
        await stage.press("left", "left")
        assert stage.first_figure() == str(
            stage.truth(RUNNING - 300, RUNNING, variant_id="v-main")[0]
        )
        await stage.press("escape")
        assert stage.cursor is None
        assert stage.state.filters.variant_id == "v-main"
        await stage.press("escape")
        assert stage.state.filters.variant_id is None


async def test_polling_goes_on_while_one_looks_back(make, run):
    async with run(make()) as stage:
        await stage.press(*["shift+left"] * 2)
        shown = stage.snapshot.total
        stage.hand.seconds += 1_800
        await stage.polled()
        now = stage.truth(RUNNING + 1_800, RUNNING + 2_100)[0]
        assert f" NOW ≥ {now} of 120" in stage.figures()
        assert stage.snapshot.total == shown
        assert "looking at 12:40" in stage.figures()
        assert f"  {round(now / 120 * 100)} %" in stage.figures()


async def test_time_passes_under_a_cursor_and_never_takes_it_out_of_sight(make, run):
    async with run(make()) as stage:
        await stage.press(*["left"] * 5)
        at = stage.cursor
        value = stage.first_figure()
        stage.hand.seconds += 1_800
        await stage.polled()
        assert (stage.cursor, stage.first_figure()) == (at, value)
        assert stage.snapshot.following
        await stage.press("home")
        at, value = stage.cursor, stage.first_figure()
        stage.hand.seconds += 1_800
        await stage.polled()
        await stage.settled()
        assert stage.snapshot.start == stage.cursor == at
        assert stage.first_figure() == value
        assert value.isdigit()


async def test_the_first_step_is_on_what_is_shown_though_the_clock_has_gone_on(make, run):
    async with run(make()) as stage:
        stage.hand.seconds += 3_000
        await stage.press("left")
        assert stage.cursor == RUNNING
        assert stage.first_figure() == str(stage.snapshot.total.at(RUNNING))


async def test_moving_ends_a_freeze_and_the_cursor_alone_does_not(make, run):
    async with run(make()) as stage:
        await stage.press("space")
        stage.hand.seconds += 1_800
        await stage.pilot.press("r")
        await stage.until(lambda: stage.home.session.latest.end > stage.snapshot.end)
        await stage.pilot.press("left", "left")
        assert stage.cursor == RUNNING - 300
        assert "‖ frozen" in stage.header()
        await stage.press("shift+left")
        assert "looking at" in stage.figures()
        assert stage.snapshot.end == stage.state.end
        assert stage.shown_is_true()


async def test_going_on_after_a_freeze_keeps_the_cursor_in_sight(make, run):
    async with run(make()) as stage:
        await stage.press("home", "space")
        stage.hand.seconds += 1_800
        await stage.pilot.press("r")
        await stage.until(lambda: stage.home.session.latest.end > stage.snapshot.end)
        await stage.press("space")
        assert stage.snapshot.start == stage.cursor


async def test_g_goes_to_a_time_as_people_write_it(make, run):
    async with run(make(variants=2)) as stage:
        for text, moment in (
            ("14:30", "2026-11-19 14:30"),
            ("yesterday 09:00", "2026-11-18 09:00"),
            ("2026-11-02 08:17", "2026-11-02 08:15"),
            ("-2h", "2026-11-19 13:40"),
        ):
            await stage.go(text)
            assert stage.cursor == utc(moment)
            shown = stage.snapshot
            assert shown.start <= stage.cursor < shown.end
            assert stage.first_figure() == str(stage.truth(utc(moment), utc(moment) + 300)[0])
            assert stage.shown_is_true()


async def test_what_is_no_time_is_said_in_the_dialog_and_can_be_corrected(make, run):
    async with run(make(variants=1)) as stage:
        before = stage.state
        await stage.pilot.press("g")
        for text, words in (
            ("soon", "'soon' is not a time: write"),
            ("25:00", "'25:00' is not a time: write"),
            ("2027-01-01", "still to come"),
            ("1999-01-01", "more than ten years ago"),
        ):
            await stage.answer("", text)
            assert words in stage.dialog()
            assert stage.app.screen is not stage.home
        await stage.answer("", "12:00")
        await stage.settled()
        assert stage.cursor == utc("2026-11-19 12:00")
        await stage.press("n", "g", "escape")
        assert stage.state == before


async def test_c_goes_round_and_graph_figures_and_table_follow(make, run):
    async with run(make(variants=2)) as stage:
        seen = []
        for _ in Compare:
            await stage.press("c")
            seen.append(stage.snapshot.view.compare)
            head = stage.table().split("\n")[1]
            figures = stage.figures().split("\n")[1]
            word = {"day": "DAY", "week": "WEEK", "typical": "TYP"}.get(seen[-1].value)
            assert (f"vs {word}" in head) == (word is not None)
            assert ("vs " in figures) == ("⠒" in stage.readout()) == (word is not None)
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
        await stage.press(*keys)
        await stage.go("14:00")
        at = stage.cursor
        value = stage.truth(at, at + 300)[0]
        past = sorted(stage.truth(at - n * DAY, at - n * DAY + 300)[0] for n in days)
        middle = (past[(len(past) - 1) // 2] + past[len(past) // 2] + 1) // 2
        said = f"{value - middle:+d}".replace("-", "−").replace("+0", "0")
        assert re.search(rf" {re.escape(said)} ", stage.figures().split("\n")[1])
        assert words in stage.readout()
        row = stage.snapshot.rows[0]
        mine = stage.truth(at, at + 300, variant_id=row.part.id)[0]
        its = sorted(
            stage.truth(at - n * DAY, at - n * DAY + 300, variant_id=row.part.id)[0] for n in days
        )
        against = (its[(len(its) - 1) // 2] + its[len(its) // 2] + 1) // 2
        line = next(each for each in stage.table().split("\n") if f" {row.name} " in each)
        said = f"{mine - against:+d}".replace("-", "−").replace("+0", "0")
        assert re.search(rf" {re.escape(said)} [▲▼ ]", line)


async def test_the_palette_chooses_a_comparison_and_a_time(make, run):
    async with run(make(variants=2)) as stage:
        calls = {
            each.title: partial(each.run, stage.home) for each in stage.home.palette_commands()
        }
        calls["Compare with: a day before"]()
        await stage.settled()
        assert "⠒ a day before" in stage.readout()
        calls["Peak"]()
        assert stage.cursor == stage.snapshot.summary.peak.window
        calls["Now"]()
        assert stage.cursor is None
        calls["Go to a time"]()
        await stage.until(lambda: "Go to:" in stage.dialog())


async def test_three_months_are_filled_with_progress_and_reduced_by_maximum(make, run):
    async with run(make(variants=1)) as stage:
        stage.home.span.set_span(90 * DAY)
        await stage.shows("fetching history")
        assert re.search(r"fetching history [▓░]{10} +\d+ of \d\d", stage.text())
        await stage.settled()
        assert "fetching history" not in stage.text()
        shown = stage.snapshot
        assert len(shown.total) == 90 * 288
        assert UNKNOWN not in shown.total.values
        assert "max per " in stage.readout() or "maximum per " in stage.readout()
        await stage.press("p")
        assert shown.total.at(stage.cursor) == max(shown.total.values)
        day = stage.cursor // DAY * DAY
        assert shown.total.cut(day, day + DAY).values == stage.truth(day, day + DAY)
        stage.home.span.set_span(1_800)
        await stage.settled()
        assert stage.cursor == shown.summary.peak.window
        assert stage.shown_is_true()


async def test_a_filling_can_be_left_and_is_taken_up_again(make, run):
    async with run(make(variants=1)) as stage:
        before = stage.service.count
        stage.home.span.set_span(30 * DAY)
        await stage.until(lambda: stage.service.count >= before + 4)
        stage.home.span.set_span(6 * HOUR)
        await stage.settled()
        stage.home.span.set_span(30 * DAY)
        await stage.settled()
        assert UNKNOWN not in stage.snapshot.total.values
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
        await stage.press("shift+left", "left")
        value = stage.snapshot.total.at(stage.cursor)
        assert re.search(rf"14:05–14:10 +{value}\b", stage.readout())
        assert stage.first_figure() == str(value)
        now = stage.snapshot.live.now.value
        assert re.search(rf"NOW (≥ )?{now} of 120", stage.figures())
        text = stage.text().split("\n")
        assert len(text) <= size[1]
        assert all(len(line) <= size[0] for line in text)


@pytest.mark.parametrize(("size", "least"), [((120, 40), 6), ((80, 24), 4), ((60, 15), 2)])
async def test_the_last_line_names_the_keys_that_matter_now(make, run, size, least):
    def keys(stage):
        words = ("look back", "compare", "window", "help", "now", "move", "peak", "go to", "export")
        last = stage.foot().split("\n")[-1]
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
        await stage.press("left", "left", "c", "home")
        assert stage.text() == before
        await stage.pilot.resize_terminal(120, 40)
        await stage.settled()
        assert stage.first_figure() == str(stage.snapshot.total.at(stage.cursor))


async def test_alert_rules_look_at_now_while_one_looks_at_the_past(make, run):
    async with run(make()) as stage:
        await stage.go("yesterday 11:00")
        assert stage.snapshot.end < RUNNING - 12 * HOUR
        assert stage.header().split()[:3] == ["demo", "LIVE", "OK"]
        stage.service.set_scenario("launch")
        stage.hand.seconds += 2_400
        await stage.polled()
        await stage.shows("CRITICAL")
        assert "CRITICAL" in stage.header()
        assert "looking at" in stage.figures()


async def test_another_profile_starts_at_its_own_now(make, run):
    from monitor_stage import Several, named

    first, second = make(variants=2), make(variants=2, scenario="quiet-night")
    second.hand.seconds = 3_600
    profiles = Several((named(first, "prod"), named(second, "staging")))
    first.follow(profiles.watches[0], profiles)
    async with run(first) as stage:
        await stage.press("shift+left", "left")
        stage.home.switch_profile("staging")
        await stage.until(lambda: second.service.count >= 2)
        await stage.settled()
        assert stage.cursor is None
        assert stage.snapshot.end == RUNNING + 3_900
        assert stage.text().startswith(" staging")
        assert "● live" in stage.header()


async def test_a_refused_filter_gives_back_the_range_that_is_shown(make, run):
    async with run(make()) as stage:
        await stage.press("shift+left")
        shown = stage.snapshot
        stage.service.set_scenario("400")
        stage.home.filters.choose(stage.state.filters.with_changes(language="xx-XX"))
        stage.home.span.compare()
        await stage.until(lambda: stage.notice is not None)
        await stage.until(lambda: stage.state.view == stage.snapshot.view)
        assert stage.snapshot.total == shown.total
        assert stage.state.filters.language is None


async def test_no_old_picture_after_a_word_took_its_place(make, run):
    async with run(make()) as stage:
        graph, scene = stage.home.board.graph, stage.home.context()
        graph.draw(replace_wish(stage))
        graph.show_message("Waiting for the first answer", scene, 120, 20)
        await stage.until(lambda: not graph.drawing)
        assert "Waiting for the first answer" in graph.buffer.text()
        assert "limit 120" not in graph.buffer.text()


def replace_wish(stage):
    from polytop.ui.render.context import RenderRequest

    return RenderRequest(replace(stage.snapshot), stage.home.context(), 120, 20)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_graph_reaches_its_left_edge_at_every_span_poll_after_poll(make, run, size):
    async with run(make(variants=2), size) as stage:
        for span in (HOUR, 90 * 60, 6 * HOUR, DAY, 7 * DAY, 25 * HOUR):
            stage.home.span.set_span(span)
            for _ in range(3):
                await stage.settled()
                shot, frame = stage.snapshot, stage.home.board.graph.plot.frame
                edge = grid.windows(frame.start, shot.start)
                assert [shot.lead.at(each) for each in edge] == list(
                    stage.truth(frame.start, shot.start)
                )
                assert all(row.lead.at(each) > UNKNOWN for row in shot.rows for each in edge)
                base = stage.home.board.graph.body.cells[-1][0]
                assert base.char not in "?·"
                assert base.char != " " or base.style.bgcolor, f"{span} s at {size}"
                assert shot.summary.peak.window >= shot.start
                stage.hand.seconds += 300
                await stage.polled()


async def test_at_opens_at_the_moment_with_the_cursor_on_it(make, run):
    at = utc("2026-11-17 08:17")
    async with run(make(options=Options(utc=True, at=at))) as stage:
        await stage.settled()
        assert stage.cursor == utc("2026-11-17 08:15")
        assert stage.snapshot.start <= stage.cursor < stage.snapshot.end
        assert "looking at" in stage.figures()
        await stage.press("n")
        assert stage.cursor is None


async def test_the_forecast_is_drawn_or_not_and_the_choice_is_kept(make, run):
    kept: list[bool] = []
    stage = make()
    stage.options = replace(stage.options, keep_forecast=kept.append)
    stage.follow(stage.profile)
    async with run(stage):
        assert stage.snapshot.outlook is None
        await stage.press("F")
        assert stage.state.forecast
        await stage.until(lambda: stage.snapshot.outlook is not None)
        await stage.press("F")
        assert not stage.state.forecast
        await stage.until(lambda: stage.snapshot.outlook is None)
        await stage.until(lambda: kept == [True, False])
