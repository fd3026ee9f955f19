"""Moments as people type them; the exact forms are tested with the command line."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model.timeparse import parse_time, past_moment

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 15, 10, 0, tzinfo=LONDON).timestamp()
"""A Wednesday, in summer time."""

ZONES = st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.integers(1_735_689_600, 1_830_297_600)


def london(text: str, now: float = NOW) -> str:
    found = parse_time(text).seconds(now, LONDON)
    return datetime.fromtimestamp(found, LONDON).isoformat(" ", "minutes")


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:05", "2026-07-15 09:05+01:00"),
        ("10:00", "2026-07-15 10:00+01:00"),
        ("10:01", "2026-07-14 10:01+01:00"),
        ("14:30", "2026-07-14 14:30+01:00"),
        ("9am", "2026-07-15 09:00+01:00"),
        ("9:05 PM", "2026-07-14 21:05+01:00"),
        ("12 am", "2026-07-15 00:00+01:00"),
        ("12:30pm", "2026-07-14 12:30+01:00"),
        ("today", "2026-07-15 00:00+01:00"),
        ("today 8:15", "2026-07-15 08:15+01:00"),
        ("today 23:00", "2026-07-15 23:00+01:00"),
        ("yesterday", "2026-07-14 00:00+01:00"),
        ("  YESTERDAY   09:00 ", "2026-07-14 09:00+01:00"),
        ("mon 14:00", "2026-07-13 14:00+01:00"),
        ("Monday", "2026-07-13 00:00+01:00"),
        ("thurs", "2026-07-09 00:00+01:00"),
        ("wed", "2026-07-15 00:00+01:00"),
        ("wed 09:59", "2026-07-15 09:59+01:00"),
        ("Wed, 10:01", "2026-07-08 10:01+01:00"),
        ("20 Nov 14:00", "2025-11-20 14:00+00:00"),
        ("nov 20", "2025-11-20 00:00+00:00"),
        ("1 july", "2026-07-01 00:00+01:00"),
        ("15 jul 10:00", "2026-07-15 10:00+01:00"),
        ("16 july 2024 3:00", "2024-07-16 03:00+01:00"),
        ("29 feb 12:00", "2024-02-29 12:00+00:00"),
        ("2026-11-20 08:15", "2026-11-20 08:15+00:00"),
        ("2026-11-20  8:15", "2026-11-20 08:15+00:00"),
        ("2026-1-2", "2026-01-02 00:00+00:00"),
        ("2026-07-01t09:00z", "2026-07-01 10:00+01:00"),
        ("2026-07-01 09:00 +02:00", "2026-07-01 08:00+01:00"),
        ("now", "2026-07-15 10:00+01:00"),
        ("-2h", "2026-07-15 08:00+01:00"),
        ("- 90m", "2026-07-15 08:30+01:00"),
        ("-1D", "2026-07-14 10:00+01:00"),
    ],
)
def test_what_people_type(text: str, expected: str) -> None:
    assert london(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "2h", "+2h", "-", "tomorrow", "24:00", "9:5", "13pm", "0am", "31 feb", "30 foo",
     "29 feb 2026", "20.11. 14:00", "11/20", "20 11", "mo 9:00", "mondays", "yesterday 9",
     "9:00 yesterday", "2026-13-01", "[b]", "\x1b[2J"],
)  # fmt: skip
def test_anything_else_says_what_can_be_typed(text: str) -> None:
    with pytest.raises(ValueError, match="write 14:30, yesterday 09:00, mon 14:00"):
        parse_time(text)


@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_is_refused_in_words(text: str) -> None:
    try:
        found = parse_time(text)
    except ValueError as error:
        said = str(error)
        assert said.isprintable()
        return
    assert found.text == text


def test_a_leap_day_is_found_across_a_century_without_one() -> None:
    now = datetime(2104, 1, 15, tzinfo=UTC).timestamp()
    found = parse_time("29 feb").seconds(now, UTC)
    assert datetime.fromtimestamp(found, UTC) == datetime(2096, 2, 29, tzinfo=UTC)


def test_a_time_that_the_clocks_skipped_today_is_refused() -> None:
    change = datetime(2026, 3, 29, tzinfo=LONDON)
    for hour in (2, 10):
        now = change.replace(hour=hour, minute=10).timestamp()
        with pytest.raises(ValueError, match=r"does not exist in Europe/London.*give another"):
            parse_time("1:30").seconds(now, LONDON)
    assert london("1:30", utc("2026-03-29T00:30")) == "2026-03-28 01:30+00:00"


def test_a_time_that_comes_twice_is_the_first_unless_told() -> None:
    # 01:15 GMT: the clock has shown 01:30 before, 45 minutes ago.
    now = utc("2026-10-25T01:15")
    assert parse_time("1:30").seconds(now, LONDON) == utc("2026-10-25T00:30")
    later = utc("2026-10-25T12:00")
    assert parse_time("sun 1:30").seconds(later, LONDON) == utc("2026-10-25T00:30")
    assert parse_time("1:30").seconds(later, LONDON, last=True) == utc("2026-10-25T01:30")


@pytest.mark.parametrize("text", ["1 jan 0001 00:00", "-99999999999d", "31 dec 9999 23:00"])
def test_what_no_clock_can_hold_is_refused(text: str) -> None:
    zone = ZoneInfo("Asia/Tokyo" if "0001" in text else "America/New_York")
    with pytest.raises(ValueError, match="out of the calendar"):
        parse_time(text).seconds(NOW, zone)


@given(MOMENTS, MOMENTS, ZONES)
def test_a_time_of_day_is_the_latest_that_has_been(now: int, then: int, name: str) -> None:
    zone = ZoneInfo(name)
    shown = datetime.fromtimestamp(then, zone)
    try:
        found = parse_time(f"{shown:%H:%M:%S}").seconds(now, zone)
    except ValueError as error:
        assert "does not exist" in str(error)  # noqa: PT017 - most times do exist
        return
    local, present = datetime.fromtimestamp(found, zone), datetime.fromtimestamp(now, zone)
    assert local.time() == shown.time()
    assert found <= now
    assert present.date() - local.date() <= timedelta(days=1)


@given(MOMENTS, MOMENTS, ZONES, st.sampled_from(["%a", "%A", "%d %b", "%B %d"]))
def test_a_day_is_the_latest_that_has_been(now: int, then: int, name: str, form: str) -> None:
    zone = ZoneInfo(name)
    shown = datetime.fromtimestamp(then, zone).replace(hour=12, minute=0, second=0)
    found = parse_time(f"{shown:{form} %H:%M}").seconds(now, zone)
    local = datetime.fromtimestamp(found, zone)
    assert f"{local:{form} %H:%M}" == f"{shown:{form} %H:%M}"
    assert found <= now
    longest = 7 if form.lower() == "%a" else 366 * 4
    assert now - found <= longest * 86_400 + 3_600


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", "2026-07-15 14:30+01:00"),
        ("9:00", "2026-07-15 09:00+01:00"),
        ("21:59", "2026-07-15 21:59+01:00"),
        ("22:01", "2026-07-14 22:01+01:00"),
        ("today 23:00", "2026-07-15 23:00+01:00"),
        ("yesterday 23:00", "2026-07-14 23:00+01:00"),
        ("tomorrow", "2026-07-16 00:00+01:00"),
        ("Tomorrow 9:00", "2026-07-16 09:00+01:00"),
        ("sat 9:00", "2026-07-18 09:00+01:00"),
        ("mon 9:00", "2026-07-13 09:00+01:00"),
        ("wed 9:00", "2026-07-15 09:00+01:00"),
        ("20 nov 8:00", "2026-11-20 08:00+00:00"),
        ("1 jan", "2026-01-01 00:00+00:00"),
        ("+30m", "2026-07-15 10:30+01:00"),
        ("-2h", "2026-07-15 08:00+01:00"),
        ("now", "2026-07-15 10:00+01:00"),
        ("2026-11-20 08:15", "2026-11-20 08:15+00:00"),
        ("2026-11-20T08:15Z", "2026-11-20 08:15+00:00"),
    ],
)
def test_a_time_that_may_be_to_come_is_the_nearest(text: str, expected: str) -> None:
    now = NOW if text != "1 jan" else NOW - 86_400 * 100
    found = parse_time(text, ahead=True).nearest(now, LONDON)
    assert datetime.fromtimestamp(found, LONDON).isoformat(" ", "minutes") == expected


@pytest.mark.parametrize("text", ["tomorrow", "tomorrow 9:00", "+30m"])
def test_what_is_to_come_is_no_time_to_look_at(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time: write 14:30, yesterday"):
        parse_time(text)


@pytest.mark.parametrize("text", ["tomorrowx", "+x", "", "next week"])
def test_how_to_write_a_time_to_come_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time: write 14:30, tomorrow"):
        parse_time(text, ahead=True)


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59), ZONES)
def test_a_time_of_day_is_at_most_half_a_day_away(
    now: int, hour: int, minute: int, zone: str
) -> None:
    info = ZoneInfo(zone)
    try:
        found = parse_time(f"{hour}:{minute:02}", ahead=True).nearest(now, info)
    except ValueError:
        return  # The clocks skip it.
    local = datetime.fromtimestamp(found, info)
    assert (local.hour, local.minute) == (hour, minute)
    # The clocks may change in between.
    assert abs(found - now) <= 43_200 + 3_600


@given(st.floats(0, 4e9), st.integers(0, 10**6))
def test_so_long_ago_is_exactly_that(now: float, back: int) -> None:
    assert parse_time("now").seconds(now, UTC) == now
    assert past_moment(parse_time("now"), now, UTC) == now
    assert parse_time(f"-{back}s").seconds(now, UTC) == now - back


@pytest.mark.parametrize(
    ("text", "said"), [("2100-01-01", "still to come"), ("2001-01-01", "ten years ago")]
)
def test_nobody_can_look_at_what_is_to_come_or_long_gone(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        past_moment(parse_time(text), NOW, UTC)
