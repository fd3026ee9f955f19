"""Hours of polls leave no more in memory than the first ones."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from patience import PATIENCE
from rich.cells import cached_cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from scripted_feed import NOW, ScriptedFeed, made
from textual.geometry import Region
from textual.strip import Strip

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters, Target
from polytop.ui.drawn_cache import caches
from polytop.ui.ports import MonitoredProfile
from polytop.ui.render.context import Subject
from polytop.ui.sessions import ProfileSession, SessionListener

HOURS = 3
POLLS = 120 * HOURS


def draw(snapshot: Snapshot) -> None:
    """Work on a picture of which no part was ever drawn before, in a terminal of another size."""
    text = f"at most {snapshot.polls} conversations"
    style = Style(color=f"#{snapshot.polls:06x}")
    Strip.render_ansi(style, ColorSystem.TRUECOLOR)
    Strip([Segment(text, style)], cached_cell_len(text)).crop(3, 9)
    Region(0, snapshot.polls, 9, 1).intersection(Region(0, 0, 80, 24))


async def test_of_what_was_drawn_hours_ago_nothing_is_kept():
    kept = [*caches()]
    held: list[int] = []
    problems: list[Problem] = []
    ended = asyncio.Event()

    def drawn(snapshot: Snapshot) -> None:
        draw(snapshot)
        held.append(sum(each.cache_info().currsize for each in kept))
        if len(held) == POLLS:
            ended.set()

    def failed(problem: Problem) -> None:
        problems.append(problem)
        ended.set()

    async def ignored(*_: object) -> None: ...

    target = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
    first = replace(made([3] * 40, None), polls=1)
    feed = ScriptedFeed(first)

    async def opened(_: View) -> ScriptedFeed:
        return feed

    profile = MonitoredProfile(Subject("prod", target), Filters(), opened, lambda: NOW)
    listener = SessionListener(drawn, failed, lambda: None, lambda _: None, ignored)
    task = asyncio.create_task(ProfileSession(profile, listener).follow(first.view))
    for polls in range(2, POLLS + 1):
        feed.queue.put_nowait(replace(first, polls=polls))
    await asyncio.wait_for(ended.wait(), PATIENCE)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert not problems
    assert max(held[POLLS // HOURS :]) <= max(held[: POLLS // HOURS])
