"""Another view at any moment: other filters, another window."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from simulated_poller import DAY, HOUR, NOW, World, failing, rows_of, soon, until, whole

from polytop.api.query import Query
from polytop.history.types import StoredAnswer
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.frame import live_frame
from polytop.model.problem import Kind
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import Progress, State, View
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.cache import HistoryCache
from polytop.monitor.requests import Fetch

END = grid.floor(NOW) + grid.STEP
SANDBOX = Filters(ClientEnv.SANDBOX)


def under(view: View, **changes: str) -> View:
    return replace(view, filters=view.filters.with_changes(**changes))


# -- filters


async def test_other_filters_apply_at_once_though_it_sleeps() -> None:
    world = World(doze=False)
    async with world.watched() as following:
        await following()
        waiting = await soon(following)
        await until(world.asleep.is_set)
        world.poller.look(replace(world.view, filters=SANDBOX))
        snapshot = await waiting
        assert snapshot.view.filters == snapshot.wanted.filters == SANDBOX
        assert snapshot.at == NOW
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end, SANDBOX)
        assert snapshot.total != await world.truth(snapshot.start, snapshot.end)
    assert len(world.slept) == 1
    assert [one.start for one in world.asked] == [live_frame(END, 6 * HOUR).start] * 4


async def test_other_filters_apply_at_once_though_an_answer_hangs() -> None:
    world = World(doze=False)
    async with world.watched() as following:
        good = await following()
        world.simulator.set_scenario("hang")
        waiting = await soon(following)
        await until(world.asleep.is_set)
        world.poller.wake()
        await until(lambda: world.simulator.count == 4)
        world.simulator.set_scenario(None)
        world.poller.look(replace(world.view, filters=SANDBOX))
        snapshot = await waiting
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end, SANDBOX)
    assert snapshot.polls == good.polls + 1
    assert world.simulator.count == 6


async def test_other_filters_before_the_first_answer() -> None:
    world = World(scenario="hang")
    async with world.watched() as following:
        waiting = await soon(following)
        await until(lambda: world.simulator.count == 2)
        world.simulator.set_scenario(None)
        world.poller.look(replace(world.view, filters=SANDBOX))
        snapshot = await waiting
        assert snapshot.view.filters == SANDBOX
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end, SANDBOX)


async def test_an_answer_that_comes_as_the_filters_change_is_not_shown_under_the_new_ones() -> None:
    looks: list[View] = []

    def around(fetch: Fetch) -> Fetch:
        async def answering(query: Query, /) -> Answer | NotOffered:
            answer = await fetch(query)
            if looks and query.slice_by is not None:
                # The poller hears of the answer and of the change in the same breath.
                asyncio.get_running_loop().call_soon(world.poller.look, looks.pop())
            return answer

        return answering

    world = World(around=around)
    async with world.watched() as following:
        await following()
        looks.append(replace(world.view, filters=SANDBOX))
        while (snapshot := await following()).view.filters != SANDBOX:
            assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end, SANDBOX)


class Slow(HistoryCache):
    """While it keeps the first answer, the user wants to `look` at something else."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look: Callable[[], None] | None = look
        self._loop = asyncio.get_running_loop()

    def keep_all(self, answers: Sequence[StoredAnswer]) -> None:
        super().keep_all(answers)
        look, self._look = self._look, None
        if look is not None:
            looked = threading.Event()
            self._loop.call_soon_threadsafe(look)
            self._loop.call_soon_threadsafe(looked.set)
            looked.wait(10)


async def test_filters_that_change_while_an_answer_is_kept_are_asked_for_at_once() -> None:
    wanted = View(SANDBOX, 6 * HOUR)
    with closing(Slow(lambda: world.poller.look(wanted))) as memory:
        world = World(doze=False, memory=memory)
        async with world.watched() as following:
            assert (await following()).view.filters == Filters()
            snapshot = await following()
            assert snapshot.view == wanted
            assert snapshot.total == await world.truth(snapshot.start, snapshot.end, SANDBOX)


async def test_a_longer_window_that_is_wanted_while_an_answer_is_kept_is_filled() -> None:
    wanted = View(Filters(), DAY)
    with closing(Slow(lambda: world.poller.look(wanted))) as memory:
        world = World(doze=False, memory=memory)
        async with world.watched() as following:
            snapshot = await whole(following)
            assert snapshot.view == wanted
            assert snapshot.total == await world.truth(END - DAY, END)


