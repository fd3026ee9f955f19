"""The poller with answers that are late, corrected, doubled, unordered or impossible."""

import pytest
from simulated_poller import HOUR, NOW, Asgi, World, rows_of
from spoilt_answers import SPOILT, Spoiler

from polytop.model import grid
from polytop.model.series import GAP
from polytop.model.snapshot import Snapshot, State, profile_severity
from polytop.model.stats import Severity


@pytest.mark.parametrize("scenario", ["dupes", "unordered"])
async def test_order_and_doubles_change_nothing(scenario: str) -> None:
    world = World(scenario=scenario)
    async with world.watched() as following:
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
    assert snapshot.ignored == 0


async def test_impossible_rows_are_counted_and_their_windows_are_gaps() -> None:
    world = World(scenario="nulls")
    async with world.watched() as following:
        snapshot = await following()
        truth = await world.truth(snapshot.start, snapshot.end)
    pairs = list(zip(snapshot.total.values, truth.values, strict=True))
    assert {found for found, true in pairs if found != true} == {GAP}
    assert snapshot.total.values.count(GAP) == 14
    assert snapshot.ignored > 14
    assert snapshot.state is State.LIVE


async def test_gaps_stay_gaps() -> None:
    world = World(scenario="gaps")
    async with world.watched() as following:
        for _ in range(15):
            snapshot = await following()
        truth = await world.truth(snapshot.start, snapshot.end)
    for window, value in truth.known():
        left_out = window // grid.STEP % 12 in {3, 4, 5, 9}
        assert snapshot.total.at(window) == (GAP if left_out else value)
    assert snapshot.state is State.LIVE


async def test_what_comes_late_fills_in() -> None:
    world = World(scenario="late", interval=120)
    async with world.watched() as following:
        first = await following()
        assert first.total.values[-4:-1] == (GAP,) * 3
        for _ in range(12):
            last = await following()
        truth = await world.truth(first.start, first.end)
    assert last.total.cut(last.start, first.end) == truth.cut(last.start, first.end)


async def test_a_revised_value_wins_whether_higher_or_lower() -> None:
    world = World(scenario="revised", interval=240)
    async with world.watched() as following:
        first = await following()
        recent = first.end - HOUR, first.end - grid.STEP
        while (last := await following()).at < NOW + 1.5 * HOUR:
            pass
        truth = (await world.truth(*recent)).values
    early = first.total.cut(*recent).values
    assert any(one > true for one, true in zip(early, truth, strict=True))
    assert any(one < true for one, true in zip(early, truth, strict=True))
    assert last.total.cut(*recent).values == truth


async def test_a_server_without_a_row_is_not_one_without_an_answer() -> None:
    world = World(scenario="empty")
    async with world.watched() as following:
        snapshot: Snapshot = await following()
    assert set(snapshot.total.values) == {GAP}
    assert (snapshot.rows, snapshot.state) == ((), State.LIVE)


@pytest.mark.parametrize("manner", SPOILT)
@pytest.mark.parametrize("windows", [None, 3])
async def test_unreadable_rows_are_a_fault_until_they_can_be_read(
    manner: str, windows: int | None
) -> None:
    spoilers: list[Spoiler] = []

    def within(app: Asgi) -> Asgi:
        spoilers.append(Spoiler(app, manner))
        spoilers[0].windows = 0
        return spoilers[0]

    world = World(within=within, interval=240)
    async with world.watched() as following:
        first = await following()
        assert (first.state, first.fault) == (State.LIVE, None)
        spoilers[0].windows = windows
        while (bad := await following()).fault is None:
            pass
        assert bad.state is State.STALE
        assert "rows could not be read" in bad.fault.problem.summary
        assert SPOILT[manner][1] in bad.fault.problem.summary
        assert bad.ignored > 0
        assert profile_severity(bad) is not Severity.OK
        # Nothing that was known is overwritten by what could not be read.
        before = bad.start, first.end - grid.STEP
        assert GAP not in bad.total.cut(*before).values
        spoilers[0].windows = 0
        while (last := await following()).fault is not None:
            pass
        truth = await world.truth(last.start, last.end)
    assert last.state is State.LIVE
    assert last.recovered is not None
    assert last.total == truth
