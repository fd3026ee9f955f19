"""The wall of profiles: its header, its tiles, and the lines below them."""

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
from polytop.model.text import format_count, printable
from polytop.model.timeparse import coarse_duration
from polytop.ui.commands import Hint
from polytop.ui.render.header import badge, region_or_host
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
from polytop.ui.render.status import hint_line, problem_words
from polytop.ui.render.text import Cell, Line, blank, cells_strip, fit, join_edges
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone, day_and_time, hm, moment_text, since_text, zone_name
from polytop.ui.wall_model import TALL, Tile

FRESH = 120.0
"""Age from which on live data show their age, seconds."""

_SILENCED_WIDTH = 58
"""Width from which on the head of a tile shows that its alert is silenced, cells."""

_SHORT_ENV = {ClientEnv.LIVE: "LIVE", ClientEnv.PRE_RELEASE: "PRE ", ClientEnv.SANDBOX: "SAND"}


@dataclass(frozen=True, slots=True)
class WallContext:
    """The context of rendering the wall; `now` is in epoch seconds."""

    palette: Palette
    zone: Zone
    now: float


# -- the lines around the tiles


def wall_header(
    tiles: Sequence[Tile], shown: int, search: str, context: WallContext, width: int
) -> Strip:
    """How many profiles there are, and how many need attention.

    The clock shows minutes: a clock that ticks every second costs bytes.
    """
    palette = context.palette
    profiles = format_count(len(tiles), "profile")
    left = Line().add(" Wall", palette.strong)
    left.add(f" · {profiles if not search else f'{shown} of {profiles}'}", palette.muted)
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
    """The notice, or the error or alert of the tile under the cursor, or its project.

    `hidden` is the number of tiles above and below the screen.
    """
    palette, line, right = context.palette, Line().add(" "), Line()
    if any(hidden):
        right.add(f"  ▲ {hidden[0]} above  ▼ {hidden[1]} below ", palette.muted)
    room = max(0, width - right.width - 3)
    problem = notice or (tile.trouble if tile else None)
    if problem is not None:
        style = palette.warning if notice else palette.critical
        line.add("! ", style).add(fit(_problem_text(problem), room).rstrip(), style)
    elif tile is not None and tile.alert_text:
        silenced = f" ({tile.silenced})" if tile.silenced else ""
        if tile.snoozed_until is not None:
            until = day_and_time(tile.snoozed_until, context.now, context.zone)
            silenced = f" ({tile.silenced} until {until})"
        style = palette.muted if tile.silenced else palette.text
        text = printable(tile.alert_text, 400)
        if tile.alert_since is not None:
            text += f" {since_text(tile.alert_since, context.now, context.zone)}"
        text = fit(text, max(0, room - len(silenced))).rstrip()
        line.add("! ", palette.warning).add(text + silenced, style)
    elif tile is not None and (target := tile.target) is not None:
        project = f"{target.account_id}/{target.project_id}"
        words = f"{tile.name} · {region_or_host(target)} · {project}"
        line.add(fit(words, room).rstrip(), palette.muted)
    return join_edges(line, right, width)


def wall_keys(hints: Iterable[Hint], context: WallContext, width: int) -> Strip:
    """The keys that matter here."""
    line = hint_line(hints, context.palette, width)
    line.add(" ")
    return join_edges(Line(), line, width)


# -- a tile


def tile_lines(
    tile: Tile, context: WallContext, width: int, height: int, *, selected: bool
) -> tuple[Strip, ...]:
    """`tile` in exactly `width` by `height` cells."""
    if height == 1:
        return (_tile_line(tile, context, width, selected=selected),)
    lines = [_tile_head(tile, context, width, selected=selected)]
    data = tile.data
    if data is None:
        lines += _trouble_lines(tile, context.palette, width, height - 1)
    elif height < TALL:
        lines += [_short_figures(tile, data, context, width)]
        lines += _tile_foot(tile, data, context, width, height - 2)
    else:
        lines += [*_figures(tile, data, context, width), _gauge(tile, data, context, width)]
        lines += _tile_foot(tile, data, context, width, height - 4)
    return tuple((lines + [blank(width)] * height)[:height])


