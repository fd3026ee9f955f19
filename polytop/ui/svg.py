"""A screen as an SVG picture."""

import io
import re
from typing import Any

from textual.screen import Screen

from polytop.model.snapshot import Snapshot
from polytop.model.text import printable
from polytop.ui.render.context import RenderContext
from polytop.ui.time_format import local_time, zone_name

_REMOTE_FONT = re.compile(r",\s*url\(\"https?://[^\"]*\"\) format\(\"[^\"]*\"\)")

_FONT = "font-family: Fira Code, monospace;"


def without_ligatures(svg: str) -> str:
    """`svg` with ligatures switched off, so that ``>=`` does not become ``⩾``."""
    return svg.replace(_FONT, f"font-variant-ligatures: none; {_FONT}")


def screen_svg(screen: Screen[Any], title: str) -> str:
    """`screen` as SVG without dialogs over it; `title` is above it.

    It names local fonts only, so that a viewer requests nothing from other hosts.
    """
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console

    width, height = screen.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    # Textual exports the screen on top, which is the export dialog.
    update = screen._compositor.render_update(full=True, simplify=True)
    assert update is not None
    console.print(update)
    form = without_ligatures(_REMOTE_FONT.sub("", CONSOLE_SVG_FORMAT))
    return console.export_svg(title=printable(title, 120), code_format=form)


def picture_title(snapshot: Snapshot, context: RenderContext) -> str:
    """``polytop · prod · 2026-11-19 15:42 UTC``."""
    when = f"{local_time(snapshot.at, context.zone):%Y-%m-%d %H:%M}"
    zone = zone_name(snapshot.at, context.zone)
    return f"polytop · {printable(context.subject.profile, 64)} · {when} {zone}"
