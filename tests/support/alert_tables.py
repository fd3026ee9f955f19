"""Truth tables of alerts as text: a row is a poll, or something that the user does.

=========  ==================  ========  =======================================================
column     may be              means
=========  ==================  ========  =======================================================
poll       ``14:06:30``        when; all on Monday 2026-09-21 (UTC), ``+1`` is the day after
answer     ``110``             the API says 110 for the window that has ended last
..         ``~110``            and 110 so far for the one that runs
..         ``14:05=90``        and 90 for the window of 14:05: late, or revised
..         ``-``               nothing new: windows that it does not name are left out
..         ``failed``          the poll fails
..         ``other``           the poll is under other filters
state      ``CRITICAL``        what the rule says then
happens    ``raised, told``    the events of that poll; ``told`` where somebody is told
=========  ==================  ========  =======================================================

Instead of an answer stands what the user does: ``ack``, ``snooze 30m``. What the API said once, it
goes on saying. Before the first row every window is 50.
"""

import re
from dataclasses import dataclass, field

from polytop.alerts import engine
from polytop.alerts.state import EngineState, Event
from polytop.config.alerts import rules_of
from polytop.model import grid, timeparse
from polytop.model.alert_rules import Rule
from polytop.model.series import GAP, Series

DAY = round(grid.from_iso("2026-09-21T00:00:00Z"))
"""A Monday."""
_HISTORY = 7_200


def rule(text: str) -> Rule:
    """A rule as the profile has it, its settings on one line: ``above = 108, windows = 3, …``."""
    import tomllib

    table = tomllib.loads(f"rule = {{ name = 'r', {text} }}")["rule"]
    return rules_of("alerts", [table])[0]


def moment(text: str) -> int:
    """Epoch seconds of ``14:05``, ``14:05:30`` or ``14:05+1``."""
    clock, _, days = text.partition("+")
    hours, minutes, *seconds = map(int, clock.split(":"))
    return DAY + int(days or 0) * 86_400 + hours * 3_600 + minutes * 60 + sum(seconds)


@dataclass
class Bench:
    """One rule, and an API with scripted answers."""

    rule: Rule
    limit: int | None = 120
    values: dict[int, int] = field(default_factory=dict)
    state: EngineState = field(default_factory=EngineState)
    fetched_at: float | None = None

    def poll(self, now: float, answer: str) -> tuple[Event, ...]:
        """One poll; what came of it."""
        for token in answer.split():
            window, _, value = token.rpartition("=")
            if token not in {"-", "failed", "other"}:
                at = moment(window) if window else grid.floor(now) - grid.STEP
                self.values[at + grid.STEP * value.startswith("~")] = int(value.strip("~"))
        series: Series | None = Series(grid.floor(now))
        if answer != "failed":
            self.fetched_at = now
            end = grid.floor(now) + grid.STEP
            windows = grid.windows(end - _HISTORY, end)
            series = Series(windows[0], tuple(self.values.get(each, GAP) for each in windows))
        if answer.endswith("other"):
            series = None
        observation = engine.Observation(now, series, self.fetched_at, self.limit, due=now + 30)
        return self.took(engine.step([self.rule], self.state, observation, None))

    def act(self, now: float, action: str) -> tuple[Event, ...]:
        """Apply an action of the user."""
        if action == "ack":
            return self.took(engine.acknowledge([self.rule], self.state, {"r"}, now))
        until = now + timeparse.parse_duration(action.removeprefix("snooze "))
        return self.took(engine.snooze([self.rule], self.state, {"r"}, now, until))

    def took(self, step: engine.Step) -> tuple[Event, ...]:
        self.state = step.state
        return step.events


def said(events: tuple[Event, ...]) -> str:
    """``raised, told``."""
    return "; ".join(f"{each.change}{', told' if each.notified else ''}" for each in events)


def played(rule_text: str, table: str, limit: int | None = 120) -> str:
    """The table as it comes out: its first two columns, with the states and events found."""
    rows = [re.split(r" {2,}", row.strip()) for row in table.strip().splitlines()]
    first = grid.floor(moment(rows[0][0]))
    history = range(first - _HISTORY, first - grid.STEP, grid.STEP)
    bench = Bench(rule(rule_text), limit, dict.fromkeys(history, 50))
    lines = []
    for when, what, *_ in rows:
        turn = bench.act if what == "ack" or what.startswith("snooze") else bench.poll
        happened = said(turn(moment(when), what))
        state = bench.state.rules["r"].state
        lines.append(row(when, what, state.name, happened))
    return "\n".join(lines)


def row(*cells: str) -> str:
    """One line of a table, its columns in line."""
    widths = (12, 24, 10, 0)
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def tidy(table: str) -> str:
    """A table as :func:`played` writes it."""
    rows = (re.split(r" {2,}", line.strip()) for line in table.strip().splitlines())
    return "\n".join(row(*cells) for cells in rows)
