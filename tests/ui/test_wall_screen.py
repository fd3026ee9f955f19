"""The wall on the running screen: thirty profiles, five of which fail in five ways."""

import threading
from functools import partial

import pytest
from monitor_stage import ManualClock
from screen_text import toasts
from textual.widgets import Input
from wall_stage import build, running

from polytop.model.secret import Secret
from polytop.model.stats import Severity
from polytop.ui.render.wall import tile_lines
from polytop.ui.screens import wall as wall_screen
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.screens.wall import WallScreen
from polytop.ui.time_format import Zone, hm
from polytop.ui.widgets import wall_pane

FIVE = {"refused": "401", "dropped": "drop", "hanging": "hang", "gateway": "html"}
HEALTHY = [f"site-{number:02}" for number in range(25)]
THIRTY = {**FIVE, **dict.fromkeys(HEALTHY)}


async def test_thirty_profiles_of_which_five_fail_each_in_its_tile(monkeypatch):
    stopwatch = ManualClock()
    timed = partial(WallScreen, stopwatch=stopwatch)
    monkeypatch.setattr(wall_screen, "WallScreen", timed)
    stage = build(THIRTY, broken=("mistyped",))
    async with running(stage, hanging=1):
        stopwatch.seconds += 25
        stage.wall.draw_late()
        await stage.shows("5 failing")
        assert "✖ no data" in stage.lines("refused")
        assert "The API key was not accepted (401" in stage.lines("refused")
        assert "✖ offline" in stage.lines("dropped")
        assert "Cannot reach uk-1: the connection" in stage.lines("dropped")
        assert "▲ no answer for 20 s" in stage.lines("hanging")
        assert "The server failed (502 Bad" in stage.lines("gateway")
        assert "✖ not watched" in stage.lines("mistyped")
        assert "config.toml, line 7: limit: 0 is" in stage.lines("mistyped")
        severities = [stage.tile(name).severity for name in stage.order()]
        assert severities == sorted(severities, reverse=True)
        assert severities.count(Severity.UNKNOWN) == 5
        assert stage.wall.tiles.hidden == (0, 0)
        for name in HEALTHY:
            assert f" {stage.tile(name).now.value} of 100 " in stage.lines(name)
            assert "● live" in stage.lines(name)
            assert stage.lines(name).splitlines()[-1].rstrip() in stage.text()


async def test_they_are_ordered_by_headroom_and_stay_where_little_changes():
    stage = build(dict.fromkeys(["a", "b", "c"]), limits={"a": 1000, "b": 90, "c": None})
    async with running(stage):
        order = stage.order()
        rooms = [stage.tile(name).headroom for name in order]
        assert rooms[0] < rooms[1]
        assert order[-1] == "c"
        stage.hand.seconds += 30
        await stage.press("r")
        await stage.until(lambda: stage.tile("a").snapshot.at > stage.tile("a").snapshot.start)
        assert stage.order() == order


async def test_enter_opens_the_tile_under_the_cursor_and_esc_returns_to_it():
    stage = build(dict.fromkeys(["a", "b", "c", "d"]))
    async with running(stage):
        await stage.press("l", "j")
        chosen = stage.wall.tiles.tile.name
        assert chosen == stage.order()[3]
        await stage.press("enter")
        await stage.opened(chosen)
        await stage.press("escape")
        assert stage.app.screen is stage.wall
        assert stage.wall.tiles.tile.name == chosen
        await stage.until(lambda: stage.feeds[chosen].now == 1)
        assert [feeds.most for feeds in stage.feeds.values()] == [1, 1, 1, 1]


async def test_esc_first_undoes_what_was_narrowed_in_the_monitor():
    stage = build({"a": None})
    async with running(stage):
        await stage.press("enter")
        await stage.opened("a")
        await stage.until(lambda: stage.monitor.board.table.row is not None)
        await stage.press("enter")
        assert stage.monitor.store.state.filters.active()
        await stage.press("escape")
        assert isinstance(stage.app.screen, MonitorScreen)
        assert not stage.monitor.store.state.filters.active()
        await stage.press("escape")
        assert isinstance(stage.app.screen, WallScreen)