def _tile_head(tile: Tile, context: WallContext, width: int, *, selected: bool) -> Strip:
    """``▸ name  LIVE ─────── CRITICAL  ● live``."""
    palette = context.palette
    sign, words = data_state(tile, context.now)
    right = Line()
    if word := tile_severity_word(tile):
        word += f" ({tile.silenced})" if tile.silenced and width >= _SILENCED_WIDTH else ""
        right.add(f" {word} ", state_style(tile.severity, palette))
    right.add(f" {sign} ", _sign_style(sign, palette)).add(f"{words} ", palette.muted)
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


def data_state(tile: Tile, now: float) -> tuple[str, str]:
    """A sign and words for the freshness of the data: ``● live``, ``▲ stale 4 min``."""
    snapshot = tile.snapshot
    if tile.problem is not None and tile.data is None:
        return "✖", "not watched"
    if tile.data is None and (snapshot is None or snapshot.fault is None):
        return ("▲", f"no answer for {tile.waited} s") if tile.waited else ("○", "connecting")
    assert snapshot is not None
    age = None if snapshot.fetched_at is None else (now - snapshot.fetched_at) / tile.speed
    if tile.problem is not None:
        return "✖", f"stopped{_age_text(age)}"
    if tile.recorded:
        return "‖", "recorded"
    if snapshot.state is State.LIVE:
        return "●", "live" + (
            f" · {coarse_duration(age)}" if age is not None and age >= FRESH else ""
        )
    sign = {State.STALE: "▲", State.REMEMBERED: "○"}.get(snapshot.state, "✖")
    return sign, snapshot.state.value + _age_text(age)


def _age_text(age: float | None) -> str:
    # In minutes at least: the eye is drawn to what changes every second.
    return "" if age is None else f" {coarse_duration(age)}"


def _sign_style(sign: str, palette: Palette) -> Style:
    """The colour of a sign of :func:`data_state`."""
    styles = {"●": palette.ok, "▲": palette.warning, "✖": palette.critical}
    return styles.get(sign, palette.muted)


def tile_severity_word(tile: Tile) -> str:
    """``CRITICAL`` or ``WARNING`` by the alert rules, else the word for the limit's level."""
    if tile.alert is not None and tile.alert >= Severity.WARNING:
        return tile.alert.name
    return severity_word(_now(tile), tile.data.capacity) if tile.data else ""


def _now(tile: Tile) -> int | None:
    return tile.now.value if tile.now else None


def _now_text(tile: Tile, capacity: Capacity, palette: Palette) -> tuple[str, Style]:
    """The value of now in the colour of its severity."""
    return count(_now(tile)), severity_style(_now(tile), capacity, palette)


def _peak(data: Snapshot) -> int | None:
    return data.summary.peak.value if data.summary.peak else None


def _figures(tile: Tile, data: Snapshot, context: WallContext, width: int) -> list[Strip]:
    """Numbers over their labels; the last ones are left out if there is no room."""
    palette, capacity, now = context.palette, data.capacity, _now(tile)
    style = severity_style(now, capacity, palette)
    peak = data.summary.peak
    at = f" {moment_text(peak.window, context.now, context.zone)}" if peak else ""
    shown = [(count(now), "now", style)]
    if capacity.limit is not None:
        headroom = None if now is None else capacity.limit - now
        share = headroom_percent(now, capacity.limit)
        shown.append((headroom_text(headroom), f"headroom {share:<4}", style))
    highest = _peak(data)
    shown.append((count(highest), f"peak{at}", severity_style(highest, capacity, palette)))
    if capacity.limit is not None:
        shown.append((count(capacity.limit), "limit", palette.text))
    values, labels, column = Line(), Line(), 2
    for text, label, figure_style in shown:
        size = max(len(text), len(label))
        if column + size > width:
            break
        values.pad_to(column).add(text, figure_style)
        labels.pad_to(column).add(label, palette.muted)
        column += size + (3 if width >= 50 else 2)
    return [values.strip(width), labels.strip(width)]


