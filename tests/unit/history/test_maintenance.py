"""The history describes itself, and is kept small."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from history_data import MIDNIGHT, SANDBOX, TARGET, TOTAL, VARIANTS, keep, row, total

from polytop.history.database import MIGRATIONS
from polytop.history.maintenance import ProjectInfo
from polytop.history.store import History
from polytop.history.types import Scope
from polytop.model.series import UNKNOWN

DAY = 86_400
LATER = MIDNIGHT + 90 * DAY
OTHER = replace(TARGET, project_id="PROJECT-2")


@pytest.fixture(params=["file", "memory"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path / "history.sqlite3" if request.param == "file" else None)
    made.open()
    yield made
    made.close()


def fill(history: History, days: int, parts: int = 3) -> None:
    """Days of noise, which cannot be packed well."""
    chance = random.Random(7)
    for day in range(days):
        start, end = MIDNIGHT + day * DAY, MIDNIGHT + (day + 1) * DAY
        values = [[chance.randrange(2**31) for _ in range(288)] for _ in range(parts)]
        rows = [row(f"part {number}", start, *each) for number, each in enumerate(values)]
        keep(history, VARIANTS, start, end, rows, LATER)


def asked_days(history: History, days: int, scope: Scope = VARIANTS) -> list[int]:
    held = history.read(scope, MIDNIGHT, MIDNIGHT + days * DAY)
    return [day for day in range(days) if held.asked.at(MIDNIGHT + day * DAY) != UNKNOWN]


# -- info


def test_info_of_an_empty_history(history: History) -> None:
    info = history.info()
    assert (info.path, info.version, info.projects) == (history.path, len(MIGRATIONS), ())
    assert (info.scopes, info.series, info.asked, info.marks, info.pages) == (0, 0, 0, 0, 0)
    assert (info.first, info.last) == (None, None)
    assert info.size > 0


def test_info_counts_what_is_kept_of_each_project(history: History) -> None:
    keep(history, TOTAL, MIDNIGHT - 300, MIDNIGHT + 600, total(MIDNIGHT, 1), LATER)
    keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, (row("a", MIDNIGHT, 1),), LATER)
    keep(history, SANDBOX, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, -1), LATER)
    theirs = TOTAL._replace(target=OTHER)
    keep(history, theirs, MIDNIGHT + DAY, MIDNIGHT + DAY + 300, total(MIDNIGHT + DAY, 1), LATER)
    history.add_mark(TARGET, MIDNIGHT, "one")
    history.add_mark(replace(TARGET, project_id="PROJECT-3"), MIDNIGHT, "two")
    info = history.info()
    assert info.projects == (
        ProjectInfo("ws-1", "PROJECT-1", 3, 2, 5, MIDNIGHT - 300, MIDNIGHT + 300, 1),
        ProjectInfo("ws-1", "PROJECT-2", 1, 1, 1, MIDNIGHT + DAY, MIDNIGHT + DAY, 0),
        ProjectInfo("ws-1", "PROJECT-3", marks=1),
    )
    assert (info.scopes, info.series, info.asked, info.marks, info.pages) == (4, 3, 6, 2, 3)
    assert (info.first, info.last) == (MIDNIGHT - 300, MIDNIGHT + DAY)


# -- prune


def test_days_that_end_by_the_moment_go_and_marks_before_it(history: History) -> None:
    fill(history, 4)
    old, new = (history.add_mark(TARGET, MIDNIGHT + 2 * DAY + late, "x") for late in (0, 900))
    pruned = history.prune(before=MIDNIGHT + 2 * DAY + 300, largest=None)
    assert (pruned.days, pruned.marks) == (2, 1)
    assert asked_days(history, 4) == [2, 3]
    assert history.marks(TARGET) == (new,)
    assert old not in history.marks(TARGET)
    assert history.prune(before=MIDNIGHT + 2 * DAY + 300, largest=None).days == 0


def test_the_oldest_days_go_until_it_fits(history: History) -> None:
    fill(history, 20, parts=15)
    mark = history.add_mark(TARGET, MIDNIGHT, "stays")
    history.vacuum()
    size = history.info().size
    pruned = history.prune(before=None, largest=size // 2)
    assert pruned.size_before == size
    assert size // 4 < pruned.size_after <= size // 2
    assert pruned.size_after == history.info().size
    assert asked_days(history, 20) == list(range(pruned.days, 20))
    assert 5 < pruned.days < 15
    assert history.marks(TARGET) == (mark,)


def test_a_bound_that_nothing_fits_in_empties_it_and_ends(history: History) -> None:
    fill(history, 3)
    mark = history.add_mark(OTHER, MIDNIGHT, "stays")
    pruned = history.prune(before=None, largest=1)
    assert pruned.days == 3
    info = history.info()
    assert (info.projects, info.pages) == ((ProjectInfo("ws-1", "PROJECT-2", marks=1),), 0)
    assert history.marks(OTHER) == (mark,)
    fill(history, 1)
    assert asked_days(history, 1) == [0]


def test_series_and_scopes_go_with_their_last_page(history: History) -> None:
    fill(history, 2)
    start = MIDNIGHT + 3 * DAY
    keep(history, VARIANTS, start, start + 300, (row("part 1", start, 5),), LATER)
    keep(history, SANDBOX, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 1), LATER)
    keep(history, TOTAL, start, start + 300, total(start, -1), LATER)
    history.prune(before=start, largest=None)
    assert history.info().projects == (ProjectInfo("ws-1", "PROJECT-1", 2, 1, 2, start, start, 0),)
    held = history.read(VARIANTS, start, start + 300)
    assert [(row.part.id, row.name) for row in held.rows] == [("part 1", "PART 1")]


def test_nothing_goes_without_a_bound(history: History) -> None:
    fill(history, 2)
    before = history.info()
    pruned = history.prune(before=None, largest=None)
    assert (pruned.days, pruned.marks) == (0, 0)
    assert history.info() == before


# -- vacuum


def test_vacuum_leaves_what_is_kept_and_takes_no_more_room(history: History) -> None:
    fill(history, 6)
    held = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 6 * DAY)
    before, after = history.vacuum()
    assert after <= before
    assert after == history.info().size
    assert history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 6 * DAY) == held


def test_a_pruned_file_gets_shorter_while_another_polytop_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    one, other = History(path), History(path)
    one.open()
    other.open()
    fill(one, 12, parts=15)
    other.read(VARIANTS, MIDNIGHT, MIDNIGHT + DAY)
    one.vacuum()
    size = path.stat().st_size
    one.prune(before=MIDNIGHT + 9 * DAY, largest=None)
    assert path.stat().st_size < size / 2
    assert asked_days(other, 12) == [9, 10, 11]
    one.close()
    other.close()