async def test_a_refused_change_is_taken_back() -> None:
    world = World()
    async with world.watched() as following:
        good = await following()
        world.simulator.set_scenario("400")
        world.poller.look(under(world.view, variant_name="No such thing"))
        refused = await following()
        world.simulator.set_scenario(None)
        well = await following()
        assert well.total == await world.truth(well.start, well.end)
    assert refused.refusal is not None
    assert (refused.refusal.kind, refused.refusal.status) == (Kind.REFUSED, 400)
    assert refused.refusal.advice
    assert (refused.view, refused.wanted) == (world.view, world.view)
    assert (refused.fault, refused.state, refused.fetched_at) == (None, State.LIVE, good.at)
    assert (refused.total, rows_of(refused)) == (good.total, rows_of(good))
    assert (well.refusal, well.view) == (None, world.view)


async def test_a_change_that_cannot_be_sent_is_taken_back_without_a_request() -> None:
    world = World()
    async with world.watched() as following:
        good = await following()
        world.poller.look(replace(world.view, filters=Filters(phone_number="not a number")))
        refused = await following()
    assert refused.refusal is not None
    assert "phone_number" in refused.refusal.advice
    assert (refused.wanted, refused.total) == (world.view, good.total)
    assert len(world.asked) == 2


async def test_a_change_while_offline_keeps_the_old_picture_and_stays_wanted() -> None:
    world = World()
    wanted = under(world.view, language="en-GB")
    async with world.watched() as following:
        good = await following()
        world.simulator.set_scenario("drop")
        world.poller.look(wanted)
        for failures in (1, 2, 3):
            offline = await following()
            assert (offline.view, offline.wanted) == (world.view, wanted)
            assert (offline.total, rows_of(offline)) == (good.total, rows_of(good))
            assert (offline.state, offline.refusal) == (State.OFFLINE, None)
            assert offline.fault is not None
            assert offline.fault.failures == failures
        world.simulator.set_scenario(None)
        well = await following()
        assert (well.view, well.wanted) == (wanted, wanted)
        assert well.total == await world.truth(well.start, well.end, wanted.filters)
    assert len(world.slept) == 3


async def test_a_change_while_offline_can_be_given_up() -> None:
    world = World()
    async with world.watched() as following:
        await following()
        world.simulator.set_scenario("drop")
        world.poller.look(under(world.view, language="en-GB"))
        await following()
        world.simulator.set_scenario(None)
        world.poller.look(world.view)
        well = await following()
        assert (well.view, well.wanted, well.fault) == (world.view, world.view, None)
        assert well.total == await world.truth(well.start, well.end)
    assert world.slept == []


async def test_of_two_changes_in_a_row_the_latter_counts() -> None:
    world = World()
    last = under(world.view, language="en-GB")
    async with world.watched() as following:
        await following()
        world.poller.look(replace(world.view, filters=SANDBOX))
        world.poller.look(last)
        snapshot = await following()
        assert (snapshot.view, snapshot.wanted) == (last, last)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end, last.filters)
    assert len(world.asked) == 4


async def test_of_two_changes_during_a_hanging_poll_the_latter_counts() -> None:
    world = World(scenario="hang")
    last = under(world.view, language="en-GB")
    async with world.watched() as following:
        waiting = await soon(following)
        await until(lambda: world.simulator.count == 2)
        world.poller.look(replace(world.view, filters=SANDBOX))
        await until(lambda: world.simulator.count == 4)
        world.simulator.set_scenario(None)
        world.poller.look(last)
        assert (await waiting).view == last
    assert world.simulator.count == 6


# -- the window


async def test_a_longer_window_shows_at_once_what_is_held_and_then_what_lacked() -> None:
    world = World()
    longer = replace(world.view, span=DAY)
    async with world.watched() as following:
        good = await following()
        world.now += 10
        world.poller.look(longer)
        held = await following()
        assert len(world.asked) == 2
        assert (held.view, held.start, held.end) == (longer, END - DAY, END)
        assert held.total == good.lead.merge(good.total).cut(END - DAY, END)
        assert held.summary.now == good.summary.now
        assert (held.fetched_at, held.polls, held.state) == (good.at, good.polls, State.LIVE)
        filled = await whole(following)
        assert filled.total == await world.truth(filled.start, filled.end)
        assert rows_of(filled) == await world.true_rows(filled.start, filled.end)
        assert filled.polls == good.polls
    rest = live_frame(END, DAY).start, live_frame(END, 6 * HOUR).start
    assert [(one.start, one.end) for one in world.asked[2:]] == [rest] * 2


