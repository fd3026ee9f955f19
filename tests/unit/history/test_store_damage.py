"""A file that is no whole history is set aside, in words, and a new one is begun."""

import os
import random
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from history_data import MIDNIGHT, TARGET, TOTAL, VARIANTS, keep, row, total

from polytop.history.store import History, HistoryError
from polytop.model.series import UNKNOWN

DAY = 86_400
LATER = MIDNIGHT + 90 * DAY
NOW = 1_795_340_285.5
STAMP = "20261122T093805Z"


def made(path: Path) -> History:
    return History(path, clock=lambda: NOW)


def fill(history: History, days: int = 6) -> None:
    chance = random.Random(3)
    for day in range(days):
        start = MIDNIGHT + day * DAY
        values = [[chance.randrange(2**31) for _ in range(288)] for _ in range(16)]
        rows = [row(f"part {number}", start, *each) for number, each in enumerate(values)]
        keep(history, VARIANTS, start, start + DAY, rows, LATER)
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 5), LATER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with something in it, closed."""
    found = tmp_path / "history.sqlite3"
    with closing(made(found)) as history:
        history.open()
        fill(history)
    return found


def works(history: History) -> None:
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 9), LATER)
    assert history.read(TOTAL, MIDNIGHT, MIDNIGHT + 300).rows[0].series.values == (9,)


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def short_garbage(path: Path) -> None:
    path.write_bytes(b"xy")


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_in_a_page(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def cut_in_the_head(path: Path) -> None:
    os.truncate(path, 60)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").write_text("kept")


def schema_overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:4_000] = b"\xee" * 3_900
    path.write_bytes(content)


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE places (url TEXT)")


def without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE asked")


AT_OPENING = [
    garbage,
    short_garbage,
    cut_in_half,
    cut_in_a_page,
    cut_in_the_head,
    folder,
    schema_overwritten,
    of_another_program,
    without_a_table,
]


@pytest.mark.parametrize("damage", AT_OPENING)
def test_what_is_no_history_is_set_aside_at_opening(
    path: Path, damage: Callable[[Path], None]
) -> None:
    damage(path)
    before = None if path.is_dir() else path.read_bytes()
    with closing(made(path)) as history:
        history.open()
        aside = path.with_name(f"history.sqlite3.damaged-{STAMP}")
        assert history.note is not None
        assert str(path) in history.note
        assert str(aside) in history.note
        assert "\n" not in history.note
        assert history.info().projects == ()
        works(history)
    if before is None:
        assert (aside / "something").read_text() == "kept"
    else:
        assert aside.read_bytes() == before
    with closing(made(path)) as again:
        again.open()
        assert again.note is None
        works(again)


def test_an_empty_file_is_a_new_history(path: Path) -> None:
    path.write_bytes(b"")
    with closing(made(path)) as history:
        history.open()
        assert history.note is None
        works(history)


def test_what_was_set_aside_is_never_overwritten(path: Path) -> None:
    for number in range(3):
        path.write_bytes(b"garbage %d" % number * 200)
        with closing(made(path)) as history:
            history.open()
    names = [f"history.sqlite3.damaged-{STAMP}{end}" for end in ("", "-1", "-2")]
    assert [path.with_name(name).read_bytes()[:9] for name in names] == [
        b"garbage 0",
        b"garbage 1",
        b"garbage 2",
    ]


def overwrite_pages(path: Path) -> None:
    """The end of the file, where the values are: opening sees nothing of it."""
    content = bytearray(path.read_bytes())
    content[-4 * 8_192 :] = b"\x5a" * (4 * 8_192)
    path.write_bytes(content)


def change_a_page(path: Path, column: str, value: object) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE page SET {column} = ?", (value,))


def test_damage_that_is_met_later_empties_the_history_and_it_goes_on(path: Path) -> None:
    overwrite_pages(path)
    with closing(made(path)) as history:
        history.open()
        assert history.note is None
        held = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 6 * DAY)
        assert held.rows == ()
        assert set(held.asked.values) == {UNKNOWN}
        assert history.note is not None
        assert f"history.sqlite3.damaged-{STAMP}" in history.note
        note = history.note
        works(history)
        assert history.note == note


@pytest.mark.parametrize("value", [b"", b"garbage", 7, "text"])
def test_a_page_that_cannot_be_unpacked_is_damage(path: Path, value: object) -> None:
    change_a_page(path, "vals", value)
    with closing(made(path)) as history:
        history.open()
        keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, (row("part 1", MIDNIGHT, 2),), LATER)
        assert history.note is not None
        # The answer that met the damage is in the new file.
        assert len(history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows) == 1


def test_two_that_meet_the_damage_set_it_aside_once(path: Path) -> None:
    with closing(made(path)) as one, closing(made(path)) as other:
        one.open()
        other.open()
        change_a_page(path, "vals", b"garbage")
        assert one.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows == ()
        works(one)
        assert other.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows == ()
        assert other.read(TOTAL, MIDNIGHT, MIDNIGHT + 300).rows[0].series.values == (9,)
        assert (one.note is None, other.note is None) == (False, True)
    aside = [each for each in path.parent.iterdir() if "damaged" in each.name]
    assert len({each.name.removesuffix("-wal").removesuffix("-shm") for each in aside}) == 1


def test_many_that_meet_the_damage_at_once_set_it_aside_once(path: Path) -> None:
    histories = [made(path) for _ in range(8)]
    together, found = threading.Barrier(len(histories)), []

    def work(history: History) -> None:
        together.wait()
        found.append(history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows)

    for history in histories:
        history.open()
    change_a_page(path, "vals", b"garbage")
    threads = [threading.Thread(target=work, args=(history,)) for history in histories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [()] * len(histories)
    assert sum(history.note is not None for history in histories) == 1
    for history in histories:
        history.close()


def test_the_log_goes_with_its_file(path: Path) -> None:
    folder(path)
    path.with_name("history.sqlite3-wal").write_bytes(b"log")
    with closing(made(path)) as history:
        history.open()
        works(history)
    assert path.with_name(f"history.sqlite3.damaged-{STAMP}-wal").read_bytes() == b"log"


def test_who_lets_a_file_go_that_was_set_aside_leaves_the_new_one_alone(path: Path) -> None:
    with closing(made(path)) as one, closing(made(path)) as other:
        one.open()
        other.open()
        change_a_page(path, "vals", b"garbage")
        assert one.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows == ()
        works(one)
        # What `one` kept is in the log beside the new file until it closes.
        other.close()
        start = MIDNIGHT + 300
        keep(one, TOTAL, start, start + 300, total(start, 4), LATER)
        with closing(made(path)) as third:
            third.open()
            held = third.read(TOTAL, MIDNIGHT, MIDNIGHT + 600)
        assert held.rows[0].series.values == (9, 4)


def test_random_damage_ends_in_a_history_that_works_or_a_word(tmp_path: Path, path: Path) -> None:
    whole, chance, told = path.read_bytes(), random.Random(11), 0
    for number in range(80):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 8, 200))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        place = tmp_path / str(number) / "history.sqlite3"
        place.parent.mkdir()
        place.write_bytes(content)
        with closing(made(place)) as history:
            try:
                history.open()
                history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 6 * DAY)
                history.marks(TARGET)
                history.info()
                works(history)
                history.prune(before=MIDNIGHT + DAY, largest=None)
            except HistoryError:
                told += 1
    # Nearly all of it is set aside, and what is not is told.
    assert told < 10


def test_a_cut_anywhere_ends_in_a_history_that_works(tmp_path: Path, path: Path) -> None:
    whole, chance = path.read_bytes(), random.Random(5)
    for size in sorted(chance.randrange(1, len(whole)) for _ in range(25)):
        place = tmp_path / str(size) / "history.sqlite3"
        place.parent.mkdir()
        place.write_bytes(whole[:size])
        with closing(made(place)) as history:
            history.open()
            assert history.note is not None
            works(history)


# -- where it lies


def test_a_file_that_is_moved_away_is_begun_anew(path: Path) -> None:
    with closing(made(path)) as history:
        history.open()
        path.rename(path.with_name("elsewhere"))
        works(history)
        assert path.exists()
        path.unlink()
        assert history.read(TOTAL, MIDNIGHT, MIDNIGHT + 300).asked.values == (UNKNOWN,)
        works(history)


def test_a_link_in_its_place_is_followed(tmp_path: Path, path: Path) -> None:
    link = tmp_path / "link" / "history.sqlite3"
    link.parent.mkdir()
    link.symlink_to(path)
    with closing(made(link)) as history:
        history.open()
        assert history.info().asked > 288
    assert link.is_symlink()
    garbage(path)
    with closing(made(link)) as history:
        history.open()
        works(history)
    assert link.is_symlink()
    assert path.with_name(f"history.sqlite3.damaged-{STAMP}").exists()


def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    link, target = tmp_path / "link.sqlite3", tmp_path / "new" / "history.sqlite3"
    link.symlink_to(target)
    with closing(made(link)) as history:
        history.open()
        works(history)
    assert link.is_symlink()
    assert target.is_file()


def test_a_link_to_a_folder_or_a_device_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for number, target in enumerate((tmp_path / "folder", tmp_path / "pipe", Path("/dev/null"))):
        link = tmp_path / f"{number}.sqlite3"
        link.symlink_to(target)
        with pytest.raises(HistoryError, match="in its place"):
            made(link).open()
        assert target.exists()


def test_a_path_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    place = tmp_path / "file" / "history.sqlite3"
    with pytest.raises(HistoryError, match="check the path"):
        made(place).open()


@contextmanager
def powerless() -> Iterator[None]:
    """As a user who may only do what files and folders allow to everybody."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(0)


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, None), (0o755, 0o444), (0o755, 0)])
def test_what_may_not_be_written_is_told_and_left_alone(
    folder_mode: int, file_mode: int | None
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name) / "history.sqlite3"
        if file_mode is not None:
            with closing(made(place)) as history:
                history.open()
            place.chmod(file_mode)
        Path(name).chmod(folder_mode)
        with powerless():
            history = made(place)
            for _ in range(2):
                with pytest.raises(HistoryError, match=r"check .*permissions") as caught:
                    history.open()
            assert str(place) in str(caught.value)
            assert history.note is None
        Path(name).chmod(0o755)
        names = [each.name for each in Path(name).iterdir()]
        assert names == ([] if file_mode is None else ["history.sqlite3"])


def test_a_transient_fault_at_opening_is_over_when_it_is_over(tmp_path: Path) -> None:
    obstacle = tmp_path / "data"
    obstacle.write_text("in the way")
    with closing(made(obstacle / "history.sqlite3")) as history:
        with pytest.raises(HistoryError):
            history.open()
        with pytest.raises(HistoryError):
            works(history)
        obstacle.unlink()
        works(history)
