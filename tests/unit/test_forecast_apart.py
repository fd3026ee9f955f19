"""No forecast and no likely end is ever a figure, an alert, a part of the history or an export.

A rule that names the forecast is about it.
"""

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from simulated_profiles import ENVIRON, HOUR, NOW, plan, shown, simulated, way

from polytop.alerts.messages import WatchedCalls
from polytop.alerts.notifier import AlertNotifier
from polytop.alerts.state import AlertView
from polytop.cli.check.verdict import CheckOptions, build_ranges, build_result
from polytop.cli.forecast.command import outlook_of
from polytop.cli.glance.document import document
from polytop.cli.glance.text import block, line
from polytop.cli.output import Pen
from polytop.cli.runtime.export import export_shown
from polytop.cli.runtime.one_shot import ProfileReading, read_profile
from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.alert_rules import Above, Condition, Level, LimitWithin, Rule
from polytop.model.answer import Part, Row
from polytop.model.forecast import Forecast, LimitCall, Method, Outlook, TimeToLimit
from polytop.model.nowcast import Nowcast
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, profile_severity
from polytop.model.stats import Severity
from polytop.model.target import Filters, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.nowcaster import Nowcaster
from polytop.monitor.view_data import FORECAST_SPAN
from polytop.ui.ports import ExportWish
from polytop.ui.readings import figures_at, now_reading, reading, value_at
from polytop.ui.render.context import Subject
from polytop.ui.time_format import Zone

UTC, PLAIN = Zone(), Pen()
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
ABSURD = 987_654
BUSY = Above(Level(110.0))


def with_prophecies(snapshot: Snapshot) -> Snapshot:
    """The snapshot with likely ends that nobody could overlook in a figure."""
    nowcasts = tuple(
        Nowcast(window, ABSURD, ABSURD, ABSURD + 1, 0.8, 2_000)
        for window in grid.windows(snapshot.start, snapshot.end + HOUR)
    )
    first = snapshot.running
    points = (float(ABSURD),) * 18
    limit = TimeToLimit(LimitCall.REACHED, 1, 18, 9, 10)
    found = Forecast(0, Method.RATIO, points, points, points, (), 0.9, limit)
    windows = tuple(grid.windows(first, first + 18 * grid.STEP))
    outlook = Outlook(found, windows, first - grid.STEP)
    return replace(snapshot, nowcasts=nowcasts, final_after=ABSURD, outlook=outlook)


def exported(snapshot: Snapshot, path: Path) -> str:
    export_shown(snapshot, ExportWish("csv", False, str(path)), Subject("prod", TARGET))
    return path.read_text()


def alerts_of(snapshot: Snapshot, condition: Condition = BUSY) -> AlertView:
    """What a rule that any likely end would raise says after a poll."""
    rule = Rule("busy", condition)
    watched = WatchedCalls("prod", TARGET)
    notifier = AlertNotifier([rule], watched, clock=lambda: snapshot.at, environ={})
    return notifier.consume(snapshot)


FIGURES: dict[str, Callable[[ProfileReading], object]] = {
    "glance": lambda one: block(one, 100, UTC, PLAIN),
    "line": lambda one: line(one, PLAIN),
    "json": lambda one: document(one, UTC),
    "check": lambda one: build_result(
        one, build_ranges(CheckOptions(), one.snapshot.capacity), CheckOptions()
    ),
    "state": lambda one: profile_severity(one.snapshot),
    "alerts": lambda one: alerts_of(one.snapshot),
    "now": lambda one: now_reading(one.snapshot),
    "last": lambda one: (
        figures_at(one.snapshot, None, UTC),
        reading(one.snapshot, one.snapshot.running),
        value_at(one.snapshot, one.snapshot.running + grid.STEP),
    ),
    "series": lambda one: (one.snapshot.total, one.snapshot.recent, one.snapshot.rows),
}


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("values", [(40, 50, 60), (40, 95, 100), (118, 119, 119)])
def test_no_figure_has_a_likely_end_in_it(figure: str, values: tuple[int, ...]) -> None:
    one = shown(values)
    assert one.snapshot is not None
    other = replace(one, snapshot=with_prophecies(one.snapshot))
    assert FIGURES[figure](other) == FIGURES[figure](one)
    assert str(ABSURD) not in str(FIGURES[figure](other))


def test_a_rule_about_the_forecast_has_it_of_all_calls_alone() -> None:
    snapshot = shown((40, 50, 60)).snapshot
    assert snapshot is not None
    within = LimitWithin(1_800)
    assert alerts_of(snapshot, within).state is Severity.UNKNOWN
    told = alerts_of(with_prophecies(snapshot), within)
    assert told.state is Severity.CRITICAL
    assert str(ABSURD) not in str(told)
    view = replace(snapshot.view, filters=Filters(language="en-GB"))
    selection = replace(with_prophecies(snapshot), view=view)
    assert alerts_of(selection, within).state is Severity.UNKNOWN


def test_no_export_has_a_likely_end_in_it(tmp_path: Path) -> None:
    snapshot = shown((40, 50, 60)).snapshot
    assert snapshot is not None
    plain = exported(snapshot, tmp_path / "one.csv")
    assert exported(with_prophecies(snapshot), tmp_path / "two.csv") == plain
    assert str(ABSURD) not in plain


async def test_what_is_forecast_is_not_kept() -> None:
    service = simulated(variants=1)
    with closing(HistoryCache()) as memory:
        reading = await read_profile(
            plan(), FORECAST_SPAN, ENVIRON, way(service, 60.0), breakdown=False, memory=memory
        )
        assert reading.query.profile is not None
        scope = Scope(reading.query.profile.target(), reading.query.filters)
        span = grid.align(NOW - FORECAST_SPAN - HOUR, NOW + 3 * HOUR)
        before = memory.read(scope, *span)
        outlook = outlook_of(reading, 5_400)
        assert outlook is not None
        assert outlook.forecast.points
        Nowcaster(memory, scope.target).predict(scope.filters, NOW)
        assert memory.read(scope, *span) == before
        assert max(window for window, _ in before.rows[0].series.known()) <= NOW


def test_a_project_tells_the_end_of_its_windows_by_its_own_past() -> None:
    scope, start = Scope(TARGET, Filters()), grid.floor(NOW) - 640 * grid.STEP

    def value(window: int) -> int:
        return 50 + round(20 * math.sin(window / 4_000))

    def answer(first: int, last: int, at: float, share: float = 1.0) -> StoredAnswer:
        values = [value(each) for each in grid.windows(first, last)]
        values[-1] = round(values[-1] * share)
        return StoredAnswer(
            scope, first, last, (Row(Part(), None, Series(first, tuple(values))),), at
        )

    with closing(HistoryCache()) as memory:
        answers = [
            answer(window - grid.STEP, window + grid.STEP, window + 40.0, 0.8)
            for window in grid.windows(start, grid.floor(NOW) + grid.STEP)
        ]
        memory.keep_all([answer(start, grid.floor(NOW), NOW), *answers])
        nowcaster = Nowcaster(memory, TARGET)
        asked = grid.floor(NOW) + 40.0
        found = nowcaster.predict(scope.filters, asked)
        running = next(each for each in found if each.window == grid.floor(NOW))
        assert running.value == round(value(running.window) * 0.8)
        assert running.low <= value(running.window) <= running.high
        assert running.low > running.value
        assert nowcaster.predict(Filters(language="en-GB"), asked) == ()
        assert nowcaster.predict(scope.filters, None) == ()
