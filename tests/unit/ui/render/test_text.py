"""Text is cut and padded to its width."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from polytop.ui.render.text import fit, fit_words


@given(st.text(max_size=40), st.integers(0, 30))
def test_fitted_text_is_safe_and_exactly_as_wide(text, width):
    from rich.cells import cell_len

    shown = fit(text, width)
    assert cell_len(shown) == width
    assert shown.isprintable()


@given(st.text(), st.integers(0, 30))
def test_a_sentence_is_exactly_as_wide(text, width):
    assert cell_len(fit_words(text, width)) == width


@pytest.mark.parametrize("width", range(1, 45))
def test_a_sentence_is_cut_within_no_figure(width):
    for text in ("limit: 120 is too small, 0 is none", "was not accepted (401, 12:30)", "98.5 %"):
        shown = fit_words(text, width).rstrip()
        assert set(re.findall(r"\d+", shown)) <= set(re.findall(r"\d+", text))
        assert not re.search(r"\d…", shown)
        assert shown == text or shown.endswith("…")
