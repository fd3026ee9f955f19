"""A profile's budget of requests reaches all of its pollers."""

from pathlib import Path

import pytest

from polytop.cli.runtime.profiles import StoredProfiles
from polytop.config.profiles import parse_config
from polytop.model.snapshot import View
from polytop.model.target import Filters
from polytop.monitor.feed import FeedSource, Link
from polytop.monitor.schedule import REQUESTS_PER_MINUTE, Use, requests_to_reserve

PROFILE = """
[profiles.prod]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
"""


def source(more: str = "") -> FeedSource:
    """What the profile is polled with."""
    config = parse_config(PROFILE + more, Path("config.toml"))
    open_ = StoredProfiles(config, 30.0, {}).get("prod").open
    found = getattr(open_, "__self__", None)
    assert isinstance(found, FeedSource)
    return found


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


def test_the_poller_of_the_screen_and_that_of_the_alerts_share_one_budget() -> None:
    one = source()
    pollers = [one.poller(View(Filters(), 3_600), Link(one)) for _ in range(2)]
    assert {id(poller._budget) for poller in pollers} == {id(one.budget)}
