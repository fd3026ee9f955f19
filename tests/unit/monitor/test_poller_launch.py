"""The total since a launch began, whatever span is shown; and nothing else depends on it."""

from dataclasses import replace

import pytest
from simulated_poller import HOUR, NOW, World, whole

from polytop.model import grid
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters

START = grid.floor(NOW)


def world(launch: tuple[int, int] | None, **changes) -> World:
    found = World(1_800, **changes)
    found.view = replace(found.view, launch=launch)
    found.poller.look(found.view)
    return found


async def watched(here: World) -> Snapshot:
    async with here.watched() as following:
        snapshot = await whole(following)
        while snapshot.backfill is not None or UNKNOWN in snapshot.launch.values:
            snapshot = await following()
        return snapshot


@pytest.mark.parametrize("hours", [1, 5, 30])
async def test_all_of_the_launch_is_asked_for_whatever_is_shown(hours: int) -> None:
    here = world((START - hours * HOUR, START + HOUR))
    snapshot = await watched(here)
    assert snapshot.launch == await here.truth(START - hours * HOUR, START + 300)
    assert snapshot.end - snapshot.start == 1_800
    assert len({(one.start, one.end, one.slice_by) for one in here.asked}) == len(here.asked)


async def test_of_one_that_is_to_come_or_over_it_is_what_there_is() -> None:
    later = await watched(world((START + HOUR, START + 2 * HOUR)))
    assert later.launch == Series(0)
    here = world((START - 3 * HOUR, START - 2 * HOUR))
    assert (await watched(here)).launch == await here.truth(START - 3 * HOUR, START - 2 * HOUR)


async def test_under_other_filters_it_is_of_those() -> None:
    here = world((START - HOUR, START + HOUR), filters=Filters(language="en-GB"))
    snapshot = await watched(here)
    assert snapshot.launch == await here.truth(START - HOUR, START + 300, here.view.filters)


async def test_nothing_else_in_a_snapshot_depends_on_it() -> None:
    plain = await watched(world(None))
    there = await watched(world((START - 5 * HOUR, START + HOUR)))
    apart = replace(
        there,
        view=plain.view,
        wanted=plain.wanted,
        launch=Series(0),
        at=plain.at,
        fetched_at=plain.fetched_at,
        next_at=plain.next_at,
        polls=plain.polls,
        cost=plain.cost,
        budget=plain.budget,
        rows=None,
    )
    assert apart == replace(plain, rows=None)
    assert [(row.name, row.series, row.summary) for row in there.rows or ()] == [
        (row.name, row.series, row.summary) for row in plain.rows or ()
    ]
