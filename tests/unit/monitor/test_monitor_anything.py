"""The poller in any order of events: what it shows as live is true."""

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_world import DAY, HOUR, World

from polytop.model import grid
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot, State, View
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.verdict import view_range

VIEWS = st.builds(
    View,
    st.sampled_from([Filters(), Filters(ClientEnv.SANDBOX), Filters(language="en-GB")]),
    st.sampled_from([1_800, 3 * HOUR, 12 * HOUR, 8 * DAY]),
)

Event = Callable[[World], None]


def passes(seconds: float) -> Event:
    return lambda world: setattr(world, "now", world.now + seconds)


def plays(scenario: str) -> Event:
    return lambda world: world.simulator.set_scenario(scenario)


def looks(view: View) -> Event:
    return lambda world: world.poller.look(view)


EVENTS = st.one_of(
    st.sampled_from([1, 70, 400, HOUR, 5 * HOUR, 2 * DAY]).map(passes),
    st.sampled_from(["none", "none", "drop", "500", "400", "501", "flaky"]).map(plays),
    VIEWS.map(looks),
    st.just(lambda world: world.poller.wake()),
)


def agree(shown: Series, true: Series) -> bool:
    """Whether every value that is shown is the true one; a gap stands for silence.

    The running window may be behind: while older weeks come in, it is not asked for again.
    """
    *pairs, (running, risen) = zip(shown.values, true.values, strict=True)
    right = all(one == UNKNOWN or max(0, one) == max(0, other) for one, other in pairs)
    return right and running <= risen


async def check(world: World, snapshot: Snapshot) -> None:
    start, end = view_range(snapshot.view, snapshot.at)
    assert (snapshot.start, snapshot.end) == (start, end)
    assert (snapshot.total.start, snapshot.total.end) == (start, end)
    if snapshot.fault or snapshot.refusal or snapshot.next_at is None:
        return  # what was held is shown, not what was answered
    assert (snapshot.state, snapshot.fetched_at) == (State.LIVE, snapshot.at)
    assert snapshot.view == snapshot.wanted
    filters = snapshot.view.filters
    assert agree(snapshot.total, await world.truth(start, end, filters))
    recent = max(start, end - grid.STEP - HOUR)
    assert UNKNOWN not in snapshot.total.cut(recent, end).values
    if snapshot.breakdown_problem is None:
        rows = await world.true_rows(start, end, filters)
        silence = Series(start, (0,) * grid.count(start, end))
        for row in snapshot.rows or ():
            assert agree(row.series, rows.get(row.part.id, silence))


async def played(first: View, events: list[Event]) -> None:
    world = World(first.span, filters=first.filters, interval=120)
    async with world.watched() as following:
        await check(world, await following())
        for event in events:
            event(world)
            await check(world, await following())
        world.simulator.set_scenario(None)
        for _ in range(4):
            last = await following()
            await check(world, last)
    assert last.state is State.LIVE
    assert last.total.first_unknown() is None
    assert last.view == last.wanted
    assert all(asked.end - asked.start <= grid.WEEK for asked in world.asked)


@settings(max_examples=25, deadline=None)
@given(VIEWS, st.lists(EVENTS, max_size=8))
def test_what_is_shown_as_live_is_true(first: View, events: list[Event]) -> None:
    asyncio.run(played(first, events))
