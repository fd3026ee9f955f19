"""A look with a history: less to ask for, and something to show where nothing answers."""

import asyncio
import json
import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from glance_keys import keys_hold
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_profiles import ENVIRON, HOUR, NOW, plan, simulated, way

from polytop.cli.glance.document import document
from polytop.cli.glance.text import LINE_WIDTH, LINES, block, line
from polytop.cli.output import Pen
from polytop.cli.runtime.one_shot import (
    ProfileQuery,
    ProfileReading,
    read_profile,
    read_profiles,
    severity_of,
)
from polytop.config.errors import ConfigError
from polytop.model import grid
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import State
from polytop.model.stats import Severity
from polytop.monitor.cache import HistoryCache
from polytop.simulator.app import Simulator, SimulatorConfig
from polytop.ui.time_format import Zone

SETTLING = (grid.RECENT + grid.STEP) // grid.STEP
"""Windows that are asked for at every look: the last hour and the one that runs."""

PLAIN, UTC = Pen(), Zone()


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[HistoryCache]:
    with closing(HistoryCache(tmp_path / "history.sqlite3")) as made:
        yield made


async def seen(
    service: Simulator, memory: HistoryCache | None, span: int = 6 * HOUR, later: float = 0.0
) -> ProfileReading:
    reached = replace(way(service), clock=lambda: NOW + later)
    return await read_profile(plan(), span, ENVIRON, reached, memory=memory)


def windows(service: Simulator) -> list[int]:
    """How many windows each request asked for."""
    pairs = [dict(each.query) for each in service.requests]
    return [
        grid.count(int(grid.from_iso(q["start_time"])), int(grid.from_iso(q["end_time"])))
        for q in pairs
    ]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 48), max_size=3), st.integers(1, 48))
async def test_a_look_with_a_history_shows_what_one_without_shows(
    before: list[int], half_hours: int
) -> None:
    with closing(HistoryCache()) as memory:
        for each in before:
            await seen(simulated(variants=3), memory, each * 1_800)
        alone = await seen(simulated(variants=3), None, half_hours * 1_800)
        service = simulated(variants=3)
        one = await seen(service, memory, half_hours * 1_800)
        assert document(one, Zone()) == document(alone, Zone())
        assert block(one, 80, UTC, PLAIN) == block(alone, 80, UTC, PLAIN)
        longest = max(before, default=0)
        lacking = max(0, half_hours - max(longest, 2)) * 6
        # Less than a day is known between what lacks: one request a side for all of it.
        expected = half_hours * 6 if not before or lacking else min(SETTLING, half_hours * 6)
        assert windows(service) == [expected] * 2


async def test_what_is_known_is_shown_where_the_api_fails(memory: HistoryCache) -> None:
    first = await seen(simulated(), memory)
    assert first.snapshot is not None
    one = await seen(simulated("drop"), memory, later=720)
    assert one.failed
    snapshot = one.snapshot
    assert snapshot is not None
    assert snapshot.state is State.OFFLINE
    assert snapshot.fetched_at == NOW
    known = first.snapshot.total.cut(snapshot.start, first.snapshot.end)
    assert snapshot.total.cut(known.start, known.end) == known
    assert snapshot.total.at(NOW + 720) == UNKNOWN
    found = document(one, Zone())
    keys_hold(found)
    assert found["stale_seconds"] == 720
    assert (found["state"], severity_of(one)) == ("UNKNOWN", Severity.UNKNOWN)
    assert found["now"] == {"time": None, "value": None, "provisional": None}
    assert found["peak"]["value"] > 0
    assert len(found["rows"]) == 8
    last = [row["last_complete"] for row in found["rows"]]
    assert last == sorted(last, reverse=True)
    assert len(set(last)) > 1
    assert found["rows"][0]["variant_name"] in block(one, 80, UTC, PLAIN)[-1]
    assert len(found["errors"]) == 1
    lines = block(one, 80, UTC, PLAIN)
    assert len(lines) == LINES
    assert any("what was known 12 min ago" in each for each in lines)
    # The number is dated, and says nothing of the room that there is by now.
    assert not any(word in "\n".join(lines) for word in (" now ", "used", "headroom"))
    assert "  5 min " not in lines[-1]
    text = line(one, PLAIN)
    last = first.snapshot.total.at(NOW)
    assert f" ≥ {last} of 120" in lines[1]
    assert text.startswith(f"UNKNOWN prod ≥ {last}/120 12 min ago: ")
    assert len(text) <= LINE_WIDTH
    json.dumps(found)


