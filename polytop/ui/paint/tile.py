"""A profile's tile on the wall, in as many lines as there are: fourteen down to one."""

from textwrap import wrap

from textual.strip import Strip

from polytop.model.series import UNKNOWN
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity
from polytop.ui.moment import dated
from polytop.ui.paint.cells import Cell, joined
from polytop.ui.paint.figures import signed_room
from polytop.ui.paint.header import badge
from polytop.ui.paint.levels import add_bar, level_style
from polytop.ui.paint.line import Line, blank, fitted
from polytop.ui.paint.numbers import count, percent, room_percent, sparkline
from polytop.ui.paint.tile_line import one_line
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
from polytop.ui.wall import TALL, Tile

_BLOCKS = " ▁▂▃▄▅▆▇█"


def tile_lines(
    tile: Tile, look: Look, width: int, height: int, *, selected: bool
) -> tuple[Strip, ...]:
    """`tile` in exactly `width` by `height` cells."""
    if height == 1:
        return (one_line(tile, look, width, selected=selected),)
    lines = [_head(tile, look, width, selected=selected)]
    if tile.data is None:
        lines += _words(tile, look.palette, width, height - 1)
    elif height < TALL:
        lines += [_short_figures(tile, tile.data, look, width)]
        lines += _foot(tile, tile.data, look, width, height - 2)
    else:
        lines += [*_figures(tile, tile.data, look, width), _gauge(tile, tile.data, look, width)]
        lines += _foot(tile, tile.data, look, width, height - 4)
    return tuple((lines + [blank(width)] * height)[:height])


_WORDY = 58
"""Cells from which on a tile says that its alert is silenced, and not only its foot."""


def _head(tile: Tile, look: Look, width: int, *, selected: bool) -> Strip:
    palette = look.palette
    sign, words = condition(tile, look.now)
    right = Line()
    if said := severity(tile):
        said += f" ({tile.silenced})" if tile.silenced and width >= _WORDY else ""
        right.add(f" {said} ", severity_style(tile, palette))
    right.add(f" {sign} ", condition_style(sign, palette)).add(f"{words} ", palette.muted)
    left = Line().add("▸ " if selected else "─ ", palette.accent if selected else palette.faint)
    env = badge(tile.client_env, palette) if tile.client_env else ("", palette.muted)
    room = max(4, width - right.width - left.width - len(env[0]) - 3)
    name = fitted(tile.name, min(room, 40)).rstrip()
    left.add(name, palette.strong + palette.cursor if selected else palette.strong).add(" ")
    left.add(*env).add(" ")
    left.add("─" * max(0, width - left.width - right.width), palette.faint)
    return Strip.join(
        [left.strip(max(0, width - right.width)), right.strip(min(width, right.width))]
    )


def _figures(tile: Tile, data: Snapshot, look: Look, width: int) -> list[Strip]:
    """Numbers over their labels; the last ones go where there is no room."""
    palette, capacity, now = look.palette, data.capacity, tile.now
    value = now.value if now else None
    style = level_style(value, capacity, palette)
    peak = data.summary.peak
    at = f" {dated(peak.window, look.now, look.zone)}" if peak else ""
    shown = [(count(value), "now", style)]
    if capacity.limit is not None:
        room = None if value is None else capacity.limit - value
        left = room_percent(value, capacity.limit)
        shown.append((signed_room(room), f"headroom {left:<4}", style))
    top = peak.value if peak else None
    shown.append((count(top), f"peak{at}", level_style(top, capacity, palette)))
    if capacity.limit is not None:
        shown.append((count(capacity.limit), "limit", palette.text))
    over, under, column = Line(), Line(), 2
    for text, label, figure_style in shown:
        size = max(len(text), len(label))
        if column + size > width:
            break
        over.to(column).add(text, figure_style)
        under.to(column).add(label, palette.muted)
        column += size + (3 if width >= 50 else 2)
    return [over.strip(width), under.strip(width)]


def _short_figures(tile: Tile, data: Snapshot, look: Look, width: int) -> Strip:
    """``96 of 120  peak 104  ━━━━━┃─  80 %``."""
    palette = look.palette
    line = Line().add("  ").add(*now_text(tile, data.capacity, palette))
    if data.capacity.limit is not None:
        line.add(f" of {data.capacity.limit}", palette.muted)
    peak = data.summary.peak.value if data.summary.peak else None
    line.add(f"  peak {count(peak)}  ", palette.muted).to(24)
    if data.capacity.limit is None:
        return line.add(_unlimited(data), palette.muted).strip(width)
    return _with_bar(line, tile, data.capacity, palette, width)


def _gauge(tile: Tile, data: Snapshot, look: Look, width: int) -> Strip:
    line = Line().add("  ")
    if data.capacity.limit is None:
        return line.add(_unlimited(data), look.palette.muted).strip(width)
    return _with_bar(line, tile, data.capacity, look.palette, width)


def _unlimited(data: Snapshot) -> str:
    """Why there is no bar: the limit counts all conversations."""
    return "a selection" if data.view.filters.active() else "no limit stated"


def _with_bar(line: Line, tile: Tile, capacity: Capacity, palette: Palette, width: int) -> Strip:
    """`line`, and in the rest of `width` the share of the limit that is in use."""
    share = None if tile.room is None else 1 - tile.room
    said = f" {percent(share):>5}"
    cells = max(0, width - line.width - len(said))
    add_bar(line, share, capacity, palette, cells)
    value = tile.now.value if tile.now else None
    return line.add(said, level_style(value, capacity, palette)).strip(width)


def _foot(tile: Tile, data: Snapshot, look: Look, width: int, rows: int) -> list[Strip]:
    """What goes wrong in words, else the range that is shown as blocks."""
    if tile.trouble is not None:
        return _words(tile, look.palette, width, rows)
    if rows <= 0:
        return []
    values = dots(data.total, frame_of(data), max(1, width - 4))
    if rows == 1:
        return [Line().add("  ").add(sparkline(values), look.palette.spark).strip(width)]
    return _area(blocks(values, rows), look.palette, width)


def _area(lines: tuple[str, ...], palette: Palette, width: int) -> list[Strip]:
    """Blocks with their crest in a colour of its own."""
    strips, above = [], " " * len(lines[0])
    for text in lines:
        cells = [Cell(), Cell()]
        for char, over in zip(text, above, strict=True):
            cells.append(Cell(char, palette.spark if over == " " else palette.fill))
        strips.append(joined(cells, len(cells)).adjust_cell_length(width))
        above = text
    return strips


def blocks(values: tuple[int, ...], rows: int) -> tuple[str, ...]:
    """Columns of `values` in `rows` lines, against the highest; blank where nothing is known.

    A value that is known is never blank at the base, zero neither.
    """
    top, eighths = max(values, default=UNKNOWN), 8 * rows
    heights = [
        0 if value < 0 else max(1, round(value / top * eighths)) if top > 0 else 1
        for value in values
    ]
    return tuple(
        "".join(_BLOCKS[max(0, min(8, height - 8 * row))] for height in heights)
        for row in reversed(range(rows))
    )


def _words(tile: Tile, palette: Palette, width: int, rows: int) -> list[Strip]:
    if tile.trouble is None or rows <= 0:
        return []
    cut = wrap(said_here(tile), max(8, width - 4))
    shown = cut[:rows]
    if len(cut) > rows:
        shown[-1] = fitted(f"{shown[-1]} {cut[rows]}", max(1, width - 4))
    return [
        Line().add("  ").add(fitted(text, max(0, width - 4)), palette.critical).strip(width)
        for text in shown
    ]
