"""A few pictures, compared with those that were looked at."""

import pytest
from patience import PATIENCE

from polytop.ui.app import Options


async def _settle(pilot):
    import asyncio

    from polytop.ui.screens.monitor import MonitorScreen

    async with asyncio.timeout(PATIENCE):
        while True:
            await pilot.pause(0.02)
            homes = [s for s in pilot.app.screen_stack if isinstance(s, MonitorScreen)]
            if homes and homes[0].settled and not filling(homes[0]):
                break
    await pilot.pause(0.1)


def filling(home):
    """Return True if data that are shown are still to come."""
    return home.session.latest.backfill or home.snapshot.view != home.store.state.view


def _after(*keys):
    async def before(pilot):
        await _settle(pilot)
        await pilot.press(*keys)
        await pilot.pause(0.1)
        await _settle(pilot)

    return before


LAUNCH = {"calm": None, "warning": 480, "critical": 720, "plateau": 2_400}
"""Seconds of the launch until each state is reached."""

SIZES = [(120, 40), (80, 24), (40, 12), (20, 3)]


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("state", [*LAUNCH, "offline"])
def test_home(snap_compare, make, state, size):
    stage = make()

    async def before(pilot):
        stage.pilot = pilot
        await _settle(pilot)
        if seconds := LAUNCH.get(state):
            stage.service.set_scenario("launch")
            stage.hand.seconds += seconds
            await pilot.press("r")
            await stage.until(lambda: stage.snapshot.at >= stage.profile.clock())
        elif state == "offline":
            stage.service.set_scenario("drop")
            stage.hand.seconds += 900
            await pilot.press("r")
            await stage.until(lambda: stage.snapshot.fault is not None)
            stage.home.judge_alerts()
        await _settle(pilot)

    assert snap_compare(stage.app, terminal_size=size, run_before=before)


def test_light(snap_compare, make):
    app = make(options=Options(utc=True, theme="polytop-light")).app
    assert snap_compare(app, terminal_size=(120, 40), run_before=_settle)


def test_sidebar(snap_compare, make):
    assert snap_compare(make().app, terminal_size=(120, 40), run_before=_after("f"))


def test_help(snap_compare, make):
    assert snap_compare(make().app, terminal_size=(80, 24), run_before=_after("question_mark"))


def test_past(snap_compare, make):
    stage = make()

    async def before(pilot):
        await _settle(pilot)
        marks = stage.home.session.profile.marks
        marks.add(int(stage.home.session.profile.clock()) - 5 * 3_600, "deployed 4.2")
        await _after("shift+left", "shift+left", "g", *"11:15", "enter")(pilot)

    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=before)


def test_typical_week(snap_compare, make):
    keys = ("right_square_bracket", "right_square_bracket", "c")
    assert snap_compare(make().app, terminal_size=(120, 40), run_before=_after(*keys))


def test_hostile_names(snap_compare, make):
    stage = make(scenario="hostile-names")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=_settle)


def test_ascii_without_limit(snap_compare, make):
    from polytop.ui.app import Options

    stage = make(limit=None, options=Options(utc=True, ascii_only=True))
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=_settle)