async def test_no_key_leaves_what_is_known(memory: HistoryCache) -> None:
    await seen(simulated(), memory)
    service = simulated()
    reached = replace(way(service), clock=lambda: NOW + 3 * HOUR)
    one = await read_profile(plan(), 6 * HOUR, {}, reached, memory=memory)
    assert one.failed
    assert [each.summary for each in one.errors] == ["no API key for profile prod"]
    assert document(one, Zone())["peak"]["value"] > 0
    assert document(one, Zone())["stale_seconds"] == 3 * HOUR
    # What ran when it was last asked for is a value of that moment, not of its end.
    assert " 3 h ago: no API key" in line(one, PLAIN)
    assert service.count == 0


async def test_nothing_known_and_nothing_answered_is_the_reason_alone(memory: HistoryCache) -> None:
    one = await seen(simulated("401"), memory)
    assert document(one, Zone())["stale_seconds"] is None
    assert line(one, PLAIN) == line(await seen(simulated("401"), None), PLAIN)
    assert len(block(one, 80, UTC, PLAIN)) < LINES


async def test_a_breakdown_that_fails_leaves_the_rows_that_are_known(memory: HistoryCache) -> None:
    await seen(simulated(), memory)
    one = await seen(simulated("501"), memory)
    assert not one.failed
    assert len(document(one, Zone())["rows"]) == 8
    assert len(document(one, Zone())["errors"]) == 1


async def test_several_profiles_share_one_history(memory: HistoryCache) -> None:
    plans = (
        plan("one"),
        ProfileQuery("bad", refused=ConfigError("broken", "mend it")),
        plan("two"),
    )
    for _ in range(2):
        service = simulated()
        looks = await read_profiles(plans, 6 * HOUR, ENVIRON, way(service), memory)
        assert [each.failed for each in looks] == [False, True, False]
    assert windows(service) == [SETTLING] * 4


async def test_a_history_that_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with closing(HistoryCache(tmp_path / "link")) as memory:
        one = await seen(simulated(), memory)
        assert document(one, Zone()) == document(await seen(simulated(), None), Zone())
        assert memory.problem is not None


@pytest.mark.parametrize("place", range(6))
async def test_a_window_seen_run_by_a_long_look_is_left_out_after_a_short_and_a_failed_one(
    memory: HistoryCache, place: int
) -> None:
    """No later look has asked for it: what is known of it may be too low."""
    first = grid.floor(NOW) + 600 * place

    async def glance(at: float, span: int, scenario: str | None = None) -> dict[str, Any]:
        def clock() -> float:
            return at

        service = Simulator(SimulatorConfig(clock=clock, sleep=asyncio.sleep, scenario=scenario))
        reached = replace(way(service), clock=clock)
        reading = await read_profile(plan(), span, ENVIRON, reached, memory=memory)
        assert reading.snapshot is not None
        totals.append(reading.snapshot.total)
        return document(reading, Zone())

    totals: list[Series] = []
    await glance(first + 100, 6 * HOUR)
    short = await glance(first + 3 * HOUR + 290, HOUR)
    failed = await glance(first + 3 * HOUR + 299, 6 * HOUR, "drop")
    later = await glance(first + 3 * HOUR + 610, 6 * HOUR, "drop")
    for found, total in ((failed, totals[2]), (later, totals[3])):
        values = [
            value for window, value in total.known() if window not in (first, first + 3 * HOUR)
        ]
        assert total.at(first) >= 0
        assert found["mean"] == round(sum(values) / len(values), 2)
        assert found["p95"] == sorted(values)[math.ceil(0.95 * len(values)) - 1]
        # What was the last complete window then stays it, with its change.
        assert found["last_complete"] == short["last_complete"]
        assert found["last_complete"]["time"] == grid.to_iso(first + 3 * HOUR - grid.STEP)
    assert failed["now"] == short["now"]
    assert later["now"]["value"] is None
    # Once it is asked for again, nothing is provisional but the window that runs.
    await glance(first + 3 * HOUR + 700, 6 * HOUR)
    assert totals[4].provisional == {first + 3 * HOUR + 600}
