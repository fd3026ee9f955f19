"""Lines of styled text and single cells, in exact widths."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, Self

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.color import ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from polytop.model.text import printable
from polytop.ui.cells import pad
from polytop.ui.theme import contrast

Words = list[tuple[str, Style]]
"""Pieces of a line with their styles."""


def fit(text: str, width: int) -> str:
    """`text` from outside, made safe to show, in exactly `width` cells; cut with ``…``."""
    return pad(printable(text, 4 * width + 8), width)


_LAST_FIGURE = re.compile(r"\S*\d\S*…$")


def fit_words(text: str, width: int) -> str:
    """As :func:`fit` for a sentence: where it is cut, no figure is, nor does one look so."""
    shown = fit(text, width)
    cut = cell_len(printable(text, 4 * width + 8)) > width
    return pad(_LAST_FIGURE.sub("…", shown.rstrip()), width) if cut else shown


def fit_label(label: str, suffix: str, width: int) -> str:
    """`label` and `suffix` in `width` cells; if they are cut, the end of the suffix stays."""
    both = label + suffix
    if not suffix or cell_len(printable(both, 4 * width + 8)) <= width:
        return fit(both, width)
    # Ids of one kind begin alike: their ends tell them apart.
    most = max(0, width - 6)
    suffix = printable(suffix)
    while suffix and cell_len(suffix) > most:
        suffix = suffix[1:]
    return fit(label, width - cell_len(suffix)) + suffix


def first_fitting(versions: Sequence[str], width: int) -> str:
    """The first of `versions` that fits into `width` cells; else the last, cut with ``…``."""
    return next(
        (each for each in versions if cell_len(each) <= width), fit_words(versions[-1], width)
    )


_JOINT = re.compile(" · | since | at ")
"""Separates two parts of a sentence, of which the first makes sense alone."""


def fit_parts(words: Sequence[tuple[str, Style]], width: int) -> Iterator[tuple[str, Style]]:
    """As many parts of `words` as fit into `width` cells; the first is cut with ``…`` if it must.

    A part ends at ``·``, ``since`` or ``at``.
    """
    text = "".join(piece for piece, _ in words).rstrip()
    joints = [joint.start() for joint in _JOINT.finditer(text)]
    text = first_fitting([text[:end] for end in (len(text), *reversed(joints))], width)
    for piece, style in words:
        yield text[: len(piece)], style
        text = text[len(piece) :]


def first_part(words: Sequence[tuple[str, Style]]) -> Words:
    """The first part of `words`, as :func:`fit_parts` parts them."""
    text = "".join(piece for piece, _ in words)
    joint = _JOINT.search(text)
    return list(fit_parts(words, cell_len(text[: joint.start()] if joint else text)))


class Line:
    """Collects styled text and counts the cells it takes."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self.width = 0

    def add(self, text: str, style: Style | None = None) -> Self:
        """Add text of our own, or text made safe by :func:`fit`."""
        if text:
            last = self._segments[-1] if self._segments else None
            unseen = text.isspace() and not _shows_blanks(style)
            if last is not None and (
                last.style == style or (unseen and not _shows_blanks(last.style))
            ):
                self._segments[-1] = Segment(last.text + text, last.style)
            else:
                self._segments.append(Segment(text, style))
            self.width += cell_len(text)
        return self

    def pad_to(self, column: int, style: Style | None = None) -> Self:
        """Add blanks up to `column`; nothing if the line is already there."""
        return self.add(" " * (column - self.width), style)

    def strip(self, width: int) -> Strip:
        """The line in exactly `width` cells."""
        return Strip(self._segments, self.width).adjust_cell_length(width)


def _shows_blanks(style: Style | None) -> bool:
    """True if blanks in this style are visible."""
    return style is not None and bool(style.bgcolor or style.underline or style.reverse)


def blank(width: int) -> Strip:
    """An empty line."""
    return Strip([Segment(" " * width)], width)


def join_edges(left: Line, right: Line, width: int) -> Strip:
    """`left` at the left edge and `right` at the right edge; `left` is cut if they meet."""
    room = max(0, width - right.width)
    if right.width >= width:
        return left.strip(width)
    return Strip.join([left.strip(room), right.strip(right.width)])


def section_head(
    title: Sequence[tuple[str, Style]], right: Line, width: int, style: Style
) -> Strip:
    """The head of a section in one row: ``─ title ──────── right ─``."""
    left = Line().add("─ ", style)
    for text, text_style in title:
        left.add(text, text_style)
    left.add(" ", style)
    ending = 2 + right.width + 1 if right.width else 0
    left.add("─" * max(0, width - left.width - ending), style)
    if right.width and left.width + ending <= width:
        return Strip.join(
            [
                left.strip(left.width),
                Line().add(" ", style).strip(1),
                right.strip(right.width),
                Line().add(" ─", style).strip(2),
            ]
        ).adjust_cell_length(width)
    return left.add("─" * max(0, width - left.width), style).strip(width)


BAND, COMPARISON, MARK, CURSOR = "░", "┄", "┊", "│"
"""Characters of the graph: the range of the comparison, its line, a mark, and the cursor."""

THIN_LINE = "⠒"
"""A piece of the comparison's line where the graph is solid."""

PLAN, PLAN_SIGN = "┅", "P"
"""The line of the plan where the graph is not solid, and the letter that stands on it."""

LEVELS = "╌┈"
"""The line of the limit, and the lines of the levels below it."""

BLANK_CHARS = " \u2800"
"""Characters that show nothing."""

_BACKGROUND = BLANK_CHARS + BAND + LEVELS


_SEEN = 3.0
"""Least contrast of a line over a background of the terminal's own sixteen colours."""

_GREY = 8
"""Bright black."""


@lru_cache(maxsize=512)
def _lay(style: Style, ground: Style) -> Style:
    """`style` over `ground`; of sixteen colours, one that is not seen there gives way."""
    back = ground.bgcolor
    if back is None or back.type is not ColorType.STANDARD:
        return ground + style
    behind = Color(*back.get_truecolor())
    inks = [RichColor.parse("bright_white"), RichColor.parse("black")]
    if style.color is not None and not style.color.is_default:
        inks.insert(0, style.color.downgrade(ColorSystem.STANDARD))
    seen = {ink: contrast(Color(*ink.get_truecolor()), behind) for ink in inks}
    own = next(iter(seen))
    # Grey differs most from terminal to terminal.
    stays = len(seen) > 2 and own.number != _GREY and seen[own] >= _SEEN
    ink = own if stays else max(seen, key=seen.__getitem__)
    return ground + style + Style(color=ink)


class Cell(NamedTuple):
    """One character with its style; `text` marks a part of a word, which is not drawn over.

    `ground` is the background that stays when another character is drawn here.
    """

    char: str = " "
    style: Style | None = None
    text: bool = False
    ground: Style | None = None

    @property
    def is_background(self) -> bool:
        """True if only what lies behind the area is here."""
        return self.char in _BACKGROUND and not self.text

    def over(self, char: str, style: Style, *, text: bool = False) -> "Cell":
        """`char` drawn over this cell."""
        return Cell(char, _lay(style, self.ground) if self.ground else style, text, self.ground)


BLANK = Cell()


def cells_strip(cells: Sequence[Cell], width: int) -> Strip:
    """A line of cells; neighbours of one style become one segment."""
    runs = groupby(cells, key=lambda cell: cell.style)
    return Strip([Segment("".join(c.char for c in run), style) for style, run in runs], width)
