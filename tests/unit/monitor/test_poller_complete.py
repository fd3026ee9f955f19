"""A window is complete if it was fetched at or after its end: several polls in a row."""

import math

from simulated_poller import HOUR, NOW, World

from polytop.model import grid
from polytop.model.series import Series


def complete_values(total: Series, fetched: dict[int, float]) -> list[int]:
    """The values of the windows that were fetched after their end, by a plain account."""
    return [
        value
        for window, value in total.known()
        if fetched.get(window, window + grid.STEP) >= window + grid.STEP
    ]


async def test_figures_hold_no_window_that_was_last_fetched_while_it_ran() -> None:
    world = World(interval=210)
    fetched: dict[int, float] = {}
    failed = 0
    async with world.watched() as following:
        for poll in range(40):
            # Every third poll fails, so that windows end between good answers.
            world.simulator.set_scenario("drop" if poll % 3 == 2 else None)
            snapshot = await following()
            if snapshot.fault is None:
                # A poll asks for the last hour, the running window included.
                newest = grid.floor(snapshot.fetched_at)
                for window in range(newest - HOUR, newest + grid.STEP, grid.STEP):
                    fetched[window] = snapshot.fetched_at
            else:
                failed += 1
            ends = [window for window, at in fetched.items() if at < window + grid.STEP]
            assert snapshot.complete_until == min(ends)
            values = complete_values(snapshot.total, fetched)
            assert snapshot.summary.mean == sum(values) / len(values)
            assert snapshot.summary.p95 == sorted(values)[math.ceil(0.95 * len(values)) - 1]
            now = snapshot.summary.now
            if now is not None:
                assert now.provisional is (fetched[now.window] < now.window + grid.STEP)
    assert failed > 5
    assert snapshot.at > NOW + HOUR
