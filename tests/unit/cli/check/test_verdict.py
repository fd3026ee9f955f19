"""Which value counts, what it means, and that the one line is one line."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_profiles import OFFLINE, shown

from polytop.cli.check.thresholds import parse
from polytop.cli.check.verdict import (
    CheckOptions,
    Ranges,
    build_ranges,
    build_result,
    unknown_result,
)
from polytop.cli.problems import problem_line
from polytop.cli.runtime.one_shot import severity_of
from polytop.model.problem import Problem
from polytop.model.series import GAP, UNKNOWN
from polytop.model.stats import Capacity, Severity

LINE = re.compile(r"POLYTOP (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| [^|\n]+)?")


def said(
    values: tuple[int, ...], limit: int | None = 120, **asked: object
) -> tuple[Severity, str, str]:
    """Status, sentence and perfdata of a series whose last window is the running one."""
    texts = {name: parse(str(asked.pop(name))) for name in ("warning", "critical") if name in asked}
    ask = CheckOptions(**texts, **asked)  # type: ignore[arg-type]
    held = build_ranges(ask, Capacity(limit))
    found = build_result(shown(values, limit), held, ask)
    assert LINE.fullmatch(found.line)
    head, _, perfdata = found.line.partition(" | ")
    return found.severity, head.partition(" - ")[2], perfdata


# The last complete window, the running one, and what comes of them with 96 and 108 of 120.
@pytest.mark.parametrize(
    ("complete", "running", "status", "value"),
    [
        (42, 40, Severity.OK, 42),
        (42, 60, Severity.OK, 60),
        (95, 10, Severity.OK, 95),
        (96, 10, Severity.WARNING, 96),
        (42, 96, Severity.WARNING, 96),
        (97, 10, Severity.WARNING, 97),
        (107, 10, Severity.WARNING, 107),
        (108, 10, Severity.CRITICAL, 108),
        (42, 97, Severity.WARNING, 97),
        (109, 3, Severity.CRITICAL, 109),
        (109, 98, Severity.CRITICAL, 109),
        (97, 109, Severity.CRITICAL, 109),
        (42, GAP, Severity.OK, 42),
        (109, UNKNOWN, Severity.CRITICAL, 109),
    ],
)
def test_the_running_window_may_raise_and_never_clears(
    complete: int, running: int, status: Severity, value: int
) -> None:
    found, text, perfdata = said((50, complete, running))
    assert found is status
    assert text.startswith(f"{value} of 120 concurrent ({value / 120 * 100:.0f}%)")
    assert perfdata.startswith(f"concurrent={value};95;107;0;120 ")


@given(st.lists(st.sampled_from([GAP, UNKNOWN, 0, 95, 96, 108, 130]), min_size=2, max_size=5))
def test_check_and_glance_say_the_same_of_any_windows(values: list[int]) -> None:
    reading = shown(tuple(values))
    found = build_result(reading, build_ranges(CheckOptions(), Capacity(120)), CheckOptions())
    assert found.severity is severity_of(reading)


@pytest.mark.parametrize("limit", [1, 7, 100, 120, 29_999])
@pytest.mark.parametrize("bands", [(0.8, 0.9), (0.56, 0.57), (0.333, 0.667), (1.0, 1.0)])
def test_at_below_and_above_every_band_check_and_glance_say_the_same(
    limit: int, bands: tuple[float, float]
) -> None:
    capacity = Capacity(limit, *bands)
    ranges = build_ranges(CheckOptions(), capacity)
    for level in (capacity.warning_level, capacity.critical_level, limit):
        assert level is not None
        for value in {math.floor(level) - 1, math.floor(level), math.ceil(level), int(level) + 1}:
            if value < 0:
                continue
            for values in ((0, value, 0), (0, 0, value)):
                reading = shown(values, limit)
                assert reading.snapshot is not None
                snapshot = replace(reading.snapshot, capacity=capacity)
                reading = replace(reading, snapshot=snapshot)
                checked = build_result(reading, ranges, CheckOptions()).severity
                assert checked is severity_of(reading) is capacity.severity(value)
            # The range in the perfdata says of the value what the state says.
            for severity in (Severity.WARNING, Severity.CRITICAL):
                shown_range = ranges.alert_range(severity)
                assert shown_range is not None
                assert shown_range.alerts(value) is (capacity.severity(value) >= severity)


def test_exactly_at_a_band_of_the_profile_alerts_and_at_a_given_range_does_not() -> None:
    assert said((80, 80, 1), 100)[0] is Severity.WARNING
    assert said((90, 90, 1), 100)[0] is Severity.CRITICAL
    assert said((80, 80, 1), 100, warning="80%", critical="90%")[0] is Severity.OK
    assert said((81, 81, 1), 100, warning="80%", critical="90%")[0] is Severity.WARNING
    assert said((90, 90, 1), 100, warning="80")[0] is Severity.CRITICAL


@pytest.mark.parametrize(
    ("complete", "running", "status"),
    [
        (50, 2, Severity.OK),  # it may still rise above 10
        (5, 30, Severity.WARNING),  # the last complete window was too low
        (5, 2, Severity.WARNING),
        (50, 50, Severity.OK),
    ],
)
def test_too_low_is_known_only_when_the_window_is_over(
    complete: int, running: int, status: Severity
) -> None:
    assert said((50, complete, running), warning="10:")[0] is status


def test_a_gap_is_no_value_and_old_data_are_not_now() -> None:
    ok = said((50, 44, GAP, GAP))
    assert ok[0] is Severity.OK
    assert "age=330s" in ok[2]
    status, text, perfdata = said((50, GAP, GAP, GAP))
    assert (status, perfdata) == (Severity.UNKNOWN, "")
    assert text == "the last complete window with data ended 10 min ago, more than 10 min"
    assert said((50, GAP, GAP, GAP), max_age=1_200)[0] is Severity.OK
    assert said((GAP, GAP, GAP))[:2] == (
        Severity.UNKNOWN,
        "no complete window of the last 15 min has data",
    )


def test_the_running_window_alone_raises_but_does_not_clear() -> None:
    assert said((GAP, GAP, GAP, 20))[0] is Severity.UNKNOWN
    assert said((GAP, GAP, GAP, 110))[0] is Severity.CRITICAL
    assert said((GAP, GAP, GAP, 2), warning="10:", critical="~:90")[0] is Severity.UNKNOWN


def test_without_a_limit() -> None:
    assert said((50, 60, 70), None)[:2] == (Severity.OK, "70 concurrent")
    assert said((50, 60, 70), None, warning="65")[0] is Severity.WARNING
    with pytest.raises(ValueError, match="needs a limit"):
        said((50, 60, 70), None, critical="90%")


def test_the_line_to_the_letter() -> None:
    assert said((87, 42, 40)) == (
        Severity.OK,
        "42 of 120 concurrent (35%)",
        "concurrent=42;95;107;0;120 peak=87;;;0;120 p95=87;;;0;120 headroom=78;;;;120 "
        "age=30s;;;0 time=0s;;;0;10",
    )
    assert said((87, 42, 40), warning="@40:50", critical="~:200")[1] == (
        "42 of 120 concurrent (35%), alert range @40:50"
    )


def test_verbosity_adds_to_the_line_and_then_lines_for_people() -> None:
    look = shown((87, 42, 40))
    plain, more, most = (
        build_result(look, build_ranges(CheckOptions(), Capacity(120)), CheckOptions(verbose=level))
        for level in (0, 1, 3)
    )
    assert not plain.details
    assert not more.details
    assert "[prod live, peak 87 at 2026-09-21T14:05:00Z in 15 min, data 30 s old]" in more.line
    assert "windows 2026-09-21T14:05:00Z/2026-09-21T14:20:00Z" in most.details[3]
    assert all(each.isprintable() for each in most.details)


def test_a_failed_look_is_unknown_whatever_it_still_holds() -> None:
    look = shown((87, 42, 40), problem=OFFLINE)
    found = build_result(look, Ranges(None, None), CheckOptions())
    assert found.line == "POLYTOP UNKNOWN - Cannot reach api.example. Check the network"


@given(st.text(), st.text(), st.text() | st.none(), st.text() | st.none())
def test_whatever_a_server_says_it_is_one_line_without_a_bar(
    summary: str, advice: str, message: str | None, correlation_id: str | None
) -> None:
    problem = replace(OFFLINE, summary=summary, advice=advice)
    problem = replace(problem, error_message=message, correlation_id=correlation_id)
    line = build_result(shown((1, 2, 3), problem=problem), Ranges(None, None), CheckOptions()).line
    assert line.startswith("POLYTOP UNKNOWN - ")
    assert "|" not in line
    assert line.isprintable()
    assert len(line) < 450


def test_an_unknown_of_our_own_is_one_line_too() -> None:
    assert unknown_result("a | b\nc\x1b[31m").line == "POLYTOP UNKNOWN - a ¦ b c␛[31m"


def test_a_problem_is_told_without_what_only_the_monitor_does() -> None:
    busy = Problem(
        OFFLINE.kind, "Slow down", "Wait: the monitor asks again by itself in 5 s.", retry_after=5
    )
    found = build_result(shown((1,), problem=busy), Ranges(None, None), CheckOptions())
    assert found.text == "Slow down. Wait 5 s"


def test_what_is_told_reads_as_sentences() -> None:
    late = Problem(
        OFFLINE.kind,
        "No answer from api.example within 2.3 s.",
        "The monitor tries again by itself. If it lasts, a shorter range answers faster.",
        error_message="Too slow.",
        correlation_id="c-1",
    )
    assert problem_line(late) == (
        "No answer from api.example within 2.3 s; the API says: Too slow. "
        "If it lasts, a shorter range answers faster; correlation id c-1"
    )
    missing = Problem(OFFLINE.kind, "no API key for profile prod", "set POLYTOP_API_KEY")
    assert problem_line(missing) == "no API key for profile prod; set POLYTOP_API_KEY"
