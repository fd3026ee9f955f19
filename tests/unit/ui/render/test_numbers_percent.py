"""Percentages and headroom: one number has one form."""

import re
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_words import COLOURS, scene, snap, text_of, tile

from polytop.ui.render.figures import figures_block
from polytop.ui.render.numbers import decimal, headroom_percent, percent, signed_percent
from polytop.ui.render.wall import WallContext, tile_lines
from polytop.ui.time_format import Zone

calls, limits = st.integers(0, 20_000), st.integers(1, 10_000)


@given(calls, limits)
def test_the_limit_is_said_to_be_used_up_at_the_limit_and_not_before(value, limit):
    used = int(percent(value / limit).removesuffix(" %"))
    assert (used >= 100) == (value >= limit)
    exact = 100 * value / limit
    assert (used > 0) == (value > 0)
    assert (used > 100) == (value > limit)
    assert abs(used - exact) <= 0.5 or used in {1, 99, 101}
    assert abs(used - exact) < 1


@given(calls, limits)
def test_what_is_used_and_what_is_left_are_the_whole(value, limit):
    left = headroom_percent(value, limit)
    assert int(left.removesuffix(" %").replace("−", "-")) == 100 - int(
        percent(value / limit).removesuffix(" %")
    )
    assert left.isascii() or left.startswith("−")
    assert not left.startswith(("-", "−0"))


@given(calls, limits)
def test_a_change_is_nothing_or_the_loss_of_all_only_if_it_is(value, before):
    text = signed_percent((value - before) / before).removesuffix(" %")
    assert (text == "0") == (value == before)
    assert (text == "−100") == (value == 0)
    assert text.startswith("+" if value > before else "−" if value < before else "0")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.0"), (0.004, "<0.1"), (0.05, "0.1"), (31.24, "31.2")],
)
def test_a_mean_of_few_calls_is_not_none(value, text):
    assert decimal(value) == text


def test_what_is_not_known_has_no_share():
    assert percent(None) == headroom_percent(None, 120) == "–"


@pytest.mark.parametrize(
    ("value", "words"), [(14, "12 %"), (120, "0 %"), (121, "−1 %"), (336, "−180 %")]
)
def test_headroom_has_one_minus_sign_and_one_blank(value, words):
    shot = snap([value])
    look = WallContext(COLOURS, Zone(UTC), shot.at)
    under = figures_block(shot, scene(shot), 120, 2)[0].text
    tiled = text_of(tile_lines(tile(shot), look, 59, 8, selected=False))
    words = words if value != 14 else "88 %"
    assert f"FREE {120 - value}".replace("-", "−") + f" ({words}) " in under
    assert f"FREE {120 - value} ".replace("-", "−") in tiled
    assert not re.search(r"-\d", under + tiled)
