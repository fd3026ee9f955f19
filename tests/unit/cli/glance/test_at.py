"""``polytop glance --at``: the figures of a moment in the past, as they are known by now."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import httpx
import pytest
from click.testing import CliRunner
from glance_keys import keys_hold
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_profiles import ENVIRON, HOUR, NOW, plan, simulated, way
from simulator_client import PATH

from polytop.cli.glance.command import command
from polytop.cli.glance.document import document
from polytop.cli.glance.text import LINE_WIDTH, block, line
from polytop.cli.output import Pen
from polytop.cli.runtime.one_shot import ProfileReading, read_profile, severity_of
from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import Series
from polytop.model.stats import Severity
from polytop.model.target import Filters
from polytop.model.timeparse import parse_time, past_moment
from polytop.monitor.cache import HistoryCache
from polytop.simulator.app import Simulator
from polytop.ui.time_format import Zone

PLAIN, DAY, SPAN = Pen(), 86_400, 6 * HOUR
Moment = Callable[[float, tzinfo | None], float]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[HistoryCache]:
    with closing(HistoryCache(tmp_path / "history.sqlite3")) as made:
        yield made


def at(text: str, zone: tzinfo | None = UTC) -> Moment:
    return lambda now, _: past_moment(parse_time(text), now, zone)


async def look(
    moment: Moment,
    service: Simulator | None = None,
    memory: HistoryCache | None = None,
    environ: dict[str, str] = ENVIRON,
) -> ProfileReading:
    reached = way(service or simulated())
    return await read_profile(plan(), SPAN, environ, reached, memory=memory, at=moment)


async def raw(service: Simulator, start: int, end: int, **more: str) -> list[dict[str, object]]:
    """The service's own answer."""
    transport = httpx.ASGITransport(service)
    headers = {"x-api-key": ENVIRON["POLYTOP_API_KEY"]}
    span = {"start_time": grid.to_iso(start), "end_time": grid.to_iso(end)}
    async with httpx.AsyncClient(transport=transport, base_url="http://s", headers=headers) as made:
        found = await made.get(PATH, params=span | more)
    intervals: list[dict[str, object]] = found.json()["intervals"]
    return intervals


VALUE = "max_concurrent_conversations"


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 20 * DAY), st.booleans())
async def test_the_figures_are_those_that_the_api_gives_of_then(seconds: int, kept: bool) -> None:
    window = grid.floor(NOW - seconds)
    end, start = window + grid.STEP, window + grid.STEP - SPAN
    service = simulated(variants=3)
    with closing(HistoryCache()) as memory:
        seen = await look(lambda now, _: now - seconds, service, memory if kept else None)
    found = document(seen, Zone())
    values = {
        round(grid.from_iso(str(each["time"]))): each[VALUE]
        for each in await raw(service, start, end)
    }
    runs = window == grid.floor(NOW)
    assert found["at"] == grid.to_iso(NOW - seconds)
    assert found["window"] == {"start": grid.to_iso(start), "end": grid.to_iso(end)}
    assert found["now"] == {
        "time": grid.to_iso(window), "value": values[window], "provisional": runs
    }  # fmt: skip
    assert found["headroom"] == 120 - int(str(values[window]))
    assert found["peak"]["value"] == max(map(int, map(str, values.values())))
    last = window - grid.STEP if runs else window
    complete = [int(str(value)) for each, value in values.items() if each <= last]
    assert found["last_complete"]["time"] == grid.to_iso(last)
    assert found["last_complete"]["change"] == int(str(values[last])) - int(str(values[last - 900]))
    assert found["mean"] == round(sum(complete) / len(complete), 2)
    rows = {
        each["variant_id"]: each[VALUE]
        for each in await raw(service, window, end, slice_by="variant")
    }
    assert {each["variant_id"]: each["now"] for each in found["rows"] if each["now"]} == rows


async def test_it_is_marked_as_past_in_every_form() -> None:
    seen = await look(at("2026-09-20T09:03"))
    head, figures, last, span, *_ = block(seen, 80, Zone(), PLAIN)
    assert head.endswith("past 2026-09-20 09:03 UTC")
    assert re.match(r"  at 09:00 \d+ of 120 · \d+ % used · headroom \d+", figures)
    assert last.startswith("  5 min at 09:00 ")
    assert span.endswith("6 h up to then")
    for lines in (block(seen, width, Zone(), PLAIN) for width in (30, 80, 100)):
        assert not re.search(r"\bnow\b|≥|ago|last 5 min", "\n".join(lines))
    short = line(seen, PLAIN, None, Zone())
    assert re.match(r"OK prod at 2026-09-20 09:03 \d+/120 \d+% free \d+ peak \d+", short)
    assert len(short) <= LINE_WIDTH
    keys_hold(document(seen, Zone()))
    assert document(seen, Zone())["stale_seconds"] is None


async def test_a_state_is_that_of_then() -> None:
    busy = simulated("launch")
    for hours in range(1, 20, 3):
        moment = NOW - hours * HOUR
        seen = await look(lambda _, __, moment=moment: moment, busy)
        value = document(seen, Zone())["now"]["value"]
        expected = (
            Severity.CRITICAL if value >= 108 else Severity.WARNING if value >= 96 else Severity.OK
        )
        assert severity_of(seen) is expected


