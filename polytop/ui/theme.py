"""Colours by meaning, from the theme: one accent, and the colours of states."""

from collections.abc import Mapping
from typing import NamedTuple

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

DARK = Theme(
    name="polytop",
    primary="#5cc8e0",
    secondary="#2b7489",
    accent="#5cc8e0",
    foreground="#d6dde4",
    background="#0e1216",
    surface="#141a20",
    panel="#1b232b",
    success="#84c991",
    warning="#e8b65a",
    error="#f0737a",
    dark=True,
    variables={
        "muted": "#8895a3",
        "faint": "#3d4853",
        "fill": "#1f5566",
        "spark": "#3a8fa5",
        "comparison": "#c3b5e6",
        "plan": "#cdf26b",
        "band": "#38414b",
        "lines": "#a3e36b #f29bd1 #8fb0ff #ffffff #5fe0b5 #c79bff #e9e58a #d0a98f #98a8b8",
        "block-cursor-background": "#23414c",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "input-cursor-background": "#5cc8e0",
        "border": "#3d4853",
    },
)
LIGHT = Theme(
    name="polytop-light",
    primary="#00708f",
    secondary="#8cc7d6",
    accent="#00708f",
    foreground="#1d252c",
    background="#fbfbf8",
    surface="#f2f3f0",
    panel="#e7eae8",
    success="#1d7a3a",
    warning="#8f5a00",
    error="#b3232c",
    dark=False,
    variables={
        "muted": "#5c6873",
        "faint": "#c3cbd1",
        "fill": "#93cbd8",
        "spark": "#4d9db3",
        "comparison": "#5b4a8a",
        "plan": "#557000",
        "band": "#cdd3d8",
        "lines": "#3c7a00 #a8247a #1f4fc4 #000000 #00785a #6a2bb5 #6f6800 #7a4a2a #4f5d6b",
        "block-cursor-background": "#cfe5ea",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none",
        "input-cursor-background": "#00708f",
        "border": "#c3cbd1",
    },
)
CYCLE = ("polytop", "polytop-light", "ansi-dark")
"""The themes that `t` cycles through; the command palette has all themes."""


class Solid(NamedTuple):
    """Backgrounds of the graph, each outside the range of the comparison and inside it."""

    blank: tuple[Color, Color]
    area: tuple[Color, Color]
    warning: tuple[Color, Color]
    critical: tuple[Color, Color]
    blends: bool = True
    """False where a colour between two of these could look as one of them."""


class Palette(NamedTuple):
    """Rich styles by meaning. `solid` is None where the graph is drawn in dots."""

    text: Style
    strong: Style
    muted: Style
    faint: Style
    accent: Style
    fill: Style
    spark: Style
    ok: Style
    warning: Style
    critical: Style
    cursor: Style
    cursor_line: Style
    comparison: Style
    plan: Style
    band: Style
    mark: Style
    head: Style
    badge_live: Style
    badge_pre_release: Style
    badge_sandbox: Style
    lines: tuple[Style, ...]
    solid: Solid | None = None


def _style(color: str | None, fallback: str, *, bold: bool = False) -> Style:
    """The style of a theme's colour, or of `fallback` if only Textual knows that colour."""
    try:
        return Style.parse(color or fallback) + Style(bold=bold)
    except Exception:
        return Style.parse(fallback) + Style(bold=bold)


def _plain(color: str) -> str:
    """A colour's name for rich: Textual's ``ansi_`` names lose their prefix."""
    return color.removeprefix("ansi_")


_LEGIBLE = 4.5
"""Least contrast of readable text. Source: WCAG 2.2, success criterion 1.4.3."""


def _readable(variables: Mapping[str, str], name: str, fallback: str) -> str:
    """The colour `name` of a theme, blended with its foreground until it can be read.

    The theme's own where only the terminal knows the colours, else the `fallback`.
    """
    try:
        background, foreground, wanted = (
            Color.parse(variables[each]) for each in ("background", "foreground", name)
        )
    except (KeyError, ColorParseError):
        return fallback
    if any(color.ansi is not None for color in (background, foreground, wanted)):
        return _plain(variables[name])
    mixed = background.blend(wanted, wanted.a, alpha=1)
    steps = (mixed.blend(foreground, step / 10, alpha=1) for step in range(10))
    return next((each for each in steps if contrast(each, background) >= _LEGIBLE), foreground).hex6


