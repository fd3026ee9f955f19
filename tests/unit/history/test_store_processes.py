"""The history between processes: several at once, and one that is killed as it writes."""

import random
import select
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import history_writer as child

from polytop.history.store import History
from polytop.model import grid

KILLS = 50


def started(*words: object) -> subprocess.Popen[bytes]:
    # Without the site packages, which take longer than all the rest and are not needed.
    environment = {"PYTHONPATH": str(Path(child.__file__).parents[2])}
    command = [sys.executable, "-S", child.__file__, *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )


def killed_as_it_writes(path: Path, first: int, chance: random.Random) -> int:
    """The last number that a child said was committed before it was killed."""
    with started("count", path, first) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert select.select([process.stdout], [], [], 30)[0], "it does not write"
        time.sleep(chance.uniform(0, 0.03))
        process.kill()
        said = process.stdout.read().split(b"\n")
        assert process.stderr.read() == b""
    assert process.returncode == -9
    # The last piece is empty or, where the pipe was cut, not the whole number.
    return int(said[-2])


def check(path: Path, last: int) -> int:
    """The first number that is not there; everything up to `last` is, and whole."""
    with closing(History(path)) as history:
        history.open()
        assert history.note is None
        start, end = child.BEGIN, child.BEGIN + (last + 50) * grid.STEP
        total = history.read(child.TOTAL, start, end)
        parts = history.read(child.VARIANTS, start, end)
    there = [number for number, value in enumerate(total.rows[0].series.values) if value >= 0]
    assert there == list(range(len(there)))
    assert len(there) > last
    assert total.rows[0].series.values[: len(there)] == tuple(there)
    assert total.asked == parts.asked
    assert len(parts.rows) == child.PARTS
    for part, row in enumerate(parts.rows):
        values = [value for value in row.series.values if value >= 0]
        assert values == [number * 7 + part for number in there]
    return len(there)


def test_nothing_committed_is_missing_after_kills(tmp_path: Path) -> None:
    path, chance, following = tmp_path / "history.sqlite3", random.Random(4), 0
    for _ in range(KILLS):
        last = killed_as_it_writes(path, following, chance)
        assert last >= following
        following = check(path, last)
        # What was committed and could not be said any more counts neither way.
        assert following - 1 - last in (0, 1)
    assert following >= KILLS
    assert not list(tmp_path.glob("*damaged*"))


def test_a_kill_while_the_file_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    chance = random.Random(8)
    for number in range(12):
        path = tmp_path / str(number) / "history.sqlite3"
        with started("count", path, 0) as process:
            deadline = time.monotonic() + 30
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.0005)
            time.sleep(chance.uniform(0, 0.008))
            process.kill()
        with closing(History(path)) as history:
            history.open()
            assert history.note is None
            history.keep_all(child.counted(0))
            held = history.read(child.TOTAL, child.BEGIN, child.BEGIN + grid.STEP)
            assert held.rows[0].series.values == (0,)


def test_processes_that_write_the_same_windows_end_in_one_truth(tmp_path: Path) -> None:
    path, seeds, size = tmp_path / "new" / "history.sqlite3", (1, 2, 3), 60
    processes = [started("mix", path, seed, size) for seed in seeds]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (out, err) == (b"done\n", b"")
    span = child.BEGIN, child.BEGIN + grid.WEEK
    with closing(History(None)) as alone, closing(History(path)) as shared:
        alone.open()
        shared.open()
        answers = [kept for seed in seeds for kept in child.mixed(seed, size)]
        alone.keep_all(list(reversed(answers)))
        expected = alone.read(child.VARIANTS, *span)
        assert shared.read(child.VARIANTS, *span) == expected
        assert len(expected.rows) == child.PARTS
        assert shared.note is None
