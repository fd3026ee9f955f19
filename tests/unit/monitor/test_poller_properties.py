"""The poller in any order of events: what it shows as live is true."""

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_poller import DAY, HOUR, NOW, World

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot, State, View
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.view_data import view_range

END = grid.floor(NOW) + grid.STEP
VIEWS = st.builds(
    View,
    st.sampled_from([Filters(), Filters(ClientEnv.SANDBOX), Filters(language="en-GB")]),
    st.sampled_from([1_800, 3 * HOUR, 12 * HOUR, 8 * DAY]),
    st.sampled_from([None, None, END - HOUR, END - 2 * DAY, END + 3 * HOUR]),
    st.sampled_from([Compare.NONE, Compare.NONE, Compare.DAY, Compare.WEEK]),
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


def agree(shown: Series, true: Series, since: float) -> bool:
    """Return True if every value that is shown is the true one; a gap stands for silence.

    What is not final since `since` may have risen.
    """
    pairs = zip(grid.windows(shown.start, shown.end), shown.values, true.values, strict=True)
    return all(
        one == UNKNOWN or (one <= other if at >= grid.floor(since) else same(one, other))
        for at, one, other in pairs
    )


def same(one: int, other: int) -> bool:
    return max(0, one) == max(0, other)


async def check(world: World, snapshot: Snapshot) -> None:
    start, end = view_range(snapshot.view, snapshot.at)
    assert (snapshot.start, snapshot.end) == (start, end)
    assert (snapshot.total.start, snapshot.total.end) == (start, end)
    assert snapshot.recent.end == grid.floor(snapshot.at) + grid.STEP
    if snapshot.fault or snapshot.refusal or snapshot.fetched_at is None:
        return  # what was held is shown, not what was answered
    assert snapshot.state is State.LIVE
    assert snapshot.fetched_at <= snapshot.at
    filters = snapshot.view.filters
    # What was running when it was asked for is asked for again, and may have been long ago.
    asking = snapshot.backfill or snapshot.next_at is None or world.budget.polling
    polled = 0.0 if asking else min(snapshot.fetched_at, world.budget.poll_began)
    for series in (snapshot.total, *snapshot.earlier):
        assert agree(series, await world.truth(series.start, series.end, filters), polled)
    # A poll that began before the running window knows nothing of it.
    began = 0.0 if world.budget.polling else world.budget.poll_began
    if snapshot.fetched_at == snapshot.at and began >= grid.floor(snapshot.at):
        assert snapshot.recent.at(snapshot.at) != UNKNOWN
        assert UNKNOWN not in snapshot.recent.values[-13:]
    if snapshot.breakdown_problem is not None:
        return
    rows = await world.true_rows(start, end, filters)
    silence = Series(start, (0,) * grid.count(start, end))
    for row in snapshot.rows or ():
        assert agree(row.series, rows.get(row.part.id, silence), polled)


async def played(first: View, events: list[Event]) -> None:
    world = World(
        first.span, filters=first.filters, end=first.end, compare=first.compare, interval=120
    )
    async with world.watched() as following:
        await check(world, await following())
        for event in events:
            event(world)
            await check(world, await following())
        world.simulator.set_scenario(None)
        first_of_all = last = await following()
        while last.polls < first_of_all.polls + 9 or last.backfill:
            last = await following()
    await check(world, last)
    assert last.state is State.LIVE
    assert last.view == last.wanted
    for series in (last.total, last.recent):
        assert UNKNOWN not in series.values
    assert (last.backfill_problem, last.breakdown_problem) == (None, None)
    assert all(asked.end - asked.start <= grid.WEEK for asked in world.asked)


@settings(max_examples=25, deadline=None)
@given(VIEWS, st.lists(EVENTS, max_size=8))
def test_what_is_shown_as_live_is_true(first: View, events: list[Event]) -> None:
    asyncio.run(played(first, events))
