"""ASCII stand-ins take as many cells."""

from hypothesis import given
from hypothesis import strategies as st

from polytop.ui.ascii import to_ascii


@given(st.text(max_size=40))
def test_ascii_takes_as_many_cells(text):
    from rich.cells import cell_len

    assert to_ascii(text).isascii()
    if text.isprintable():
        assert len(to_ascii(text)) == cell_len(text)


@given(st.text("äöüÄÅéèêñçšžőůĘ", max_size=20))
def test_letters_lose_their_accents_alone(text):
    assert "?" not in to_ascii(f"{text}x")
