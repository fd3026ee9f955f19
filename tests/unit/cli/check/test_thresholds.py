import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.cli.check.thresholds import Metric, Range, number, parse, up_to
from polytop.model.stats import Capacity, Severity


# The table of the guidelines: a range, and values which alert and which do not.
@pytest.mark.parametrize(
    ("text", "alerting", "quiet"),
    [
        ("10", (-1, 11), (0, 10)),
        ("10:", (9,), (10, 1e9)),
        ("~:10", (11,), (-1e9, 10)),
        ("10:20", (9, 21), (10, 20)),
        ("@10:20", (10, 15, 20), (9, 21)),
        ("~:5", (6,), (-3, 5)),
        (":5", (-1, 6), (0, 5)),
        ("@5", (0, 5), (6, -1)),
        ("0", (1, -1), (0,)),
        ("-5:5", (-6, 6), (-5, 5)),
        ("@10:", (10, 99), (9,)),
        ("80%", (97,), (96,)),
        ("@50%:75%", (60, 90), (59, 91)),
        ("10:50%", (9, 61), (10, 60)),
        ("12.5%", (16,), (15,)),
    ],
)
def test_ranges_of_the_guidelines(
    text: str, alerting: tuple[float, ...], quiet: tuple[float, ...]
) -> None:
    held = parse(text).within(120)
    assert [held.alerts(value) for value in alerting] == [True] * len(alerting)
    assert [held.alerts(value) for value in quiet] == [False] * len(quiet)


@pytest.mark.parametrize(
    "text", ["", "@", ":", "~", "a", "10:20:30", "1e3", "10,20", "%", "@@1", "٣", "1 2", "nan"]
)
def test_what_is_no_range_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"write 80%, 100, 10:, ~:5, 10:20 or @10:20"):
        parse(text)


def test_a_percentage_needs_a_limit_and_a_range_its_order() -> None:
    assert parse("80%").relative
    assert not parse("10:20").relative
    with pytest.raises(ValueError, match="needs a limit"):
        parse("10:80%").within(None)
    with pytest.raises(ValueError, match="lower end"):
        parse("20:10").within(None)
    with pytest.raises(ValueError, match="lower end"):
        parse("100:50%").within(120)


def test_what_may_still_rise_is_not_yet_too_low() -> None:
    assert not parse("10:20").within(None).alerts_rising(5)
    assert parse("10:20").within(None).alerts_rising(25)
    assert parse("@10:20").within(None).alerts_rising(15)


@given(
    st.integers(-(10**6), 10**6) | st.just(-math.inf),
    st.integers(0, 10**6) | st.just(math.inf),
    st.booleans(),
    st.integers(-(10**6), 10**6),
)
def test_a_range_reads_back_as_it_is_written(
    start: float, length: float, inside: bool, value: int
) -> None:
    end = length if start == -math.inf else start + length
    held = Range(start, end, inside)
    assert parse(str(held)).within(None).alerts(value) is held.alerts(value)


@given(st.floats(0.01, 1), st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_range_of_a_band_alerts_for_the_counts_in_the_band(
    part: float, limit: int, value: int
) -> None:
    capacity = Capacity(limit, part, 1.0)
    assert capacity.warning_level is not None
    in_band = capacity.severity(value) is not Severity.OK
    assert up_to(capacity.warning_level).alerts(value) is in_band


def test_a_band_has_no_noise_of_floats() -> None:
    for limit, part, written in ((70, 0.9, "62"), (11, 0.8, "8"), (100, 0.56, "55")):
        level = Capacity(limit, part, 1.0).warning_level
        assert level is not None
        assert str(up_to(level)) == written


PERFDATA = re.compile(
    r"('[^'|\n]*(''[^'|\n]*)*'|[^\s='|]+)=-?\d+(\.\d+)?(s|%|B|c)?"
    r"(;[@~:\d.-]*(;[@~:\d.-]*(;-?[\d.]*(;-?[\d.]*)?)?)?)?"
)


@given(
    st.sampled_from(["concurrent", "peak", "p95", "headroom", "age", "time"]),
    st.floats(-1e9, 1e9),
    st.sampled_from(["", "s", "%"]),
    st.none() | st.integers(-(10**6), 10**6),
)
def test_perfdata_has_the_form_of_the_guidelines(
    label: str, value: float, unit: str, most: int | None
) -> None:
    text = str(Metric(label, value, unit, parse("80").within(None), None, 0, most))
    assert PERFDATA.fullmatch(text)


def test_perfdata_to_the_letter() -> None:
    warning, critical = parse("80%").within(120), parse("@10:20").within(120)
    assert str(Metric("concurrent", 42, "", warning, critical, 0, 120)) == (
        "concurrent=42;96;@10:20;0;120"
    )
    assert str(Metric("age", 30, "s", least=0)) == "age=30s;;;0"
    assert str(Metric("p95", 7)) == "p95=7"


@given(st.floats(-1e9, 1e9))
def test_numbers_are_digits_and_a_point(value: float) -> None:
    text = number(value)
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert float(text) == pytest.approx(value, abs=1e-6)
