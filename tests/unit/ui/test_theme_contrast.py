"""Words have enough contrast in every theme."""

import re
from datetime import UTC

import pytest
from render_words import COLOURS, scene, snap, tile
from rich.color_triplet import ColorTriplet
from rich.style import Style
from scripted_feed import draw
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from polytop.model.target import Filters
from polytop.ui.render.chart import Chart
from polytop.ui.render.figures import figures_block
from polytop.ui.render.plot import area_lines, axis_rows, build_plot
from polytop.ui.render.scale import choose_scale
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.render.wall import WallContext, tile_lines
from polytop.ui.theme import DARK, LIGHT, palette
from polytop.ui.time_format import Zone


def words_in_faint(strips) -> list[str]:
    return [
        segment.text
        for strip in strips
        for segment in strip
        if segment.style is not None
        and segment.style.color == COLOURS.faint.color
        and re.search(r"[A-Za-z0-9?]", segment.text)
    ]


def contrast(ink: Style, background: str) -> float:
    """Source: WCAG 2.2, "contrast ratio" and "relative luminance"."""
    light, dark = sorted(
        (
            luminance(ink.color.get_truecolor()),
            luminance(ColorTriplet(*Color.parse(background).rgb)),
        ),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: ColorTriplet) -> float:
    parts = [part / 255 for part in colour]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("limit", [None, 120])
def test_no_word_and_no_sign_is_painted_as_faintly_as_a_line(limit):
    for filters in (Filters(), Filters(language="en-GB")):
        shot = snap([5, -1, -2, 70, -1, 100] * 5, limit, filters)
        here, chart, look = scene(shot), Chart(), WallContext(COLOURS, Zone(UTC), shot.at)
        place = build_plot(shot, 100, 18, choose_scale(100, limit, 18 - axis_rows(18)))
        strips = [
            *figures_block(shot, here, 120, 3),
            *draw(shot, here, place, area_lines(shot, place, chart), 100, 18),
            *table(shot, here, VisibleRows((), 0, 0), 100, 8),
        ]
        for height in (1, 3, 8):
            strips += tile_lines(tile(shot), look, 59, height, selected=False)
        assert words_in_faint(strips) == []


def test_contrast_is_what_the_guidelines_say():
    assert contrast(Style.parse("#ffffff"), "#000000") == pytest.approx(21)
    assert contrast(Style.parse("#777777"), "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_words_can_be_read(theme):
    variables = theme.to_color_system().generate() | theme.variables
    found = palette(variables)
    for name in (
        "text",
        "strong",
        "muted",
        "head",
        "accent",
        "ok",
        "warning",
        "critical",
        "comparison",
    ):
        assert contrast(getattr(found, name), variables["background"]) >= 4.5, name


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=lambda theme: theme.name)
def test_words_can_be_read_in_every_theme(theme):
    variables = theme.to_color_system().generate() | theme.variables
    found = palette(variables)
    if variables["background"].startswith("ansi"):
        assert found.muted.color.name == "bright_black"
        return
    for name in ("muted", "head", "comparison", "text", "accent", "ok", "warning", "critical"):
        # Some foregrounds are no better themselves: then words are no worse.
        best = min(4.5, contrast(found.text, variables["background"]))
        assert contrast(getattr(found, name), variables["background"]) >= best, name


@pytest.mark.parametrize(
    "theme", [DARK, LIGHT, *BUILTIN_THEMES.values()], ids=lambda theme: theme.name
)
def test_badges_can_be_read_in_every_theme(theme):
    variables = theme.to_color_system().generate() | theme.variables
    found = palette(variables)
    if variables["background"].startswith("ansi"):
        return
    for name in ("badge_live", "badge_pre_release", "badge_sandbox"):
        badge = getattr(found, name)
        assert contrast(badge, badge.bgcolor.get_truecolor().hex) >= 4.5, name
