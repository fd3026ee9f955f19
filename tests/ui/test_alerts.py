"""Alerts on the screen: the state in words, acknowledging, snoozing, the log."""

import pytest


async def raised(stage):
    """Let the traffic go over the limit's bands."""
    stage.service.set_scenario("launch")
    stage.hand.seconds += 2_400
    await stage.polled()
    await stage.shows("CRITICAL")


async def test_the_state_is_a_word_in_the_header(make, run):
    async with run(make()) as stage:
        assert stage.text().split("\n")[0].split()[:3] == ["demo", "LIVE", "OK"]
        await raised(stage)
        assert "CRITICAL" in stage.text().split("\n")[0]
        assert "a acknowledge  A snooze" in stage.text()


async def test_a_acknowledges_until_it_has_cleared(make, run):
    async with run(make()) as stage:
        await raised(stage)
        await stage.pilot.press("a")
        await stage.shows("CRITICAL (acknowledged)")
        await stage.polled()
        assert "CRITICAL (acknowledged)" in stage.text()
        await stage.pilot.press("a")
        await stage.shows("There is no alert to silence")


async def test_capital_a_snoozes_for_an_hour_and_ends_it(make, run):
    async with run(make(), notifications=True) as stage:
        await raised(stage)
        await stage.pilot.press("A")
        await stage.shows("CRITICAL (snoozed until 17:22)")
        assert stage.toasts() == ["Alerts are silent until 17:22"]
        await stage.pilot.press("L")
        assert "snoozed until 17:22" in stage.dialog()
        await stage.pilot.press("q", "A")
        await stage.until(lambda: "snoozed" not in stage.text())
        assert stage.toasts()[-1] == "Alerts are told again"


async def test_a_snooze_says_its_end_also_where_nothing_is_raised(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("A")
        await stage.shows("OK (snoozed until 16:42)")
        stage.hand.seconds += 60
        await stage.polled()
        assert "OK (snoozed until 16:42)" in stage.header()


async def test_an_acknowledgement_says_how_long_it_holds(make, run):
    async with run(make(), notifications=True) as stage:
        await raised(stage)
        await stage.pilot.press("a")
        assert stage.toasts() == ["Acknowledged: silent until it clears"]


async def test_the_log_shows_what_happened(make, run):
    async with run(make()) as stage:
        await raised(stage)
        await stage.pilot.press("L")
        words = stage.dialog()
        assert "RULES" in words
        assert "raised" in words
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.home


async def test_alerts_are_about_all_conversations_whatever_is_looked_at(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("enter")
        await stage.shows("· All › Main line")
        await stage.until(lambda: stage.service.count >= 6)
        stage.service.set_scenario("launch")
        stage.hand.seconds += 2_400
        assert stage.home.session.guarded
        await stage.pilot.press("r")
        await stage.shows("CRITICAL")
        await stage.pilot.press("escape")
        await stage.until(lambda: not stage.home.session.guarded)


async def test_without_a_limit_there_are_no_rules_and_nothing_is_claimed(make, run):
    async with run(make(limit=None)) as stage:
        assert "OK" not in stage.text().split("\n")[0]
        await stage.pilot.press("a")
        await stage.shows("There is no alert to silence")


async def test_time_alone_may_raise_an_alert(make, run):
    from dataclasses import replace

    from polytop.cli.runtime.alerts import ProfileAlerts
    from polytop.model.alert_rules import Rule, Stale

    def with_stale(watch):
        rules = (Rule("no data", Stale(600)),)
        alarming = ProfileAlerts(
            "demo", lambda: rules, watch.subject.target, clock=watch.clock, keep=False
        )
        return replace(watch, make_notifier=alarming.notifier)

    async with run(make(change=with_stale)) as stage:
        assert "OK" in stage.text().split("\n")[0]
        for _ in range(14):
            stage.hand.seconds += 60
            stage.home.judge_alerts()
        await stage.shows("CRITICAL")


async def test_over_many_polls_the_beginning_stays_and_the_time_grows(make, run):
    import re

    async with run(make()) as stage:
        stage.service.set_scenario("launch")
        seen = []
        for _ in range(12):
            stage.hand.seconds += 300
            await stage.polled()
            seen += re.findall(r" CRITICAL since (\d\d:\d\d) \((\d+) min\)", stage.header())
        assert len(seen) >= 6
        assert len({since for since, _ in seen}) == 1
        minutes = [int(lasted) for _, lasted in seen]
        assert minutes == sorted(set(minutes))


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_the_hints_of_an_alert_yield_before_its_text_is_cut(make, run, size):
    async with run(make(), size) as stage:
        await raised(stage)
        await stage.shows("120 of 120 since ")
        line = next(each for each in stage.text().splitlines() if "120 of 120 since " in each)
        assert "…" not in line
        assert " min)" in line


async def test_between_polls_the_header_and_the_line_of_an_alert_tell_one_length(make, run):
    import re

    async with run(make(), (80, 24)) as stage:
        await raised(stage)
        await stage.shows("120 of 120 since ")

        def lengths():
            return re.findall(r"since \d\d:\d\d \((\d+) min\)", stage.text())

        for _ in range(2):
            before = lengths()
            stage.hand.seconds += 60
            await stage.until(lambda before=before: lengths()[0] != before[0])
            assert len(lengths()) == 2
            assert len(set(lengths())) == 1
