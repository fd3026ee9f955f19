"""How near a value is to the limit: as a colour, a word and a bar."""

from rich.style import Style

from polytop.model.stats import Capacity, Severity
from polytop.ui.render.text import Line
from polytop.ui.theme import Palette

AT_LIMIT = "AT THE LIMIT"
"""The longest of the words for a severity."""


def state_style(severity: Severity, palette: Palette) -> Style:
    """The colour of a severity, always shown beside its word."""
    styles = {
        Severity.CRITICAL: palette.critical,
        Severity.WARNING: palette.warning,
        Severity.OK: palette.ok,
    }
    return styles.get(severity, palette.muted) + Style(bold=severity is not Severity.OK)


def severity_style(value: float | None, capacity: Capacity, palette: Palette) -> Style:
    """The colour of `value` by its severity; plain if it is OK or unknown."""
    severity = Severity.OK if value is None else capacity.severity(value)
    if severity is Severity.OK:
        return palette.strong
    return state_style(severity, palette)


def severity_word(value: float | None, capacity: Capacity) -> str:
    """The severity of `value` for readers without colour; empty if it is OK or unknown."""
    if value is None or capacity.limit is None:
        return ""
    if value >= capacity.limit:
        return AT_LIMIT
    severity = capacity.severity(value)
    return "" if severity is Severity.OK else severity.name


def short_severity_word(word: str) -> str:
    """The same word for a narrow place."""
    return word.replace("THE ", "")


def add_limit(
    line: Line, limit: int | None, word: str, style: Style, palette: Palette, width: int
) -> None:
    """Add `` of 120 WARNING`` after a value; the word stays if there is no room for both."""
    of_limit = "" if limit is None else f" of {limit}"
    words = [f" {each}" if each else "" for each in (word, short_severity_word(word))]
    for before in (of_limit, ""):
        for after in words:
            if line.width + len(before) + len(after) <= width:
                line.add(before, palette.muted).add(after, style)
                return


def add_bar(
    line: Line, value: int | None, capacity: Capacity, palette: Palette, cells: int
) -> None:
    """Add ``━━━━━━┃─┃``: the share of the limit in use, with marks at warning and critical.

    Adds nothing without a limit, and an empty bar if `value` is None.
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
    value = value or 0
    full = max(0, min(cells, round(value / capacity.limit * cells)))
    # Neither empty nor full before the value is.
    full = max(full, 1) if value > 0 else full
    full = min(full, cells - 1) if value < capacity.limit else full
    severity = capacity.severity(value)
    styles = {Severity.WARNING: palette.warning, Severity.CRITICAL: palette.critical}
    line.add("━" * full, styles.get(severity, palette.accent))
    for cell in range(full, cells):
        line.add("┃" if cell in marks else "─", marks.get(cell, palette.faint))
