"""The capsules that alerts leave, over several polls, restarts and outages."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from random import Random

import pytest
from alert_tables import moment, rule
from capsules import WATCHED

from polytop.alerts.capsule import Capsule, CapsuleSeries, WindowState
from polytop.alerts.capsule import moment as at
from polytop.alerts.capsule_store import CapsuleStore
from polytop.alerts.notifier import AlertNotifier
from polytop.alerts.saved_state import AlertStateFile
from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.breakdown import Breakdown
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import ClientEnv, Filters, SliceBy
from polytop.monitor.cache import HistoryCache, ViewHistory
from polytop.monitor.capsule_recorder import CapsuleRecorder
from polytop.monitor.capsules import CapsuleMaker
from polytop.monitor.forecast_fields import forecast_fields
from polytop.monitor.forecaster import ProjectForecaster
from polytop.monitor.requests import PollResult
from polytop.monitor.snapshots import PollerStatus, PollState, after_poll, build_snapshot

TARGET = WATCHED.target
NEAR = replace(rule("above = '90%'"), name="near")
START = moment("08:00")


def truth(window: int) -> int:
    """110 from 14:00 to 14:30, else 40 and what the minute says."""
    bad = moment("14:00") <= window < moment("14:30")
    return 110 if bad else 40 + window // 300 % 7


@dataclass
class Station:
    """One polytop: a history that is shared, a notifier with its recorder, no screen but a text."""

    folder: Path
    memory: HistoryCache = field(default_factory=HistoryCache)
    picture: Callable[[], Awaitable[str | None]] | None = None
    now: float = 0.0
    changes: int = 0
    view: View = field(default_factory=lambda: View(Filters(), 3_600))

    def __post_init__(self) -> None:
        self.store = CapsuleStore(self.folder / "incidents")
        self.start()

    def start(self) -> None:
        maker = CapsuleMaker(
            self.store,
            WATCHED,
            lambda: self.memory,
            Capacity(120),
            lambda snapshot: f"graph of {snapshot.summary.peak}",
            UTC,
        )
        recorder = CapsuleRecorder(
            maker.save,
            clock=lambda: self.now,
            picture=self.picture or self._screen,
            changed=self._changed,
        )
        self.notifier = AlertNotifier(
            [NEAR],
            WATCHED,
            clock=lambda: self.now,
            zone=UTC,
            environ={},
            state_file=AlertStateFile(self.folder / "alert-state.json"),
            recorder=recorder,
        )

    async def _screen(self) -> str:
        return f"<svg>{self.now:.0f}</svg>"

    def _changed(self) -> None:
        self.changes += 1

    async def poll(self, when: str, *, since: int = 3_600) -> None:
        """A poll that asks for the total and the variants of the last `since` seconds."""
        self.now = float(moment(when))
        end = grid.floor(self.now) + grid.STEP
        start = end - max(since, 3_600 + grid.STEP)
        series = Series(start, tuple(map(truth, grid.windows(start, end))))
        rows = (Row(Part("v"), "Main [b]line\x1b", series),)
        self.memory.keep_all(
            [
                StoredAnswer(Scope(TARGET, Filters()), start, end, (Row(Part(), None, series),),
                             self.now),
                StoredAnswer(Scope(TARGET, Filters(), SliceBy.VARIANT), start, end, rows, self.now),
            ]
        )  # fmt: skip
        self.notifier.consume(self._snapshot())
        await self.notifier.aclose()

    def _snapshot(self) -> Snapshot:
        data = ViewHistory(self.memory, TARGET).read_view(self.view, self.now)
        state = after_poll(PollState(self.view, self.view), PollResult(), self.now)
        return build_snapshot(state, data, self.now, Capacity(120), PollerStatus())

    @property
    def capsules(self) -> list[Capsule]:
        return [self.store.read(each) for each in self.store.ids()]


def values_of(series: CapsuleSeries, start: int) -> dict[int, int | None]:
    return {start + place * 300: value for place, value in enumerate(series.values)}


def states_of(series: CapsuleSeries) -> list[WindowState]:
    return [state for state, size in series.states for _ in range(size)]


TIMES = ("13:50:30", "13:56:30", "14:01:30", "14:02:00", "14:10:30", "14:31:30", "14:36:30")


async def test_an_incident_over_several_polls_is_one_capsule(tmp_path: Path) -> None:
    station = Station(tmp_path)
    await station.poll("13:00:10", since=6 * 3_600)
    seen = []
    for when in TIMES:
        await station.poll(when)
        seen.append([(c.beginning is not None, c.end is not None) for c in station.capsules])
    assert seen == [[], [], *[[(True, False)]] * 4, [(True, True)]]
    (capsule,) = station.capsules
    assert (capsule.since, capsule.ended) == (at(moment("14:00")), at(moment("14:30")))
    assert capsule.open == "polytop -p prod --at 2026-09-21T14:00Z"
    assert [each.event for each in capsule.events] == ["raised", "cleared"]
    beginning, end = capsule.beginning, capsule.end
    assert beginning is not None
    assert end is not None
    assert beginning.picture == f"<svg>{moment('14:01:30')}</svg>"
    assert end.picture == f"<svg>{moment('14:36:30')}</svg>"
    assert "graph of" in beginning.text


async def test_its_data_are_the_answers_with_what_each_is_worth(tmp_path: Path) -> None:
    station = Station(tmp_path)
    await station.poll("13:00:10", since=6 * 3_600)
    await station.poll("14:01:30")
    (capsule,) = station.capsules
    look = capsule.beginning
    assert look is not None
    start = round(look.start.timestamp())
    assert start == moment("14:05") - 6 * 3_600
    for series in (look.total, *look.rows):
        found = values_of(series, start)
        assert found == {window: truth(window) for window in found}
        assert len(found) == 72
        states = states_of(series)
        assert states[-1] is WindowState.PROVISIONAL
        assert set(states[-13:-1]) == {WindowState.COMPLETE}
        assert states[0] is WindowState.FINAL
    assert [(row.id, row.name) for row in look.rows] == [("v", "Main [b]line\x1b")]


async def test_what_was_not_fetched_since_it_ran_is_never_complete(tmp_path: Path) -> None:
    station = Station(tmp_path)
    await station.poll("12:02:00")
    await station.poll("14:01:30")
    (capsule,) = station.capsules
    assert capsule.beginning is not None
    total = capsule.beginning.total
    states = dict(zip(values_of(total, moment("08:05")), states_of(total), strict=True))
    assert states[moment("12:00")] is WindowState.PROVISIONAL
    assert states[moment("12:05")] is WindowState.UNKNOWN
    assert values_of(total, moment("08:05"))[moment("12:05")] is None


async def test_marks_and_the_forecast_of_then_are_in_it(tmp_path: Path) -> None:
    station = Station(tmp_path)
    end = grid.floor(moment("13:55"))
    start = end - 42 * 86_400
    noise = Random(7)
    day = [60 + 40 * math.sin(at / 288 * 2 * math.pi) for at in range(288)]
    values = (day[window // 300 % 288] + noise.gauss(0, 6) for window in grid.windows(start, end))
    series = Series(start, tuple(max(0, round(value)) for value in values))
    row = Row(Part(), None, series)
    station.memory.keep_all([StoredAnswer(Scope(TARGET, Filters()), start, end, (row,), end)])
    station.memory.add_mark(TARGET, moment("13:58"), "deployed [b]v2\x1b")
    station.memory.add_mark(TARGET, moment("05:00"), "too early")
    for when in ("13:50:30", "14:01:30"):
        await station.poll(when)
    (capsule,) = station.capsules
    look = capsule.beginning
    assert look is not None
    assert [(each.time, each.text) for each in look.marks] == [
        (at(moment("13:58")), "deployed [b]v2\x1b")
    ]
    total = station.memory.read(Scope(TARGET, Filters()), start + 3_600, end + 900).rows[0].series
    expected = forecast_fields(ProjectForecaster(UTC).forecast(total, station.now, 120))
    assert look.forecast is not None
    assert len(look.forecast["points"]) == len(expected["points"]) > 0
    assert look.forecast["points"][0]["time"] == "2026-09-21T14:00:00Z"


async def test_a_restart_goes_on_with_the_same_capsule(tmp_path: Path) -> None:
    station = Station(tmp_path)
    for when in TIMES[:4]:
        await station.poll(when)
    (before,) = station.capsules
    station.start()
    station.now = float(moment("14:05"))
    station.notifier.acknowledge()
    await station.notifier.aclose()
    for when in TIMES[4:]:
        await station.poll(when)
        station.start()
    (capsule,) = station.capsules
    assert (capsule.id, capsule.beginning) == (before.id, before.beginning)
    assert [each.event for each in capsule.events] == ["raised", "acknowledged", "cleared"]
    assert capsule.end is not None


async def test_two_polytops_make_one_capsule(tmp_path: Path) -> None:
    one = Station(tmp_path)
    two = Station(tmp_path, one.memory)
    for when in TIMES:
        await one.poll(when)
        await two.poll(when)
    (capsule,) = one.capsules
    assert [each.event for each in capsule.events] == ["raised", "cleared"]


async def test_two_polytops_at_the_same_moment_make_one_capsule(tmp_path: Path) -> None:
    one = Station(tmp_path)
    two = Station(tmp_path, one.memory)
    for when in TIMES:
        await asyncio.gather(one.poll(when), two.poll(when))
    (capsule,) = one.capsules
    assert [each.event for each in capsule.events] == ["raised", "cleared"]
    assert capsule.beginning is not None
    assert capsule.end is not None


async def test_the_picture_is_of_whichever_polytop_has_a_screen(tmp_path: Path) -> None:
    async def nothing() -> None: ...

    first = Station(tmp_path, picture=nothing)
    second = Station(tmp_path, first.memory)
    for when in TIMES:
        await first.poll(when)
        await second.poll(when)
    (capsule,) = first.capsules
    assert [each.event for each in capsule.events] == ["raised", "cleared"]
    for look, when in ((capsule.beginning, "14:01:30"), (capsule.end, "14:36:30")):
        assert look is not None
        assert look.picture == f"<svg>{moment(when)}</svg>"


async def test_who_leaves_waits_for_no_picture_and_loses_nothing(tmp_path: Path) -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    station = Station(tmp_path, picture=never)
    for when in TIMES[:3]:
        await station.poll(when)
    (capsule,) = station.capsules
    assert capsule.beginning is not None
    assert capsule.beginning.picture is None


async def test_an_incident_within_an_outage_says_that_nobody_looked(tmp_path: Path) -> None:
    station = Station(tmp_path)
    await station.poll("13:50:30")
    for station.now in range(moment("13:51"), moment("14:50"), 60):
        station.notifier.tick()
    await station.poll("14:50:30", since=2 * 3_600)
    (capsule,) = station.capsules
    assert [each.event for each in capsule.events] == ["raised", "cleared"]
    assert capsule.beginning is None
    assert capsule.end is not None
    assert capsule.ended == at(moment("14:30"))


async def test_a_selection_on_the_screen_is_not_what_the_capsule_holds(tmp_path: Path) -> None:
    station = Station(tmp_path)
    await station.poll("13:50:30")
    await station.poll("14:01:30")
    station.view = View(Filters(language="en-GB"), 3_600, breakdown=Breakdown.VARIANT)
    station.now = float(moment("14:31:30"))
    station.notifier.snooze(moment("15:31"))
    await station.notifier.aclose()
    (capsule,) = station.capsules
    assert [each.event for each in capsule.events] == ["raised", "snoozed"]
    assert capsule.client_env == ClientEnv.LIVE
    assert capsule.beginning is not None
    assert max(value or 0 for value in capsule.beginning.total.values) == 110


async def test_without_a_screen_there_is_the_text_of_the_graph(tmp_path: Path) -> None:
    async def nothing() -> None: ...

    station = Station(tmp_path, picture=nothing)
    for when in TIMES:
        await station.poll(when)
    (capsule,) = station.capsules
    assert capsule.end is not None
    assert (capsule.end.picture, capsule.end.text[:8]) == (None, "graph of")


async def test_a_folder_that_cannot_be_written_is_said_until_it_can(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.store.folder.write_text("in the way")
    for when in TIMES[:4]:
        await station.poll(when)
    (problem,) = station.notifier.view.problems
    assert problem.summary == "The capsule of an incident was not saved: File exists"
    assert station.changes == 1
    station.store.folder.unlink()
    for when in TIMES[4:]:
        await station.poll(when)
    assert station.notifier.view.problems == ()
    (capsule,) = station.capsules
    assert capsule.beginning is None
    assert capsule.end is not None


async def test_a_picture_that_fails_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> str:
        raise ValueError("no picture")

    station = Station(tmp_path, picture=broken)
    for when in TIMES[:4]:
        await station.poll(when)
    assert "no picture" in caplog.text
    assert station.notifier.view.problems == ()
    (capsule,) = station.capsules
    assert capsule.beginning is not None
    assert capsule.beginning.picture is None


async def test_the_file_is_plain_json_without_a_number_out_of_range(tmp_path: Path) -> None:
    import gzip

    station = Station(tmp_path)
    for when in TIMES:
        await station.poll(when)
    (path,) = station.store.folder.glob("*.json.gz")
    document = json.loads(gzip.decompress(path.read_bytes()))
    assert document["since"] == "2026-09-21T14:00:00Z"
    assert document["beginning"]["forecast"]["points"] == []
    assert document["beginning"]["forecast"]["reason"]