async def test_w_opens_the_wall_over_the_monitor_and_esc_leads_back_to_it_as_it_was():
    stage = build(dict.fromkeys(["a", "b"]), first="b")
    async with running(stage):
        await stage.opened("b")
        home = stage.monitor
        await stage.press("right_square_bracket", "w")
        await stage.answered()
        assert set(stage.order()) == {"a", "b"}
        assert stage.feeds["b"].most == 1
        await stage.press("escape")
        await stage.opened("b")
        assert stage.app.screen is home
        assert home.store.state.span == 12 * 3_600
        await stage.until(lambda: home.snapshot.view.span == 12 * 3_600)
        await stage.until(lambda: stage.feeds["a"].now == 0)
        assert stage.feeds["b"].most == 1


async def test_w_in_a_monitor_that_the_wall_opened_is_the_way_back():
    stage = build(dict.fromkeys(["a", "b"]), first="a")
    async with running(stage):
        await stage.opened("a")
        await stage.press("w")
        await stage.answered()
        await stage.press("enter")
        await stage.until(lambda: len(stage.app.screen_stack) == 3)
        await stage.press("w")
        assert isinstance(stage.app.screen, WallScreen)
        assert len(stage.app.screen_stack) == 2


async def test_another_profile_chosen_in_the_monitor_is_handed_over_too():
    stage = build(dict.fromkeys(["a", "b"]))
    async with running(stage):
        first = stage.wall.tiles.tile.name
        other = "b" if first == "a" else "a"
        await stage.press("enter")
        await stage.opened(first)
        stage.monitor.switch_profile(other)
        await stage.until(lambda: stage.monitor.session.profile.subject.profile == other)
        await stage.until(lambda: stage.monitor.settled)
        await stage.until(lambda: stage.feeds[first].now == 1)
        await stage.press("escape")
        await stage.until(lambda: stage.feeds[other].now == 1)
        assert {feeds.most for feeds in stage.feeds.values()} == {1}


async def test_alerts_go_on_as_they_stand_from_the_wall_to_the_monitor_and_back():
    stage = build({"a": None}, limits={"a": 5})
    async with running(stage):
        assert stage.tile("a").alert is Severity.CRITICAL
        assert "CRITICAL" in stage.text()
        await stage.press("enter")
        await stage.opened("a")
        await stage.press("a")
        assert all(rule.acknowledged for rule in stage.monitor.session.alerts.rules if rule.raised)
        session = stage.monitor.session
        await stage.press("escape")
        await stage.answered()
        await stage.press("enter")
        await stage.opened("a")
        assert stage.monitor.session is session
        assert all(rule.acknowledged for rule in session.alerts.rules if rule.raised)
        assert any(rule.raised for rule in session.alerts.rules)


async def test_a_broken_profile_says_why_when_it_is_opened():
    stage = build({"a": None}, broken=("b",))
    async with running(stage):
        await stage.point_at("b")
        await stage.press("enter")
        assert stage.app.screen is stage.wall
        assert "! config.toml, line 7: limit: 0 is too small. Give at least 1." in stage.text()


async def test_what_failed_lives_again_once_it_is_asked_and_answers():
    stage = build({"a": "401", "b": None})
    async with running(stage):
        await stage.shows("1 failing")
        stage.services["a"].set_scenario(None)
        await stage.press("r")
        await stage.until(lambda: stage.text().count("● live") == 2)
        assert "failing" not in stage.text()


async def test_names_are_searched_while_one_types():
    stage = build(dict.fromkeys(["prod-uk", "prod-us", "staging"]))
    async with running(stage):
        await stage.press("slash", "u", "k")
        assert stage.order() == ["prod-uk"]
        assert "1 of 3 profiles" in stage.text()
        await stage.press("enter")
        assert not stage.wall.query(Input)
        assert stage.order() == ["prod-uk"]
        await stage.press("escape")
        assert len(stage.order()) == 3


