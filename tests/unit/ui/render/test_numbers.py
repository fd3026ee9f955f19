"""Small graphs in a line."""

from polytop.model.series import GAP
from polytop.ui.render.numbers import sparkline


def test_small_things():
    assert sparkline([0, 5, 10, GAP]) == "▁▅█ "
    assert sparkline([0, 0]) == "▁▁"
