"""The lines around the tiles: what there is and how it stands; words for one, and the keys."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.style import Style
from textual.strip import Strip

from polytop.model.problem import Problem
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import Snapshot, State
from polytop.model.stats import Capacity, Severity
from polytop.model.target import ClientEnv
from polytop.model.text import printable
from polytop.model.timeparse import coarse_duration
from polytop.ui.commands import Hint
from polytop.ui.render.header import badge
from polytop.ui.render.levels import (
    add_bar,
    add_limit,
    severity_style,
    severity_word,
    short_severity_word,
    state_style,
)
from polytop.ui.render.numbers import (
    EIGHTHS,
    NONE,
    count,
    headroom_percent,
    headroom_text,
    percent,
    sparkline,
)
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.status import hint_line
from polytop.ui.render.text import (
    Cell,
    Line,
    blank,
    cells_strip,
    fit,
    join_edges,
)
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone, hm, moment_text, zone_name
from polytop.ui.wall_model import TALL, Tile

FRESH = 120.0
"""Seconds up to which the age of live data is not worth a word."""


@dataclass(frozen=True, slots=True)
class WallContext:
    """What the painters of the wall need besides the tiles; `now` is in epoch seconds."""

    palette: Palette
    zone: Zone
    now: float


def data_state(tile: Tile, now: float) -> tuple[str, str]:
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
        return "●", "live" + (
            f" · {coarse_duration(age)}" if age is not None and age >= FRESH else ""
        )
    sign = {State.STALE: "▲", State.REMEMBERED: "○"}.get(snapshot.state, "✖")
    return sign, snapshot.state.value + _aged(age)


def _aged(age: float | None) -> str:
    # In minutes at the least: what changes every second is looked at every second.
    return "" if age is None else f" {coarse_duration(age)}"


def data_state_style(sign: str, palette: Palette) -> Style:
    """The colour of a sign of :func:`data_state`."""
    styles = {"●": palette.ok, "▲": palette.warning, "✖": palette.critical}
    return styles.get(sign, palette.muted)


def tile_severity_word(tile: Tile) -> str:
    """``CRITICAL`` or ``WARNING`` by the alert rules, else the word for the limit's band."""
    if tile.alert is not None and tile.alert >= Severity.WARNING:
        return tile.alert.name
    data, now = tile.data, tile.now
    return severity_word(now.value if now else None, data.capacity) if data else ""


def now_text(tile: Tile, capacity: Capacity, palette: Palette) -> tuple[str, Style]:
    """Now as a number in the colour of its band."""
    value = tile.now.value if tile.now else None
    return count(value), severity_style(value, capacity, palette)


def problem_text(problem: Problem) -> str:
    """What happened and what to do, safe to show, in one line."""
    words = problem.summary
    if problem.error_message and problem.error_message not in words:
        words += f": {problem.error_message}"
    return f"{printable(words).removesuffix('.')}. {printable(problem.advice)}"


def trouble_text(tile: Tile) -> str:
    """The same with the region in the place of its host's name, which is long."""
    assert tile.trouble is not None
    words, target = problem_text(tile.trouble), tile.target
    if target is None or target.region is None:
        return words
    return words.replace(target.base_url.partition("://")[2], target.region)


_SHORT_ENV = {ClientEnv.LIVE: "LIVE", ClientEnv.PRE_RELEASE: "PRE ", ClientEnv.SANDBOX: "SAND"}


