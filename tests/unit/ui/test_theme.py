"""Every theme has a palette."""

import pytest
from textual.theme import BUILTIN_THEMES

from polytop.ui.theme import DARK, LIGHT, palette


@pytest.mark.parametrize("theme", [DARK, LIGHT, *BUILTIN_THEMES.values()], ids=lambda t: t.name)
def test_every_theme_has_a_palette(theme):
    variables = {
        "foreground": theme.foreground or "#fff", "background": theme.background or "#000",
        "accent": theme.accent or theme.primary, **theme.variables,
    }  # fmt: skip
    assert palette(variables).text.color is not None
