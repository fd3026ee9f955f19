"""A day of the simulator behind the real client and poller: what was planned is told, once.

The clock is the test's own. What happens is in the plan; every alert is in it too.
"""

import asyncio
import re
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC

from alert_tables import moment, rule

from polytop.alerts.messages import WatchedCalls
from polytop.alerts.notifier import AlertNotifier
from polytop.alerts.state import AlertView, Change, Event
from polytop.api.client import Client
from polytop.api.transport import inprocess
from polytop.model.alert_rules import Rule
from polytop.model.secret import Secret
from polytop.model.snapshot import View
from polytop.model.stats import Capacity, Severity
from polytop.model.target import Filters, Target
from polytop.monitor.poller import Poller
from polytop.monitor.schedule import Backoff
from polytop.simulator.app import Simulator, SimulatorConfig

TARGET = Target("ws-simulator", "PROJECT-simulator", "https://simulator.invalid")
START, END = moment("14:15:30"), moment("14:15:30+1")
INTERVAL, TICK = 60.0, 30.0

HAPPENS = {
    "15:00": "outage",  # no call from 15:03 to 15:23
    "16:30": "none",
    "16:35": "late",  # windows come 12 minutes after their end
    "16:55": "none",
    "17:00": "500",
    "17:30": "none",
    "18:00": "429",
    "18:03": "none",
    "18:30": "gaps",
    "19:00": "drop",  # no connection
    "19:20": "none",
    "20:00": "flaky",  # every third request fails
    "21:00": "nulls",  # one row in five is impossible
    "22:00": "revised",  # the last hour is corrected as it ages
    "23:00": "none",
    "00:30+1": "sleep until 02:30+1",  # the machine, not the service
    "03:00+1": "truncated",
    "03:03+1": "none",
    "04:00+1": "unordered",
    "05:00+1": "empty",
    "05:40+1": "none",
    "09:00+1": "launch",  # up to the limit of 120 by 09:22, and there for two and a half hours
}

RULES = {
    "silence": "silent = true, hours = '08:00-20:00'",
    "full": "above = '98%', clear = '80%', times = 2, windows = 3, cooldown = '15m'",
    "no data": "stale = '10m', severity = 'warning'",
}

PLANNED = """
15:11    15:13    silence  raised
15:26    15:28    silence  cleared
17:09    17:11    no data  raised
17:30    17:40    no data  cleared
19:09    19:11    no data  raised
19:20    19:30    no data  cleared
09:10+1  09:25+1  full     raised
12:30+1  13:30+1  full     cleared
"""
"""All that is to be told: not before, not after, which rule, and what."""


def rules() -> list[Rule]:
    return [replace(rule(text), name=name) for name, text in RULES.items()]


class Day:
    """The simulator, its client and poller on a clock of their own, and the plan."""

    def __init__(self) -> None:
        self.now = float(START)
        self.plan = [(moment(when), what) for when, what in HAPPENS.items()]
        config = SimulatorConfig(seed=3, clock=lambda: self.now, limit=120, variants=2)
        self.simulator = Simulator(config)
        watched = WatchedCalls("prod", TARGET)
        self.alarm = AlertNotifier(rules(), watched, clock=lambda: self.now, zone=UTC, environ={})
        self.events: dict[Event, None] = {}

    async def sleep(self, seconds: float) -> None:
        """Time passes, and what is planned happens; the alarm hears the clock twice a minute."""
        until = self.now + seconds
        while self.now < until:
            await asyncio.sleep(0)
            self.now = min(until, self.now + TICK)
            while self.plan and self.plan[0][0] <= self.now:
                _, what = self.plan.pop(0)
                if what.startswith("sleep"):
                    self.now = until = float(moment(what.split()[-1]))
                else:
                    self.simulator.set_scenario(what)
            self.noted(self.alarm.tick())

    def noted(self, view: AlertView) -> None:
        """Keep the events that are new, oldest first."""
        self.events |= dict.fromkeys(reversed(view.events))

    async def watch(self) -> None:
        """Poll until the day is over."""
        clock, transport = (lambda: self.now), inprocess(self.simulator)
        async with Client(TARGET, Secret("key"), transport=transport, clock=clock) as client:
            poller = Poller(
                client.fetch,
                TARGET,
                View(Filters(), 6 * 3_600),
                clock=clock,
                sleep=self.sleep,
                pacing=Backoff(INTERVAL, lambda: 0.5),
                capacity=Capacity(120),
            )
            async with aclosing(poller.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    self.noted(self.alarm.consume(snapshot))
                    if snapshot.at >= END:
                        break


async def test_a_day_with_faults_tells_what_was_planned_once_and_nothing_else() -> None:
    day = Day()
    await day.watch()
    told = [event for event in day.events if event.notified]
    planned = [re.split(r" {2,}", line) for line in PLANNED.strip().splitlines()]
    assert [(event.rule, event.change) for event in told] == [(n, c) for _, _, n, c in planned]
    for event, (earliest, latest, *_) in zip(told, planned, strict=True):
        assert moment(earliest) <= event.at <= moment(latest), (event, earliest, latest)
    assert [
        event for event in day.events if event.change is Change.RAISED and not event.notified
    ] == []
    assert {rule.state for rule in day.alarm.view.rules} == {Severity.OK}
