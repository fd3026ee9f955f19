"""The wall of profiles: its header, its tiles, and the lines below them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, State
from polytop.model.stats import Severity
from polytop.model.target import ClientEnv
from polytop.model.text import format_count, printable
from polytop.model.timeparse import coarse_duration
from polytop.ui.commands import Hint
from polytop.ui.readings import is_outdated, last_known
from polytop.ui.render.blocks import block_lines
from polytop.ui.render.figures import NowFigure, bar_line, chart_lines, now_line, number_line
from polytop.ui.render.header import badge, region_or_host
from polytop.ui.render.levels import add_bar, loud_style, severity_style
from polytop.ui.render.numbers import count, percent, signed
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.status import hint_line, problem_words
from polytop.ui.render.text import Line, blank, first_fitting, fit, fit_words, join_edges
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone, day_and_time, hm, moment_text, since_text, zone_name
from polytop.ui.wall_model import Tile

FRESH = 120.0
"""Age from which on live data show their age, seconds."""

_SILENCED_WIDTH = 58
"""Width from which on the head of a tile shows that its alert is silenced, cells."""

_LEAST_TROUBLE = 28
"""Cells of an error in a tile of one line before anything else is beside it."""

_SHORT_ENV = {ClientEnv.LIVE: "LIVE", ClientEnv.PRE_RELEASE: "PRE ", ClientEnv.SANDBOX: "SAND"}


@frozen
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
    parts = [(profiles if not search else f"{shown} of {profiles}", palette.muted)]
    if search:
        parts.append((f"with “{fit(search, 24).rstrip()}”", palette.accent))
    numbers = Counter(tile.severity for tile in tiles)
    for number, word, style in (
        (numbers[Severity.CRITICAL], "critical", palette.critical + Style(bold=True)),
        (numbers[Severity.WARNING], "warning", palette.warning + Style(bold=True)),
        (numbers[Severity.UNKNOWN], "failing", palette.critical),
        (sum(tile.waiting for tile in tiles), "connecting", palette.muted),
    ):
        if number:
            parts.append((f"{number} {word}", style))
    clock = next((tile.clock_problem for tile in tiles if tile.clock_problem), None)
    if clock is not None:
        parts.append((printable(clock.summary), palette.warning))
    # What needs attention matters more than how many there are.
    while parts and len(" Wall") + sum(3 + cell_len(text) for text, _ in parts) > width:
        parts.pop(0 if parts[0][0] == profiles and len(parts) > 1 else -1)
    left = Line().add(" Wall", palette.strong)
    for text, style in parts:
        left.add(" · ", palette.muted).add(text, style)
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
    about = f"{printable(tile.name, 40)}: " if tile is not None else ""
    if problem is not None:
        style = palette.warning if notice else palette.critical
        words = ("" if notice else about) + _problem_text(problem)
        line.add("! ", style).add(fit_words(words, room).rstrip(), style)
    elif tile is not None and (text := tile_note(tile, context, room, about)):
        style = palette.muted if tile.silenced else palette.text
        line.add("! ", palette.warning).add(text, style)
    elif tile is not None and (target := tile.target) is not None:
        project = f"{target.account_id}/{target.project_id}"
        words = f"{tile.name} · {region_or_host(target)} · {project}"
        line.add(fit(words, room).rstrip(), palette.muted)
    return join_edges(line, right, width)


def tile_note(tile: Tile, context: WallContext, width: int, about: str = "") -> str:
    """The raised alert of `tile` in at most `width` cells, else what is wrong with the clock.

    `about` goes before; whether the alert is silenced is never cut.
    """
    end, text = "", tile.clock_problem.summary if tile.clock_problem else ""
    since = ""
    if tile.alert_text:
        text = printable(tile.alert_text, 400)
        if tile.alert_since is not None:
            since = f" {since_text(tile.alert_since, context.now, context.zone)}"
        if tile.snoozed_until is not None:
            until = day_and_time(tile.snoozed_until, context.now, context.zone)
            end = f" ({tile.silenced} until {until})"
        elif tile.silenced:
            end = f" ({tile.silenced})"
    versions = [about + text + since, about + text + since.partition(" (")[0]]
    return first_fitting(versions, max(0, width - len(end))).rstrip() + end if text else ""


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
    palette = context.palette
    if height == 1:
        return (_tile_line(tile, context, width, selected=selected),)
    lines = [_tile_head(tile, context, width, selected=selected)]
    data = tile.data
    if data is None:
        lines += _trouble_lines(tile, palette, width, height - 1)
    else:
        lines.append(now_line(_now_figure(tile, data, context), data, palette, width)[0])
        if height > 3:
            lines.append(_last_line(data, context, width))
        room = height > (4 if tile.trouble is None else 5)
        if room and (note := tile_note(tile, context, width - 2)):
            lines.append(Line().add(" ").add(note, palette.muted).strip(width))
        lines += _tile_foot(tile, data, context, width, height - len(lines))
    return tuple((lines + [blank(width)] * height)[:height])


def _now_figure(tile: Tile, data: Snapshot, context: WallContext) -> NowFigure:
    """The value of now, or the last known one with its time."""
    palette, now = context.palette, tile.now
    style = severity_style(_now(tile), data.capacity, palette)
    if tile.trouble is None and data.state is not State.REMEMBERED:
        label = "NOW"
        if tile.recorded and now is not None:
            label = f"AT {moment_text(now.window, context.now, context.zone)}"
        return NowFigure(label, _now(tile), style, bool(now and now.provisional))
    seen = now or last_known(data)
    if seen is None or data.fetched_at is None:
        return NowFigure("LAST SEEN", None, palette.muted, old=True)
    at = f" at {moment_text(data.fetched_at, context.now, context.zone)}"
    return NowFigure("LAST SEEN", seen.value, palette.muted, seen.provisional, at, old=True)


def _last_line(data: Snapshot, context: WallContext, width: int) -> Strip:
    """``last 5 min 92   15 min +4   peak 104 at 09:40``; the end is left out first."""
    palette, capacity = context.palette, data.capacity
    figures = data.last_complete(context.zone.info)
    name = "last 5 min"
    if is_outdated(data, data.at):
        name = f"at {moment_text(figures.window, context.now, context.zone)}"
    line = Line().add(f" {name} ", palette.muted)
    line.add(count(figures.value), severity_style(figures.value, capacity, palette))
    line.pad_to(15).add("   15 min ", palette.muted).add(signed(figures.change), palette.text)
    line.pad_to(29)
    if (peak := data.summary.peak) is not None:
        at = f" at {moment_text(peak.window, context.now, context.zone)}"
        if line.width + 8 + len(str(peak.value) + at) <= width:
            line.add("   peak ", palette.muted)
            line.add(str(peak.value), severity_style(peak.value, capacity, palette))
            line.add(at, palette.muted)
    return line.strip(width)


def _tile_head(tile: Tile, context: WallContext, width: int, *, selected: bool) -> Strip:
    """``▸ name  LIVE ─────── CRITICAL  ● live``."""
    palette = context.palette
    sign, words = data_state(tile, context.now)
    right = Line()
    if word := tile_severity_word(tile):
        word += f" ({tile.silenced})" if tile.silenced and width >= _SILENCED_WIDTH else ""
        right.add(f" {word} ", loud_style(tile.severity, palette, quiet=bool(tile.silenced)))
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
    """The state of the profile as a word; empty for OK."""
    return "" if tile.severity is Severity.OK else tile.severity.name


def _now(tile: Tile) -> int | None:
    return tile.now.value if tile.now else None


def _peak(data: Snapshot) -> int | None:
    return data.summary.peak.value if data.summary.peak else None


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
    return chart_lines(data, context.palette, width, rows)


def _trouble_lines(tile: Tile, palette: Palette, width: int, rows: int) -> list[Strip]:
    if tile.trouble is None or rows <= 0:
        return []
    lines = wrap(_trouble_text(tile), max(8, width - 4))
    shown = lines[:rows]
    if len(lines) > rows:
        shown[-1] = fit_words(f"{shown[-1]} {lines[rows]}", max(1, width - 4))
    return [
        Line().add("  ").add(fit_words(text, max(0, width - 4)), palette.critical).strip(width)
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
        line.add(f" {_SHORT_ENV[tile.client_env]} ", badge(tile.client_env, palette)[1])
        line.add(" " if width > 40 else "")
    if tile.data is None or tile.trouble is not None:
        _add_trouble(line, tile, words, context, width)
    else:
        _add_line_figures(line, tile, tile.data, palette, width)
    return line.strip(width)


def _add_trouble(line: Line, tile: Tile, words: str, context: WallContext, width: int) -> None:
    """What is wrong; if there is room, the last known number with its time, and what is raised."""
    palette, state = context.palette, ""
    known = _now_figure(tile, tile.data, context).text if tile.data is not None else ""
    if known and width - line.width - len(known) > _LEAST_TROUBLE:
        line.add(f"{known} ", palette.muted)
    if tile.severity >= Severity.WARNING and width - line.width > _LEAST_TROUBLE + 10:
        state = f" {tile_severity_word(tile)} "
    room = max(0, width - line.width - len(state))
    if tile.trouble is None:
        line.add(fit_words(words, room), palette.muted)
    else:
        line.add(fit_words(_trouble_text(tile), room), palette.critical)
    line.add(state, loud_style(tile.severity, palette, quiet=bool(tile.silenced)))


def _add_line_figures(line: Line, tile: Tile, data: Snapshot, palette: Palette, width: int) -> None:
    capacity, now = data.capacity, tile.now
    style = severity_style(_now(tile), capacity, palette)
    least = "≥ " if now and now.provisional else ""
    limit = "" if capacity.limit is None else f" of {capacity.limit}"
    line.add(f"{least + count(_now(tile)):>6}", style).add(f"{limit:<8}", palette.muted)
    used = percent(_used_share(tile)) if limit else ""
    # A long limit and a long percentage fill their columns: a blank still stands between them.
    cells = 6 if width > 40 else 5
    gap = " " if len(limit) >= 8 and len(used) >= cells else ""
    line.add(f"{gap}{used:>{cells}} ", style)
    if width - line.width >= 34:
        line.add(f"peak {count(_peak(data)):<6}", palette.muted)
    if width - line.width >= 22:
        add_bar(line, _now(tile), capacity, palette, 10)
        line.add(" " if limit else " " * 11)
    word = tile_severity_word(tile)
    word = word if len(word) + 1 < width - line.width else ""
    spark = width - line.width - (len(word) + 2 if word else 0)
    if spark >= 6:
        values = column_maxima(data.total, graph_frame(data), min(40, spark), data.lead)
        for segment in block_lines(values, 1, capacity, palette, 0)[0]:
            line.add(segment.text, segment.style)
    if word:
        line.add(" ").add(word, loud_style(tile.severity, palette, quiet=bool(tile.silenced)))


def most_urgent_lines(
    tile: Tile | None, context: WallContext, width: int, height: int
) -> tuple[Strip, ...]:
    """The smallest screen: the profile with the least headroom, with its number, state and bar."""
    palette = context.palette
    if tile is None:
        lines = [Line().add(" no profiles", palette.muted).strip(width)]
    else:
        sign, words = data_state(tile, context.now)
        fresh = Line().add(f" {sign} ", _sign_style(sign, palette)).add(words, palette.text)
        name = Line().add(" ").add(fit(tile.name, max(0, width - 1)), palette.strong)
        lines = [name.strip(width)]
        data, severity = tile.data, None if tile.waiting else tile.severity
        if data is None:
            nothing = NowFigure("NOW", None, palette.muted)
            lines += [number_line(nothing, None, severity, palette, width), fresh.strip(width)]
        else:
            now = _now_figure(tile, data, context)
            lines.append(number_line(now, data.capacity.limit, severity, palette, width))
            if height != 3 or tile.trouble is None:
                lines.append(bar_line(now, data, palette, width))
            lines.append(fresh.strip(width))
            lines += chart_lines(data, palette, width, height - len(lines))
    return tuple((lines + [blank(width)] * height)[:height])