def keep_total(memory: HistoryCache, start: int, end: int, asked_at: float, value: int) -> None:
    """A past answer: every window of the range had `value`."""
    series = Series(start, (value,) * grid.count(start, end))
    scope = Scope(plan().profile.target(), Filters())
    memory.keep_all([StoredAnswer(scope, start, end, (Row(Part(), None, series),), asked_at)])


NO_KEY: dict[str, str] = {}


@pytest.mark.parametrize("seconds_in", [1, 120, 299])
async def test_what_was_seen_only_while_it_ran_is_never_complete(
    memory: HistoryCache, seconds_in: int
) -> None:
    window = grid.floor(NOW) - 3 * HOUR
    keep_total(memory, window - HOUR, window + grid.STEP, window + seconds_in, 100)
    seen = await look(lambda *_: window + 10, memory=memory, environ=NO_KEY)
    found = document(seen, Zone())
    assert found["now"] == {"time": grid.to_iso(window), "value": 100, "provisional": True}
    assert found["last_complete"]["time"] == grid.to_iso(window - grid.STEP)
    # A lower bound may warn, and clears nothing.
    assert found["state"] == "WARNING"
    assert seen.failed
    assert "≥ 100" in line(seen, PLAIN)
    assert "≥ 100 of 120 · 83 % used · headroom 20" in "\n".join(block(seen, 80, Zone(), PLAIN))
    window -= DAY
    keep_total(memory, window - HOUR, window + grid.STEP, window + seconds_in, 50)
    seen = await look(lambda *_: window + 10, memory=memory, environ=NO_KEY)
    assert document(seen, Zone())["state"] == "UNKNOWN"
    assert seen.errors


async def test_an_older_value_is_not_told_for_one_that_is_not_known(memory: HistoryCache) -> None:
    window = grid.floor(NOW) - 3 * HOUR
    keep_total(memory, window - HOUR, window - 600, window, 77)
    seen = await look(lambda *_: window + 10, memory=memory, environ=NO_KEY)
    found = document(seen, Zone())
    assert (found["now"]["value"], found["headroom"], found["state"]) == (None, None, "UNKNOWN")
    lines = block(seen, 80, Zone(), PLAIN)
    assert re.match(r"  at \d\d:\d\d – of 120", lines[1])
    assert "77" not in line(seen, PLAIN)
    assert "no API key" in line(seen, PLAIN)


async def test_what_the_history_holds_needs_neither_a_key_nor_a_request(
    memory: HistoryCache,
) -> None:
    service = simulated(variants=3)
    first = await look(at("-1d"), service, memory)
    asked = service.count
    again = await look(at("-1d"), service, memory, NO_KEY)
    assert service.count == asked
    assert not again.failed
    assert document(again, Zone()) == document(first, Zone())


async def test_looking_back_forgets_nothing_that_came_later(memory: HistoryCache) -> None:
    service = simulated(variants=3)
    await read_profile(plan(), SPAN, ENVIRON, way(service), memory=memory)
    scope = Scope(plan().profile.target(), Filters())
    span = grid.floor(NOW) - SPAN, grid.floor(NOW) + grid.STEP
    before = memory.read(scope, *span)
    await look(at("-5d"), service, memory)
    assert memory.read(scope, *span) == before


async def test_a_moment_without_data_says_so() -> None:
    seen = await look(at("-2d"), simulated("empty"))
    lines = block(seen, 80, Zone(), PLAIN)
    assert "no window of this span has data" in lines[1]
    assert "no data then" in line(seen, PLAIN)
    assert document(seen, Zone())["now"]["value"] is None


async def test_words_without_a_date_are_of_the_profiles_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    seen = await look(at("yesterday 09:00", tokyo))
    assert document(seen, Zone())["at"] == "2026-09-20T00:00:00Z"
    assert block(seen, 80, Zone(tokyo), PLAIN)[0].endswith("past 2026-09-20 09:00 JST")
    assert "at 2026-09-20 09:00 " in line(seen, PLAIN, None, Zone(tokyo))


async def test_words_are_meant_by_the_servers_time() -> None:
    service = simulated()
    fast = replace(way(service), clock=lambda: NOW + 2 * DAY)
    seen = await read_profile(plan(), SPAN, ENVIRON, fast, at=at("-1h"))
    assert document(seen, Zone())["at"] == grid.to_iso(NOW - HOUR)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2100-01-01", "still to come"),
        ("2001-01-01", "more than ten years ago"),
        ("soon", "is not a time"),
        ("", "is not a time"),
    ],
)
def test_a_moment_that_nobody_can_see_is_refused(
    given: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path))
    place = ("--base-url", "http://127.0.0.1:1", "--account-id", "a", "--project-id", "p")
    monkeypatch.setenv("POLYTOP_API_KEY", "key")
    result = CliRunner().invoke(command, [*place, "--at", given], standalone_mode=False)
    assert isinstance(result.exception, click.UsageError)
    assert said in result.exception.format_message()


async def test_json_is_plain() -> None:
    json.dumps(document(await look(at("-3h")), Zone()), allow_nan=False)
