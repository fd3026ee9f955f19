"""The capsules that alerts on the screen leave: pictures, over several polls and under dialogs."""

from dataclasses import replace

import pytest

from polytop.alerts.capsule_store import CapsuleStore
from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.config.paths import incidents_dir
from polytop.model.alert_rules import default_rules
from polytop.model.stats import Capacity


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def keeping(watch):
    """The profile of a stage, whose alerts leave capsules."""
    alerts = ProfileAlerts(
        "demo",
        lambda: default_rules(Capacity(120)),
        watch.subject.target,
        clock=watch.clock,
        options=("-p", "demo"),
        capacity=Capacity(120),
        memory=watch.marks.memory,
    )
    return replace(watch, make_notifier=alerts.notifier)


def capsules():
    store = CapsuleStore(incidents_dir())
    return {capsule.rule: capsule for capsule in map(store.read, store.ids())}


def seen():
    """The rules, with whether their beginning and their end were seen."""
    return {name: (bool(one.beginning), bool(one.end)) for name, one in capsules().items()}


async def raised(stage):
    stage.service.set_scenario("launch")
    stage.hand.seconds += 2_400
    await stage.polled()
    await stage.shows("CRITICAL")


async def test_the_picture_is_what_the_screen_shows_at_the_beginning_and_at_the_end(make, run):
    async with run(make(change=keeping)) as stage:
        assert seen() == {}
        await raised(stage)
        await stage.until(lambda: seen() == dict.fromkeys(("warning", "critical"), (True, False)))
        for _ in range(3):
            stage.hand.seconds += 30
            await stage.polled()
            assert list(seen().values()) == [(True, False)] * 2
        before = capsules()
        # While a dialog is over the screen, the picture is that of the screen.
        await stage.pilot.press("question_mark")
        stage.service.set_scenario(None)
        stage.hand.seconds += 1_200
        stage.home.poll_now()
        await stage.until(lambda: list(seen().values()) == [(True, True)] * 2)
    for name, capsule in capsules().items():
        assert capsule.beginning == before[name].beginning
        beginning, end = capsule.beginning.picture, capsule.end.picture
        assert "CRITICAL" in beginning
        assert "CRITICAL" not in end
        assert all("<svg" in each and "Main" in each for each in (beginning, end))
        assert 'url("http' not in beginning
        assert capsule.beginning.text.count("\n") >= 9


async def test_what_it_holds_is_what_was_polled(make, run):
    async with run(make(change=keeping)) as stage:
        await raised(stage)
        await stage.until(lambda: len(seen()) == 2)
        truth = dict(stage.snapshot.total.known())
    (look,) = {each.beginning.text: each.beginning for each in capsules().values()}.values()
    start = round(look.start.timestamp())
    found = {start + 300 * at: value for at, value in enumerate(look.total.values)}
    assert {window: found.get(window) for window in truth} == truth
    assert len(look.rows) == 8


async def test_an_incident_that_is_raised_as_the_user_leaves_is_saved(make, run):
    async with run(make(change=keeping)) as stage:
        stage.service.set_scenario("launch")
        stage.hand.seconds += 2_400
        await stage.pilot.press("r")
        await stage.until(lambda: stage.alerts is not None and stage.alerts.raised)
        await stage.pilot.press("q")
    assert list(seen().values()) == [(True, False)] * 2
