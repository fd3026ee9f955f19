"""Snapshots and contexts for painters: a short range that follows now."""

from dataclasses import replace
from datetime import UTC

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Fault, RowView, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import ClientEnv, Filters, Target
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

START = 1_763_560_800 // grid.STEP * grid.STEP
COLOURS = palette(DARK.variables | {"foreground": DARK.foreground, "error": DARK.error})
HOSTILE = ("[/b] x", "\x1b[31mred", "\u202eevil", "", "名前" * 80, "a\nb", "e\u0301", "Main")


def snap(found: list[int], *, limit: int | None = 120, problem: Problem | None = None) -> Snapshot:
    total = Series(START, tuple(found))
    capacity = Capacity(limit)
    now = total.end - 60.0
    rows = tuple(
        RowView(Part(f"v{at}"), name, total, summary(total, now, capacity))
        for at, name in enumerate(HOSTILE)
    )
    view = View(Filters(language="en-GB"), len(total) * grid.STEP)
    fault = Fault(problem, now - 100) if problem else None
    return Snapshot(
        now, view, view, total.start, total.end, total, summary(total, now, capacity), rows,
        capacity, fetched_at=now - 5, next_at=now + 25, fault=fault,
    )  # fmt: skip


def scene(**changes: object) -> RenderContext:
    target = Target("ws-\x1bx", "PROJECT-" + "y" * 80, "https://api.example", "uk-1")
    state = ViewState(Filters(ClientEnv.PRE_RELEASE))
    found = RenderContext(
        Subject("prod [b]", target, "×60"), state, START + 1e4, Zone(UTC), COLOURS
    )
    return replace(found, **changes)


BAD = Problem(Kind.BROKEN, "It failed " * 9, "Do this " * 12, 500, "\x1b[2Jboom" * 20, "ref-1")
