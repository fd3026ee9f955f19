"""The forecast of the poller: weeks are fetched for it once, and it changes no figure."""

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from simulated_poller import DAY, HOUR, NOW, TARGET, World

from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.forecast import Absence
from polytop.model.series import Series
from polytop.model.target import Filters
from polytop.monitor.cache import HistoryCache

END = grid.floor(NOW)
HOLE = (END - 20 * DAY, END - 15 * DAY)
"""Days that the history lacks."""


@pytest.fixture
def memory() -> Iterator[HistoryCache]:
    """A history of six weeks with a hole."""
    dice = random.Random(3)

    def answer(start: int, end: int) -> StoredAnswer:
        values = tuple(
            round((4 + 4 * (window % DAY > DAY // 2)) * dice.uniform(0.5, 1.5))
            for window in grid.windows(start, end)
        )
        rows = (Row(Part(), None, Series(start, values)),)
        return StoredAnswer(Scope(TARGET, Filters()), start, end, rows, end + 2.0 * HOUR)

    with closing(HistoryCache()) as made:
        made.keep_all([answer(END - 43 * DAY, HOLE[0]), answer(HOLE[1], END - 4 * HOUR)])
        yield made


async def test_what_it_lacks_is_fetched_once_and_no_figure_changes(memory: HistoryCache) -> None:
    world = World(HOUR, memory=memory)
    async with world.watched() as following:
        while (plain := await following()).polls == 0 or plain.backfill:
            pass
        assert plain.outlook is None
        asked = len(world.asked)
        world.poller.look(replace(world.view, forecast=True))
        while (found := await following()).outlook is None or found.backfill:
            pass
        long = [one for one in world.asked[asked:] if one.end - one.start > 5 * HOUR]
        assert [(one.start, one.end, one.slice_by) for one in long] == [(*HOLE, None)]
        for _ in range(8):
            assert found.outlook is not None
            assert found.outlook.forecast.absence in (None, Absence.NOT_BETTER)
            assert found.outlook.newest == found.complete_until - grid.STEP
            assert found.total.end == found.end == found.running + grid.STEP
            assert found.total.complete() == (await world.truth(found.start, found.end)).complete()
            found = await following()
        assert all(one.end - one.start < 3 * HOUR for one in world.asked[asked + len(long) + 1 :])


async def test_without_weeks_it_says_so() -> None:
    world = World(HOUR, filters=Filters(language="en-GB"))
    world.view = replace(world.view, forecast=True)
    async with world.watched() as following:
        world.poller.look(world.view)
        while (found := await following()).outlook is None:
            pass
        assert found.outlook.forecast.absence is Absence.TOO_LITTLE
        assert found.outlook.forecast.points == ()
