"""Draws an area of dots as lines of text. The only importer of plotext.

plotext has one figure per process and is slow to import: a :class:`Chart` is made when it is first
needed, and draws in one thread at a time.
"""

import importlib
import sys
from collections.abc import Sequence
from threading import Lock
from types import ModuleType
from typing import Any, Protocol

from polytop.model.memory import give_back

LARGE = 2_500
"""Cells of an area for which plotext needs tens of MB: they go back as soon as it is drawn."""

BRAILLE_COLUMNS, BRAILLE_ROWS = 2, 4
"""Dots in one character cell."""


DOCUMENTATION = "plotext._doc.doc"


def _import_plotext() -> Any:
    """Import plotext without the manual that it builds, which takes 3/4 of the time of an import.

    Another version of plotext that needs its manual is imported with it.
    """
    if "plotext" not in sys.modules:
        manual = ModuleType(DOCUMENTATION)
        manual.docs = None  # type: ignore[attr-defined]
        sys.modules[DOCUMENTATION] = manual
        try:
            return importlib.import_module("plotext")
        except Exception:
            for name in [name for name in sys.modules if name.partition(".")[0] == "plotext"]:
                del sys.modules[name]
    return importlib.import_module("plotext")


class Raster(Protocol):
    """Draws an area as stems from the base line."""

    columns: int
    rows: int

    def area(self, heights: Sequence[int | None], width: int, height: int) -> tuple[str, ...]:
        """Return `height` lines of `width` cells.

        `heights` has the topmost dot of each dot column (`width` times :attr:`columns` of them),
        counted from 0 at the base line; None leaves a column empty. A cell holds :attr:`columns`
        by :attr:`rows` dots. Less than 2 by 2 cells stay blank.
        """
        ...


_HALVES = "⣤⣿"
"""A cell with its lower half, and a whole one."""


class HalfRaster:
    """A :class:`Raster` with half the dots across and up, for a slow link.

    It changes half as often, and so little needs no library.
    """

    columns, rows = BRAILLE_COLUMNS // 2, BRAILLE_ROWS // 2

    def area(self, heights: Sequence[int | None], width: int, height: int) -> tuple[str, ...]:
        """See :class:`Raster`."""
        if width < 2 or height < 2:
            return (" " * width,) * height

        def cell(top: int | None, base: int) -> str:
            return " " if top is None or top < base else _HALVES[min(1, top - base)]

        bases = range(self.rows * (height - 1), -1, -self.rows)
        return tuple("".join(cell(top, base) for top in heights) for base in bases)


class Chart:
    """A :class:`Raster` on plotext's canvas, without its frame, ticks and colours."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        plotext = _import_plotext()
        plotext.terminal.limit(False, False)
        self._figure: Any = plotext.figure
        self._lock = Lock()
        self._marker = "#" if ascii_only else "braille"
        self.columns = 1 if ascii_only else BRAILLE_COLUMNS
        self.rows = 1 if ascii_only else BRAILLE_ROWS

    def area(self, heights: Sequence[int | None], width: int, height: int) -> tuple[str, ...]:
        """See :class:`Raster`."""
        stems = [(at, top) for at, top in enumerate(heights) if top is not None]
        blank = " " * width
        if not stems or width < 2 or height < 2:
            return (blank,) * height
        with self._lock:
            lines = self._draw(stems, width, height).split("\n")
            if width * height > LARGE:
                self._figure.clear.all()
                give_back()
        return tuple(line.ljust(width)[:width] for line in lines[:height])

    def _draw(self, stems: Sequence[tuple[int, int]], width: int, height: int) -> str:
        figure = self._figure
        figure.clear.all()
        figure.plot_size(width, height)
        figure.axes(False)
        figure.canvas("default")
        # The limits name the centres of the first and the last cell, in dots.
        across, up = (self.columns - 1) / 2, (self.rows - 1) / 2
        figure.ruler(0).lim(across, self.columns * width - 1 - across).frequency(0)
        figure.ruler(1).lim(up, self.rows * height - 1 - up).frequency(0)
        signal = figure.signal(
            [at for at, _ in stems], [top for _, top in stems], marker=self._marker
        )
        figure.draw(signal.fillx(True))
        return str(figure.build().string(True))
