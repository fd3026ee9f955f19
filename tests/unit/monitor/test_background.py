"""Rows that take turns: no more requests than allowed, nobody starves, failures stay alone."""

import asyncio
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from row_poller import (
    BUSY,
    FAILED,
    INTERVAL,
    NOW,
    OFFLINE,
    REFUSED,
    Rows,
    Server,
    budget_of,
    numbers,
)
from virtual_time import lived

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.problem import Problem
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import RequestBudget as Used
from polytop.model.snapshot import State
from polytop.monitor.background import REFUSED_FOR
from polytop.monitor.schedule import requests_to_reserve

# -- the poller within it


@pytest.mark.parametrize(
    ("count", "limit", "minutes"), [(3, 120, 30), (20, 120, 10), (60, 30, 10), (200, 50, 6)]
)
def test_no_minute_has_more_requests_than_allowed_and_no_row_starves(
    count: int, limit: int, minutes: int
) -> None:
    server = Server()

    async def main() -> None:
        rows = Rows(server, count, limit)
        async with rows.running():
            await asyncio.sleep(60 * minutes)
        assert rows.last.rows is not None
        assert {row.part.id for row in rows.last.rows} == set(numbers(count))
        assert rows.last.budget == Used(rows.last.budget.used, limit)  # type: ignore[union-attr]

    lived(main())
    assert server.busiest() <= limit
    bound = 60 * count / (limit - requests_to_reserve(INTERVAL)) + INTERVAL + 60
    ends = 60.0 * minutes
    assert max(server.longest_wait(each, ends) for each in numbers(count)) <= bound
    assert server.longest_wait(None, ends) < INTERVAL + 1


def test_while_a_month_is_filled_in_rows_and_pieces_share_what_there_is() -> None:
    server, count, limit, minutes = Server(), 12, 30, 20

    async def main() -> None:
        rows = Rows(server, count, limit, span=15 * 86_400, compare=Compare.TYPICAL)
        async with rows.running():
            await asyncio.sleep(60)
            # The total first, before any row's older weeks.
            first = [each.number is not None for each in server.sent if not each.newest]
            assert first == sorted(first)
            assert 3 < first.count(False) < len(first)
            await rows.until(
                lambda shown: shown.backfill is None and len(shown.rows or ()) == count
            )
            took = asyncio.get_running_loop().time()
            assert took < 60 * minutes
            assert all(UNKNOWN not in row.series.values for row in rows.last.rows or ())
            assert all(
                UNKNOWN not in each.cut(rows.last.start - 7 * 86_400, rows.last.start).values
                for row in rows.last.rows or ()
                for each in row.earlier[:1]
            )

    lived(main())
    assert server.busiest() <= limit
    ends = server.sent[-1].at
    half = (limit - requests_to_reserve(INTERVAL)) / 2
    bound = 60 * count / half + INTERVAL + 60
    assert max(server.longest_wait(each, ends) for each in numbers(count)) <= bound
    assert server.longest_wait(None, ends) < INTERVAL + 1
    pieces = [each for each in server.sent if not each.newest]
    assert len(pieces) == len({(each.number, each.start, each.end) for each in pieces})


def test_a_user_who_never_rests_breaks_no_bound_and_starves_no_row() -> None:
    server, count, limit, minutes = Server(), 20, 60, 6
    keys = random.Random(4)

    async def main() -> None:
        rows = Rows(server, count, limit, span=6 * 3_600)
        async with rows.running():
            await rows.until(lambda shown: shown.rows)
            newest = grid.floor(NOW)
            for _ in range(60 * minutes):
                await asyncio.sleep(1)
                rows.poller.wake()
                end = keys.choice([None, newest - keys.randrange(400) * 3_600])
                rows.poller.look(replace(rows.view, end=end))

    lived(main())
    assert server.busiest() <= limit
    # Polls take two thirds at most; older ranges take half of what is left.
    bound = 60 * count / (limit / 3 / 2) + INTERVAL + 60
    ends = 60.0 * minutes
    assert max(server.longest_wait(each, ends) for each in numbers(count)) <= bound
    assert server.longest_wait(None, ends) < INTERVAL + 1


def test_polls_that_come_often_are_not_held_up_by_rows() -> None:
    server = Server()

    async def main() -> None:
        async with Rows(server, 60, 60, interval=5).running():
            await asyncio.sleep(300)

    lived(main())
    assert server.busiest() <= 60
    assert server.longest_wait(None, 300.0) < 5 + 1


def test_rows_that_hang_hold_up_no_poll() -> None:
    server = Server()

    async def main() -> None:
        rows = Rows(server, 10)
        async with rows.running():
            await rows.until(lambda shown: len(shown.rows or ()) == 10)
            at, before = asyncio.get_running_loop().time(), len(server.sent)
            server.latency = 45.0
            await asyncio.sleep(35)
            assert [each.number for each in server.sent[before:]].count(None) == 1
            assert asyncio.get_running_loop().time() == at + 35

    lived(main())


