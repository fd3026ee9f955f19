"""A picture of each breakdown, compared with those that were looked at."""

import asyncio
import math

import pytest
from patience import PATIENCE
from scripted_feed import ScriptedFeed, app_of, made

from polytop.model.breakdown import Breakdown
from polytop.ui.app import Options

HOSTILE = ("[/b] x", "\x1b[31mred", "\u202eevil", "名前" * 40, "e\u0301 [red]", "x" * 300)


def wave(size, phase, noise=7):
    """A day's shape of at most `size` calls, the same in every run."""
    return [
        round(size * (0.72 + 0.18 * math.sin((at + phase) / 11) + 0.1 * ((at * noise) % 5) / 4))
        for at in range(72)
    ]


def total(*rows, share=0.86):
    return [max(*column, round(sum(column) * share)) for column in zip(*rows, strict=True)]


def _languages():
    rows = {"en-GB": wave(48, 0), "en-US": wave(17, 20, 3), "de-DE": wave(9, 5, 11)}
    rows["fr-FR"] = [0] * 72
    whole = total(*rows.values(), wave(12, 40), share=1.08)
    asked = {"en-GB": 12.0, "en-US": 40.0, "de-DE": 150.0, "fr-FR": 210.0}
    return made(whole, rows, Breakdown.LANGUAGE, values=tuple(rows), asked=asked)


def _numbers():
    rows = {f"+44207946{n:04}": wave(30 - 4 * n, 9 * n) for n in range(6)} | {None: wave(3, 1)}
    whole = total(*rows.values(), share=1.05)
    return made(whole, rows, Breakdown.PHONE_NUMBER, values=tuple(r for r in rows if r))


def _environments():
    rows = {"live": wave(80, 0), "pre-release": wave(21, 30), "sandbox": [0] * 72}
    return made(rows["live"], rows, Breakdown.CLIENT_ENV)


def _variants():
    rows = {f"v-{n}": wave(34 - 5 * n, 13 * n) for n in range(6)} | {"v-9": wave(9, 50)}
    names = {"v-0": "Main line", "v-1": "Billing & refunds", "v-2": "Reservations",
             "v-3": "Twin", "v-9": "Twin", "v-4": "München", "v-5": "名前"}  # fmt: skip
    whole = total(*rows.values())
    whole[20] = 25
    return made(whole, rows, names=names)


MADE = {
    "variant": _variants,
    "language": _languages,
    "phone_number": _numbers,
    "client_env": _environments,
}


def _after(*keys):
    async def before(pilot):
        await _settle(pilot)
        await pilot.press(*keys)
        await _settle(pilot)

    return before


async def _settle(pilot):
    async with asyncio.timeout(PATIENCE):
        while not pilot.app.screen_stack[0].settled:
            await pilot.pause(0.02)
    await pilot.pause(0.1)


@pytest.mark.parametrize("breakdown", MADE)
def test_breakdown_with_lines(snap_compare, breakdown):
    app = app_of(ScriptedFeed(MADE[breakdown]()), Options(utc=True, breakdown=Breakdown(breakdown)))
    keys = _after("x", "j", "x", "j", "j")
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys)


@pytest.mark.parametrize("breakdown", ["language", "client_env"])
def test_breakdown_where_there_is_little_room(snap_compare, breakdown):
    app = app_of(ScriptedFeed(MADE[breakdown]()), Options(utc=True, breakdown=Breakdown(breakdown)))
    assert snap_compare(app, terminal_size=(80, 24), run_before=_after("x"))


def test_hostile_values(snap_compare):
    rows = {each: wave(9 + at, at) for at, each in enumerate(HOSTILE)}
    shot = made(total(*rows.values()), rows, Breakdown.LANGUAGE, values=HOSTILE)
    assert snap_compare(app_of(ScriptedFeed(shot)), terminal_size=(120, 40), run_before=_settle)


def test_no_languages_yet(snap_compare):
    app = app_of(ScriptedFeed(made(wave(80, 0), {}, Breakdown.LANGUAGE)))
    assert snap_compare(app, terminal_size=(80, 24), run_before=_settle)


def test_columns(snap_compare):
    app = app_of(ScriptedFeed(_variants()))
    keys = _after("C", "j", "space", "greater_than_sign")
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys)


def test_a_search_that_is_not_understood(snap_compare):
    app = app_of(ScriptedFeed(_variants()))
    keys = _after("slash", *"now>5 foo>3", "enter")
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys)
