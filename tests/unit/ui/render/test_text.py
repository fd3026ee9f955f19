"""Text is cut and padded to its width."""

from hypothesis import given
from hypothesis import strategies as st

from polytop.ui.render.text import fit


@given(st.text(max_size=40), st.integers(0, 30))
def test_fitted_text_is_safe_and_exactly_as_wide(text, width):
    from rich.cells import cell_len

    shown = fit(text, width)
    assert cell_len(shown) == width
    assert shown.isprintable()
