"""Text and numbers as people read them."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model.text import fold, format_bytes


def test_bytes_are_told_in_the_largest_unit() -> None:
    assert [format_bytes(n) for n in (0, 999, 1_400, 12_300, 999_999, 3_100_000)] == [
        "0 B", "999 B", "1.4 kB", "12 kB", "1.0 MB", "3.1 MB",
    ]  # fmt: skip


@given(st.integers(0, 10**15))
def test_bytes_are_rounded_to_what_is_shown(count: int) -> None:
    number, unit = format_bytes(count).split()
    factor = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}[unit]
    digit = 0.1 if "." in number else 1
    assert float(number) * factor == pytest.approx(count, abs=0.51 * digit * factor)
    assert float(number) < 1_000 or unit == "TB"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("change", [str, str.upper, str.lower])
def test_a_search_finds_names_in_any_form_and_case(form: str, change: Callable[[str], str]) -> None:
    name = "Ärzte İstanbul ﬁn Ⅳ ｶﾞ straße Å"
    assert fold(unicodedata.normalize(form, name)) == fold(name)
    for word in name.split():
        assert fold(change(word)) in fold(change(unicodedata.normalize(form, name)))
