"""Bytes to the terminal: only changed cells and attributes, in ASCII if need be."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from polytop.ui.ascii import to_ascii


def write_sequence(screen: Screen[Any], sequence: str) -> None:
    """Write a control sequence to the terminal between two frames; not in a test."""
    driver = screen.app._driver
    if driver is not None and not screen.app.is_headless:
        driver.write(sequence)


_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("strike", "9"),
)

_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}

Sgr = tuple[str, str, str]
"""SGR parameters: attributes, foreground, background; empty for the terminal's default."""

PLAIN: Sgr = ("", "", "")


@lru_cache(maxsize=512)
def _sgr(style: Style | None, system: ColorSystem) -> Sgr:
    if style is None:
        return PLAIN
    attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
    front, back = (
        ";".join(color.downgrade(system).get_ansi_codes(foreground=foreground))
        if color is not None and not color.is_default
        else ""
        for color, foreground in ((style.color, True), (style.bgcolor, False))
    )
    return attributes, front, back


_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}
"""What ends an attribute. Bold and dim end together."""

_DEFAULTS = ("39", "49")
"""What leads back to the terminal's own foreground, and to its background."""


@lru_cache(maxsize=1024)
def style_change(before: Sgr, after: Sgr) -> str:
    """The escape sequence that changes one style to another; empty if they are equal."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[0m"
    had, wanted = (style[0].split(";") if style[0] else [] for style in (before, after))
    ends = {_OFF[code] for code in had if code not in wanted}
    parameters = sorted(ends)
    parameters += [code for code in wanted if code not in had or _OFF[code] in ends]
    for old, new, default in zip(before[1:], after[1:], _DEFAULTS, strict=True):
        if old != new:
            parameters.append(new or default)
    return f"\x1b[{';'.join(parameters)}m"


_CONTESTED = (
    r"\u0300-\u036f\u0483-\u0489\u0590-\u1dff\u200b-\u200f\u20d0-\u20ff\u2600-\u27bf\u302a-\u302f"
    r"\u3099\u309a\ua66f-\uabff\ufb1e\ufe00-\ufe2f\U0001f000-\U000e01ef"
)
"""Characters that terminals give more or fewer cells: marks that combine, emoji, their variants."""

_CONTESTED_WORD = re.compile(f"[^ ]*[{_CONTESTED}][^ ]*")


def _keep_place(text: str, column: int) -> str:
    """`text`, which begins in `column`, so that each word stands where it should.

    After a word of a contested width the cursor is put where Rich has it.
    """
    parts, at = [], 0
    for word in _CONTESTED_WORD.finditer(text):
        before, width = text[at : word.start()], cell_len(word[0])
        column += cell_len(before) + width
        parts += [before, f"\x1b[{width}X", word[0], f"\x1b[{column}G"]
        at = word.end()
    return "".join([*parts, text[at:]])


def encode_segments(
    segments: Iterable[Segment], system: ColorSystem, sgr: Sgr, column: int = 1
) -> tuple[str, Sgr]:
    """`segments` as text with escape sequences after `sgr`, and the style that it ends in.

    `column` is the first cell, from 1.
    """
    parts: list[str] = []
    for text, style, control in segments:
        if control or not text:
            continue
        wanted = _sgr(style, system)
        parts.append(style_change(sgr, wanted))
        parts.append(text if text.isascii() else _keep_place(text, column))
        column += cell_len(text)
        sgr = wanted
    return "".join(parts), sgr


_JOIN = 5
"""Unchanged cells between two changes that are written again: cheaper than a cursor move."""


def _cells(segments: Sequence[Segment]) -> list[tuple[str, Style | None]]:
    """Every character with its style."""
    return [(char, style) for text, style, _ in segments for char in text]


def changed_spans(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """The ranges in which two lines differ, as (column, width) in cells; near ones are joined."""
    if old is new or old == new:
        return
    before, after = list(old), list(new)
    first = last = 0
    if old.cell_length == new.cell_length:
        # Most of two lines is the same: only the segments between are taken apart.
        pairs = list(zip(before, after, strict=False))
        first = next((at for at, (a, b) in enumerate(pairs) if a != b), len(pairs))
        rest = list(zip(reversed(before[first:]), reversed(after[first:]), strict=False))
        last = next((at for at, (a, b) in enumerate(rest) if a != b), len(rest))
    left = sum(segment.cell_length for segment in after[:first])
    before, after = before[first : len(before) - last], after[first : len(after) - last]
    for column, width in _changed_cells(before, after):
        yield left + column, width


def _changed_cells(old: Sequence[Segment], new: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    widths = [sum(segment.cell_length for segment in line) for line in (old, new)]
    before, after = _cells(old), _cells(new)
    if [len(before), len(after)] != widths or widths[0] != widths[1]:
        yield 0, max(widths)
        return
    start = end = -1
    for column, (a, b) in enumerate(zip(before, after, strict=True)):
        if a == b:
            continue
        if start < 0:
            start = column
        elif column - end > _JOIN:
            yield start, end - start
            start = column
        end = column + 1
    if start >= 0:
        yield start, end - start


class TerminalCopy:
    """What the terminal shows, row by row: only what differs from it is written.

    A screen is drawn anew whenever its layout changes, and most of it is what it was.
    """

    def __init__(self) -> None:
        self.few_colours = False
        """True if sixteen colours will do: they take a third of the bytes."""
        self._rows: dict[int, Strip] = {}
        self._sgr = PLAIN
        """The style that the last update has left on, for the next one to begin in."""

    def forget(self) -> None:
        """Know nothing of what is shown: the next update writes all of it."""
        self._rows.clear()

    def reset_style(self) -> str:
        """Return what leads back to the terminal's own style, for somebody else to write in."""
        text, self._sgr = style_change(self._sgr, PLAIN), PLAIN
        return text

    def encode(self, update: LayoutUpdate | ChopsUpdate, console: Console) -> str:
        """Return what turns the rows that are shown into those of `update`."""
        name = "standard" if self.few_colours else console.color_system or ""
        system = _SYSTEMS.get(name, ColorSystem.TRUECOLOR)
        parts: list[str] = []
        for y, left, old, new in self._changes(update):
            moved = False
            for x, width in [(0, new.cell_length)] if old is None else changed_spans(old, new):
                column = left + x + 1
                part = new.crop(x, x + width)
                text, self._sgr = encode_segments(part, system, self._sgr, column)
                parts.append(f"\x1b[{column}G" if moved else f"\x1b[{y + 1};{column}H")
                parts.append(text)
                moved = True
        return "".join(parts)

    def _changes(
        self, update: LayoutUpdate | ChopsUpdate
    ) -> Iterator[tuple[int, int, Strip | None, Strip]]:
        """Yield row, column, old and new cells of what `update` draws.

        Whole rows are known from now on. Of a row that is not known, a part stays a part.
        """
        rows: dict[int, Strip] = {}
        if isinstance(update, LayoutUpdate):
            rows |= {y: Strip.join(row) for y, row in enumerate(update.strips, update.region.y)}
        else:
            for x, y, strip in _runs(update):
                if (row := rows.get(y) or self._rows.get(y)) is None:
                    yield y, x, None, strip
                    continue
                after = row.crop(x + strip.cell_length, row.cell_length)
                rows[y] = Strip.join([row.crop(0, x), strip, after])
        for y, new in rows.items():
            old, self._rows[y] = self._rows.get(y), new
            yield y, 0, old, new


def _runs(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield column, row and cells of every run that may have changed."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x >= x2 or end <= x1:
                continue
            first, last = max(x, x1), min(end, x2)
            yield first, y, strip.crop(first - x, last - x)


class LeanCompositor(Compositor):
    """Textual's compositor; what is nowhere to be seen is not drawn."""

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yield what is drawn in `crop`, from the front, without what is nowhere to be seen."""
        whole = self.visible_widgets
        if crop is not None:
            self._visible_widgets = dict(_seen(whole, crop))
        try:
            yield from super()._get_renders(crop)
        finally:
            self._visible_widgets = whole


def _seen(
    widgets: Mapping[Widget, tuple[Region, Region]], crop: Region
) -> Iterator[tuple[Widget, tuple[Region, Region]]]:
    for widget, (region, clip) in widgets.items():
        shown = region.intersection(clip)
        if crop.overlaps(shown):
            yield widget, (region, clip)
        if shown.contains_region(crop):
            return  # it hides all that is behind


class Ascii(LineFilter):
    """``--ascii``: writes every segment in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each in ASCII."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
