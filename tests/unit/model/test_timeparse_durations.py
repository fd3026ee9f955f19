"""Durations as they are typed and shown."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import timeparse

_UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


@given(st.integers(0, 10**6), st.sampled_from([("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]))
def test_a_length_with_its_unit(number: int, unit: tuple[str, int]) -> None:
    assert timeparse.parse_duration(f"{number}{unit[0]}") == number * unit[1]


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_length_in_several_units(hours: int, minutes: int, seconds: int) -> None:
    expected = hours * 3_600 + minutes * 60 + seconds
    assert timeparse.parse_duration(f" {hours}H{minutes}m {seconds} s ") == expected


@pytest.mark.parametrize(("text", "seconds"), [("1.5h", 5_400), ("2w", 1_209_600), ("0.1s", 0)])
def test_lengths(text: str, seconds: int) -> None:
    assert timeparse.parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "90", "-2h", "1h-", "1.h", ".5h", "6 hours", "1.2.3h", "1e3s"]
)
def test_no_length(text: str) -> None:
    with pytest.raises(ValueError, match="write 90m, 6h or 7d"):
        timeparse.parse_duration(text)


@pytest.mark.parametrize("unit", ["9", "0", "1.", "1h", "1 ", " ", "x", "-", "1d1", "9d ", "\\"])
@pytest.mark.parametrize("end", ["", "h", "!"])
@pytest.mark.parametrize("parse", [timeparse.parse_duration, timeparse.parse_time])
def test_a_long_text_is_not_parsed_and_quoted_in_short(
    unit: str, end: str, parse: Callable[[str], object]
) -> None:
    # A parser whose time grows with the square of the length would not end here.
    text = f"{unit * 200_000}{end}"
    with pytest.raises(ValueError, match=r"write 90m, 6h or 7d|write 14:30") as caught:
        parse(text)
    assert len(str(caught.value)) < 250


@given(st.floats(0, 10**8))
def test_brief_rounds_down_by_less_than_half(seconds: float) -> None:
    number, unit = timeparse.brief_duration(seconds).split(" ")
    shown = int(number) * _UNITS[unit]
    assert shown <= seconds
    assert seconds - shown < max(1, _UNITS[unit])
    assert seconds < 120 or seconds - shown <= seconds / 2


@given(st.integers(0, 10**8))
def test_exact_loses_nothing(seconds: int) -> None:
    number, unit = timeparse.exact_duration(seconds).split(" ")
    assert int(number) * _UNITS[unit] == seconds


@pytest.mark.parametrize(
    ("seconds", "brief", "exact"),
    [
        (0, "0 s", "0 s"),
        (-5, "0 s", None),
        (59.9, "59 s", None),
        (60, "1 min", "1 min"),
        (119, "119 s", "119 s"),
        (125, "2 min", "125 s"),
        (5_400, "90 min", "90 min"),
        (86_400, "1 d", "24 h"),
        (7 * 86_400, "7 d", "7 d"),
    ],
)
def test_lengths_as_they_are_shown(seconds: float, brief: str, exact: str | None) -> None:
    assert timeparse.brief_duration(seconds) == brief
    if exact is not None:
        assert timeparse.exact_duration(int(seconds)) == exact


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-4, "<1 min"),
        (59, "<1 min"),
        (60, "1 min"),
        (119 * 60, "119 min"),
        (120 * 60, "2 h"),
        (165 * 60 + 59, "2 h 45 min"),
        (48 * 3_600 + 60, "2 d"),
    ],
)
def test_the_time_of_an_incident_grows_by_the_minute(seconds: int, shown: str) -> None:
    assert timeparse.since_text("09:40", seconds) == f"since 09:40 ({shown})"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (95, "95 min"), (120, "2 h"), (165, "2 h 45 min"), (4_045, "67 h 25 min")],
)
def test_a_sum_of_minutes_is_never_rounded(minutes: int, text: str) -> None:
    assert timeparse.sum_of_minutes(minutes) == text