async def test_thirty_profiles_scroll_where_there_is_little_room():
    stage = build(dict.fromkeys(HEALTHY))
    async with running(stage, (60, 15)):
        pane = stage.wall.tiles
        assert pane.tile_layout.height == 1
        assert pane.hidden == (0, 25 - pane.tile_layout.rows)
        assert f"▼ {25 - pane.tile_layout.rows} below" in stage.text()
        await stage.press("G")
        assert pane.hidden == (25 - pane.tile_layout.rows, 0)
        assert pane.buffer.text().splitlines()[-1].startswith("▸")
        assert stage.order()[-1] in pane.buffer.text()
        await stage.press("g")
        assert pane.buffer.text().startswith("▸")


async def test_resizing_lays_the_tiles_out_again():
    stage = build(dict.fromkeys(HEALTHY))
    async with running(stage):
        assert stage.wall.tiles.tile_layout.heights == (5, *[4] * 8)
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: stage.wall.tiles.tile_layout.height == 1)
        await stage.pilot.resize_terminal(20, 3)
        await stage.until(lambda: not stage.wall.tiles.display)
        worst, first, _ = stage.wall.status.buffer.text().splitlines()
        assert worst.strip() in HEALTHY
        assert first.startswith(" ≥ ")
        await stage.pilot.resize_terminal(200, 60)
        await stage.until(lambda: stage.wall.tiles.tile_layout.height > 5)
        assert stage.text().count(" FREE ") == 25


async def test_the_mouse_selects_opens_and_scrolls():
    stage = build(dict.fromkeys(["a", "b", "c", "d"]))
    async with running(stage):
        pane, place = stage.wall.tiles, stage.wall.tiles.tile_layout
        offset = (place.width + 3, place.height + 1)
        await stage.pilot.click("#wall", offset=offset)
        assert pane.tile.name == stage.order()[3]
        pane.on_mouse_scroll_up(_Wheel())
        assert pane.tile.name == stage.order()[1]
        await stage.pilot.click("#wall", offset=(2, 2), times=2)
        await stage.opened(stage.order()[0])


class _Wheel:
    def stop(self) -> None:
        pass


@pytest.mark.parametrize("name", ["[/b] x", "\x1b[31mred", "\u202eabc", "漢字" * 60, "n" * 300])
async def test_hostile_names_are_data(name):
    stage = build({name: None, "b": None})
    async with running(stage):
        assert all(line.text.isprintable() for line in stage.wall.tiles.buffer.lines)
        assert {line.cell_length for line in stage.wall.tiles.buffer.lines} == {120}
        await stage.point_at(name)
        await stage.press("enter")
        await stage.opened(name)


async def test_many_keys_that_do_not_come_hold_up_nobody():
    released = threading.Event()

    def key() -> Secret:
        released.wait(20)
        return Secret("simulator")

    slow = [f"slow key {number}" for number in range(12)]
    stage = build(dict.fromkeys([*slow, "a", "b"]), key=key)
    try:
        async with running(stage, hanging=12):
            assert stage.text().count("● live") == 2
            assert stage.text().count("○ connecting") == 12
            released.set()
            await stage.until(lambda: stage.text().count("● live") == 14)
    finally:
        released.set()


@pytest.fixture
def painted(monkeypatch):
    """The names of the tiles that have been painted, in turn."""
    names = []

    def counted(tile, *given, **named):
        names.append(tile.name)
        return tile_lines(tile, *given, **named)

    monkeypatch.setattr(wall_pane, "tile_lines", counted)
    return names


async def test_only_tiles_that_changed_are_painted_again(painted):
    stage = build(dict.fromkeys(HEALTHY))
    async with running(stage):
        assert set(painted) == set(HEALTHY)
        painted.clear()
        stage.wall.draw_late()
        stage.wall.draw_late()
        assert painted == []
        stage.hand.seconds += 110
        stage.wall.draw_late()
        assert painted == []
        stage.hand.seconds += 20
        stage.wall.draw_late()
        assert sorted(painted) == HEALTHY
        assert stage.text().count("live · 2") == 25


