"""Marks: kept per project, by time, and nobody else's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from history_data import MIDNIGHT, TARGET

from polytop.history.store import History
from polytop.model.mark import LONGEST, Mark

OTHER = replace(TARGET, project_id="PROJECT-2")


@pytest.fixture(params=["file", "memory"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path / "history.sqlite3" if request.param == "file" else None)
    made.open()
    yield made
    made.close()


def test_marks_are_listed_by_time(history: History) -> None:
    assert history.marks(TARGET) == ()
    late = history.add_mark(TARGET, MIDNIGHT + 500.9, "late")
    early = history.add_mark(TARGET, MIDNIGHT, "  early \n one ")
    assert late == Mark(late.id, MIDNIGHT + 500, "late")
    assert early == Mark(early.id, MIDNIGHT, "early one")
    assert history.marks(TARGET) == (early, late)
    assert history.marks(TARGET, MIDNIGHT, MIDNIGHT + 500) == (early,)
    assert history.marks(TARGET, MIDNIGHT + 1) == (late,)
    assert history.marks(TARGET, end=MIDNIGHT) == ()


def test_marks_belong_to_the_project_wherever_it_is_asked(history: History) -> None:
    mark = history.add_mark(TARGET, MIDNIGHT, "deployed")
    elsewhere = replace(TARGET, base_url="https://other.example.org", region=None)
    assert history.marks(elsewhere) == (mark,)
    assert history.marks(OTHER) == ()


def test_marks_are_changed_and_removed_by_their_project_alone(history: History) -> None:
    mark = history.add_mark(TARGET, MIDNIGHT, "deployed")
    assert history.change_mark(OTHER, mark.id, text="stolen") is None
    assert not history.remove_mark(OTHER, mark.id)
    history.add_mark(OTHER, MIDNIGHT, "theirs")
    assert history.change_mark(OTHER, mark.id, text="stolen") is None
    assert not history.remove_mark(OTHER, mark.id)
    changed = history.change_mark(TARGET, mark.id, text="rolled back")
    assert changed == mark._replace(text="rolled back")
    moved = history.change_mark(TARGET, mark.id, at=MIDNIGHT - 60)
    assert moved == Mark(mark.id, MIDNIGHT - 60, "rolled back")
    assert history.marks(TARGET) == (moved,)
    assert history.remove_mark(TARGET, mark.id)
    assert not history.remove_mark(TARGET, mark.id)
    assert history.marks(TARGET) == ()


def test_an_id_is_given_once(history: History) -> None:
    first = history.add_mark(TARGET, MIDNIGHT, "one")
    history.remove_mark(TARGET, first.id)
    assert history.add_mark(TARGET, MIDNIGHT, "two").id > first.id


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST + 1)])
def test_a_text_that_is_no_mark_is_refused(history: History, text: str) -> None:
    with pytest.raises(ValueError, match="text"):
        history.add_mark(TARGET, MIDNIGHT, text)
    mark = history.add_mark(TARGET, MIDNIGHT, "x" * LONGEST)
    with pytest.raises(ValueError, match="text"):
        history.change_mark(TARGET, mark.id, text=text)
    assert history.marks(TARGET) == (mark,)


def test_any_text_is_data(history: History) -> None:
    text = "'); DROP TABLE mark; -- \x00\x1b[31m [b]ü"
    mark = history.add_mark(TARGET, MIDNIGHT, text)
    assert history.marks(TARGET) == (mark,)
    assert mark.text == text
