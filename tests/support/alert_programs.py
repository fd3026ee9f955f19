"""A program that watches a scripted day with a file of alerts, and is started anew at will."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

from alert_day import truth
from alert_tables import DAY, rule

from polytop.alerts.log import AlertLog
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.notifier import AlertNotifier
from polytop.alerts.saved_state import AlertStateFile
from polytop.alerts.state import Event, RuleView
from polytop.model import grid
from polytop.model.alert_rules import Rule
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity, Summary
from polytop.model.target import Filters, Target

WATCHED = WatchedCalls("prod", Target("ws-1", "PROJECT-1", "https://a.example", "uk-1"))
NEAR = replace(rule("above = 108"), name="near")


class Program:
    """polytop with these rules, which is started anew at will."""

    def __init__(
        self,
        path: Path,
        *rules: Rule,
        log: AlertLog | None = None,
        watched: WatchedCalls = WATCHED,
        now: float = DAY + 86_400.0,
    ) -> None:
        self.path, self.rules, self.now = path, rules or (NEAR,), now
        self.log, self.watched, self.written = log, watched, ""
        self.events: list[Event] = []
        self.start()

    @property
    def rule(self) -> RuleView:
        """The first rule as it is shown."""
        return self.notifier.view.rules[0]

    def start(self) -> None:
        self.notifier = AlertNotifier(
            self.rules,
            self.watched,
            clock=lambda: self.now,
            zone=UTC,
            environ={},
            write=self._write,
            alert_log=self.log,
            state_file=AlertStateFile(self.path),
        )

    def _write(self, sequence: str) -> None:
        self.written += sequence

    def tick(self, now: float) -> None:
        """Time passes between two polls."""
        self.poll(now, failed=True)

    def poll(self, now: float, *, failed: bool = False) -> None:
        self.now = now
        before = len(self.notifier.view.events)
        view = self.notifier.consume(_answer(now)) if not failed else self.notifier.tick()
        self.events += reversed(view.events[: len(view.events) - before])


def _answer(now: float) -> Snapshot:
    running = grid.floor(now)
    windows = grid.windows(running - 6 * 3_600, running)
    so_far = truth(running) if now - running >= 120 else 0
    series = Series(windows[0], (*map(truth, windows), so_far))
    view = View(Filters(), 6 * 3_600)
    return Snapshot(
        at=now,
        view=view,
        wanted=view,
        start=series.start,
        end=series.end,
        total=series,
        summary=Summary(),
        capacity=Capacity(120),
        fetched_at=now,
        next_at=now + 60,
    )
