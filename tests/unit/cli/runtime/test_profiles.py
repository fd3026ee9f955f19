"""Which profiles are on the wall, under which options, and how often they are asked."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from render_words import TARGET, snap

from polytop.cli.demo import DEMO_PROJECTS
from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.cli.runtime.monitored import GivenProfiles, build_monitored_profile
from polytop.cli.runtime.profiles import (
    StoredProfiles,
    at_wall_pace,
    resolve_first,
    select_profiles,
)
from polytop.config.errors import ConfigError
from polytop.config.profiles import parse_config
from polytop.model.alert_rules import default_rules
from polytop.model.stats import Capacity
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.feed import FeedSource
from polytop.ui.ports import FeedError
from polytop.ui.render.context import Subject

CONFIG = """
[profiles.a]
region = "uk-1"
account_id = "ws-a"
project_id = "PROJECT-a"
limit = 90

[profiles.b]
region = "us-1"
account_id = "ws-b"
project_id = "PROJECT-b"
client_env = "sandbox"

[profiles.c]
region = "us-1"
account_id = "ws-c"
project_id = "PROJECT-c"
limit = 0
"""
NOTHING: dict[str, Any] = dict.fromkeys(
    ("region", "base_url", "account_id", "project_id", "client_env", "variant_id", "variant_name",
     "language", "phone_number", "limit")
)  # fmt: skip
ENVIRON = {"POLYTOP_PROJECT_ID": "PROJECT-other", "POLYTOP_REGION": "euw-1"}


def stored(interval: float = 5.0) -> StoredProfiles:
    return StoredProfiles(parse_config(CONFIG, Path("config.toml")), interval, ENVIRON)


def said(*profiles: str, every: bool = False, **options: Any) -> dict[str, Any]:
    return {**NOTHING, "profiles": profiles, "every": every, **options}


def test_one_profile_or_none_is_the_monitor():
    assert select_profiles(stored(), said()) is None
    assert select_profiles(stored(), said("a")) is None
    assert select_profiles(stored(), said("a", "a")) is None


def test_several_are_a_wall_in_the_order_they_are_named_and_all_in_that_of_the_file():
    assert select_profiles(stored(), said("b", "a", "b")).names == ("b", "a")
    assert select_profiles(stored(), said(every=True)).names == ("a", "b", "c")


def test_no_profile_at_all_is_the_set_up():
    empty = StoredProfiles(parse_config("", Path("config.toml")), 30.0, {})
    assert select_profiles(empty, said(every=True)) is None


def test_the_environment_makes_no_project_of_another():
    wall = select_profiles(stored(), said(every=True))
    targets = [wall.get(name).subject.target for name in ("a", "b")]
    assert [target.project_id for target in targets] == ["PROJECT-a", "PROJECT-b"]
    assert [target.region for target in targets] == ["uk-1", "us-1"]


def test_filters_hold_for_every_profile():
    wall = select_profiles(stored(), said(every=True, language="en-GB", client_env="pre-release"))
    for name in ("a", "b"):
        filters = wall.get(name).filters
        assert filters.language == "en-GB"
        assert filters.client_env is ClientEnv.PRE_RELEASE
    assert (
        select_profiles(stored(), said(every=True)).get("b").filters.client_env is ClientEnv.SANDBOX
    )


def test_a_broken_profile_is_on_the_wall_with_its_error():
    with pytest.raises(FeedError) as caught:
        select_profiles(stored(), said(every=True)).get("c")
    assert "limit" in caught.value.problem.summary
    assert caught.value.problem.advice


def test_a_name_that_nobody_has_is_refused_before_anything_is_shown():
    with pytest.raises(ConfigError, match="no profile is called d"):
        select_profiles(stored(), said("a", "d"))


@pytest.mark.parametrize("option", ["region", "base_url", "account_id", "project_id"])
def test_what_names_one_project_does_not_go_with_several(option):
    with pytest.raises(click.UsageError, match="goes with one profile"):
        select_profiles(stored(), said("a", "b", **{option: "x"}))


def test_all_and_some_cannot_be_asked_for_together():
    with pytest.raises(click.UsageError, match="cannot be given together"):
        select_profiles(stored(), said("a", every=True))


@pytest.mark.parametrize(("interval", "pace"), [(5.0, 30.0), (30.0, 30.0), (300.0, 300.0)])
def test_the_wall_asks_no_more_often_than_every_thirty_seconds(interval, pace):
    slow = at_wall_pace(stored(interval), 3)
    _, wall = resolve_first(slow, {**said(), "profile": "a"})
    source = wall.get("a").open.__self__
    assert (source.interval, source.spread) == (pace, True)
    alone = stored(interval).get("a").open.__self__
    assert (alone.interval, alone.spread) == (interval, False)


def test_what_the_monitor_watches_is_on_the_wall_as_the_monitor_watches_it():
    options = {**said(limit=7, language="en-GB"), "profile": "a"}
    first, beside = resolve_first(StoredProfiles(stored().config, 30.0, {}), options)
    assert beside.names == ("a", "b", "c")
    assert beside.get("a").filters.language == "en-GB"
    assert beside.get("a").open.__self__.capacity.limit == 7
    assert beside.get("b").filters.language is None
    assert beside.get("a").filters == first.filters


def test_what_is_in_no_file_comes_first():
    place = {"region": "uk-1", "account_id": "ws-x", "project_id": "PROJECT-x"}
    _, beside = resolve_first(StoredProfiles(stored().config, 30.0, {}), {**said(), **place})
    assert beside.names == ("(env)", "a", "b", "c")
    assert beside.get("(env)").subject.target.project_id == "PROJECT-x"


def test_the_demo_names_what_it_does_not_have():
    assert len({kin.name for kin in DEMO_PROJECTS}) == 5
    profiles = GivenProfiles({name: partial(stored().get, name) for name in ("a", "b")})
    assert profiles.names == ("a", "b")
    assert profiles.get("b").subject.profile == "b"
    with pytest.raises(FeedError) as caught:
        profiles.get("x")
    assert "a, b" in caught.value.problem.advice


def test_alerts_go_by_the_clock_of_the_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    source = FeedSource(TARGET, lambda _: None, Capacity(90), lambda: 1_000.0, asyncio.sleep, 5.0)
    rules = default_rules(Capacity(90))
    profile = build_monitored_profile(
        source, Subject("a", TARGET), Filters(), alerts=ProfileAlerts("a", lambda: rules, TARGET)
    )
    assert profile.make_notifier is not None
    notifier = profile.make_notifier(lambda _: None, lambda: None)
    notifier.consume(snap([50] * 4, 90))
    view = notifier.snooze(1_060.0)
    assert [each.snoozed_until for each in view.rules] == [1_060.0, 1_060.0]
