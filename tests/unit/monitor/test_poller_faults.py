"""The poller when things go wrong: the last good picture stays, and it goes on by itself."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from simulated_poller import HOUR, INTERVAL, KEY, NOW, Asgi, World, failing, rows_of

from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.problem import Kind
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import State
from polytop.model.target import Filters
from polytop.monitor.requests import Fetch

FAULTS = {
    "400": (Kind.REFUSED, State.STALE, 400),
    "401": (Kind.REFUSED, State.STALE, 401),
    "403": (Kind.REFUSED, State.STALE, 403),
    "404": (Kind.REFUSED, State.STALE, 404),
    "429": (Kind.BUSY, State.STALE, 429),
    "500": (Kind.BROKEN, State.STALE, 500),
    "html": (Kind.BROKEN, State.STALE, 502),
    "truncated": (Kind.BROKEN, State.STALE, 200),
    "nonjson": (Kind.BROKEN, State.STALE, 200),
    "drop": (Kind.OFFLINE, State.OFFLINE, None),
    "hang": (Kind.OFFLINE, State.OFFLINE, None),
}
END = grid.floor(NOW) + grid.STEP
PATIENCE = 0.01
"""Seconds of real time after which the client gives a hanging request up."""


@pytest.mark.parametrize("scenario", FAULTS)
async def test_a_fault_keeps_the_last_good_picture_and_passes(
    scenario: str, caplog: pytest.LogCaptureFixture
) -> None:
    kind, state, status = FAULTS[scenario]
    world = World(patience=PATIENCE)
    async with world.watched() as following:
        good = await following()
        world.simulator.set_scenario(scenario)
        faulty = [await following() for _ in range(3)]
        world.simulator.set_scenario(None)
        well = await following()
        assert well.total == await world.truth(well.start, well.end)
    for number, snapshot in enumerate(faulty, 1):
        assert (snapshot.state, snapshot.fetched_at) == (state, good.at)
        assert snapshot.total == good.total
        assert rows_of(snapshot) == rows_of(good)
        assert snapshot.fault is not None
        assert (snapshot.fault.since, snapshot.fault.failures) == (faulty[0].at, number)
        problem = snapshot.fault.problem
        assert (problem.kind, problem.status) == (kind, status)
        assert problem.summary
        assert problem.advice.endswith(".")
    assert (well.state, well.fault, well.fetched_at) == (State.LIVE, None, well.at)
    assert well.recovered == faulty[-1].fault
    assert KEY not in caplog.text + repr(faulty)


@pytest.mark.parametrize("scenario", FAULTS)
async def test_a_fault_from_the_start_is_told_and_the_screen_has_its_range(scenario: str) -> None:
    world = World(scenario=scenario, patience=PATIENCE)
    async with world.watched() as following:
        faulty = await following()
        world.simulator.set_scenario(None)
        well = await following()
        assert well.total == await world.truth(well.start, well.end)
    kind = FAULTS[scenario][0]
    state = State.OFFLINE if kind is Kind.OFFLINE else State.NO_DATA
    assert (faulty.state, faulty.fetched_at, faulty.rows) == (state, None, None)
    assert faulty.total.values == (UNKNOWN,) * 72
    assert faulty.fault is not None
    assert faulty.fault.problem.kind is kind
    assert well.state is State.LIVE


async def test_a_server_without_slices_has_a_total_and_a_word_about_the_breakdown() -> None:
    world = World(scenario="501")
    async with world.watched() as following:
        for polls in range(1, 4):
            snapshot = await following()
            assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
            assert (snapshot.state, snapshot.rows) == (State.LIVE, None)
            assert snapshot.breakdown_problem is not None
            assert snapshot.breakdown_problem.status == 501
            assert snapshot.breakdown_problem.error_message == "slicing is not implemented"
            assert len(world.asked) == 2 * polls


async def test_a_server_without_slices_is_not_asked_for_ever_for_older_weeks() -> None:
    world = World(14 * 24 * HOUR, scenario="501")
    async with world.watched() as following:
        while (snapshot := await following()).polls < 6:
            pass
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
    older = [one for one in world.asked if one.end <= snapshot.end - grid.WEEK]
    assert [one.slice_by for one in older] == [None, None]


async def test_where_the_breakdown_alone_fails_the_total_is_fresh() -> None:
    calls = [False, True, True]
    world = World(within=failing(sliced=True, calls=lambda: bool(calls) and calls.pop(0)))
    async with world.watched() as following:
        good = await following()
        world.now += 2 * HOUR
        for _ in range(2):
            snapshot = await following()
            assert snapshot.breakdown_problem is not None
            assert snapshot.breakdown_problem.error_message == "not now"
            assert (snapshot.state, snapshot.fault) == (State.LIVE, None)
            assert snapshot.fetched_at == snapshot.at
            assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
            for part, series in rows_of(snapshot).items():
                known = rows_of(good)[part].cut(snapshot.start, snapshot.end)
                assert series == known
        snapshot = await following()
        assert snapshot.breakdown_problem is None
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)


async def test_where_the_total_alone_fails_the_data_are_stale() -> None:
    calls = [False, True, False]
    world = World(within=failing(sliced=False, calls=lambda: calls.pop(0)))
    async with world.watched() as following:
        good = await following()
        world.now += HOUR
        snapshot = await following()
        assert (snapshot.state, snapshot.fetched_at) == (State.STALE, NOW)
        assert snapshot.fault is not None
        assert snapshot.breakdown_problem is None
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
        assert snapshot.total == good.total.cut(snapshot.start, snapshot.end)
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert snapshot.state is State.LIVE


async def test_it_backs_off_up_to_the_bound_and_is_back_at_once() -> None:
    world = World(scenario="500", chance=lambda: 0.0)
    async with world.watched() as following:
        for _ in range(9):
            snapshot = await following()
        world.simulator.set_scenario(None)
        snapshot = await following()
        assert snapshot.state is State.LIVE
        await following()
    assert world.slept == [5, 10, 20, 30, 30, 30, 30, 30, 30, 27]


async def test_what_passed_during_an_outage_is_made_up_for() -> None:
    world = World(12 * HOUR)
    async with world.watched() as following:
        await following()
        world.simulator.set_scenario("drop")
        while world.now < NOW + 3 * HOUR:
            await following()
        world.simulator.set_scenario(None)
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)


@pytest.mark.parametrize(("retry_after", "slept"), [(47, 47), (2, 5), (9_000, 3_600)])
async def test_retry_after_is_honoured(retry_after: int, slept: float) -> None:
    world = World(scenario="429", retry_after=retry_after, chance=lambda: 0.0)
    async with world.watched() as following:
        snapshot = await following()
        assert snapshot.next_at == NOW + slept
        assert snapshot.fault is not None
        assert snapshot.fault.problem.retry_after == retry_after
        await following()
    assert world.slept == [slept]


async def test_a_fault_that_comes_and_goes() -> None:
    world = World(scenario="flaky")
    async with world.watched() as following:
        snapshots = [await following() for _ in range(12)]
        last = next(one for one in reversed(snapshots) if one.fault is None)
        assert last.total == await world.truth(last.start, last.end)
    assert any(one.fault for one in snapshots)
    assert any(one.breakdown_problem for one in snapshots)
    assert all(one.fetched_at is not None for one in snapshots)


async def test_a_clock_that_is_set_back_after_a_fault_makes_no_wait_longer() -> None:
    world = World(chance=lambda: 0.0)
    async with world.watched() as following:
        await following()
        world.simulator.set_scenario("500")
        faulty = await following()
        world.now -= HOUR
        again = await following()
        world.simulator.set_scenario(None)
        well = await following()
    assert world.slept == [27, 5, 10]
    assert faulty.fault is not None
    assert again.fault is not None
    assert again.fault.since == faulty.fault.since
    assert well.state is State.LIVE


async def test_a_question_that_may_not_be_sent_is_a_fault_that_says_what_to_change() -> None:
    world = World(filters=Filters(variant_id="v1", variant_name="Main"))
    async with world.watched() as following:
        for failures in (1, 2):
            snapshot = await following()
            assert snapshot.fault is not None
            assert snapshot.fault.failures == failures
            assert snapshot.fault.problem.kind is Kind.REFUSED
            assert "not both" in snapshot.fault.problem.advice
    assert world.asked == []
    assert len(world.slept) == 1


class Bug(Exception):  # noqa: N818 - what it stands for
    """An error that nobody foresaw."""


async def test_what_nobody_foresaw_is_a_problem_in_the_log_and_polling_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing_now = [False]

    def around(fetch: Fetch) -> Fetch:
        async def stumbling(query: Query, /) -> Answer | NotOffered:
            if failing_now[0]:
                raise Bug("unforeseen")
            return await fetch(query)

        return stumbling

    world = World(around=around)
    async with world.watched() as following:
        good = await following()
        failing_now[0] = True
        with caplog.at_level(logging.ERROR, "polytop.monitor"):
            snapshot = await following()
        assert snapshot.fault is not None
        assert snapshot.fault.problem.kind is Kind.BROKEN
        assert snapshot.fault.problem.advice
        assert (snapshot.total, snapshot.state) == (good.total, State.STALE)
        failing_now[0] = False
        assert (await following()).state is State.LIVE
    assert "Bug: unforeseen" in caplog.text


async def test_a_failed_question_is_counted_as_one_that_was_asked() -> None:
    world = World(scenario="500")
    async with world.watched() as following:
        snapshot = await following()
    assert snapshot.cost.requests == 2 == len(world.asked)


async def test_while_it_fails_the_window_moves_on() -> None:
    world = World(interval=600)
    async with world.watched() as following:
        good = await following()
        world.simulator.set_scenario("drop")
        while (snapshot := await following()).at < NOW + HOUR:
            assert snapshot.running == snapshot.end - grid.STEP
            assert snapshot.complete_until == good.complete_until
    assert snapshot.total == good.total.cut(snapshot.start, snapshot.end)
    assert snapshot.summary.now is None
    assert snapshot.at - NOW == pytest.approx(sum(world.slept))
    assert world.slept[0] == pytest.approx(20 * INTERVAL)


async def test_a_month_that_breaks_off_goes_on_where_it_was() -> None:
    calls = [False, False, False, True]
    world = World(
        28 * 24 * HOUR, within=failing(sliced=False, calls=lambda: bool(calls) and calls.pop(0))
    )
    async with world.watched() as following:
        while (snapshot := await following()).backfill_problem is None:
            pass
        assert snapshot.backfill_problem.error_message == "not now"
        assert (snapshot.state, snapshot.fault) == (State.LIVE, None)
        assert UNKNOWN in snapshot.total.values
        while UNKNOWN in (snapshot := await following()).total.values:
            pass
        assert snapshot.backfill_problem is None
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
    # The one that failed was asked for twice, but only once of the simulator.
    older = [(one.start, one.end) for one in world.asked if one.end < END and not one.slice_by]
    assert sorted(older) == sorted(set(grid.split_range(END - 28 * 24 * HOUR, END - grid.WEEK)))
    assert calls == []


async def test_an_older_week_that_always_fails_is_asked_for_less_and_less_often() -> None:
    polls: list[int] = []
    world = World(14 * 24 * HOUR, within=refusing_the_past(lambda: polls.append(snapshot.polls)))
    async with world.watched() as following:
        while (snapshot := await following()).polls < 30:
            pass
    # The total and the breakdown side by side, again after 1, 2, 4 and 8 polls.
    assert polls[::2] == polls[1::2] == [1, 2, 4, 8, 16, 24]
    assert snapshot.backfill_problem is not None
    assert snapshot.state is State.LIVE


def refusing_the_past(note: Callable[[], None]) -> Callable[[Asgi], Asgi]:
    """A server that does not want to be asked for what is older than a week."""

    def within(app: Asgi) -> Asgi:
        async def server(scope: Any, receive: Any, send: Any) -> None:
            asked = dict(parse_qsl(scope["query_string"].decode()))
            if grid.from_iso(asked["end_time"]) > END - HOUR:
                await app(scope, receive, send)
                return
            note()
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": b'{"error_message": "too old"}'})

        return server

    return within
