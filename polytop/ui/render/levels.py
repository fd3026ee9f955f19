"""How near a value is to the limit: as a colour, a word and a bar."""

from rich.style import Style

from polytop.model.stats import Capacity, Severity
from polytop.ui.render.text import Line
from polytop.ui.theme import Palette


def state_style(severity: Severity, palette: Palette) -> Style:
    """The colour of a severity, always shown beside its word."""
    styles = {
        Severity.CRITICAL: palette.critical,
        Severity.WARNING: palette.warning,
        Severity.OK: palette.ok,
    }
    return styles.get(severity, palette.muted) + Style(bold=severity is not Severity.OK)


def loud_style(severity: Severity, palette: Palette, *, quiet: bool = False) -> Style:
    """The colour of a severity as a patch that is seen from afar; OK and `quiet` have none."""
    loud = severity is not Severity.OK and not quiet
    style = palette.strong if severity is Severity.UNKNOWN else state_style(severity, palette)
    return style + Style(reverse=loud)


def severity_style(value: float | None, capacity: Capacity, palette: Palette) -> Style:
    """The colour of `value` by its severity; plain if it is OK or unknown."""
    severity = Severity.OK if value is None else capacity.severity(value)
    if severity is Severity.OK:
        return palette.strong
    return state_style(severity, palette)


def add_bar(
    line: Line, value: int | None, capacity: Capacity, palette: Palette, cells: int
) -> None:
    """Add ``━━━━━━┃─┃``: the share of the limit in use, with marks at warning and critical.

    Adds nothing without a limit, and an empty bar if `value` is None.
    """
    if cells <= 0 or capacity.limit is None:
        return
    marks = {
        _mark_cell(capacity.warning, cells): palette.warning,
        _mark_cell(capacity.critical, cells): palette.critical,
    }
    value = value or 0
    full = max(0, min(cells, round(value / capacity.limit * cells)))
    # Neither empty nor full before the value is.
    full = max(full, 1) if value > 0 else full
    full = min(full, cells - 1) if value < capacity.limit else full
    severity = capacity.severity(value)
    styles = {Severity.WARNING: palette.warning, Severity.CRITICAL: palette.critical}
    style = styles.get(severity, palette.accent)
    for cell in range(cells):
        if cell in marks:
            line.add("┃", marks[cell])
        else:
            line.add("━" if cell < full else "─", style if cell < full else palette.faint)


def _mark_cell(share: float, cells: int) -> int:
    return min(cells - 1, int(share * cells))


_WORDS_FROM = 100
"""Cells of a line from which on its levels are named."""


def add_level_scale(
    line: Line, capacity: Capacity, palette: Palette, bar: range, width: int
) -> None:
    """Add ``warning 96  108 critical``, each number at its mark of the `bar` above.

    Narrow lines have the numbers alone: words would come and go with the figures before them.
    """
    if not bar or capacity.warning_level is None or capacity.critical_level is None:
        return
    warning = bar.start + _mark_cell(capacity.warning, len(bar)) + 1
    critical = bar.start + _mark_cell(capacity.critical, len(bar))
    low, high = f"{capacity.warning_level:g}", f"{capacity.critical_level:g}"
    versions = ((f"warning {low}", f"{high} critical"), (low, high))
    for left, right in versions[width < _WORDS_FROM :]:
        start, end = warning - len(left), critical + len(right)
        if start >= line.width + 2 and warning < critical and end <= width:
            line.pad_to(start).add(left, palette.warning)
            line.pad_to(critical).add(right, palette.critical)
            return
