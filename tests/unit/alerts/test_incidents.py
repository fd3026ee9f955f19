"""Incidents over many polls: each has one beginning and one end, and none is invented."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from alert_day import BREACHES, OUTAGES, within
from alert_tables import DAY, Bench, moment, rule

from polytop.alerts import engine
from polytop.alerts.state import Change, EngineState, Event
from polytop.model import grid
from polytop.model.alert_rules import Rule
from polytop.model.series import Series

ABOVE = "above = 108"
TWO_OF_THREE = "above = 108, clear = 100, times = 2, windows = 3"


@dataclass
class Watcher:
    """A poll a minute over a day; the running window has risen to its value after two minutes."""

    rule: Rule
    state: EngineState = field(default_factory=EngineState)
    fetched_at: float | None = None
    events: list[Event] = field(default_factory=list)
    begun: dict[float, set[float]] = field(default_factory=dict)
    """The beginnings that were shown of each raised alert."""
    breaches: Sequence[tuple[str, str]] = BREACHES
    outages: Sequence[tuple[str, str]] = OUTAGES

    def watch(self, step: Callable[[float], None] = lambda _: None) -> None:
        for now in range(DAY + 30, DAY + 86_400, 60):
            self.poll(now)
            step(now)

    def poll(self, now: int) -> None:
        series: Series | None = Series(grid.floor(now))
        if not within(now, self.outages):
            self.fetched_at = now
            running = grid.floor(now)
            windows = grid.windows(running - 6 * 3_600, running)
            so_far = self.truth(running) if now - running >= 120 else 0
            series = Series(windows[0], (*map(self.truth, windows), so_far))
        seen = engine.Observation(now, series, self.fetched_at, 120, due=now + 60)
        step = engine.step([self.rule], self.state, seen, None)
        self.state = step.state
        self.events += step.events
        episode = self.state.rules["r"].episode
        if episode is not None:
            self.begun.setdefault(episode.raised_at, set()).add(episode.since)

    def truth(self, window: int) -> int:
        return 120 if within(window, self.breaches) else 50

    def incidents(self) -> list[tuple[float, float]]:
        """Beginning and moment of the end of each incident; raised and cleared take turns."""
        turns = [each for each in self.events if each.change in {Change.RAISED, Change.CLEARED}]
        raised, cleared = turns[::2], turns[1::2]
        assert {each.change for each in raised} == {Change.RAISED}
        assert {each.change for each in cleared} == {Change.CLEARED}
        assert [each.since for each in raised] == [each.since for each in cleared]
        return [(a.since, b.at) for a, b in zip(raised, cleared, strict=True)]


@pytest.mark.parametrize("text", [ABOVE, TWO_OF_THREE])
def test_a_day_with_outages_has_the_incidents_that_there_were(text: str) -> None:
    watcher = Watcher(rule(text))
    watcher.watch()
    expected = [
        (moment(start), moment(end))
        for start, end in BREACHES
        if text == ABOVE or moment(end) - moment(start) > grid.STEP
    ]
    found = watcher.incidents()
    assert [since for since, _ in found] == [start for start, _ in expected]
    for (_, cleared), (_, end) in zip(found, expected, strict=True):
        blind = [moment(b) for a, b in OUTAGES if moment(a) <= end + 360 and moment(b) > end]
        assert end <= cleared <= max([end, *blind]) + 1_200
    assert all(len(each) == 1 for each in watcher.begun.values())


def test_the_length_of_an_incident_is_that_of_the_breach_not_of_the_outage() -> None:
    watcher = Watcher(rule(ABOVE))
    watcher.watch()
    over = [each.text for each in watcher.events if each.change is Change.CLEARED]
    assert [text.partition(":")[0] for text in over] == [
        "over after 40 min",
        "over after 5 min",
        "over after 25 min",
        "over after 2 h 20 min",
        "over after 20 min",
        "over after 50 min",
        "over after 3 h 5 min",
    ]


def test_started_within_a_breach_its_beginning_is_that_of_the_breach() -> None:
    watcher = Watcher(rule(TWO_OF_THREE))
    watcher.poll(moment("10:35:30"))
    (raised,) = watcher.events
    assert raised.since == moment("09:40")
    assert raised.text == "120 of 120 in 2 of 3 windows since 09:40 (55 min)"


def test_the_beginning_does_not_reach_over_what_nobody_knows() -> None:
    bench = Bench(rule(f"{ABOVE}, missing = 'unknown'"))
    bench.poll(moment("10:31:30"), "09:40=120 120")
    assert bench.state.rules["r"].episode is not None
    assert bench.state.rules["r"].episode.since == moment("10:25")


def test_the_beginning_stays_and_the_time_grows_in_every_text() -> None:
    watcher = Watcher(rule(ABOVE + ", cooldown = '30m'"))
    for now in range(moment("09:30:30"), moment("10:59:30"), 60):
        watcher.poll(now)
        if now == moment("10:35:30"):
            step = engine.acknowledge([watcher.rule], watcher.state, {"r"}, now)
            assert [each.text for each in step.events] == ["120 of 120 since 09:40 (55 min)"]
    assert watcher.begun == {moment("09:42:30"): {moment("09:40")}}


UNSEEN = (("10:10", "10:20"), ("10:40", "11:00"), ("11:50", "12:30"))
"""The last one lasts when the answers come back."""


@pytest.mark.parametrize("text", [ABOVE, TWO_OF_THREE])
@pytest.mark.parametrize("before", [(), (("09:50", "10:05"),), (("09:50", "10:10"),)])
def test_each_incident_of_an_outage_is_told(text: str, before: tuple[tuple[str, str], ...]) -> None:
    watcher = Watcher(rule(text), breaches=(*before, *UNSEEN), outages=(("09:58", "12:00"),))
    watcher.watch()
    expected = [(moment(start), moment(end)) for start, end in (*before, *UNSEEN)]
    if before == (("09:50", "10:10"),):
        expected[:2] = [(moment("09:50"), moment("10:20"))]
    if text == TWO_OF_THREE and before == (("09:50", "10:05"),):
        # Between the two there is one good window, which does not clear this rule.
        expected[:2] = [(moment("09:50"), moment("10:20"))]
    assert [since for since, _ in watcher.incidents()] == [start for start, _ in expected]
    told = [each for each in watcher.events if each.notified]
    assert [each.change for each in told] == [Change.RAISED, Change.CLEARED] * len(expected)
    unseen = [each for each in told if each.at == moment("12:00:30")]
    assert unseen[-1].change is Change.RAISED
    assert unseen[-1].text.endswith("since 11:50 (10 min)")
    assert all(len(each) == 1 for each in watcher.begun.values())


def test_an_incident_seen_when_it_is_over_is_told_with_its_whole_length() -> None:
    watcher = Watcher(rule(ABOVE), breaches=UNSEEN[:2], outages=(("10:00", "12:00"),))
    watcher.watch()
    told = [each for each in watcher.events if each.notified]
    assert [each.text for each in told] == [
        "120 of 120 since 10:10 (10 min)",
        "over after 10 min: 50 of 120 (42 %)",
        "120 of 120 since 10:40 (20 min)",
        "over after 20 min: 50 of 120 (42 %)",
    ]
    assert {each.at for each in told} == {moment("12:00:30")}


def test_a_cooldown_and_a_snooze_hold_back_what_is_seen_when_it_is_over() -> None:
    watcher = Watcher(
        rule(f"{ABOVE}, cooldown = '30m'"), breaches=UNSEEN[:2], outages=(("10:00", "12:00"),)
    )
    watcher.watch()
    assert [each.notified for each in watcher.events if each.value] == [True, True, False, False]


def test_a_window_last_fetched_while_it_ran_neither_ends_nor_denies_an_incident() -> None:
    """A later answer says nothing of the window that an earlier one saw run."""
    ends = moment("10:00")
    times = grid.windows(ends - 3_600, ends)
    for low, provisional in ((120, False), (50, False), (50, True)):
        values = tuple(low if window == times[6] else 120 for window in times)
        marked = frozenset({times[6]} if provisional else ())
        series = Series(times[0], (*values, 0), marked | {ends})
        seen = engine.Observation(ends + 90, series, ends + 90, 120)
        state = engine.step([rule(ABOVE)], EngineState(), seen, None).state
        episode = state.rules["r"].episode
        assert episode is not None
        # Where the data do not say, the breach is not known to go on before either.
        assert episode.since == (times[0] if low == 120 else times[7])
    # As the newest window it would have cleared the alert.
    state = EngineState()
    for newest, complete in ((120, True), (50, False), (50, True)):
        series = Series(ends - 600, (120, newest), frozenset() if complete else {ends - 300})
        seen = engine.Observation(ends + 90, series, ends + 90, 120)
        state = engine.step([rule(ABOVE)], state, seen, None).state
        assert (state.rules["r"].episode is None) == (newest == 50 and complete)


def test_a_window_belongs_to_one_incident() -> None:
    bench = Bench(rule("above = 84, times = 2, windows = 3"))
    values = "13:50=86 13:55=86 14:00=73 14:05=86 14:10=80 14:15=85 14:20=74"
    history = dict.fromkeys(range(moment("13:30"), moment("13:50"), 300), 50)
    bench.values.update(history)
    events: list[Event] = []
    for at, answer in zip(
        range(moment("13:55:00"), moment("14:30"), 300), values.split(), strict=True
    ):
        events += bench.poll(at + 90, answer)
    assert [(each.change, each.since) for each in events] == [
        (Change.RAISED, moment("13:50")),
        (Change.CLEARED, moment("13:50")),
        (Change.RAISED, moment("14:15")),
        (Change.CLEARED, moment("14:15")),
    ]
