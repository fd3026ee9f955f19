"""What every size of tile is made of: state and severity in words, now, what fails."""

from dataclasses import dataclass

from rich.style import Style

from polytop.model.duration import coarse
from polytop.model.problem import Problem
from polytop.model.snapshot import State
from polytop.model.stats import Capacity
from polytop.model.text import printable
from polytop.ui.paint.alarm import state_style
from polytop.ui.paint.levels import level_style, level_word
from polytop.ui.paint.numbers import count
from polytop.ui.palette import Palette
from polytop.ui.timetext import Zone
from polytop.ui.wall import Band, Tile

FRESH = 120.0
"""Seconds up to which the age of live data is not worth a word."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the painters of the wall need besides the tiles; `now` is in epoch seconds."""

    palette: Palette
    zone: Zone
    now: float


def condition(tile: Tile, now: float) -> tuple[str, str]:
    """A sign and words for what the data of `tile` are worth: ``● live``, ``▲ stale 4 min``."""
    snapshot = tile.snapshot
    if tile.problem is not None and tile.data is None:
        return "✖", "not watched"
    if tile.data is None and (snapshot is None or snapshot.fault is None):
        return ("▲", f"no answer for {tile.waited} s") if tile.waited else ("○", "connecting")
    assert snapshot is not None
    age = now - snapshot.fetched_at if snapshot.fetched_at is not None else None
    if tile.problem is not None:
        return "✖", f"stopped{_aged(age)}"
    if tile.recorded:
        return "‖", "recorded"
    if snapshot.state is State.LIVE:
        return "●", "live" + (f" · {coarse(age)}" if age is not None and age >= FRESH else "")
    sign = {State.STALE: "▲", State.REMEMBERED: "○"}.get(snapshot.state, "✖")
    return sign, snapshot.state.value + _aged(age)


def _aged(age: float | None) -> str:
    # In minutes at the least: what changes every second is looked at every second.
    return "" if age is None else f" {coarse(age)}"


def condition_style(sign: str, palette: Palette) -> Style:
    """The colour of a sign of :func:`condition`."""
    styles = {"●": palette.ok, "▲": palette.warning, "✖": palette.critical}
    return styles.get(sign, palette.muted)


def severity(tile: Tile) -> str:
    """The state of the alert rules where it is one to look at, else the band of the limit."""
    if tile.alert in ("CRITICAL", "WARNING"):
        return tile.alert
    data, now = tile.data, tile.now
    return level_word(now.value if now else None, data.capacity) if data else ""


def severity_style(tile: Tile, palette: Palette) -> Style:
    """The colour of :func:`severity`."""
    return state_style("CRITICAL" if tile.band is Band.CRITICAL else "WARNING", palette)


def now_text(tile: Tile, capacity: Capacity, palette: Palette) -> tuple[str, Style]:
    """Now as a number in the colour of its band."""
    value = tile.now.value if tile.now else None
    return count(value), level_style(value, capacity, palette)


def said(problem: Problem) -> str:
    """What happened and what to do, safe to show, in one line."""
    words = problem.summary
    if problem.error_message and problem.error_message not in words:
        words += f": {problem.error_message}"
    return f"{printable(words).removesuffix('.')}. {printable(problem.advice)}"


def said_here(tile: Tile) -> str:
    """The same with the region in the place of its host's name, which is long."""
    assert tile.trouble is not None
    words, target = said(tile.trouble), tile.target
    if target is None or target.region is None:
        return words
    return words.replace(target.base_url.partition("://")[2], target.region)
