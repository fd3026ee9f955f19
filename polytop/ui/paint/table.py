"""The breakdown table as lines."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from polytop.model.breakdown import Breakdown, Rest
from polytop.model.duration import exact
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot
from polytop.ui.breakdowns import SETTINGS, WORDS
from polytop.ui.moment import moment
from polytop.ui.paint.columns import Layout, layout_of
from polytop.ui.paint.levels import level_style
from polytop.ui.paint.line import Line, blank, ended, fitted, rule
from polytop.ui.paint.numbers import sparkline
from polytop.ui.scale import dots, frame_of
from polytop.ui.scene import Scene
from polytop.ui.table import Entry, apart, coming, others, whole
from polytop.ui.timetext import hm


class Shown(NamedTuple):
    """The rows on the screen: all of them, which is under the cursor, which stands first."""

    entries: Sequence[Entry]
    cursor: int
    offset: int


def table(
    snapshot: Snapshot, scene: Scene, shown: Shown, width: int, height: int, *, focused: bool = True
) -> tuple[Strip, ...]:
    """Title, heads, rows, the rest's row, the total's row."""
    if height <= 0:
        return ()
    place = layout_of(snapshot, scene.state, width)
    lines = [_title(snapshot, scene, shown, width), _heads(scene, place, snapshot, width)]
    last = min(len(shown.entries), shown.offset + row_capacity(height, snapshot, scene))
    for at in range(shown.offset, last):
        lines.append(_row(scene, place, snapshot, shown, at, width, focused=focused))
    if not shown.entries:
        lines.append(_reason(snapshot, scene, width))
    if (rest := _rest(snapshot, scene)) is not None:
        lines.append(_other(rest, scene, place, width))
    if not apart(snapshot):
        lines.append(_total(snapshot, scene, place, width))
    return tuple((lines + [blank(width)] * height)[:height])


def row_capacity(height: int, snapshot: Snapshot, scene: Scene) -> int:
    """How many rows of the breakdown a table of `height` lines holds."""
    below = (not apart(snapshot)) + (_rest(snapshot, scene) is not None)
    return max(0, height - 2 - below)


def _rest(snapshot: Snapshot, scene: Scene) -> Rest | None:
    found = others(snapshot, moment(snapshot, scene.state))
    return found[1] if found else None


def _title(snapshot: Snapshot, scene: Scene, shown: Shown, width: int) -> Strip:
    palette, state = scene.palette, scene.state
    by, wrong = snapshot.view.breakdown, _wrong(scene.state.search)
    words = [(f"By {WORDS[by].one}" if by else "No breakdown", palette.strong)]
    if snapshot.rows is not None:
        size = len(snapshot.rows)
        some = len(shown.entries) < size or (state.search and not wrong)
        kept = f"{len(shown.entries)} of {size}" if some else str(size)
        if coming(snapshot):
            kept += f", {len(snapshot.view.values) - size} to come"
        words.append((f" · {kept}", palette.muted))
    if by is Breakdown.CLIENT_ENV:
        words.append((" · counted apart", palette.muted))
    if wrong:
        words.append((f" · no search yet: {fitted(wrong, 60).rstrip()}", palette.warning))
    elif state.search:
        words.append((f" · with “{fitted(state.search, 24).rstrip()}”", palette.accent))
    right = Line().add(f"sorted by {_order(snapshot, scene)}", palette.muted)
    return rule(words, right, width, palette.faint)


def _wrong(search: str) -> str | None:
    """Why that is no search, or not yet."""
    if not search:
        return None
    from polytop.ui.rowfilter import parsed

    return parsed(search).problem


def _order(snapshot: Snapshot, scene: Scene) -> str:
    state, at = scene.state, moment(snapshot, scene.state)
    names = {
        "at": "time of peak",
        "change": "change in 15 min",
        "now": "now" if at is None else f"value at {hm(at, scene.zone)}",
        "versus": "difference",
    }
    up = (state.sort == "name") != state.reverse
    return f"{names.get(state.sort, state.sort)} {'▲' if up else '▼'}"


def _heads(scene: Scene, place: Layout, snapshot: Snapshot, width: int) -> Strip:
    palette, state = scene.palette, scene.state

    def style(key: str) -> Style:
        return palette.accent if key == state.sort else palette.head

    name = WORDS[snapshot.view.breakdown or Breakdown.VARIANT].head
    line = Line().add(" " * place.lead).add(fitted(name, place.name), style("name"))
    at = moment(snapshot, state)
    for column in place.columns:
        head = column.head if column.key != "now" or at is None else hm(at, scene.zone)
        line.add(f"{head:>{column.width}}", style(column.key))
    if place.spark:
        span = exact(snapshot.view.span).upper()
        last = f"LAST {span}" if snapshot.following else span
        line.add("   ").add(last if len(last) <= place.spark else span, palette.head)
    return line.strip(width)


def _cells(line: Line, entry: Entry, scene: Scene, place: Layout, style: Style) -> None:
    for column in place.columns:
        text = column.cell(entry, scene)
        line.add(f"{text:>{column.width}}", style if column.key in _LOUD else scene.palette.text)


_LOUD = ("now",)


def _row(
    scene: Scene,
    place: Layout,
    snapshot: Snapshot,
    shown: Shown,
    at: int,
    width: int,
    *,
    focused: bool,
) -> Strip:
    entry, palette, chosen = shown.entries[at], scene.palette, scene.state.chosen
    here = at == shown.cursor
    line = Line().add("▸" if here and focused else " ", palette.accent)
    if entry.id in chosen:
        sign = chosen.index(entry.id)
        line.add(str(sign + 1), palette.lines[sign % len(palette.lines)])
    line.to(place.lead).add(named(entry, place.name), palette.strong if here else palette.text)
    _cells(line, entry, scene, place, palette.strong)
    _spark(line, entry.view.series, snapshot, scene, place)
    strip = line.strip(width)
    return strip.apply_style(palette.cursor) if here and focused else strip


def named(entry: Entry, width: int) -> str:
    """The label in `width` cells; where it is cut, what tells it from its like stays."""
    return ended(entry.label.removesuffix(entry.tail), entry.tail, width)


def _spark(line: Line, series: Series, snapshot: Snapshot, scene: Scene, place: Layout) -> None:
    if not place.spark:
        return
    values = dots(series, frame_of(snapshot), place.spark)
    line.add("   ").add(sparkline(values), scene.palette.spark)


def _other(rest: Rest, scene: Scene, place: Layout, width: int) -> Strip:
    """What is in the total and in none of the rows: bounds, for maxima do not add up."""
    palette = scene.palette
    line = Line().add(" " * place.lead).add(fitted("other", place.name), palette.muted)
    for column in place.columns:
        text = f"≥ {rest.least}" if column.key == "now" else ""
        line.add(f"{text:>{column.width}}", palette.muted)
    return line.strip(width)


def _total(snapshot: Snapshot, scene: Scene, place: Layout, width: int) -> Strip:
    palette = scene.palette
    every = "This selection" if snapshot.view.filters.active() else "All conversations"
    name = every if place.name >= 17 else "Total"
    line = Line().add(" " * place.lead).add(fitted(name, place.name), palette.strong)
    total = whole(snapshot, name, moment(snapshot, scene.state), scene.zone)
    _cells(line, total, scene, place, level_style(total.now, snapshot.capacity, palette))
    _spark(line, snapshot.total, snapshot, scene, place)
    return line.strip(width)


def _reason(snapshot: Snapshot, scene: Scene, width: int) -> Strip:
    """Why the table is empty."""
    by = snapshot.view.breakdown
    if by is None:
        words = "Nothing is broken down."
    elif by in SETTINGS and not (snapshot.view.values or snapshot.rows):
        words = (
            f"No {WORDS[by].several} are listed: add them with f, "
            f"or {SETTINGS[by]} = […] in the profile."
        )
    elif snapshot.rows is None or (not snapshot.rows and coming(snapshot)):
        problem = snapshot.breakdown_problem or (snapshot.fault.problem if snapshot.fault else None)
        words = f"No breakdown yet. {problem.summary}." if problem else "Waiting for the breakdown"
    elif scene.state.search:
        words = f"No {WORDS[by].one} matches. Esc clears the search."
    else:
        words = f"No {WORDS[by].one} had a conversation in this window."
    return Line().add("  ").add(fitted(words, max(0, width - 4)), scene.palette.muted).strip(width)
