"""Switching between profiles in the running monitor."""

from dataclasses import replace

from monitor_stage import Several, named

from polytop.model.problem import Kind, Problem
from polytop.ui.ports import FeedError


async def test_a_profile_is_switched_to_and_back(make, run):
    first, second = make(), make(scenario="quiet-night")
    profiles = Several((named(first, "prod"), named(second, "staging")))
    first.follow(profiles.watches[0], profiles)
    async with run(first) as stage:
        assert stage.text().startswith(" prod")
        stage.home.switch_profile("staging")
        await stage.until(lambda: second.service.count >= 2)
        await stage.drawn()
        assert stage.text().startswith(" staging")
        asked = stage.service.count
        await stage.pilot.press("r")
        await stage.until(lambda: second.service.count >= 4)
        assert stage.service.count == asked
        stage.home.switch_profile("prod")
        await stage.until(lambda: stage.service.count >= asked + 2)
        await stage.shows(" prod")


async def test_a_broken_profile_says_why_and_the_present_one_goes_on(make, run):
    stage = make()
    profiles = Several((named(stage, "prod"),))
    stage.follow(profiles.watches[0], profiles)
    async with run(stage):
        await stage.pilot.press("f")
        stage.home.switch_profile("broken")
        await stage.shows("limit: 0 is too small. Give at least 1.")
        await stage.polled()
        assert stage.text().startswith(" prod")


async def test_a_profile_without_a_key_says_so_and_r_tries_again(make, run):

    stage = make()
    watch, calls = stage.profile, []

    async def no_key(view):
        calls.append(view)
        if len(calls) == 1:
            raise FeedError(Problem(Kind.REFUSED, "no API key for profile prod", "Set one."))
        return await watch.open(view)

    stage.follow(replace(watch, open=no_key))
    async with run(stage, data=False):
        await stage.shows("no API key for profile prod")
        await stage.pilot.press("r")
        await stage.drawn()
        await stage.shows("Main line")
