"""Bounds and cells stay what they are in ASCII."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.ui.ascii import to_ascii


@pytest.mark.parametrize(("sign", "said"), [("≥", ">="), ("≤", "<=")])
def test_a_bound_stays_a_bound_in_ascii(sign, said):
    assert to_ascii(f"  {sign} 4: 72 windows") == f"  {said}4: 72 windows"
    assert to_ascii(f"{sign}       other") == f"{said}      other"
    # Where no blank can give its cell, nothing false is said.
    assert to_ascii(f"a{sign}5") == "a?5"


@given(st.text("≥≤→ 5a·", max_size=12))
def test_ascii_keeps_every_cell_in_its_place(text):
    assert len(to_ascii(text)) == len(text)