def test_two_pollers_of_one_project_share_one_budget() -> None:
    server = Server()

    async def main() -> None:
        budget = budget_of(60)
        one = Rows(server, 40, budget=budget)
        two = Rows(server, 40, budget=budget)
        async with one.running(), two.running():
            await asyncio.sleep(600)

    lived(main())
    assert 40 < server.busiest() <= 60


# -- what fails


def test_rows_say_how_old_they_are() -> None:
    server = Server()

    async def main() -> None:
        rows = Rows(server, 60, 30)
        async with rows.running():
            await asyncio.sleep(900)
        assert rows.last.rows
        for row in rows.last.rows:
            asked = [
                each.at for each in server.sent
                if each.number == row.part.id and each.at + server.latency + NOW <= rows.last.at
            ]  # fmt: skip
            assert row.asked_at == int(NOW + asked[-1])

    lived(main())


@pytest.mark.parametrize(("ill", "again"), [(REFUSED, REFUSED_FOR), (FAILED, INTERVAL)])
@pytest.mark.parametrize("count", [1, 3])
def test_a_value_that_fails_stops_no_other_and_is_told(
    ill: Problem, again: float, count: int
) -> None:
    values = numbers(12)
    server = Server(ills=dict.fromkeys(values[:count], ill))

    async def main() -> None:
        rows = Rows(server, 12, span=10 * 86_400)
        async with rows.running():
            await asyncio.sleep(1_200)
        assert rows.last.state is State.LIVE
        assert {row.part.id for row in rows.last.rows or ()} == set(values[count:])
        assert all(UNKNOWN not in row.series.values for row in rows.last.rows or ())
        told = rows.last.breakdown_problem
        assert told is not None
        assert ill.summary in told.summary
        rest = f" and {count - 1} more" if count > 1 else ""
        assert told.summary.startswith(f"No answer for {values[0]}{rest}: ")

    lived(main())
    asked = [each for each in server.sent if each.number == values[0] and each.newest]
    assert len(asked) == pytest.approx(1_200 / again, abs=2)
    bound = 2 * INTERVAL + 5
    assert max(server.longest_wait(each, 1_200.0) for each in values[count:]) <= bound


def test_a_value_that_is_answered_again_is_a_row_again_and_nothing_is_told() -> None:
    server = Server(ills={numbers(3)[1]: FAILED})

    async def main() -> None:
        rows = Rows(server, 3)
        async with rows.running():
            await rows.until(lambda shown: shown.breakdown_problem)
            server.ills.clear()
            found = await rows.until(lambda shown: len(shown.rows or ()) == 3)
            assert found.breakdown_problem is None

    lived(main())


def test_offline_stops_the_rows_and_they_go_on_by_themselves() -> None:
    server = Server()

    async def main() -> None:
        rows = Rows(server, 100)
        async with rows.running():
            await rows.until(lambda shown: len(shown.rows or ()) > 10)
            server.ill = OFFLINE
            await rows.until(lambda shown: shown.state is State.OFFLINE)
            assert len(rows.last.rows or ()) > 10
            before = len(server.sent)
            await asyncio.sleep(1_200)
            assert {each.number for each in server.sent[before:]} <= {None}
            server.ill = None
            found = await rows.until(lambda shown: len(shown.rows or ()) == 100)
            assert (found.state, found.breakdown_problem) == (State.LIVE, None)

    lived(main())
    assert server.busiest() <= 120


def test_a_server_that_asks_rows_to_wait_is_left_alone_for_so_long() -> None:
    values = numbers(20)
    server = Server(ills=dict.fromkeys(values, BUSY))

    async def main() -> None:
        rows = Rows(server, 20)
        async with rows.running():
            await asyncio.sleep(330)
            assert rows.last.breakdown_problem == BUSY
            server.ills.clear()
            await rows.until(lambda shown: len(shown.rows or ()) == 20)
            assert rows.last.breakdown_problem is None

    lived(main())
    busy = sorted({round(each.at) for each in server.sent if each.number and each.at < 330})
    assert len([each for each in server.sent if each.number and each.at < 330]) <= 8
    assert all(two - one >= 100 for one, two in pairwise(busy))


def test_a_server_that_fails_for_all_rows_is_not_asked_for_each() -> None:
    server = Server(ills=dict.fromkeys(numbers(100), FAILED))

    async def main() -> None:
        async with Rows(server, 100).running():
            await asyncio.sleep(300)

    lived(main())
    rows = [each for each in server.sent if each.number]
    assert len(rows) <= 4 * (300 / INTERVAL + 1)
    assert len({each.number for each in rows}) > 20
