"""The application: routes, refusals, answers."""

import gzip
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from simulator_client import NOON, PATH, Bench

from polytop.model.secret import Secret

Make = Callable[..., Bench]


async def test_an_answer_is_as_documented(bench: Make) -> None:
    made = bench()
    answer = await made.get(1)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["date"] == "Thu, 20 Nov 2025 12:00:00 GMT"
    assert re.fullmatch(r"sim-1-\d{6}", answer.headers["x-polyai-correlation-id"])
    body = answer.json()
    assert set(body) == {"account_id", "project_id", "intervals"}
    assert body["project_id"] == "PROJECT-simulator"
    assert [row["time"] for row in body["intervals"]][:2] == [
        "2025-11-20T11:00:00Z",
        "2025-11-20T11:05:00Z",
    ]
    assert len(body["intervals"]) == 12
    assert all(set(row) == {"time", "max_concurrent_conversations"} for row in body["intervals"])


async def test_the_window_that_runs_is_told_and_none_after_it(bench: Make) -> None:
    made = bench()
    made.now = NOON + 1
    rows = await made.rows(1)
    assert rows[-1]["time"] == "2025-11-20T12:00:00Z"
    span = {"start_time": "2025-11-20T12:30:00Z", "end_time": "2025-11-20T13:00:00Z"}
    assert (await made.client.get(PATH, params=span)).json()["intervals"] == []


async def test_a_sliced_answer_lists_one_variant_after_the_other(bench: Make) -> None:
    rows = await bench().rows(1, slice_by="variant")
    assert len(rows) == 8 * 12
    times = [row["time"] for row in rows]
    assert times != sorted(times)
    assert [row["variant_id"] for row in rows[:13:12]] == ["v-main", "v-billing"]
    assert rows[0]["variant_name"] == "Main line"


async def test_milliseconds_are_answered_with_milliseconds(bench: Make) -> None:
    span = {"start_time": "2025-11-20T11:01:59.999Z", "end_time": "2025-11-20T12:07:00+01:00"}
    rows = (await bench().client.get(PATH, params=span)).json()["intervals"]
    assert [rows[0]["time"], rows[-1]["time"]] == [
        "2025-11-20T11:00:00.000Z",
        "2025-11-20T11:05:00.000Z",
    ]


async def test_same_seed_and_clock_same_bytes(bench: Make) -> None:
    asked: dict[str, str] = {"slice_by": "variant"}
    one, other = bench(), bench()
    first = await one.get(6, **asked)
    await other.get(30, language="en-GB")
    assert (await other.get(6, **asked)).content == first.content
    assert (await bench(seed=2).get(6, **asked)).content != first.content


async def test_projects_have_traffic_of_their_own(bench: Make) -> None:
    made = bench(projects=("a", "b"))
    span = {"start_time": "2025-11-20T08:00:00Z", "end_time": "2025-11-20T12:00:00Z"}
    bodies = [
        (await made.client.get(PATH.replace("PROJECT-simulator", name), params=span)).json()
        for name in ("a", "b")
    ]
    assert [body["project_id"] for body in bodies] == ["a", "b"]
    assert bodies[0]["intervals"] != bodies[1]["intervals"]


GOOD = {"start_time": "2025-11-20T08:00:00Z", "end_time": "2025-11-20T12:00:00Z"}


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({}, 200, ""),
        ({"start_time": None}, 400, "start_time is required"),
        ({"end_time": None}, 400, "end_time is required"),
        ({"start_time": "yesterday"}, 400, "start_time is not a date"),
        ({"start_time": "2025-11-20"}, 400, "start_time is not a date"),
        ({"start_time": "2025-11-20T08:00:00"}, 400, "start_time is not a date"),
        ({"start_time": "2025-13-20T08:00:00Z"}, 400, "start_time is not a date"),
        ({"start_time": "0001-01-01T00:00:00+14:00"}, 400, "too early"),
        ({"end_time": "2025-11-20T07:59:59Z"}, 400, "before start_time"),
        ({"end_time": "2025-11-20T08:00:00Z"}, 200, ""),
        ({"start_time": "2025-11-13T12:00:00Z"}, 200, ""),
        ({"start_time": "2025-11-13T12:00:01Z", "end_time": "2025-11-20T12:00:01Z"}, 400, "1 week"),
        ({"client_env": "sandbox"}, 200, ""),
        ({"client_env": "draft"}, 400, "client_env must be"),
        ({"client_env": ""}, 400, "client_env must be"),
        ({"variant_id": "a", "variant_name": "b"}, 400, "not both"),
        ({"slice_by": "language"}, 501, "not implemented"),
        ({"slice_by": "phone_number"}, 501, "not implemented"),
        ({"slice_by": "colour"}, 400, "slice_by must be"),
        ({"slice_by": ["variant", "variant"]}, 400, "given 2 times"),
        ({"colour": ["red", "blue"]}, 200, ""),
    ],
)
async def test_parameters_are_checked(
    bench: Make, params: dict[str, Any], status: int, words: str
) -> None:
    given = {name: value for name, value in (GOOD | params).items() if value is not None}
    answer = await bench().client.get(PATH, params=given)
    assert answer.status_code == status
    assert words in answer.json().get("error_message", "")


