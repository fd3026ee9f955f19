"""Moments on the command line, the days on which the clocks change among them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.cli.root import root
from polytop.model.timeparse import parse_time

NOW = 1_790_000_130.0
LONDON = ZoneInfo("Europe/London")
ZONES = st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "UTC"])


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "back"),
    [("now", 0), ("NOW", 0), ("-2h", 7_200), ("-1h30m", 5_400), ("-7d", 604_800), (" -90m", 5_400)],
)
def test_relative_to_now(text: str, back: int) -> None:
    assert parse_time(text).seconds(NOW, LONDON) == NOW - back


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01T09:00", "2026-07-01T08:00"),
        ("2026-07-01 09:00:30", "2026-07-01T08:00:30"),
        ("2026-01-01", "2026-01-01T00:00"),
        ("2026-07-01", "2026-06-30T23:00"),
        ("2026-07-01T09:00Z", "2026-07-01T09:00"),
        ("2026-07-01T09:00-04:00", "2026-07-01T13:00"),
    ],
)
def test_iso_8601_is_local_without_an_offset(text: str, expected: str) -> None:
    assert parse_time(text).seconds(NOW, LONDON) == utc(expected)


def test_an_hour_that_comes_twice_is_whole_in_a_range() -> None:
    twice = parse_time("2026-10-25T01:30")
    assert twice.seconds(NOW, LONDON) == utc("2026-10-25T00:30")
    assert twice.seconds(NOW, LONDON, last=True) == utc("2026-10-25T01:30")


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValueError, match=r"does not exist in Europe/London.*give another"):
        parse_time("2026-03-29T01:30").seconds(NOW, LONDON)
    after = parse_time("2026-03-29T02:00").seconds(NOW, LONDON)
    assert after == utc("2026-03-29T01:00")


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2h", "+2h", "-", "-2", "24:30", "2026-13-01", "--start", "-h"]
)
def test_what_is_no_moment_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write 14:30, yesterday 09:00, mon 14:00"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "zone"), [("0001-01-01", "Asia/Tokyo"), ("9999-12-31T23:59", "America/New_York")]
)
def test_what_no_clock_can_hold_is_refused(text: str, zone: str) -> None:
    with pytest.raises(ValueError, match="out of the calendar"):
        parse_time(text).seconds(NOW, ZoneInfo(zone))


@given(st.integers(0, 4_000_000_000), ZONES)
def test_every_local_time_that_a_clock_shows_is_found_again(seconds: int, name: str) -> None:
    zone = ZoneInfo(name)
    shown = datetime.fromtimestamp(seconds, zone)
    typed = shown.replace(tzinfo=None, fold=0).isoformat()
    assert parse_time(typed).seconds(NOW, zone, last=bool(shown.fold)) == seconds


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), ZONES)
def test_a_local_time_is_found_or_refused_and_never_another(when: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    try:
        found = parse_time(when.isoformat()).seconds(NOW, zone)
    except ValueError:
        assert zone.utcoffset(when - timedelta(hours=3)) != zone.utcoffset(
            when + timedelta(hours=3)
        )
        return
    assert abs(datetime.fromtimestamp(found, zone).replace(tzinfo=None) - when) < timedelta(
        seconds=0.001
    )


def options_of(command: click.Command, path: str = "polytop") -> Iterator[tuple[str, click.Option]]:
    """Every option of the command and of those below it, with where it stands."""
    for param in command.params:
        if isinstance(param, click.Option):
            yield f"{path} {param.opts[0]}", param
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from options_of(found, f"{path} {name}")


MOMENT_OPTIONS = {place: option for place, option in options_of(root) if option.type.name == "time"}


@pytest.mark.parametrize("place", MOMENT_OPTIONS)
@pytest.mark.parametrize(
    "text", ["14:30", "yesterday 14:00", "mon 9:00", "20 Nov 8:15 pm", "-2h", "2026-11-20", "now"]
)
def test_a_moment_is_written_alike_wherever_one_is_given(place: str, text: str) -> None:
    context = click.Context(click.Command("any"))
    found = MOMENT_OPTIONS[place].type.convert(text, None, context)
    assert found.seconds(NOW, LONDON) == parse_time(text).seconds(NOW, LONDON)


def test_the_options_that_take_a_moment_are_found() -> None:
    known = {"polytop export --start", "polytop mark add --at", "polytop history prune --before"}
    assert known <= set(MOMENT_OPTIONS)
