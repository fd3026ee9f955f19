"""Every breakdown against what the service itself says, asked for as sparingly as can be."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from simulated_poller import DAY, HOUR, NOW, TARGET, Asgi, World, until

from polytop.model import baseline, grid
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown, narrow_filters
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, State, View
from polytop.model.target import ClientEnv, Filters, SliceBy
from polytop.monitor.cache import HistoryCache
from polytop.monitor.view_data import REFUSED_FOR, read_view

LANGUAGES = ("ca-ES", "de-DE", "en-GB", "es-ES")
NUMBERS = ("+12025550134", "+442079460100", "+442079460120", "+498999998040")
ENVIRONMENTS = tuple(each.value for each in ClientEnv)
VALUES = {
    Breakdown.VARIANT: (),
    Breakdown.LANGUAGE: LANGUAGES,
    Breakdown.PHONE_NUMBER: NUMBERS,
    Breakdown.CLIENT_ENV: ENVIRONMENTS,
}
END = grid.floor(NOW) - grid.STEP
SILENT = {"de-DE", "+498999998040"}
"""Values that none of the calls has."""

Following = Callable[[], Awaitable[Snapshot]]


@pytest.fixture
def memory() -> Iterator[HistoryCache]:
    """A history that outlives the program, without a file."""
    with closing(HistoryCache()) as made:
        yield made


def broken_down(by: Breakdown, span: int = 6 * HOUR, **more: Any) -> World:
    """A world in which time stands still."""
    return World(span, breakdown=by, values=VALUES[by], doze=False, **more)


async def settled(following: Following, view: View, polls: int = 1) -> Snapshot:
    """The first snapshot of `view` that has every row, and for which nothing is asked any more."""
    while True:
        found = await following()
        ids = {row.part.id for row in found.rows or ()}
        fresh = all(each.asked_at in {None, float(int(found.at))} for each in found.rows or ())
        there = bool(ids) and ids >= set(view.values) and fresh
        if found.view == view and there and not found.backfill and found.polls >= polls:
            return found


async def polled_again(world: World, following: Following) -> None:
    """Half a minute later."""
    waiting = asyncio.ensure_future(settled(following, world.view, polls=2))
    await until(lambda: max(world.sleeping, default=0.0) > 1.0)
    world.now += 30
    world.poller.wake()
    await waiting


async def truth(world: World, view: View, start: int, end: int) -> dict[str | None, Series]:
    """Return the rows that a healthy server answers."""
    by = view.breakdown
    if by is Breakdown.VARIANT:
        return await world.true_rows(start, end, view.filters)
    assert by is not None
    return {
        value: await world.truth(start, end, narrow_filters(view.filters, by, value))
        for value in view.values
    }


async def check(world: World, found: Snapshot) -> None:
    """Every row is the truth, in every window that is over."""
    start, end = found.start, found.running
    rows = {row.part.id: row.series.cut(start, end) for row in found.rows or ()}
    assert rows == await truth(world, found.view, start, end)
    assert found.total.cut(start, end) == await world.truth(start, end, found.view.filters)


def asked(world: World) -> list[dict[str, str]]:
    """Every request so far, oldest first."""
    return [dict(each.query) for each in world.simulator.requests]


# -- what is shown


FILTERS = [
    Filters(),
    Filters(ClientEnv.SANDBOX),
    Filters(variant_id="v-main"),
    Filters(variant_name="Spanish – ES", language="es-ES"),
    Filters(language="en-GB"),
    Filters(phone_number="+442079460120"),
]


@pytest.mark.parametrize("by", Breakdown)
@pytest.mark.parametrize("filters", FILTERS, ids=str)
async def test_rows_are_what_the_service_says(by: Breakdown, filters: Filters) -> None:
    world = broken_down(by, filters=filters)
    async with world.watched() as following:
        found = await settled(following, world.view)
    await check(world, found)
    assert found.state is State.LIVE
    assert found.backfill_problem is found.breakdown_problem is None
    ages = {row.asked_at for row in found.rows or ()}
    assert ages == ({None} if by is Breakdown.VARIANT else {float(int(NOW))})


async def test_values_without_traffic_are_rows_of_zeros() -> None:
    for by in (Breakdown.LANGUAGE, Breakdown.PHONE_NUMBER):
        world = broken_down(by)
        async with world.watched() as following:
            found = await settled(following, world.view)
        rows = {row.part.id: row.series for row in found.rows or ()}
        silent = {part for part, series in rows.items() if set(series.values) == {0}}
        assert silent == SILENT & set(VALUES[by])


async def test_the_environment_that_is_chosen_is_one_of_three_and_is_not_asked_for_twice() -> None:
    world = broken_down(Breakdown.CLIENT_ENV, filters=Filters(ClientEnv.PRE_RELEASE))
    async with world.watched() as following:
        found = await settled(following, world.view)
    rows = {row.part.id: row.series for row in found.rows or ()}
    assert rows["pre-release"] == found.total
    assert sorted(each["client_env"] for each in asked(world)) == sorted(ENVIRONMENTS)


@pytest.mark.parametrize(
    ("by", "filters", "value"),
    [
        (Breakdown.LANGUAGE, Filters(language="es-ES"), "es-ES"),
        (Breakdown.PHONE_NUMBER, Filters(phone_number="+442079460120"), "+442079460120"),
    ],
)
async def test_what_is_narrowed_to_is_the_only_row_and_costs_nothing(
    memory: HistoryCache, by: Breakdown, filters: Filters, value: str
) -> None:
    assert by.slice_by is not None
    memory.refuse(TARGET, by.slice_by, NOW - 60)
    world = World(filters=filters, breakdown=by, values=(value,), doze=False, memory=memory)
    async with world.watched() as following:
        found = await settled(following, world.view)
    assert [(row.part.id, row.series) for row in found.rows or ()] == [(value, found.total)]
    assert len(asked(world)) == 1


async def test_a_value_that_is_added_is_a_row_and_the_others_are_not_asked_for_again() -> None:
    world = broken_down(Breakdown.LANGUAGE)
    async with world.watched() as following:
        await settled(following, world.view)
        before = len(asked(world))
        view = replace(world.view, values=(*LANGUAGES, "en-US"))
        world.now += 10
        world.poller.look(view)
        found = await settled(following, view)
        await check(world, found)
        new = [each.get("language") for each in asked(world)[before:]]
        assert new.count("en-US") == 1
        assert len(new) == len(set(new)) <= len(view.values)


async def test_older_weeks_and_the_days_compared_with_are_filled_in_for_every_row() -> None:
    world = broken_down(Breakdown.LANGUAGE, 9 * DAY, compare=Compare.WEEK)
    async with world.watched() as following:
        found = await settled(following, world.view)
    await check(world, found)
    start, end = baseline.counterpart_range(found.start, found.end, 7)
    filters = {row.part.id: replace(Filters(), language=row.part.id) for row in found.rows or ()}
    for row in found.rows or ():
        assert row.earlier[0].cut(start, end) == await world.truth(start, end, filters[row.part.id])
    questions = [tuple(sorted(each.items())) for each in asked(world)]
    assert len(questions) == len(set(questions))


async def test_going_back_and_forth_between_breakdowns_asks_for_nothing_twice() -> None:
    world = broken_down(Breakdown.VARIANT, 3 * DAY)
    views = [replace(world.view, breakdown=by, values=VALUES[by]) for by in Breakdown]
    async with world.watched() as following:
        await settled(following, world.view)
        for view in views[1:]:
            world.poller.look(view)
            await check(world, await settled(following, view))
        once = asked(world)
        settled_before = END - HOUR
        for view in [*views, *reversed(views[:-1])]:
            world.poller.look(view)
            await check(world, await settled(following, view))
    again = asked(world)[len(once) :]
    assert all(grid.from_iso(each["start_time"]) >= settled_before for each in again)
    assert len([each for each in once if "slice_by" in each]) == 3


# -- a slice that the API may have one day


def offering(by: SliceBy, values: tuple[str, ...], log: list[dict[str, str]]) -> Any:
    """A service that slices by `by`: what the simulator says of each of `values`, in one answer.

    Values without traffic are left out.
    """

    def within(app: Asgi) -> Asgi:
        async def one(scope: Any, pairs: dict[str, str]) -> dict[str, Any]:
            body = bytearray()

            async def send(message: Any) -> None:
                body.extend(message.get("body", b""))

            async def receive() -> Any:
                return {"type": "http.request", "body": b"", "more_body": False}

            await app({**scope, "query_string": urlencode(pairs).encode()}, receive, send)
            found: dict[str, Any] = json.loads(body)
            return found

        async def gateway(scope: Any, receive: Any, send: Any) -> None:
            pairs = dict(parse_qsl(scope["query_string"].decode()))
            log.append(dict(pairs))
            if pairs.get("slice_by") != by:
                await app(scope, receive, send)
                return
            del pairs["slice_by"]
            answer: dict[str, Any] = {}
            rows = []
            for value in values:
                answer = await one(scope, {**pairs, by: value})
                parts = [{**row, by: value} for row in answer["intervals"]]
                if any(row["max_concurrent_conversations"] for row in parts):
                    rows += parts
            content = json.dumps({**answer, "intervals": rows}).encode()
            head = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": content})

        return gateway

    return within


@pytest.mark.parametrize("by", [Breakdown.LANGUAGE, Breakdown.PHONE_NUMBER])
async def test_a_slice_that_is_offered_is_used_and_listed_values_stay_rows(by: Breakdown) -> None:
    log: list[dict[str, str]] = []
    assert by.slice_by is not None
    world = broken_down(by, within=offering(by.slice_by, VALUES[by], log))
    async with world.watched() as following:
        found = await settled(following, world.view)
        await polled_again(world, following)
    # One question for all rows; what is silent is a gap, as the answer has it.
    assert [each.get("slice_by") for each in log] == [None, by.slice_by] * 2
    assert {row.part.id for row in found.rows or ()} == set(VALUES[by])
    start, end = found.start, found.running
    expected = await truth(world, found.view, start, end)
    for row in found.rows or ():
        series = row.series.cut(start, end)
        if row.part.id in SILENT:
            assert max(series.values) < 0
            assert set(expected[row.part.id].values) == {0}
        else:
            assert series == expected[row.part.id]
        assert row.asked_at is None


async def test_what_is_not_offered_is_asked_again_after_a_day_and_at_no_other_time(
    memory: HistoryCache,
) -> None:
    sliced = []
    for later in (0, 60, REFUSED_FOR - 60, REFUSED_FOR + 60, REFUSED_FOR + 120):
        world = broken_down(Breakdown.LANGUAGE, now=NOW + later, memory=memory)
        async with world.watched() as following:
            await check(world, await settled(following, world.view))
            await polled_again(world, following)
        sliced.append([each.get("slice_by") for each in asked(world)].count("language"))
    assert sliced == [1, 0, 0, 1, 0]


async def test_a_refusal_is_one_projects_and_one_slices(memory: HistoryCache) -> None:
    world = broken_down(Breakdown.LANGUAGE, memory=memory)
    async with world.watched() as following:
        await settled(following, world.view)
    numbers = replace(world.view, breakdown=Breakdown.PHONE_NUMBER, values=NUMBERS)
    other = replace(TARGET, project_id="PROJECT-other")
    assert read_view(memory, TARGET, world.view, NOW).shown.sliced is None
    assert read_view(memory, TARGET, numbers, NOW).shown.sliced is not None
    assert read_view(memory, other, world.view, NOW).shown.sliced is not None


async def test_the_day_it_is_offered_the_slice_takes_the_place_of_the_rows_asked_one_by_one(
    memory: HistoryCache,
) -> None:
    by = Breakdown.LANGUAGE
    before = broken_down(by, memory=memory)
    async with before.watched() as following:
        await settled(following, before.view)
    log: list[dict[str, str]] = []
    within = offering(SliceBy.LANGUAGE, LANGUAGES, log)
    world = broken_down(by, now=NOW + REFUSED_FOR + 1, memory=memory, within=within)
    async with world.watched() as following:
        found = await settled(following, world.view)
    assert [each.get("slice_by") for each in log] == [None, "language"]
    assert {row.asked_at for row in found.rows or ()} == {None}
