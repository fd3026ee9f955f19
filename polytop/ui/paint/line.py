"""One line of cells, built from left to right."""

import re
from collections.abc import Iterator, Sequence
from typing import Self

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from polytop.model.text import printable

_JOINT = re.compile(" · | since | at ")
"""What stands between two parts, of which the first may stand alone."""


def fitted(text: str, width: int) -> str:
    """`text` from outside, made safe to show, in exactly `width` cells; cut with ``…``."""
    safe = printable(text, 4 * width + 8)
    if cell_len(safe) <= width:
        return set_cell_size(safe, width)
    return set_cell_size(set_cell_size(safe, width - 1).rstrip() + "…", width) if width else ""


def whole(versions: Sequence[str], width: int) -> str:
    """The first of `versions` that `width` cells hold whole; else the last, cut with ``…``."""
    return next((each for each in versions if cell_len(each) <= width), fitted(versions[-1], width))


def whole_parts(words: Sequence[tuple[str, Style]], width: int) -> Iterator[tuple[str, Style]]:
    """As many of the parts of `words` as `width` cells hold; cut with ``…`` within the first."""
    said = "".join(text for text, _ in words).rstrip()
    joints = [joint.start() for joint in _JOINT.finditer(said)]
    said = whole([said[:end] for end in (len(said), *reversed(joints))], width)
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
        """Text of our own making, or made safe by :func:`fitted`."""
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


def joined(left: Line, right: Line, width: int) -> Strip:
    """`left` from the left edge and `right` at the right one; the left is cut where they meet."""
    room = max(0, width - right.width)
    if right.width >= width:
        return left.strip(width)
    return Strip.join([left.strip(room), right.strip(right.width)])


def blank(width: int) -> Strip:
    """An empty line."""
    return Strip([Segment(" " * width)], width)


def rule(title: Sequence[tuple[str, Style]], right: Line, width: int, style: Style) -> Strip:
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


def ended(label: str, tail: str, width: int) -> str:
    """`label` and `tail` in `width` cells; where they are cut, the end of the tail stays."""
    whole = label + tail
    if not tail or cell_len(printable(whole, 4 * width + 8)) <= width:
        return fitted(whole, width)
    # Ids of one kind begin alike: their ends tell them apart.
    most = max(0, width - 6)
    tail = printable(tail)
    while tail and cell_len(tail) > most:
        tail = tail[1:]
    return fitted(label, width - cell_len(tail)) + tail