async def test_a_much_longer_window_asks_for_the_week_and_then_for_what_lacks() -> None:
    world = World(7 * DAY)
    async with world.watched() as following:
        await following()
        world.poller.look(replace(world.view, span=14 * DAY))
        # A week, and what the graph shows before the span.
        assert (await following()).backfill == Progress(0, 4)
        filled = await following()
        while UNKNOWN in filled.total.values:
            filled = await following()
        assert filled.total == await world.truth(filled.start, filled.end)
    totals = [(one.start, one.end) for one in world.asked if one.slice_by is None]
    assert totals[0] == (END - 7 * DAY, END)
    assert (END - 14 * DAY, END - 7 * DAY) in totals
    assert all(one[1] - one[0] <= 2 * HOUR for one in totals[1:] if one[1] > END - DAY)


async def test_a_shorter_window_is_cut_and_asks_for_no_more_than_its_last_hour() -> None:
    world = World()
    async with world.watched() as following:
        good = await following()
        world.poller.look(replace(world.view, span=3 * HOUR))
        held = await following()
        await following()
    assert held.total == good.total.cut(END - 3 * HOUR, END)
    assert {(one.start, one.end) for one in world.asked[2:]} == {(END - grid.STEP - HOUR, END)}


async def test_a_change_of_the_window_does_not_forget_what_is_wrong() -> None:
    world = World(scenario="501")
    async with world.watched() as following:
        first = await following()
        world.simulator.set_scenario("drop")
        faulty = await following()
        world.poller.look(replace(world.view, span=DAY))
        held = await following()
    assert (held.fault, held.state, held.fetched_at) == (faulty.fault, State.OFFLINE, first.at)
    assert held.breakdown_problem == faulty.breakdown_problem
    assert held.breakdown_problem is not None


async def test_a_longer_window_while_offline_is_shown_with_what_is_held() -> None:
    world = World()
    async with world.watched() as following:
        good = await following()
        world.simulator.set_scenario("drop")
        world.poller.look(replace(world.view, span=DAY))
        await following()
        offline = await following()
        assert offline.view == offline.wanted == replace(world.view, span=DAY)
        assert offline.total == good.lead.merge(good.total).cut(END - DAY, END)
        assert offline.total.values.count(UNKNOWN) == 24 * 12 - len(good.lead) - len(good.total)
        world.simulator.set_scenario(None)
        well = await whole(following)
        assert well.total == await world.truth(well.start, well.end)


async def test_a_change_during_a_backfill_ends_it() -> None:
    started: list[Query] = []

    def around(fetch: Fetch) -> Fetch:
        async def noting(query: Query, /) -> Answer | NotOffered:
            started.append(query)
            return await fetch(query)

        return noting

    world = World(28 * DAY, around=around)
    async with world.watched() as following:
        await following()
        world.poller.look(replace(world.view, filters=SANDBOX, span=6 * HOUR))
        snapshot = await following()
        assert (snapshot.view.filters, snapshot.view.span) == (SANDBOX, 6 * HOUR)
        await following()
    assert [(one.end - one.start) // HOUR for one in started[::2]] == [168, 6, 1]


async def test_a_view_that_is_looked_at_before_the_first_poll() -> None:
    world = World()
    wanted = View(SANDBOX, HOUR)
    world.poller.look(wanted)
    async with world.watched() as following:
        snapshot = await following()
        assert (snapshot.view, snapshot.wanted) == (wanted, wanted)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end, SANDBOX)
    assert len(world.asked) == 2


async def test_a_breakdown_that_fails_after_a_change_of_filters_shows_no_old_rows() -> None:
    calls = [False, True]
    world = World(within=failing(sliced=True, calls=lambda: bool(calls) and calls.pop(0)))
    async with world.watched() as following:
        assert (await following()).rows
        world.poller.look(replace(world.view, filters=SANDBOX))
        snapshot = await following()
    assert (snapshot.view.filters, snapshot.rows) == (SANDBOX, None)
    assert snapshot.breakdown_problem is not None
