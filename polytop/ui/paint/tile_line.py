"""A tile where there is room for one line, and where there is room for one tile."""

from textual.strip import Strip

from polytop.model.snapshot import Snapshot
from polytop.model.target import ClientEnv
from polytop.ui.paint.header import badge
from polytop.ui.paint.levels import add_bar, add_limit, shorter
from polytop.ui.paint.line import Line, blank, fitted
from polytop.ui.paint.numbers import NONE, count, percent, sparkline
from polytop.ui.paint.tile_parts import (
    Look,
    condition,
    condition_style,
    now_text,
    said_here,
    severity,
    severity_style,
)
from polytop.ui.palette import Palette
from polytop.ui.scale import dots, frame_of
from polytop.ui.wall import Tile

_SHORT_ENV = {ClientEnv.LIVE: "LIVE", ClientEnv.PRE_RELEASE: "PRE ", ClientEnv.SANDBOX: "SAND"}


def one_line(tile: Tile, look: Look, width: int, *, selected: bool) -> Strip:
    """``▸● name  LIVE   96 of 120  peak 104  80 % ━━━━┃─ ▁▂▃▄``; what matters least goes first."""
    palette = look.palette
    sign, words = condition(tile, look.now)
    line = Line().add("▸" if selected else " ", palette.accent)
    line.add(f"{sign} ", condition_style(sign, palette))
    name = palette.strong + palette.cursor if selected else palette.text
    line.add(fitted(tile.name, max(6, min(24, width // 4))), name).add(" ")
    if tile.client_env is not None and width >= 40:
        line.add(f" {_SHORT_ENV[tile.client_env]} ", badge(tile.client_env, palette)[1]).add(" ")
    if tile.data is None or tile.trouble is not None:
        _add_trouble(line, tile, words, palette, width)
    else:
        _add_figures(line, tile, tile.data, palette, width)
    return line.strip(width)


def _add_trouble(line: Line, tile: Tile, words: str, palette: Palette, width: int) -> None:
    if tile.data is not None:
        line.add(f"{now_text(tile, tile.data.capacity, palette)[0]:>5} ", palette.muted)
    if tile.trouble is None:
        line.add(fitted(words, max(0, width - line.width)), palette.muted)
        return
    line.add(fitted(said_here(tile), max(0, width - line.width)), palette.critical)


def _add_figures(line: Line, tile: Tile, data: Snapshot, palette: Palette, width: int) -> None:
    capacity = data.capacity
    text, style = now_text(tile, capacity, palette)
    limit = "" if capacity.limit is None else f" of {capacity.limit}"
    line.add(f"{text:>5}", style).add(f"{limit:<8}", palette.muted)
    share = None if tile.room is None else 1 - tile.room
    line.add(f"{percent(share) if limit else '':>6} ", style)
    if width - line.width >= 34:
        peak = data.summary.peak.value if data.summary.peak else None
        line.add(f"peak {count(peak):<6}", palette.muted)
    if width - line.width >= 22:
        add_bar(line, share, capacity, palette, 10 if limit else 0)
        line.add(" " if limit else " " * 11)
    word = severity(tile)
    if len(word) + 1 > width - line.width:
        word = shorter(word) if len(shorter(word)) + 1 <= width - line.width else ""
    spark = width - line.width - (len(word) + 1 if word else 0)
    if spark >= 6:
        values = dots(data.total, frame_of(data), min(40, spark))
        line.add(sparkline(values), palette.spark)
    if word:
        line.add(f" {word}", severity_style(tile, palette))


def worst_lines(tile: Tile | None, look: Look, width: int, height: int) -> tuple[Strip, ...]:
    """A terminal with room for nothing else: the profile with the least headroom."""
    palette = look.palette
    if tile is None:
        lines = [Line().add(" no profiles", palette.muted)]
    else:
        sign, words = condition(tile, look.now)
        first, limit = Line().add(" "), None
        if tile.data is not None:
            first.add(*now_text(tile, tile.data.capacity, palette))
            limit = tile.data.capacity.limit
        else:
            first.add(NONE, palette.muted)
        add_limit(first, limit, (severity(tile), severity_style(tile, palette)), palette, width)
        second = Line().add(f" {sign} ", condition_style(sign, palette)).add(words, palette.text)
        third = Line().add(" ").add(fitted(tile.name, max(0, width - 1)), palette.strong)
        lines = [third, first, second] if height != 2 else [third, first]
    strips = [line.strip(width) for line in lines]
    return tuple((strips + [blank(width)] * height)[:height])
