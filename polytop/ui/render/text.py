"""How near to the limit: a colour, a word and a bar for it."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from polytop.model.stats import Capacity, Severity
from polytop.model.text import printable
from polytop.ui.cells import pad
from polytop.ui.theme import Palette


class Cell(NamedTuple):
    """One character with its style; `text` is part of a word and is not drawn over."""

    char: str = " "
    style: Style | None = None
    text: bool = False

    @property
    def behind(self) -> bool:
        """Whether nothing is here but what stands behind the area."""
        return self.char in _BEHIND and not self.text


BLANK = Cell()

BLANK_CHARS = " \u2800"
"""Characters that show nothing."""

BAND, COMPARISON, MARK, CURSOR = "░", "┄", "┊", "│"
"""The range of the weeks, what is compared with, a mark, and the cursor."""

LEVELS = "╌┈"
"""The limit, and the levels below it."""

_BEHIND = BLANK_CHARS + BAND + LEVELS


def cells_strip(cells: Sequence[Cell], width: int) -> Strip:
    """Cells as a strip, neighbours of one style as one segment."""
    runs = groupby(cells, key=lambda cell: cell.style)
    return Strip([Segment("".join(c.char for c in run), style) for style, run in runs], width)


_JOINT = re.compile(" · | since | at ")
"""What stands between two parts, of which the first may stand alone."""


def fit(text: str, width: int) -> str:
    """`text` from outside, made safe to show, in exactly `width` cells; cut with ``…``."""
    return pad(printable(text, 4 * width + 8), width)


def first_fitting(versions: Sequence[str], width: int) -> str:
    """The first of `versions` that `width` cells hold whole; else the last, cut with ``…``."""
    return next((each for each in versions if cell_len(each) <= width), fit(versions[-1], width))


def fit_parts(words: Sequence[tuple[str, Style]], width: int) -> Iterator[tuple[str, Style]]:
    """As many of the parts of `words` as `width` cells hold; cut with ``…`` within the first."""
    said = "".join(text for text, _ in words).rstrip()
    joints = [joint.start() for joint in _JOINT.finditer(said)]
    said = first_fitting([said[:end] for end in (len(said), *reversed(joints))], width)
    for text, style in words:
        yield said[: len(text)], style
        said = said[len(text) :]


def _shows(style: Style | None) -> bool:
    """Whether blanks of this style are seen."""
    return style is not None and bool(style.bgcolor or style.underline or style.reverse)


class Line:
    """Collects styled text and counts the cells it takes."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self.width = 0

    def add(self, text: str, style: Style | None = None) -> Self:
        """Text of our own making, or made safe by :func:`fit`."""
        if text:
            last = self._segments[-1] if self._segments else None
            unseen = text.isspace() and not _shows(style)
            if last is not None and (last.style == style or (unseen and not _shows(last.style))):
                self._segments[-1] = Segment(last.text + text, last.style)
            else:
                self._segments.append(Segment(text, style))
            self.width += cell_len(text)
        return self

    def to(self, column: int, style: Style | None = None) -> Self:
        """Blank up to `column`; nothing where the line is already there."""
        return self.add(" " * (column - self.width), style)

    def strip(self, width: int) -> Strip:
        """The line in exactly `width` cells."""
        return Strip(self._segments, self.width).adjust_cell_length(width)


def join_edges(left: Line, right: Line, width: int) -> Strip:
    """`left` from the left edge and `right` at the right one; the left is cut where they meet."""
    room = max(0, width - right.width)
    if right.width >= width:
        return left.strip(width)
    return Strip.join([left.strip(room), right.strip(right.width)])


def blank(width: int) -> Strip:
    """An empty line."""
    return Strip([Segment(" " * width)], width)


def section_head(
    title: Sequence[tuple[str, Style]], right: Line, width: int, style: Style
) -> Strip:
    """A section's head: ``─ title ──────── right ─``, in one row."""
    left = Line().add("─ ", style)
    for text, text_style in title:
        left.add(text, text_style)
    left.add(" ", style)
    tail = 2 + right.width + 1 if right.width else 0
    left.add("─" * max(0, width - left.width - tail), style)
    if right.width and left.width + tail <= width:
        ending = Line().add(" ", style)
        return Strip.join(
            [
                left.strip(left.width),
                ending.strip(1),
                right.strip(right.width),
                Line().add(" ─", style).strip(2),
            ]
        ).adjust_cell_length(width)
    return left.add("─" * max(0, width - left.width), style).strip(width)


def fit_label(label: str, tail: str, width: int) -> str:
    """`label` and `tail` in `width` cells; where they are cut, the end of the tail stays."""
    both = label + tail
    if not tail or cell_len(printable(both, 4 * width + 8)) <= width:
        return fit(both, width)
    # Ids of one kind begin alike: their ends tell them apart.
    most = max(0, width - 6)
    tail = printable(tail)
    while tail and cell_len(tail) > most:
        tail = tail[1:]
    return fit(label, width - cell_len(tail)) + tail


AT_LIMIT = "AT THE LIMIT"
"""The longest of the words for a band."""


def severity_style(value: float | None, capacity: Capacity, palette: Palette) -> Style:
    """The colour of the band that `value` is in; no colour without a limit."""
    severity = Severity.OK if value is None else capacity.severity(value)
    if severity is Severity.OK:
        return palette.strong
    return state_style(severity, palette)


def state_style(severity: Severity, palette: Palette) -> Style:
    """The colour of a severity, whose word always stands beside it."""
    styles = {
        Severity.CRITICAL: palette.critical,
        Severity.WARNING: palette.warning,
        Severity.OK: palette.ok,
    }
    return styles.get(severity, palette.muted) + Style(bold=severity is not Severity.OK)


def severity_word(value: float | None, capacity: Capacity) -> str:
    """The band in words, for whoever sees no colour; nothing for OK."""
    if value is None or capacity.limit is None:
        return ""
    if value >= capacity.limit:
        return AT_LIMIT
    severity = capacity.severity(value)
    return "" if severity is Severity.OK else severity.name


def short_level_word(word: str) -> str:
    """A word for a band where there is little room."""
    return word.replace("THE ", "")


def add_limit(
    line: Line, limit: int | None, band: tuple[str, Style], palette: Palette, width: int
) -> None:
    """`` of 120 WARNING`` after the number; the word stays where there is no room for both."""
    word, style = band
    of = "" if limit is None else f" of {limit}"
    said = [f" {each}" if each else "" for each in (word, short_level_word(word))]
    for before in (of, ""):
        for after in said:
            if line.width + len(before) + len(after) <= width:
                line.add(before, palette.muted).add(after, style)
                return


def add_bar(
    line: Line, value: int | None, capacity: Capacity, palette: Palette, cells: int
) -> None:
    """``━━━━━━┃─┃``: the share of the limit in use, with marks at warning and critical.

    Nothing without a limit; an empty bar where `value` is None.
    """
    if cells <= 0 or capacity.limit is None:
        return
    marks = {
        min(cells - 1, int(at * cells)): style
        for at, style in (
            (capacity.warning, palette.warning),
            (capacity.critical, palette.critical),
        )
    }
    full = max(0, min(cells, round((value or 0) / capacity.limit * cells)))
    severity = capacity.severity(value or 0)
    styles = {Severity.WARNING: palette.warning, Severity.CRITICAL: palette.critical}
    line.add("━" * full, styles.get(severity, palette.accent))
    for cell in range(full, cells):
        line.add("┃" if cell in marks else "─", marks.get(cell, palette.faint))
