"""How near to the limit: a colour, a word and a bar for it."""

from rich.style import Style

from polytop.model.stats import Capacity
from polytop.ui.paint.line import Line
from polytop.ui.palette import Palette

AT_LIMIT = "AT THE LIMIT"
"""The longest of the words for a band."""


def level_style(value: float | None, capacity: Capacity, palette: Palette) -> Style:
    """The colour of the band that `value` is in; no colour without a limit."""
    if value is None or capacity.limit is None:
        return palette.strong
    assert capacity.critical_level is not None
    assert capacity.warning_level is not None
    bold = Style(bold=True)
    if value >= capacity.critical_level:
        return palette.critical + bold
    return palette.warning + bold if value >= capacity.warning_level else palette.strong


def level_word(value: float | None, capacity: Capacity) -> str:
    """The band in words, for whoever sees no colour."""
    if value is None or capacity.limit is None:
        return ""
    assert capacity.critical_level is not None
    assert capacity.warning_level is not None
    if value >= capacity.limit:
        return AT_LIMIT
    if value >= capacity.critical_level:
        return "CRITICAL"
    return "WARNING" if value >= capacity.warning_level else ""


def shorter(word: str) -> str:
    """A word for a band where there is little room."""
    return word.replace("THE ", "")


def add_limit(
    line: Line, limit: int | None, band: tuple[str, Style], palette: Palette, width: int
) -> None:
    """`` of 120 WARNING`` after the number; the word stays where there is no room for both."""
    word, style = band
    of = "" if limit is None else f" of {limit}"
    said = [f" {each}" if each else "" for each in (word, shorter(word))]
    for before in (of, ""):
        for after in said:
            if line.width + len(before) + len(after) <= width:
                line.add(before, palette.muted).add(after, style)
                return


def add_bar(
    line: Line, share: float | None, capacity: Capacity, palette: Palette, cells: int
) -> None:
    """``━━━━━━┃─┃``: what is in use, with marks at warning and critical."""
    if cells <= 0:
        return
    marks = {
        min(cells - 1, int(at * cells)): style
        for at, style in (
            (capacity.warning, palette.warning),
            (capacity.critical, palette.critical),
        )
    }
    used = share or 0.0
    full = max(0, min(cells, round(used * cells)))
    style = palette.accent if used < capacity.warning else palette.warning
    line.add("━" * full, style if used < capacity.critical else palette.critical)
    for cell in range(full, cells):
        line.add("┃" if cell in marks else "─", marks.get(cell, palette.faint))