async def test_what_nobody_waits_for_is_drawn_with_the_next_tick_and_a_key_at_once(
    monkeypatch, painted
):
    monkeypatch.setattr(wall_screen, "PACE", 3_600.0)
    stage = build(dict.fromkeys(HEALTHY), limits=dict.fromkeys(HEALTHY, 1))
    async with running(stage, (200, 60)):
        assert stage.text().count("CRITICAL ") == 25
        painted.clear()
        stage.hand.seconds += 60
        for name in HEALTHY:
            assert stage.wall.pool.acknowledge(name)
        await stage.pilot.pause()
        assert painted == []
        assert "(acknowledged)" not in stage.text()
        stage.wall.draw_late()
        assert stage.text().count("CRITICAL (acknowledged)") == 25
        await stage.press("r")
        for name in HEALTHY:
            assert stage.wall.pool.toggle_snooze(name, 3_600)
        await stage.until(lambda: stage.text().count("CRITICAL (snoozed)") == 25, seconds=20)


async def test_nothing_is_drawn_where_nothing_is_seen():
    stage = build(dict.fromkeys(["a", "b"]), first="a")
    async with running(stage):
        await stage.opened("a")
        home = stage.monitor
        await stage.press("w")
        await stage.answered()
        shown = home.board.header.buffer.lines
        stage.hand.seconds += 5
        home.redraw()
        home.redraw()
        assert home.board.header.buffer.lines is shown


async def test_help_theme_and_quit_work_on_the_wall():
    stage = build({"a": None})
    async with running(stage):
        await stage.press("question_mark")
        assert stage.app.screen is not stage.wall
        await stage.press("escape", "t", "u")
        assert stage.app.theme == "polytop-light"
        assert stage.wall.context().zone.info is None
        await stage.press("q")
    assert stage.app.return_value == 0


def alarmed(stage) -> str:
    """The profile under the cursor, whose alert is raised."""
    tile = stage.wall.tiles.tile
    assert tile.alert is Severity.CRITICAL, stage.text()
    return tile.name


async def test_what_is_raised_is_said_and_silenced_on_the_wall():
    stage = build(dict.fromkeys(HEALTHY[:2]), limits={HEALTHY[1]: 10})
    async with running(stage):
        name = alarmed(stage)
        await stage.shows(f"! {name}: critical: ")
        await stage.press("a")
        await stage.shows("(acknowledged)")
        assert "CRITICAL (acknowledged)" in stage.lines(name)
        await stage.press("A")
        await stage.shows("(snoozed)")
        await stage.press("A")
        await stage.until(lambda: "snoozed" not in stage.text())


async def test_the_wall_says_until_when_alerts_are_silent():
    stage = build(dict.fromkeys(HEALTHY[:2]), limits={HEALTHY[1]: 10})
    async with running(stage, notifications=True):
        name = alarmed(stage)
        now = stage.wall.context().now
        await stage.press("A")
        until = hm(now + 3_600, Zone())
        assert [until in said and name in said for said in toasts(stage.app)] == [True]
        await stage.shows(f"(snoozed until {until})")
        await stage.press("A")
        assert toasts(stage.app)[-1] == f"{name}: Alerts are told again"


async def test_r_says_that_all_are_asked_and_what_is_given_up():
    stage = build({"a": None, "stuck": "hang"})
    async with running(stage, hanging=1, notifications=True):
        await stage.press("r")
        assert toasts(stage.app) == ["Asking 2 profiles now"]
        stage.hand.seconds += 10
        await stage.press("r")
        said = "Asking 2 profiles now; 1 request without an answer given up"
        assert toasts(stage.app)[-1] == said


async def test_without_an_alert_there_is_nothing_to_silence():
    stage = build(dict.fromkeys(HEALTHY[:2]), limits=dict.fromkeys(HEALTHY))
    async with running(stage):
        await stage.press("end", "a")
        await stage.shows("There is no alert to silence")


async def test_where_one_profile_is_all_there_is_room_for_enter_opens_it():
    stage = build(dict.fromkeys(HEALTHY))
    async with running(stage):
        await stage.press("end")
        await stage.pilot.resize_terminal(20, 3)
        await stage.pilot.pause()
        seen = stage.wall.status.buffer.text().split()[0]
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, MonitorScreen))
        assert stage.monitor.session.profile.subject.profile == seen
