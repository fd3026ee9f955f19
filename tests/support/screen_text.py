"""The terminal's text and colours, read from Textual's screenshot."""

import html
import re

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.color_triplet import ColorTriplet
from rich.terminal_theme import SVG_EXPORT_THEME
from textual.app import App

_CELL = 12.2
"""Width of a cell in the picture."""
_TEXT = re.compile(r'<text class="[^"]*" x="([^"]+)" [^>]*-line-(\d+)\)">(.*?)</text>', re.DOTALL)
_STYLE = re.compile(r"-r\d+ \{ fill: (#[0-9a-f]{6})")
_BACKGROUND = re.compile(r'<rect fill="(#[0-9a-f]{6})" x=[^>]*shape-rendering')


def screen_lines(app: App[object]) -> list[str]:
    """Return the rows of the terminal, the dialog on top of what lies beneath it."""
    rows = [""] * app.size.height
    for x, row, text in _TEXT.findall(app.export_screenshot(simplify=True)):
        before = rows[int(row)]
        gap = round(float(x) / _CELL) - cell_len(before)
        rows[int(row)] = before + " " * gap + html.unescape(text).replace("\xa0", " ")
    return rows


def screen_text(app: App[object]) -> str:
    """Return the rows of the terminal as one text."""
    return "\n".join(screen_lines(app))


def screen_colours(app: App[object]) -> set[str]:
    """Return the colours on the terminal that are not its own two, or their blend (dim text)."""
    picture = app.export_screenshot()
    own = SVG_EXPORT_THEME.foreground_color, SVG_EXPORT_THEME.background_color
    pairs = ((own[0], own[1]), (own[1], own[0]))
    dim = [blend_rgb(ColorTriplet(*a), ColorTriplet(*b), 0.4) for a, b in pairs]
    shown = {*_STYLE.findall(picture), *_BACKGROUND.findall(picture)}
    return shown - {colour.hex for colour in (*own, *dim)}


def toasts(app: App[object]) -> list[str]:
    """Return the messages in the corner of the screen."""
    return [str(toast.render()) for toast in app.screen.query("Toast")]
