"""Blocks that were read are cached, and never for longer than they are true."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from history_data import MIDNIGHT, SCOPES, TARGET, TOTAL, VARIANTS, answers, keep, row, total
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.history import database, read_write, tables
from polytop.history.blocks import SPAN, Blocks
from polytop.history.pages import DAY
from polytop.history.store import History
from polytop.history.types import Scope, StoredAnswer, StoredSeries
from polytop.model import grid
from polytop.model.target import Target

LATER = MIDNIGHT + 40 * DAY
SPANS = ((MIDNIGHT - DAY, MIDNIGHT + DAY), (MIDNIGHT - 900, MIDNIGHT + 3_000))


def anew(path: Path, scope: Scope, start: int, end: int) -> StoredSeries:
    """Return the content of the file as a new reader sees it."""
    with closing(History(path)) as history:
        history.open()
        return history.read(scope, start, end)


WRITES: dict[str, Callable[[History, StoredAnswer], object]] = {
    "keep": lambda history, kept: history.keep_all((kept,)),
    "prune": lambda history, _: history.prune(before=MIDNIGHT, largest=None),
    "distrust": lambda history, _: history.forget_future(MIDNIGHT + 1_800),
    "mark": lambda history, _: history.add_mark(TARGET, MIDNIGHT, "here"),
    "vacuum": lambda history, _: history.vacuum(),
}
step = st.tuples(st.booleans(), st.sampled_from(("keep", "keep", "keep", *WRITES)), answers())


@settings(deadline=None, max_examples=25)
@given(st.lists(step, min_size=1, max_size=6))
def test_nothing_stale_is_read_whoever_writes(steps: list[tuple[bool, str, StoredAnswer]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite3"
        with closing(History(path)) as one, closing(History(path)) as other:
            one.open()
            other.open()
            for mine, what, kept in steps:
                WRITES[what](one if mine else other, kept)
                for scope in SCOPES:
                    for start, end in SPANS:
                        assert one.read(scope, start, end) == anew(path, scope, start, end)


def test_a_name_that_changes_is_read_again() -> None:
    with closing(History(None)) as history:
        history.open()
        keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, (row("a", MIDNIGHT, 1),), LATER)
        assert [each.name for each in history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows] == [
            "A"
        ]
        end = MIDNIGHT + 30 * DAY
        renamed = row("a", end - 300, 2)
        renamed = type(renamed)(renamed.part, "another", renamed.series)
        keep(history, VARIANTS, end - 300, end, (renamed,), LATER)
        held = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300)
        assert [(each.name, each.series.values) for each in held.rows] == [("another", (1,))]


def test_a_write_that_fails_leaves_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(History(None)) as history:
        history.open()
        keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 600, total(MIDNIGHT, 3, 4), LATER)
        before = history.read(TOTAL, MIDNIGHT, MIDNIGHT + 600)
        bad = Target("\ud800", "PROJECT-1", TARGET.base_url)
        kept = [
            StoredAnswer(TOTAL, MIDNIGHT, MIDNIGHT + 600, total(MIDNIGHT, 8, 9), LATER + 1),
            StoredAnswer(
                Scope(bad, TOTAL.filters), MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 1), LATER + 1
            ),
        ]
        with pytest.raises(Exception, match="surrogates"):
            history.keep_all(kept)
        assert history.read(TOTAL, MIDNIGHT, MIDNIGHT + 600) == before


@pytest.mark.parametrize("largest", [0, 20_000, 10**9])
def test_what_is_held_is_bounded(largest: int) -> None:
    db, blocks = database.open_in_memory(), Blocks(largest)
    days = 40
    for day in range(days):
        start = MIDNIGHT + day * DAY
        values = tuple((day + at) % 7 for at in range(288))
        read_write.store_answer(
            db, StoredAnswer(TOTAL, start, start + DAY, total(start, *values), LATER)
        )
    number = tables.find_scope(db, TOTAL)
    assert number is not None
    sizes = []
    for first in (0, 30, 3, 20, 0):
        start = MIDNIGHT + first * DAY + 900
        end = start + 9 * DAY
        blocks.check(db)
        (told,) = read_write.read(db, blocks, TOTAL, start, end).rows
        assert list(told.series.values) == [
            ((window - MIDNIGHT) // DAY + (window - MIDNIGHT) % DAY // grid.STEP) % 7
            for window in grid.windows(start, end)
        ]
        sizes.append(blocks.size)
    assert max(sizes) <= largest
    assert sizes[-1] == 0 if largest == 0 else sizes[-1] > 0
    again = blocks.over(db, number, MIDNIGHT, MIDNIGHT + SPAN, total=True)
    if largest:
        assert again[0] is blocks.over(db, number, MIDNIGHT, MIDNIGHT + SPAN, total=True)[0]
    db.close()
