"""Text from outside is safe to show."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polytop.model.text import printable

HOSTILE = "\x1b[31m\u202eabc\u200b\x9b2J\r\n\t\ud800\ue000\u2028"


@given(st.text(st.characters()))
@example(HOSTILE)
@example("".join(map(chr, range(0x100))))
def test_nothing_unsafe_is_left(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(char) for char in shown} & {
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
    }  # fmt: skip
    assert printable(shown) == shown


@given(st.text(st.characters()), st.integers(1, 12))
@example(HOSTILE, 10)
def test_at_most_so_many_characters(text: str, at_most: int) -> None:
    shown = printable(text, at_most)
    whole = printable(text)
    assert len(shown) <= at_most
    if len(whole) <= at_most:
        assert shown == whole
    else:
        assert shown.endswith("…")
        assert whole.startswith(shown[:-1])
    assert printable(shown, at_most) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 東京 · +44", "Grüße, 東京 · +44"),
        ("[/b] uk [prod]", "[/b] uk [prod]"),
        ("\x1b]0;pwned\x07", "␛]0;pwned␇"),
        ("a\x7f\x85", "a␡⟨0085⟩"),
        ("a\u202eb\u200f", "a⟨202E⟩b⟨200F⟩"),
        ("one\ntwo", "one␊two"),
        ("\udcff", "�"),
        ("👩\u200d💻", "👩⟨200D⟩💻"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown
