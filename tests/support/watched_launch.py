"""A launch on the simulator, watched from half an hour before it to its end, and calculated anew.

What the screen says of the plan is compared with a calculation that knows the raw answers and the
text of the plan alone; the alerts are compared as on any watched day.
"""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from alert_tables import DAY
from watched_day import HOUR, TARGET, WatchedDay

from polytop.model.plan import Launch, read_plan
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.launch import launch_clock, plan_line
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

START = DAY + 9 * HOUR
PLAN = """\
time;expected;low;high;label\r
T-00:30;52,5;;;doors\r
T+00:00;70;60;80;launch\r
T+00:20;112;100;118;ramp-up\r
T+00:50;;;;campaign mail\r
T+01:30;112;100;;\r
T+02:30;118;;;\r
T+03:30;130;;;\r
T+04:00;130;;;\r
"""
COLOURS = palette(DARK.variables | {"foreground": DARK.foreground, "error": DARK.error})


def planned() -> dict[int, tuple[float, float, float]]:
    """Expected, low and high by window, from the text of the plan: minutes from the start."""
    rows: list[tuple[int, list[float | None]]] = []
    for line in PLAN.splitlines()[1:]:
        time, *numbers, _ = line.split(";")
        sign, hours, minutes = time[1], int(time[2:4]), int(time[5:7])
        offset = (hours * 60 + minutes) * (-1 if sign == "-" else 1)
        values = [float(each.replace(",", ".")) if each else None for each in numbers]
        if values[0] is not None:
            rows.append((offset, values))
    found = {}
    for offset in range(rows[0][0], rows[-1][0] + 1, 5):
        before = [each for each in rows if each[0] <= offset][-1]
        after = next(each for each in rows if each[0] >= offset)
        share = 0.0 if after is before else (offset - before[0]) / (after[0] - before[0])
        mixed = [
            None if one is None or two is None else one + (two - one) * share
            for one, two in zip(before[1], after[1], strict=True)
        ]
        expected, low, high = mixed
        assert expected is not None
        low = min(expected * 0.9, expected - 2) if low is None else low
        high = max(expected * 1.1, expected + 2) if high is None else high
        found[START + offset * 60] = expected, low, high
    return found


def complete_values(answers: list[tuple[float, bytes]]) -> dict[int, int]:
    """The newest value of every window that was asked for after its end."""
    found: dict[int, int] = {}
    for at, body in answers:
        told: dict[int, int] = {}
        for row in json.loads(body)["intervals"]:
            window = int(datetime.fromisoformat(row["time"]).timestamp())
            # Of a window that an answer tells twice, the larger value is right.
            value = max(row["max_concurrent_conversations"], told.get(window, 0))
            if window + 300 <= at:
                told[window] = value
        found |= told
    return found


def clock(window: float) -> str:
    """``T+00:40``, from a moment on whole minutes."""
    minutes = int(abs(window - START) // 60)
    return f"T{'-' if window < START else '+'}{minutes // 60:02}:{minutes % 60:02}"


def said_of(answers: list[tuple[float, bytes]]) -> dict[str, object]:
    """What the line must say after these answers: the words, and the two windows it names."""
    plan = planned()
    known = {at: value for at, value in complete_values(answers).items() if at in plan}
    if not known:
        return {}

    def side(at: int) -> str:
        _, low, high = plan[at]
        return "over" if known[at] > high else "under" if known[at] < low else ""

    last = max(known)
    since, far = last, known[last] - plan[last][0]
    for at in sorted(known, reverse=True):
        if side(at) != side(last):
            break
        since = at
    words = "on plan"
    if side(last):
        percent = abs(far) / plan[last][0] * 100
        words = f"{percent:.0f} % {side(last)} plan since {clock(since)}"
    most = max(abs(known[at] - plan[at][0]) for at in known)
    largest = min(at for at in known if abs(known[at] - plan[at][0]) == most)
    return {
        "words": words,
        "last": f"{clock(last)} {known[last]} of {plan[last][0]:.0f}",
        "largest": f"at {clock(largest)}",
    }


class WatchedLaunch:
    """Watches the launch, and keeps what it said otherwise than it was.

    `faults` are as those of a watched day; polls come every `interval` seconds.
    """

    def __init__(self, folder: Path, faults: list[tuple[float, str]], interval: float) -> None:
        self.launch = Launch(
            START, START + 4 * HOUR, Filters(), read_plan(PLAN.encode(), START, UTC)
        )
        span = self.launch.since, self.launch.until
        self.day = WatchedDay(
            folder,
            faults,
            interval=interval,
            tick=60.0,
            hours=13.5,
            launch=START - 600.0,
            begin=START - 1_800.0,
            view=View(Filters(), HOUR, launch=span),
            seen=self.compare,
        )
        self.different: list[str] = []
        self.said: list[str] = []
        """The words of every snapshot, in turn."""

    def watch(self) -> None:
        """Watch all of it."""
        asyncio.run(self.day.watch())

    def compare(self, snapshot: Snapshot) -> None:
        """Compare the line of one snapshot with the raw answers so far."""
        if not self.day.answers or snapshot.polls == 0:
            return
        context = RenderContext(
            Subject("prod", TARGET),
            ViewState(Filters()),
            self.day.now,
            Zone(UTC),
            COLOURS,
            launch=self.launch,
        )
        line = plan_line(snapshot, context, 300)
        text = line.strip(300).text.strip()
        due = said_of(self.day.answers)
        self.said.append(re.sub(r" {2,}.*", "", text))
        for part in due.values():
            if str(part) not in text:
                at = launch_clock(snapshot.at, START)
                self.different.append(f"{at}: {part!r} is not in {text!r}")
