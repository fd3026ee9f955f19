"""Bytes to the terminal: only changed cells and attributes, in ASCII if need be."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor
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


_RESET = "0"
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


def style_change(before: Sgr, after: Sgr) -> str:
    """The escape sequence that changes one style to another; empty if they are equal."""
    if before == after:
        return ""
    lost = before[0] != after[0] or any(a and not b for a, b in zip(before, after, strict=True))
    if lost:
        parameters = [_RESET, *(part for part in after if part)]
    else:
        parameters = [b for a, b in zip(before, after, strict=True) if a != b]
    return f"\x1b[{';'.join(parameters)}m"


def encode_segments(segments: Iterable[Segment], system: ColorSystem, sgr: Sgr) -> tuple[str, Sgr]:
    """`segments` as text with escape sequences after `sgr`, and the style that it ends in."""
    parts: list[str] = []
    for text, style, control in segments:
        if control or not text:
            continue
        wanted = _sgr(style, system)
        parts.append(style_change(sgr, wanted))
        parts.append(text)
        sgr = wanted
    return "".join(parts), sgr


class LeanUpdate(ChopsUpdate):
    """A partial update in fewer bytes than Textual's."""

    def render_segments(self, console: Console) -> str:
        """The text to write; it begins and ends in the terminal's default style."""
        text, sgr = self.encode(console, PLAIN)
        return text + style_change(sgr, PLAIN)

    def encode(self, console: Console, sgr: Sgr) -> tuple[str, Sgr]:
        """The text to write after `sgr`, and the style that it ends in."""
        system = _SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        parts: list[str] = []
        row = -1
        for x, y, segments in self._runs():
            text, sgr = encode_segments(segments, system, sgr)
            parts.append(f"\x1b[{x + 1}G" if y == row else f"\x1b[{y + 1};{x + 1}H")
            parts.append(text)
            row = y
        return "".join(parts), sgr

    def _runs(self) -> Iterator[tuple[int, int, Iterable[Segment]]]:
        """Yield column, row and segments of every run of changed cells."""
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= x2 or end <= x1:
                    continue
                first, last = max(x, x1), min(end, x2)
                yield first, y, strip.crop(first - x, last - x)


class LeanCompositor(Compositor):
    """Textual's compositor, with :class:`LeanUpdate` for partial updates."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The changed cells, or None."""
        update = super().render_partial_update()
        if update is None:
            return None
        return LeanUpdate(update.chops, update.spans, update.chop_ends)

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