def _ink(variables: Mapping[str, str], ground: str) -> str:
    """The colour of words on `ground`: the theme's background, or what can be read there."""
    own = _plain(variables.get("background", "#0e1216"))
    try:
        back, inks = Color.parse(ground), [Color.parse(each) for each in (own, "black", "white")]
    except ColorParseError:
        return own
    if any(color.ansi is not None for color in (back, *inks)) or (
        contrast(inks[0], back) >= _LEGIBLE
    ):
        return own
    return max(inks, key=lambda ink: contrast(ink, back)).hex6


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette(
    variables: Mapping[str, str], *, many_colours: bool = False, few_colours: bool = False
) -> Palette:
    """The palette of a theme, from its CSS variables.

    `many_colours` is True if the terminal shows more than sixteen, `few_colours` if it shows at
    most 256. Without either the graph is not solid.
    """

    def of(name: str, fallback: str, *, bold: bool = False) -> Style:
        value = _plain(variables.get(name, fallback))
        return _style(value, fallback, bold=bold)

    def word(name: str, fallback: str) -> Style:
        return _style(_readable(variables, name, fallback), fallback)

    def badge(name: str, fallback: str) -> Style:
        back = _plain(variables.get(name, fallback))
        return _style(f"bold {_ink(variables, back)} on {back}", f"bold black on {fallback}")

    lines = variables.get("lines", "green magenta blue bright_green bright_magenta bright_blue")
    name = "muted" if "muted" in variables else "foreground-muted"
    # Where only the terminal knows its colours, there is one of them for this.
    known = not variables.get("background", "").startswith("ansi")
    quiet = _style(_readable(variables, name, "bright_black") if known else "", "bright_black")
    fill = "fill" if "fill" in variables else "secondary"
    return Palette(
        text=of("foreground", "white"),
        strong=of("foreground", "white", bold=True),
        muted=quiet,
        faint=of("faint", "bright_black"),
        accent=word("accent", "cyan"),
        fill=of(fill, "blue"),
        spark=of("spark" if "spark" in variables else "accent", "cyan"),
        ok=word("success", "green"),
        warning=word("warning", "yellow"),
        critical=word("error", "red"),
        cursor=_style(f"on {_plain(variables.get('block-cursor-background', 'blue'))}", "reverse"),
        cursor_line=of("foreground", "white", bold=True),
        comparison=of("comparison", "white") if "comparison" in variables else quiet,
        plan=of("plan", "bright_green") if "plan" in variables else of("foreground", "white"),
        band=of("band" if "band" in variables else "faint", "bright_black"),
        mark=of("foreground", "white"),
        head=quiet,
        badge_live=badge("accent", "cyan"),
        # The colours of states are for states alone.
        badge_pre_release=badge(
            "comparison" if "comparison" in variables else "primary", "magenta"
        ),
        lines=tuple(_style(each, "green", bold=True) for each in lines.split()),
        badge_sandbox=badge("foreground-muted" if "muted" not in variables else "muted", "white"),
        solid=(_solid(variables, few=few_colours) if many_colours else None)
        or (_FEW if many_colours or few_colours else None),
    )


_SHAPE, _RANGE = 0.42, 0.12
"""How much of its colour an area has, and of the comparison's the range."""


_FEW = Solid(
    (Color.parse("ansi_default"), Color.parse("ansi_bright_black")),
    (Color.parse("ansi_blue"), Color.parse("ansi_bright_blue")),
    (Color.parse("ansi_yellow"), Color.parse("ansi_bright_yellow")),
    (Color.parse("ansi_red"), Color.parse("ansi_bright_red")),
    blends=False,
)
"""The terminal's own colours, where there are no others."""


_DARK_SHADES = ("#4e4e4e", "#005f5f", "#005f87", "#875f00", "#af8700", "#870000", "#af0000")
_LIGHT_SHADES = ("#bcbcbc", "#87d7d7", "#87afd7", "#ffd787", "#d7af5f", "#ffafaf", "#d78787")
"""Of 256 colours: the range, then area, warning and critical, each outside the range and inside.

Blends of a theme would fall together: the nearest of 256 to most dark colours is one grey.
"""


def _solid(variables: Mapping[str, str], *, few: bool) -> Solid | None:
    """Backgrounds blended from the theme's colours; None if only the terminal knows these.

    `few` is True for the colours of a terminal that has 256.
    """
    comparison = "comparison" if "comparison" in variables else "foreground"
    names = ("background", "accent", "warning", "error", comparison)
    try:
        blank, *shapes, line = (Color.parse(variables[name]) for name in names)
    except (KeyError, ColorParseError):
        return None
    if any(color.ansi is not None for color in (blank, *shapes, line)):
        return None
    grounds = [blank, *(blank.blend(shape, _SHAPE, alpha=1) for shape in shapes)]
    if few:
        shades = _DARK_SHADES if blank.brightness < 0.5 else _LIGHT_SHADES
        inside, *pairs = map(Color.parse, shades)
        area, warning, critical = zip(pairs[::2], pairs[1::2], strict=True)
        return Solid((blank, inside), area, warning, critical, blends=False)
    plain, area, warning, critical = (
        (ground, ground.blend(line, _RANGE, alpha=1)) for ground in grounds
    )
    return Solid(plain, area, warning, critical)
