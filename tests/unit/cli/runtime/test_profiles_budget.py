"""A profile's budget of requests reaches all of its pollers."""

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from polytop.api.errors import ServerFailed
from polytop.api.query import Query
from polytop.cli.runtime.profiles import StoredProfiles
from polytop.config.profiles import parse_config
from polytop.model.answer import Answer, NotOffered
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import View
from polytop.model.target import Filters
from polytop.monitor.feed import FeedSource, Link
from polytop.monitor.schedule import (
    REQUESTS_PER_MINUTE,
    REQUESTS_PER_POLL,
    Use,
    requests_to_reserve,
)

PROFILE = """
[profiles.prod]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
"""


def source(more: str = "") -> FeedSource:
    """Return the source that polls the profile."""
    config = parse_config(PROFILE + more, Path("config.toml"))
    open_ = StoredProfiles(config, 30.0, {}).get("prod").open
    found = getattr(open_, "__self__", None)
    assert isinstance(found, FeedSource)
    return found


FAILED = Problem(Kind.BROKEN, "It failed", "Wait.", status=500)


class NoService:
    """Refuses every request."""

    async def fetch(self, _: Query) -> Answer | NotOffered:
        raise ServerFailed(FAILED)

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ("", REQUESTS_PER_MINUTE),
        ("requests_per_minute = 10", 10),
        ("requests_per_minute = 600", 600),
    ],
)
def test_the_setting_of_the_profile_is_the_budget(more: str, limit: int) -> None:
    budget = source(more).budget
    assert budget.used().limit == limit
    polls = limit * 2 // 3
    beside = limit - min(requests_to_reserve(30.0), polls - 2)
    taken = 0
    while budget.take():
        taken += 1
    assert taken == beside
    assert budget.take(2, Use.POLL)


async def test_the_poller_of_the_screen_and_that_of_the_alerts_share_one_budget() -> None:
    one = replace(source(), connect=lambda _: NoService())
    for polls in (1, 2):
        poller = one.poller(View(Filters(), 3_600), Link(one))
        async with aclosing(poller.snapshots()) as snapshots:
            used = (await anext(snapshots)).budget
        assert used == one.budget.used()
        assert used.used == REQUESTS_PER_POLL * polls
