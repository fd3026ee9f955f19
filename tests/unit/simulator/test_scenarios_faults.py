"""Each scenario does what its name says, and ends."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from simulator_client import PATH, Bench

from polytop.simulator.reply import ConnectionDroppedError
from polytop.simulator.scenarios import SCENARIOS, find_scenario

Make = Callable[..., Bench]
VALUE = "max_concurrent_conversations"

NAMES = [
    "401",
    "403",
    "404",
    "400",
    "500",
    "501",
    "429",
    "html",
    "slow",
    "hang",
    "drop",
    "truncated",
    "nonjson",
    "nulls",
    "unordered",
    "dupes",
    "gaps",
    "late",
    "revised",
    "hostile-names",
    "empty",
    "flaky",
    "launch",
    "outage",
    "quiet-night",
]


def test_every_promised_scenario_is_there() -> None:
    assert sorted(SCENARIOS) == sorted(NAMES)
    assert all(scenario.summary for scenario in SCENARIOS.values())


def test_an_unknown_scenario_is_named() -> None:
    with pytest.raises(ValueError, match=r"'tea'; there are: .*flaky"):
        find_scenario("tea")


@pytest.mark.parametrize("name", ["400", "401", "403", "404", "500", "429"])
async def test_statuses(bench: Make, name: str) -> None:
    answer = await bench(scenario=name).get(1)
    assert answer.status_code == int(name)
    assert answer.headers["x-polyai-correlation-id"]
    body = answer.json()
    assert body.get("error_message") or body["errors"]


async def test_errors_come_in_three_envelopes(bench: Make) -> None:
    shapes = [
        frozenset((await bench(scenario=name).get(1)).json()) for name in ("401", "403", "500")
    ]
    assert shapes == [
        {"error_message"},
        {"message", "errors"},
        {"success", "error", "error_id", "error_code", "error_message", "data"},
    ]


async def test_429_says_how_long_to_wait(bench: Make) -> None:
    assert (await bench(scenario="429").get(1)).headers["retry-after"] == "5"
    answer = await bench(scenario="429", retry_after=70).get(1)
    assert answer.headers["retry-after"] == "70"


async def test_501_refuses_slices_only(bench: Make) -> None:
    made = bench(scenario="501")
    assert (await made.get(1)).status_code == 200
    assert (await made.get(1, slice_by="variant")).status_code == 501


async def test_html_and_text(bench: Make) -> None:
    page = await bench(scenario="html").get(1)
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert "Bad Gateway" in page.text
    text = await bench(scenario="nonjson").get(1)
    assert text.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        text.json()


async def test_slow_sleeps_and_then_answers(bench: Make) -> None:
    made = bench(scenario="slow", slow=4.5)
    assert len(await made.rows(1)) == 12
    assert made.slept == [4.5]


async def test_hang_never_answers(bench: Make) -> None:
    made = bench(scenario="hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await made.get(1)
    assert made.simulator.count == 1


async def test_hang_ends_when_the_client_goes(bench: Make) -> None:
    simulator = bench(scenario="hang").simulator
    arrived = [{"type": "http.disconnect"}, {"type": "http.request"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return arrived.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": PATH, "headers": [(b"x-api-key", b"k")]}
    query = b"start_time=2025-11-20T08:00:00Z&end_time=2025-11-20T09:00:00Z"
    await simulator({**scope, "query_string": query}, receive, send)
    assert (arrived, sent) == ([], [])


async def test_drop_is_a_lost_connection(bench: Make) -> None:
    with pytest.raises(ConnectionDroppedError):
        await bench(scenario="drop").get(1)


async def test_a_truncated_answer_is_shorter_than_it_says(bench: Make) -> None:
    whole = await bench().get(1)
    part = await bench(scenario="truncated").get(1)
    assert int(part.headers["content-length"]) == len(whole.content) > len(part.content)
    assert whole.content.startswith(part.content)


async def test_nulls_spoil_one_row_in_five(bench: Make) -> None:
    rows = await bench(scenario="nulls").rows(6)
    true = await bench().rows(6)
    spoilt = [got for got, was in zip(rows, true, strict=True) if got != was]
    assert len(spoilt) == 14
    kinds = {type(row[VALUE]) for row in spoilt if row}
    assert kinds >= {type(None), str, int, float}
    assert None in spoilt
    assert any(row and row[VALUE] == -1 for row in spoilt)
    assert any(row and "time" not in row for row in spoilt)
    assert any(row and ":07Z" in str(row.get("time")) for row in spoilt)


async def test_unordered_rows_are_the_same_rows(bench: Make) -> None:
    mixed = await bench(scenario="unordered").rows(6)
    true = await bench().rows(6)
    assert mixed != true
    assert sorted(mixed, key=lambda row: str(row["time"])) == true


async def test_of_duplicates_the_largest_is_true(bench: Make) -> None:
    doubled = await bench(scenario="dupes").rows(6)
    values: dict[str, list[int]] = defaultdict(list)
    for row in doubled:
        values[row["time"]].append(row[VALUE])
    assert sum(len(found) == 2 for found in values.values()) == 18
    assert {found[0] == max(found) for found in values.values() if len(found) == 2} == {True, False}
    true = {row["time"]: row[VALUE] for row in await bench().rows(6)}
    assert {time: max(found) for time, found in values.items()} == true


async def test_gaps_leave_windows_out(bench: Make) -> None:
    rows = await bench(scenario="gaps").rows(6)
    assert len(rows) == 6 * 8
    true = await bench().rows(6)
    assert all(row in true for row in rows)


async def test_late_windows_arrive(bench: Make) -> None:
    made = bench(scenario="late")
    at = "2025-11-20T11:50:00Z"
    early = await made.rows(1)
    assert early[-1]["time"] == "2025-11-20T11:40:00Z"
    made.now += 900
    later = await made.rows(1)
    assert at in [row["time"] for row in later]


async def test_revised_windows_settle_at_the_truth(bench: Make) -> None:
    made = bench(scenario="revised")
    true = [row[VALUE] for row in await bench().rows(1)]
    young = [row[VALUE] for row in await made.rows(1)]
    assert any(was < truth for was, truth in zip(young, true, strict=True))
    assert any(was > truth for was, truth in zip(young, true, strict=True))
    made.now += 3600
    assert [row[VALUE] for row in (await made.rows(2))[:12]] == true


async def test_hostile_names_arrive_as_they_are(bench: Make) -> None:
    made = bench(scenario="hostile-names")
    rows = await made.rows(6, slice_by="variant")
    names = {row.get("variant_name") for row in rows}
    assert {"", "\x1b[31mred\x1b[2J\x1b[H", "Twins", None} <= names
    assert any(name and len(name) == 300 for name in names)
    assert len({row["variant_id"] for row in rows if row.get("variant_name") == "Twins"}) == 2
    assert any("variant_id" not in row for row in rows)
    twins = await made.rows(6, variant_name="Twins")
    one = await made.rows(6, variant_id="v-twin-1")
    assert sum(row[VALUE] for row in twins) > sum(row[VALUE] for row in one) > 0


async def test_empty_has_no_rows(bench: Make) -> None:
    assert await bench(scenario="empty").rows(6) == []


async def test_flaky_fails_every_third_time_in_three_ways(bench: Make) -> None:
    made = bench(scenario="flaky")
    seen: list[int] = []
    for _ in range(12):
        try:
            seen.append((await made.get(1)).status_code)
        except ConnectionDroppedError:
            seen.append(0)
    assert seen == [200, 200, 500, 200, 200, 503, 200, 200, 0, 200, 200, 500]


@pytest.mark.parametrize("name", NAMES)
async def test_every_scenario_ends(bench: Make, name: str) -> None:
    made = bench(scenario=name)
    assert made.simulator.scenario == name
    made.simulator.set_scenario(None)
    assert made.simulator.scenario is None
    assert (await made.get(1)).content == (await bench().get(1)).content


async def test_what_happens_counts_from_the_moment_it_is_chosen(bench: Make) -> None:
    made = bench()
    made.now += 36_000
    made.simulator.set_scenario("outage")
    made.now += 1200
    values = [row[VALUE] for row in await made.rows(1)]
    assert values[-3:] == [0, 0, 0]
    assert min(values[:8]) > 0