def tile_line(tile: Tile, context: WallContext, width: int, *, selected: bool) -> Strip:
    """``▸● name  LIVE   96 of 120  peak 104  80 % ━━━━┃─ ▁▂▃▄``; what matters least goes first."""
    palette = context.palette
    sign, words = data_state(tile, context.now)
    line = Line().add("▸" if selected else " ", palette.accent)
    line.add(f"{sign} ", data_state_style(sign, palette))
    name = palette.strong + palette.cursor if selected else palette.text
    line.add(fit(tile.name, max(6, min(24, width // 4))), name).add(" ")
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
        line.add(fit(words, max(0, width - line.width)), palette.muted)
        return
    line.add(fit(trouble_text(tile), max(0, width - line.width)), palette.critical)


def _add_figures(line: Line, tile: Tile, data: Snapshot, palette: Palette, width: int) -> None:
    capacity = data.capacity
    text, style = now_text(tile, capacity, palette)
    limit = "" if capacity.limit is None else f" of {capacity.limit}"
    line.add(f"{text:>5}", style).add(f"{limit:<8}", palette.muted)
    share = None if tile.headroom is None else 1 - tile.headroom
    used = percent(share) if limit else ""
    # A long limit and a long percentage fill their columns: a blank still stands between them.
    gap = " " if len(limit) >= 8 and len(used) >= 6 else ""
    line.add(f"{gap}{used:>6} ", style)
    if width - line.width >= 34:
        peak = data.summary.peak.value if data.summary.peak else None
        line.add(f"peak {count(peak):<6}", palette.muted)
    if width - line.width >= 22:
        add_bar(line, tile.now.value if tile.now else None, capacity, palette, 10)
        line.add(" " if limit else " " * 11)
    word = tile_severity_word(tile)
    if len(word) + 1 > width - line.width:
        word = (
            short_severity_word(word)
            if len(short_severity_word(word)) + 1 <= width - line.width
            else ""
        )
    spark = width - line.width - (len(word) + 1 if word else 0)
    if spark >= 6:
        values = column_maxima(data.total, graph_frame(data), min(40, spark))
        line.add(sparkline(values), palette.spark)
    if word:
        line.add(f" {word}", state_style(tile.severity, palette))


def most_urgent_lines(
    tile: Tile | None, context: WallContext, width: int, height: int
) -> tuple[Strip, ...]:
    """A terminal with room for nothing else: the profile with the least headroom."""
    palette = context.palette
    if tile is None:
        lines = [Line().add(" no profiles", palette.muted)]
    else:
        sign, words = data_state(tile, context.now)
        first, limit = Line().add(" "), None
        if tile.data is not None:
            first.add(*now_text(tile, tile.data.capacity, palette))
            limit = tile.data.capacity.limit
        else:
            first.add(NONE, palette.muted)
        word, style = tile_severity_word(tile), state_style(tile.severity, palette)
        add_limit(first, limit, word, style, palette, width)
        second = Line().add(f" {sign} ", data_state_style(sign, palette)).add(words, palette.text)
        third = Line().add(" ").add(fit(tile.name, max(0, width - 1)), palette.strong)
        lines = [third, first, second] if height != 2 else [third, first]
    strips = [line.strip(width) for line in lines]
    return tuple((strips + [blank(width)] * height)[:height])


def tile_lines(
    tile: Tile, context: WallContext, width: int, height: int, *, selected: bool
) -> tuple[Strip, ...]:
    """`tile` in exactly `width` by `height` cells."""
    if height == 1:
        return (tile_line(tile, context, width, selected=selected),)
    lines = [_head(tile, context, width, selected=selected)]
    if tile.data is None:
        lines += _words(tile, context.palette, width, height - 1)
    elif height < TALL:
        lines += [_short_figures(tile, tile.data, context, width)]
        lines += _foot(tile, tile.data, context, width, height - 2)
    else:
        lines += [
            *_figures(tile, tile.data, context, width),
            _gauge(tile, tile.data, context, width),
        ]
        lines += _foot(tile, tile.data, context, width, height - 4)
    return tuple((lines + [blank(width)] * height)[:height])


_WORDY = 58
"""Cells from which on a tile says that its alert is silenced, and not only its foot."""


def _head(tile: Tile, context: WallContext, width: int, *, selected: bool) -> Strip:
    palette = context.palette
    sign, words = data_state(tile, context.now)
    right = Line()
    if word := tile_severity_word(tile):
        word += f" ({tile.silenced})" if tile.silenced and width >= _WORDY else ""
        right.add(f" {word} ", state_style(tile.severity, palette))
    right.add(f" {sign} ", data_state_style(sign, palette)).add(f"{words} ", palette.muted)
    left = Line().add("▸ " if selected else "─ ", palette.accent if selected else palette.faint)
    env = badge(tile.client_env, palette) if tile.client_env else ("", palette.muted)
    room = max(4, width - right.width - left.width - len(env[0]) - 3)
    name = fit(tile.name, min(room, 40)).rstrip()
    left.add(name, palette.strong + palette.cursor if selected else palette.strong).add(" ")
    left.add(*env).add(" ")
    left.add("─" * max(0, width - left.width - right.width), palette.faint)
    return Strip.join(
        [left.strip(max(0, width - right.width)), right.strip(min(width, right.width))]
    )


def _figures(tile: Tile, data: Snapshot, context: WallContext, width: int) -> list[Strip]:
    """Numbers over their labels; the last ones go where there is no room."""
    palette, capacity, now = context.palette, data.capacity, tile.now
    value = now.value if now else None
    style = severity_style(value, capacity, palette)
    peak = data.summary.peak
    at = f" {moment_text(peak.window, context.now, context.zone)}" if peak else ""
    shown = [(count(value), "now", style)]
    if capacity.limit is not None:
        room = None if value is None else capacity.limit - value
        left = headroom_percent(value, capacity.limit)
        shown.append((headroom_text(room), f"headroom {left:<4}", style))
    top = peak.value if peak else None
    shown.append((count(top), f"peak{at}", severity_style(top, capacity, palette)))
    if capacity.limit is not None:
        shown.append((count(capacity.limit), "limit", palette.text))
    over, under, column = Line(), Line(), 2
    for text, label, figure_style in shown:
        size = max(len(text), len(label))
        if column + size > width:
            break
        over.pad_to(column).add(text, figure_style)
        under.pad_to(column).add(label, palette.muted)
        column += size + (3 if width >= 50 else 2)
    return [over.strip(width), under.strip(width)]


def _short_figures(tile: Tile, data: Snapshot, context: WallContext, width: int) -> Strip:
    """``96 of 120  peak 104  ━━━━━┃─  80 %``."""
    palette = context.palette
    line = Line().add("  ").add(*now_text(tile, data.capacity, palette))
    if data.capacity.limit is not None:
        line.add(f" of {data.capacity.limit}", palette.muted)
    peak = data.summary.peak.value if data.summary.peak else None
    line.add(f"  peak {count(peak)}  ", palette.muted).pad_to(24)
    if data.capacity.limit is None:
        return line.add(_unlimited(data), palette.muted).strip(width)
    return _with_bar(line, tile, data.capacity, palette, width)


def _gauge(tile: Tile, data: Snapshot, context: WallContext, width: int) -> Strip:
    line = Line().add("  ")
    if data.capacity.limit is None:
        return line.add(_unlimited(data), context.palette.muted).strip(width)
    return _with_bar(line, tile, data.capacity, context.palette, width)


def _unlimited(data: Snapshot) -> str:
    """Why there is no bar: the limit counts all conversations."""
    return "a selection" if data.view.filters.active() else "no limit stated"


def _with_bar(line: Line, tile: Tile, capacity: Capacity, palette: Palette, width: int) -> Strip:
    """`line`, and in the rest of `width` the share of the limit that is in use."""
    share = None if tile.headroom is None else 1 - tile.headroom
    used = f" {percent(share):>5}"
    cells = max(0, width - line.width - len(used))
    value = tile.now.value if tile.now else None
    add_bar(line, value, capacity, palette, cells)
    return line.add(used, severity_style(value, capacity, palette)).strip(width)


def _foot(tile: Tile, data: Snapshot, context: WallContext, width: int, rows: int) -> list[Strip]:
    """What goes wrong in words, else the range that is shown as blocks."""
    if tile.trouble is not None:
        return _words(tile, context.palette, width, rows)
    if rows <= 0:
        return []
    values = column_maxima(data.total, graph_frame(data), max(1, width - 4))
    if rows == 1:
        return [Line().add("  ").add(sparkline(values), context.palette.spark).strip(width)]
    return _area(block_rows(values, rows), context.palette, width)


def _area(lines: tuple[str, ...], palette: Palette, width: int) -> list[Strip]:
    """Blocks with their crest in a colour of its own."""
    strips, above = [], " " * len(lines[0])
    for text in lines:
        cells = [Cell(), Cell()]
        for char, over in zip(text, above, strict=True):
            cells.append(Cell(char, palette.spark if over == " " else palette.fill))
        strips.append(cells_strip(cells, len(cells)).adjust_cell_length(width))
        above = text
    return strips


def block_rows(values: tuple[int, ...], rows: int) -> tuple[str, ...]:
    """Columns of `values` in `rows` lines, against the highest; blank where nothing is known.

    A value that is known is never blank at the base, zero neither.
    """
    top, eighths = max(values, default=UNKNOWN), 8 * rows
    heights = [
        0 if value < 0 else max(1, round(value / top * eighths)) if top > 0 else 1
        for value in values
    ]
    return tuple(
        "".join(EIGHTHS[max(0, min(8, height - 8 * row))] for height in heights)
        for row in reversed(range(rows))
    )


def _words(tile: Tile, palette: Palette, width: int, rows: int) -> list[Strip]:
    if tile.trouble is None or rows <= 0:
        return []
    cut = wrap(trouble_text(tile), max(8, width - 4))
    shown = cut[:rows]
    if len(cut) > rows:
        shown[-1] = fit(f"{shown[-1]} {cut[rows]}", max(1, width - 4))
    return [
        Line().add("  ").add(fit(text, max(0, width - 4)), palette.critical).strip(width)
        for text in shown
    ]


def wall_header(
    tiles: Sequence[Tile], shown: int, search: str, context: WallContext, width: int
) -> Strip:
    """How many profiles there are, and how many of them want to be seen.

    The clock tells minutes: nothing here is newer than that, and what ticks costs.
    """
    palette = context.palette
    whole = f"{len(tiles)} profile{'' if len(tiles) == 1 else 's'}"
    left = Line().add(" Wall", palette.strong)
    left.add(f" · {whole if not search else f'{shown} of {whole}'}", palette.muted)
    if search:
        left.add(f" · with “{fit(search, 24).rstrip()}”", palette.accent)
    numbers = Counter(tile.severity for tile in tiles)
    for number, word, style in (
        (numbers[Severity.CRITICAL], "critical", palette.critical + Style(bold=True)),
        (numbers[Severity.WARNING], "warning", palette.warning + Style(bold=True)),
        (numbers[Severity.UNKNOWN], "failing", palette.critical),
        (sum(tile.waiting for tile in tiles), "connecting", palette.muted),
    ):
        if number:
            left.add(" · ", palette.muted).add(f"{number} {word}", style)
    right = Line().add("  ").add(hm(context.now, context.zone), palette.text)
    right.add(f" {zone_name(context.now, context.zone)} ", palette.muted)
    return join_edges(left, right if left.width + right.width <= width else Line(), width)


def wall_message(
    tile: Tile | None,
    notice: Problem | None,
    hidden: tuple[int, int],
    context: WallContext,
    width: int,
) -> Strip:
    """What is wrong with the tile under the cursor, else what it counts.

    `hidden` are the tiles above and below the screen.
    """
    palette, line, right = context.palette, Line().add(" "), Line()
    if any(hidden):
        right.add(f"  ▲ {hidden[0]} above  ▼ {hidden[1]} below ", palette.muted)
    room = max(0, width - right.width - 3)
    trouble = notice or (tile.trouble if tile else None)
    if trouble is not None:
        style = palette.warning if notice else palette.critical
        line.add("! ", style).add(fit(problem_text(trouble), room).rstrip(), style)
    elif tile is not None and tile.alert_text:
        tail = f" ({tile.silenced})" if tile.silenced else ""
        style = palette.muted if tile.silenced else palette.text
        words = fit(printable(tile.alert_text, 400), max(0, room - len(tail))).rstrip()
        line.add("! ", palette.warning).add(words + tail, style)
    elif tile is not None and tile.target is not None:
        target = tile.target
        location = target.region or target.base_url.partition("://")[2]
        words = f"{tile.name} · {location} · {target.account_id}/{target.project_id}"
        line.add(fit(words, room).rstrip(), palette.muted)
    return join_edges(line, right, width)


def wall_keys(hints: Iterable[Hint], context: WallContext, width: int) -> Strip:
    """The keys that matter here."""
    line = hint_line(hints, context.palette, width)
    line.add(" ")
    return join_edges(Line(), line, width)
