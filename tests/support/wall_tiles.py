"""Tiles of the wall, made by hand."""

from dataclasses import replace

from hypothesis import strategies as st

from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, Series
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import REGIONS, ClientEnv, Filters, Target
from polytop.ui.render.wall import (
    WallContext,
)
from polytop.ui.theme import palette
from polytop.ui.time_format import Zone
from polytop.ui.wall_model import (
    Tile,
)

NOW = 1_790_000_130.0
LOOK = WallContext(palette({}), Zone(), NOW)
TARGET = Target("ws-1", "PROJECT-1", REGIONS["uk-1"], "uk-1")
DROPPED = Problem(
    Kind.OFFLINE,
    "Cannot reach api.uk-1.platform.polyai.app: the connection was dropped",
    "Check the network.",
)


def snap(value: int | None, limit: int | None = 100, fault: Problem | None = None) -> Snapshot:
    """Six hours that end with `value`; None where nothing came."""
    end = int(NOW // 300 + 1) * 300
    total = Series(end - 21_600, (10,) * 71 + (GAP if value is None else value,))
    capacity = Capacity(limit)
    return Snapshot(
        NOW, View(Filters(), 21_600), View(Filters(), 21_600), end - 21_600, end, total,
        summary(total, NOW, capacity), capacity=capacity, fetched_at=NOW - 5,
        fault=Fault(fault, NOW - 600) if fault else None,
    )  # fmt: skip


def tile(name: str, value: int | None = 10, limit: int | None = 100, **more: object) -> Tile:
    fault = more.pop("fault", None)
    found = Tile(name, ClientEnv.LIVE, TARGET, snap(value, limit, fault))
    return replace(found, **more)


def names(tiles) -> list[str]:
    return [each.name for each in tiles]


def values():
    return st.integers(0, 130) | st.none()