async def test_a_plus_that_is_not_encoded_is_a_space(bench: Make) -> None:
    client = bench().client
    span = "start_time=2025-11-20T08:00:00Z&end_time=2025-11-20T12:00:00Z"

    async def peak(number: str) -> int:
        rows = (await client.get(f"{PATH}?{span}&phone_number={number}")).json()["intervals"]
        return max(row["max_concurrent_conversations"] for row in rows)

    assert await peak("+442079460100") == 0
    assert await peak("%2B442079460100") > 0


async def test_a_name_with_anything_in_it_can_be_asked_for(bench: Make) -> None:
    client = bench().client
    span = "start_time=2025-11-20T08:00:00Z&end_time=2025-11-20T12:00:00Z"
    for name in ("Billing%20%26%20refunds", "Roadside%20%2B%20recovery", "M%C3%BCnchen"):
        rows = (await client.get(f"{PATH}?{span}&variant_name={name}")).json()["intervals"]
        assert max(row["max_concurrent_conversations"] for row in rows) > 0


async def test_what_is_unknown_has_no_calls(bench: Make) -> None:
    made = bench()
    rows = await made.rows(1, language="xx-XX")
    assert [row["max_concurrent_conversations"] for row in rows] == [0] * 12
    assert await made.rows(1, language="xx-XX", slice_by="variant") == []


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_get_is_allowed(bench: Make, method: str) -> None:
    answer = await bench().client.request(method, PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v2/a/b/conversations/concurrency", PATH + "/", "/_simulator", "//" + PATH],
)
async def test_other_paths_are_not_found(bench: Make, path: str) -> None:
    answer = await bench().client.get(f"http://simulator{path}")
    assert answer.status_code == 404
    assert "no such path" in answer.json()["error_message"]


@pytest.mark.parametrize(
    "path",
    [PATH.replace("ws-", "ACCOUNT-"), PATH.replace("PROJECT-", ""), PATH.replace("v1/", "v1/%2F")],
)
async def test_other_accounts_and_projects_are_not_found(bench: Make, path: str) -> None:
    answer = await bench().client.get(path, params=GOOD)
    assert answer.status_code == 404
    assert "account or project" in answer.json()["error_message"]


async def test_a_key_is_needed_and_checked(bench: Make) -> None:
    made = bench(api_key=Secret("right-key"))
    for headers in ({"x-api-key": ""}, {"x-api-key": "wrong"}):
        answer = await made.client.get(PATH, params=GOOD, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error_message"]
    answer = await made.client.get(PATH, params=GOOD, headers={"x-api-key": "right-key"})
    assert answer.status_code == 200
    assert "right-key" not in repr(made.simulator.config) + repr(made.simulator.requests)


async def test_requests_are_remembered(bench: Make) -> None:
    made = bench()
    await made.get(1, language="en-GB")
    (asked,) = made.simulator.requests
    assert (asked.method, asked.path, made.simulator.count) == ("GET", PATH, 1)
    assert ("language", "en-GB") in asked.query
    assert asked.at == NOON


async def test_answers_are_compressed_where_that_is_wanted(bench: Make) -> None:
    plain = await bench().get(6)
    assert "content-encoding" not in plain.headers
    made = bench(compress=True)
    packed = await made.get(6)
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) == len(packed.content)
    for accepted in ("identity", "gzip;q=0", "deflate, br"):
        answer = await made.client.get(PATH, params=GOOD, headers={"accept-encoding": accepted})
        assert "content-encoding" not in answer.headers
    async with made.client.stream("GET", PATH, params=GOOD) as raw:
        body = b"".join([part async for part in raw.aiter_raw()])
    assert gzip.decompress(body).startswith(b'{"account_id"')


async def test_only_http_is_spoken(bench: Make) -> None:
    async def nothing(*_: Any) -> Any:
        raise AssertionError("unused")

    with pytest.raises(ValueError, match="HTTP only"):
        await bench().simulator({"type": "websocket"}, nothing, nothing)


async def test_early_years_have_times_that_can_be_read(bench: Make) -> None:
    span = {"start_time": "0003-01-01T00:00:00Z", "end_time": "0003-01-01T01:00:00Z"}
    rows = (await bench().client.get(PATH, params=span)).json()["intervals"]
    assert len(rows) == 12
    assert datetime.fromisoformat(rows[0]["time"]).year == 3


async def test_scenarios_are_switched_over_http(bench: Make) -> None:
    made = bench()
    url = "/_simulator/scenario"
    assert (await made.client.get(url)).json() == {"scenario": "none"}
    assert (await made.client.put(url + "/500")).json() == {"scenario": "500"}
    assert (await made.get(1)).status_code == 500
    assert (await made.client.put(url + "/none")).json() == {"scenario": "none"}
    assert (await made.get(1)).status_code == 200
    unknown = await made.client.put(url + "/nonsense")
    assert unknown.status_code == 404
    assert "quiet-night" in unknown.json()["error_message"]
    assert (await made.client.post(url)).headers["allow"] == "GET"
    assert (await made.client.get(url + "/500")).headers["allow"] == "PUT"


async def test_scenarios_are_switched_from_this_machine_only(bench: Make) -> None:
    made = bench()
    made.build(made.simulator.config, client=("192.0.2.7", 999))
    assert (await made.client.put("/_simulator/scenario/500")).status_code == 403
    assert (await made.get(1)).status_code == 200
