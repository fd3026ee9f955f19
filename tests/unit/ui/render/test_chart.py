"""The chart draws every value, with and without the manual of its library."""

import subprocess
import sys

import pytest
from long_watch import private_memory

from polytop.ui.render.chart import Chart, HalfRaster


def _top(lines: tuple[str, ...], column: int, chart: Chart) -> int | None:
    """The topmost dot of a column of dots, counted from the base line."""
    bits = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
    for row, line in enumerate(lines):
        char = line[column // chart.columns]
        for dot in range(chart.rows):
            mask = 0 if char == " " else ord(char) - 0x2800
            lit = char == "#" if chart.rows == 1 else mask & bits[column % 2][dot]
            if lit:
                return (len(lines) - row) * chart.rows - 1 - dot
    return None


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_chart_draws_every_stem_to_its_dot(ascii_only):
    chart = Chart(ascii_only=ascii_only)
    width, height = 30, 6
    tops = [(at * 7) % (height * chart.rows) for at in range(width * chart.columns)]
    tops[5] = None
    lines = chart.area(tops, width, height)
    assert [len(line) for line in lines] == [width] * height
    assert [_top(lines, at, chart) for at in range(len(tops))] == tops


@pytest.mark.parametrize(("width", "height"), [(12, 4), (30, 7), (2, 2), (1, 3), (5, 1)])
def test_a_halved_chart_draws_the_same_shape_in_twos(width, height):
    half = HalfRaster()
    tops = [(at * 5) % (height * half.rows) if at != 3 else None for at in range(width)]
    doubled = [None if top is None else 2 * top + 1 for top in tops for _ in range(2)]
    assert half.area(tops, width, height) == Chart().area(doubled, width, height)


@pytest.mark.parametrize("spoilt", [False, True])
def test_plotext_loads_with_and_without_its_manual(spoilt):
    """In a process of its own: whether the manual can be left out is up to plotext's version."""
    code = (
        "import sys\nimport polytop.ui.render.chart as chart\n"
        + ("chart.DOCUMENTATION = 'plotext._kernel.api'\n" if spoilt else "")
        + "lines = chart.Chart().area([0, 3, None, 7], 2, 2)\n"
        "assert lines == (' \u28b8', '\u28f8\u28b8'), ascii(lines)\n"
        "sections = [name for name in sys.modules if name.startswith('plotext._doc.sections')]\n"
        f"assert bool(sections) is {spoilt}\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="its C library is asked to return memory")
def test_a_large_picture_leaves_no_memory_behind():
    chart = Chart()
    chart.area([*range(80)], 40, 20)
    before = private_memory()
    for width, height in ((290, 70), (120, 30), (200, 45), (290, 70)):
        chart.area([at % (4 * height) for at in range(2 * width)], width, height)
        assert private_memory() < before + 8, (width, height)
