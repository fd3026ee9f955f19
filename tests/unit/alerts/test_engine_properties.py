"""Properties of the alert engine: any series, any polls, any order of events."""

from dataclasses import replace

from alert_tables import Bench, moment, rule
from hypothesis import given
from hypothesis import strategies as st

from polytop.alerts.engine import RuleVerdict, judge
from polytop.alerts.evidence import Evidence
from polytop.alerts.state import Change
from polytop.model import grid
from polytop.model.alert_rules import (
    Above,
    Below,
    Fall,
    Level,
    Missing,
    Rise,
    Rule,
    Silent,
    default_rules,
)
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import Capacity, Severity

NOW = float(moment("14:02"))
LEVELS = st.integers(1, 100).map(float).map(Level)
CONDITIONS = st.one_of(
    st.builds(Above, LEVELS),
    st.builds(Below, LEVELS),
    st.builds(Rise, LEVELS, st.integers(1, 4)),
    st.builds(Fall, LEVELS, st.integers(1, 4)),
    st.builds(Silent, st.integers(0, 10)),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    windows = draw(st.integers(1, 4))
    return Rule(
        "r",
        draw(CONDITIONS),
        times=draw(st.integers(1, windows)),
        windows=windows,
        missing=draw(st.sampled_from(Missing)),
    )


VALUES = st.integers(0, 120) | st.sampled_from((GAP, UNKNOWN))
SERIES = st.lists(VALUES, min_size=12, max_size=12)


def evidence(values: list[int], now: float = NOW) -> Evidence:
    """These are the windows up to the one that runs at `now`, by an answer of this moment."""
    start = grid.floor(now) - (len(values) - 1) * grid.STEP
    return Evidence(now, Series(start, tuple(values)), now, now)


@given(rules(), SERIES, VALUES)
def test_the_running_window_never_clears(rule: Rule, values: list[int], running: int) -> None:
    without = judge(rule, evidence([*values, UNKNOWN]), raised=True)
    having = judge(rule, evidence([*values, running]), raised=True)
    if without.verdict is not RuleVerdict.CLEAR:
        assert having.verdict is not RuleVerdict.CLEAR


@given(rules(), SERIES, VALUES)
def test_the_running_window_raises_nothing_that_needs_few_calls(
    rule: Rule, values: list[int], running: int
) -> None:
    without = judge(rule, evidence([*values, UNKNOWN]), raised=False)
    having = judge(rule, evidence([*values, running]), raised=False)
    if not isinstance(rule.condition, Above | Rise):
        assert having.verdict is without.verdict


@given(rules(), SERIES, st.integers(0, 120), st.integers(0, 120))
def test_a_running_window_that_grows_takes_no_raise_back(
    rule: Rule, values: list[int], one: int, other: int
) -> None:
    low, high = sorted((one, other))
    before = judge(rule, evidence([*values, low]), raised=False)
    after = judge(rule, evidence([*values, high]), raised=False)
    if before.verdict is RuleVerdict.RAISE:
        assert after.verdict is RuleVerdict.RAISE


@given(rules(), SERIES, st.integers(0, 120), st.booleans())
def test_what_nobody_knows_neither_raises_nor_clears(
    rule: Rule, older: list[int], newest: int, raised: bool
) -> None:
    """A raise or a clear would be the same whatever the windows hold that were not fetched."""
    values = [*older, newest]
    found = judge(rule, evidence([*values, UNKNOWN]), raised=raised).verdict
    if isinstance(rule.condition, Rise | Fall) or found not in {
        RuleVerdict.RAISE,
        RuleVerdict.CLEAR,
    }:
        return
    for filler in (0, 50, 120):
        filled = [filler if value == UNKNOWN else value for value in values]
        assert judge(rule, evidence([*filled, UNKNOWN]), raised=raised).verdict is found


@given(st.lists(st.sampled_from(("110", "100", "50", "-", "failed", "ack", "snooze 7m"))))
def test_any_episode_is_told_at_most_once_for_each_snooze_and_ends_once(turns: list[str]) -> None:
    bench, now, told, raised, snoozed = Bench(rule("above = 108, clear = 90")), NOW, 0, False, 0
    for turn in turns:
        now += grid.STEP
        act = bench.act if turn in {"ack", "snooze 7m"} else bench.poll
        if act == bench.act and not bench.state.rules:
            continue
        for event in act(now, turn):
            if event.change is Change.RAISED:
                assert not raised
                raised, told, snoozed = True, 0, 0
            if event.change is Change.CLEARED:
                assert raised
                raised = False
            snoozed += event.change is Change.SNOOZED
            told += event.notified and event.change is not Change.CLEARED
            assert told <= 1 + snoozed
        assert raised is (bench.state.rules["r"].episode is not None)


@given(st.lists(st.sampled_from(("110", "50", "-", "failed")), min_size=1))
def test_acknowledging_and_snoozing_change_no_state_and_raise_nothing(turns: list[str]) -> None:
    bench, now = Bench(rule("above = 108")), NOW
    for turn in turns:
        now += grid.STEP
        bench.poll(now, turn)
    before = bench.state.rules["r"]
    for action in ("ack", "snooze 5m", "snooze 0m"):
        events = bench.act(now, action)
        assert {event.change for event in events} <= {Change.ACKNOWLEDGED, Change.SNOOZED}
        assert not any(event.notified for event in events)
    after = bench.state.rules["r"]
    assert (after.state, after.since, after.text) == (before.state, before.since, before.text)
    assert (after.episode is None) is (before.episode is None)
    assert bench.act(now, "ack") == ()


@given(st.lists(st.tuples(st.integers(-7_200, 7_200), st.sampled_from(("110", "50", "failed")))))
def test_a_clock_that_jumps_breaks_nothing(turns: list[tuple[int, str]]) -> None:
    bench, now = Bench(rule("above = 108, cooldown = '10m'")), NOW
    for jump, turn in turns:
        now += jump
        bench.poll(now, turn)
        known = bench.state.rules["r"]
        assert known.notified_at is None or known.notified_at <= now
        assert known.state in {Severity.OK, Severity.CRITICAL, Severity.UNKNOWN}
        assert known.since is not None


@given(st.integers(1, 10**6), st.integers(1, 998), st.integers(0, 10**6))
def test_the_bands_of_the_limit_are_its_shares(limit: int, share: int, value: int) -> None:
    """A thousandth of the limit is met exactly, without the noise of binary fractions."""
    warning, critical = default_rules(Capacity(limit, share / 1000, (share + 1) / 1000))
    assert (warning.severity, critical.severity) == (Severity.WARNING, Severity.CRITICAL)
    found = judge(warning, replace(evidence([value, UNKNOWN]), limit=limit), raised=False)
    assert (found.verdict is RuleVerdict.RAISE) is (value * 1000 >= limit * share)


def test_without_a_limit_there_are_no_rules_of_their_own() -> None:
    assert default_rules(Capacity()) == ()