def _short_figures(tile: Tile, data: Snapshot, context: WallContext, width: int) -> Strip:
    """``96 of 120  peak 104  ━━━━━┃─  80 %``."""
    palette = context.palette
    line = Line().add("  ").add(*_now_text(tile, data.capacity, palette))
    if data.capacity.limit is not None:
        line.add(f" of {data.capacity.limit}", palette.muted)
    line.add(f"  peak {count(_peak(data))}  ", palette.muted).pad_to(24)
    return _add_gauge(line, tile, data, palette, width)


def _gauge(tile: Tile, data: Snapshot, context: WallContext, width: int) -> Strip:
    return _add_gauge(Line().add("  "), tile, data, context.palette, width)


def _add_gauge(line: Line, tile: Tile, data: Snapshot, palette: Palette, width: int) -> Strip:
    """`line`, and in the rest of `width` the share of the limit in use."""
    if data.capacity.limit is None:
        # The limit applies to all calls, not to a selection of them.
        reason = "a selection" if data.view.filters.active() else "no limit stated"
        return line.add(reason, palette.muted).strip(width)
    used = f" {percent(_used_share(tile)):>5}"
    cells = max(0, width - line.width - len(used))
    add_bar(line, _now(tile), data.capacity, palette, cells)
    return line.add(used, severity_style(_now(tile), data.capacity, palette)).strip(width)


def _used_share(tile: Tile) -> float | None:
    return None if tile.headroom is None else 1 - tile.headroom


def _tile_foot(
    tile: Tile, data: Snapshot, context: WallContext, width: int, rows: int
) -> list[Strip]:
    """The error of the tile, or its span as a chart of blocks."""
    if tile.trouble is not None:
        return _trouble_lines(tile, context.palette, width, rows)
    if rows <= 0:
        return []
    values = column_maxima(data.total, graph_frame(data), max(1, width - 4), data.lead)
    if rows == 1:
        return [Line().add("  ").add(sparkline(values), context.palette.spark).strip(width)]
    return _block_lines(block_rows(values, rows), context.palette, width)


