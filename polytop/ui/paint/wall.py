"""The lines around the tiles: what there is and how it stands; words for one, and the keys."""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from polytop.model.problem import Problem
from polytop.model.text import printable
from polytop.ui.paint.line import Line, fitted, joined
from polytop.ui.paint.tile_parts import Look, said
from polytop.ui.timetext import hm, zone_name
from polytop.ui.wall import Band, Tile

KEYS = (
    ("Enter", "open"), ("Esc", "back"), ("q", "quit"), ("?", "help"), ("/", "find"),
    ("r", "refresh"), ("a", "acknowledge"), ("A", "snooze"), ("t", "theme"), ("u", "UTC"),
)  # fmt: skip


def wall_header(tiles: Sequence[Tile], shown: int, search: str, look: Look, width: int) -> Strip:
    """How many profiles there are, and how many of them want to be seen.

    The clock tells minutes: nothing here is newer than that, and what ticks costs.
    """
    palette = look.palette
    whole = f"{len(tiles)} profile{'' if len(tiles) == 1 else 's'}"
    left = Line().add(" Wall", palette.strong)
    left.add(f" · {whole if not search else f'{shown} of {whole}'}", palette.muted)
    if search:
        left.add(f" · with “{fitted(search, 24).rstrip()}”", palette.accent)
    for band, word, style in (
        (Band.CRITICAL, "critical", palette.critical + Style(bold=True)),
        (Band.WARNING, "warning", palette.warning + Style(bold=True)),
        (Band.FAILING, "failing", palette.critical),
        (Band.WAITING, "connecting", palette.muted),
    ):
        if found := sum(tile.band is band for tile in tiles):
            left.add(" · ", palette.muted).add(f"{found} {word}", style)
    right = Line().add("  ").add(hm(look.now, look.zone), palette.text)
    right.add(f" {zone_name(look.now, look.zone)} ", palette.muted)
    return joined(left, right if left.width + right.width <= width else Line(), width)


def wall_words(
    tile: Tile | None, notice: Problem | None, hidden: tuple[int, int], look: Look, width: int
) -> Strip:
    """What is wrong with the tile under the cursor, else what it counts.

    `hidden` are the tiles above and below the screen.
    """
    palette, line, right = look.palette, Line().add(" "), Line()
    if any(hidden):
        right.add(f"  ▲ {hidden[0]} above  ▼ {hidden[1]} below ", palette.muted)
    room = max(0, width - right.width - 3)
    trouble = notice or (tile.trouble if tile else None)
    if trouble is not None:
        style = palette.warning if notice else palette.critical
        line.add("! ", style).add(fitted(said(trouble), room).rstrip(), style)
    elif tile is not None and tile.alarm:
        tail = f" ({tile.silenced})" if tile.silenced else ""
        style = palette.muted if tile.silenced else palette.text
        words = fitted(printable(tile.alarm, 400), max(0, room - len(tail))).rstrip()
        line.add("! ", palette.warning).add(words + tail, style)
    elif tile is not None and tile.target is not None:
        target = tile.target
        place = target.region or target.base_url.partition("://")[2]
        words = f"{tile.name} · {place} · {target.account_id}/{target.project_id}"
        line.add(fitted(words, room).rstrip(), palette.muted)
    return joined(line, right, width)


def wall_keys(look: Look, width: int, *, back: bool = True) -> Strip:
    """The keys that matter here; `back` is whether there is anything to go back to."""
    line = Line()
    for key, word in KEYS if back else [each for each in KEYS if each[0] != "Esc"]:
        if line.width + len(key) + len(word) + 4 > width:
            break
        line.add(f" {key} ", look.palette.accent).add(f"{word} ", look.palette.muted)
    return joined(Line(), line, width)
