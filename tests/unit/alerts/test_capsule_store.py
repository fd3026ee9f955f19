"""The files of capsules: whole, private, joined, bounded; and what a damaged one does."""

import gzip
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from capsules import WATCHED, begun, event, look, over

from polytop.alerts.capsule import new_capsule
from polytop.alerts.capsule_store import BrokenCapsuleError, CapsuleStore
from polytop.alerts.state import Change


@pytest.fixture
def store(tmp_path: Path) -> CapsuleStore:
    return CapsuleStore(tmp_path / "data" / "incidents")


def test_what_is_saved_is_read_again(store: CapsuleStore) -> None:
    store.save(begun())
    assert store.ids() == [begun().id]
    assert store.read(begun().id) == begun()


def test_the_end_joins_the_beginning(store: CapsuleStore) -> None:
    store.save(begun())
    store.save(over())
    known = store.read(begun().id)
    assert store.ids() == [begun().id] == [over().id]
    assert (known.beginning, known.end) == (begun().beginning, over().end)
    assert [each.event for each in known.events] == ["raised", "cleared"]
    assert known.ended == over().ended


def test_what_was_seen_first_stays(store: CapsuleStore) -> None:
    for capsule in (begun(), over(), begun(beginning=look("14:50")), over(end=look("14:55"))):
        store.save(capsule)
    known = store.read(begun().id)
    assert (known.beginning, known.end) == (begun().beginning, over().end)
    assert len(known.events) == 2


def test_an_incident_that_goes_on_for_ever_has_a_bounded_log(store: CapsuleStore) -> None:
    for number in range(0, 1_000, 100):
        texts = (f"text {at}" for at in range(number, number + 100))
        events = tuple(replace(begun().events[0], text=text) for text in texts)
        store.save(replace(begun(), events=events))
    known = store.read(begun().id).events
    assert len(known) <= 200
    assert (known[0].text, known[-1].text) == ("text 0", "text 999")


def test_other_users_read_nothing_whatever_the_umask(store: CapsuleStore) -> None:
    before = os.umask(0)
    try:
        store.save(begun())
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()} == {0o600}


def test_the_id_is_a_safe_file_name_and_the_same_after_a_restart() -> None:
    hostile = replace(WATCHED, profile="../../x\0 [b]")
    first = new_capsule(hostile, event(Change.RAISED, "14:06:30", rule="../$(x)\n"))
    again = replace(event(Change.CLEARED, "14:31", rule="../$(x)\n"), since=float(first_since()))
    assert first.id == new_capsule(hostile, again).id
    assert first.id.replace("-", "").isalnum()


def first_since() -> int:
    return round(event(Change.RAISED, "14:06:30").since)


def test_incidents_of_other_rules_calls_and_beginnings_are_others() -> None:
    raised = event(Change.RAISED, "14:06:30")
    found = {
        new_capsule(WATCHED, raised).id,
        new_capsule(WATCHED, replace(raised, rule="other")).id,
        new_capsule(WATCHED, replace(raised, since=raised.since + 300)).id,
        new_capsule(replace(WATCHED, profile="staging"), raised).id,
    }
    assert len(found) == 4


def packed(change: Callable[[dict[str, object]], object]) -> bytes:
    import msgspec

    document = json.loads(msgspec.json.encode(begun()))
    change(document)
    return gzip.compress(json.dumps(document).encode())


DAMAGE = {
    "empty": b"",
    "not packed": b"{}",
    "torn": packed(lambda _: None)[:-9],
    "no JSON": gzip.compress(b"\xff["),
    "no object": gzip.compress(b"[]"),
    "deep": gzip.compress(b"[" * 100_000),
    "bomb": gzip.compress(b" " * 30_000_000),
    "a field is missing": packed(lambda each: each.pop("since")),
    "a field is of another kind": packed(lambda each: each.update(limit="120")),
    "a time is none": packed(lambda each: each.update(since="yesterday")),
    "a time has no offset": packed(lambda each: each.update(since="2026-09-21T14:05:00")),
    "a time is out of the calendar": packed(lambda each: each.update(ended="0001-01-01T00:00:00Z")),
    "of another version": packed(lambda each: each.update(version=2)),
    "of another incident": packed(lambda each: each.update(id="20260921T1405Z-000000")),
}


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_capsule_is_refused_and_set_aside_by_the_next(
    store: CapsuleStore, content: bytes
) -> None:
    store.save(begun())
    path = store.path(begun().id)
    path.write_bytes(content)
    with pytest.raises(BrokenCapsuleError):
        store.read(begun().id)
    store.save(over())
    assert store.read(over().id) == over()
    assert path.with_name(f"{path.name}.broken").read_bytes() == content
    assert store.ids() == [over().id]


def test_a_pipe_in_the_place_of_a_capsule_holds_nobody_up(store: CapsuleStore) -> None:
    store.save(begun())
    os.mkfifo(store.path("20260921T1405Z-000000"))
    with pytest.raises(OSError, match="not a file"):
        store.read("20260921T1405Z-000000")


def test_the_oldest_go_first_and_the_new_one_stays(tmp_path: Path) -> None:
    store = CapsuleStore(tmp_path, most=3)
    times = ("14:10", "14:05", "14:20", "14:15", "14:00")
    for since in times:
        store.save(begun(since))
    kept = {begun(since).id for since in ("14:20", "14:15", "14:00")}
    assert set(store.ids()) == kept


def test_the_folder_has_a_size(tmp_path: Path) -> None:
    CapsuleStore(tmp_path).save(begun("14:00"))
    size = CapsuleStore(tmp_path).path(begun("14:00").id).stat().st_size
    store = CapsuleStore(tmp_path, largest=2 * size + size // 2)
    for since in ("14:05", "14:10", "14:15"):
        store.save(begun(since))
    assert store.ids() == [begun(since).id for since in ("14:10", "14:15")]


def test_what_crashes_leave_behind_goes(store: CapsuleStore) -> None:
    store.save(begun())
    (store.folder / ".20260921T1405Z-000000.json.gz.12345678.part").write_bytes(b"half")
    (store.folder / "notes.txt").write_text("mine")
    store.save(over())
    names = {path.name for path in store.folder.iterdir()}
    assert names == {".lock", "notes.txt", store.path(begun().id).name}


def test_many_writers_make_one_capsule_and_lose_nothing(store: CapsuleStore) -> None:
    def write(number: int) -> None:
        said = replace(begun().events[0], text=f"text {number}")
        CapsuleStore(store.folder).save(replace(begun(), events=(said,)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    (known,) = map(store.read, store.ids())
    assert {each.text for each in known.events} == {f"text {number}" for number in range(24)}


def test_removing_is_for_good(store: CapsuleStore) -> None:
    store.save(begun())
    assert store.remove(begun().id)
    assert not store.remove(begun().id)
    assert store.ids() == []