def block_rows(values: tuple[int, ...], rows: int) -> tuple[str, ...]:
    """Bars of `values` in `rows` lines, scaled to the highest; blank for an unknown value.

    A known value, even zero, is never blank at the base.
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


def _block_lines(rows: tuple[str, ...], palette: Palette, width: int) -> list[Strip]:
    """Rows of blocks; the tops of the bars have a colour of their own."""
    strips, above = [], " " * len(rows[0])
    for text in rows:
        cells = [Cell(), Cell()]
        for char, over in zip(text, above, strict=True):
            cells.append(Cell(char, palette.spark if over == " " else palette.fill))
        strips.append(cells_strip(cells, len(cells)).adjust_cell_length(width))
        above = text
    return strips


def _trouble_lines(tile: Tile, palette: Palette, width: int, rows: int) -> list[Strip]:
    if tile.trouble is None or rows <= 0:
        return []
    lines = wrap(_trouble_text(tile), max(8, width - 4))
    shown = lines[:rows]
    if len(lines) > rows:
        shown[-1] = fit(f"{shown[-1]} {lines[rows]}", max(1, width - 4))
    return [
        Line().add("  ").add(fit(text, max(0, width - 4)), palette.critical).strip(width)
        for text in shown
    ]


def _trouble_text(tile: Tile) -> str:
    """The error of the tile, with the short region in place of its long host name."""
    assert tile.trouble is not None
    words, target = _problem_text(tile.trouble), tile.target
    if target is None or target.region is None:
        return words
    return words.replace(target.base_url.partition("://")[2], target.region)


def _problem_text(problem: Problem) -> str:
    """The problem and the advice, in one line."""
    return ". ".join(problem_words(problem))


# -- small sizes


def _tile_line(tile: Tile, context: WallContext, width: int, *, selected: bool) -> Strip:
    """``▸● name  LIVE   96 of 120  80 % peak 104 ━━━━┃─ ▁▂▃▄``; the end is left out first."""
    palette = context.palette
    sign, words = data_state(tile, context.now)
    line = Line().add("▸" if selected else " ", palette.accent)
    line.add(f"{sign} ", _sign_style(sign, palette))
    name = palette.strong + palette.cursor if selected else palette.text
    line.add(fit(tile.name, max(6, min(24, width // 4))), name).add(" ")
    if tile.client_env is not None and width >= 40:
        line.add(f" {_SHORT_ENV[tile.client_env]} ", badge(tile.client_env, palette)[1]).add(" ")
    if tile.data is None or tile.trouble is not None:
        _add_trouble(line, tile, words, palette, width)
    else:
        _add_line_figures(line, tile, tile.data, palette, width)
    return line.strip(width)


def _add_trouble(line: Line, tile: Tile, words: str, palette: Palette, width: int) -> None:
    if tile.data is not None:
        line.add(f"{count(_now(tile)):>5} ", palette.muted)
    room = max(0, width - line.width)
    if tile.trouble is None:
        line.add(fit(words, room), palette.muted)
    else:
        line.add(fit(_trouble_text(tile), room), palette.critical)


def _add_line_figures(line: Line, tile: Tile, data: Snapshot, palette: Palette, width: int) -> None:
    capacity = data.capacity
    text, style = _now_text(tile, capacity, palette)
    limit = "" if capacity.limit is None else f" of {capacity.limit}"
    line.add(f"{text:>5}", style).add(f"{limit:<8}", palette.muted)
    used = percent(_used_share(tile)) if limit else ""
    # A long limit and a long percentage fill their columns: a blank still stands between them.
    gap = " " if len(limit) >= 8 and len(used) >= 6 else ""
    line.add(f"{gap}{used:>6} ", style)
    if width - line.width >= 34:
        line.add(f"peak {count(_peak(data)):<6}", palette.muted)
    if width - line.width >= 22:
        add_bar(line, _now(tile), capacity, palette, 10)
        line.add(" " if limit else " " * 11)
    word = tile_severity_word(tile)
    room = width - line.width
    word = next((each for each in (word, short_severity_word(word)) if len(each) < room), "")
    spark = room - (len(word) + 1 if word else 0)
    if spark >= 6:
        values = column_maxima(data.total, graph_frame(data), min(40, spark), data.lead)
        line.add(sparkline(values), palette.spark)
    if word:
        line.add(f" {word}", state_style(tile.severity, palette))


def most_urgent_lines(
    tile: Tile | None, context: WallContext, width: int, height: int
) -> tuple[Strip, ...]:
    """The smallest screen: the profile with the least headroom."""
    palette = context.palette
    if tile is None:
        lines = [Line().add(" no profiles", palette.muted)]
    else:
        sign, words = data_state(tile, context.now)
        first, limit = Line().add(" "), None
        if tile.data is not None:
            first.add(*_now_text(tile, tile.data.capacity, palette))
            limit = tile.data.capacity.limit
        else:
            first.add(NONE, palette.muted)
        word, style = tile_severity_word(tile), state_style(tile.severity, palette)
        add_limit(first, limit, word, style, palette, width)
        second = Line().add(f" {sign} ", _sign_style(sign, palette)).add(words, palette.text)
        third = Line().add(" ").add(fit(tile.name, max(0, width - 1)), palette.strong)
        lines = [third, first, second] if height != 2 else [third, first]
    strips = [line.strip(width) for line in lines]
    return tuple((strips + [blank(width)] * height)[:height])
