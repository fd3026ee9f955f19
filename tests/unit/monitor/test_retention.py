"""The bounds of the history: kept by the monitor, once a day, in small steps."""

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from history_data import MIDNIGHT, TARGET, TOTAL, VARIANTS, keep, row, total

from polytop.history.store import History
from polytop.model.series import UNKNOWN
from polytop.monitor.retention import EVERY, FIRST, PAUSE, Retention

DAY = 86_400
DAYS = 12
NOW = MIDNIGHT + DAYS * DAY + 7_200
LARGE = 10**12


@dataclass
class World:
    """A clock that waiting moves, until it is at `end`; `waits` are those asked for."""

    now: float = NOW
    end: float = NOW + FIRST
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        if self.now + seconds > self.end and seconds != PAUSE:
            return True
        self.now += seconds
        return False

    def tidying(self, path: Path, max_age: int = LARGE, max_size: int = LARGE) -> Retention:
        return Retention(path, max_age, max_size, clock=lambda: self.now, wait=self.wait)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """Twelve days of noise, and a mark in each."""
    chance = random.Random(7)
    with closing(History(tmp_path / "history.sqlite3")) as made:
        made.open()
        for day in range(DAYS):
            start = MIDNIGHT + day * DAY
            rows = [
                row(f"part {name}", start, *(chance.randrange(2**31) for _ in range(288)))
                for name in range(15)
            ]
            keep(made, VARIANTS, start, start + DAY, rows, NOW)
            made.add_mark(TARGET, start + 60, "here")
        yield made


def path_of(history: History) -> Path:
    assert history.path is not None
    return history.path


def days_left(history: History) -> list[int]:
    asked = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + DAYS * DAY).asked
    return [day for day in range(DAYS) if asked.at(MIDNIGHT + day * DAY) != UNKNOWN]


def test_what_is_older_goes_some_time_after_the_start(history: History) -> None:
    world = World()
    world.tidying(path_of(history), max_age=3 * DAY).run()
    assert world.waits[0] == FIRST
    assert days_left(history) == [9, 10, 11]
    moments = [mark.at for mark in history.marks(TARGET)]
    assert moments == [MIDNIGHT + day * DAY + 60 for day in (10, 11)]


def test_what_is_too_much_goes_a_step_at_a_time(history: History) -> None:
    history.vacuum()
    size = path_of(history).stat().st_size
    world = World()
    world.tidying(path_of(history), max_size=size // 2).run()
    left = days_left(history)
    assert left == list(range(DAYS - len(left), DAYS))
    assert 1 <= len(left) <= DAYS // 2
    assert path_of(history).stat().st_size <= size // 2
    assert len(history.marks(TARGET)) == DAYS
    assert world.waits.count(PAUSE) >= DAYS - len(left)


def test_others_read_and_write_between_the_steps(history: History) -> None:
    """Each pause finds the file free, and what is written in it stays."""
    seen: list[int] = []
    end = MIDNIGHT + DAYS * DAY

    def wait(seconds: float) -> bool:
        if seconds == PAUSE:
            keep(history, TOTAL, end, end + 300, total(end, len(seen)), NOW + len(seen))
            seen.append(len(days_left(history)))
        return seconds == EVERY

    Retention(path_of(history), 5 * DAY, LARGE, clock=lambda: NOW, wait=wait).run()
    assert seen[:7] == [11, 10, 9, 8, 7, 6, 5]
    held = history.read(TOTAL, end, end + 300)
    assert held.rows[0].series.values == (len(seen) - 1,)


def test_within_its_bounds_nothing_changes(history: History) -> None:
    before = history.info()
    World().tidying(path_of(history)).run()
    assert (history.info().projects, history.info().pages) == (before.projects, before.pages)


def test_once_a_day_however_many_monitors_there_are(history: History) -> None:
    World().tidying(path_of(history), max_age=10 * DAY).run()
    assert days_left(history)[0] == 2
    later = World(now=NOW + 0.5 * DAY, end=NOW + DAY)
    later.tidying(path_of(history), max_age=5 * DAY).run()
    assert days_left(history)[0] == 2
    assert later.waits[:2] == [FIRST, EVERY]
    # One that runs for long comes back to it.
    long = World(now=NOW + 0.5 * DAY, end=NOW + 1.1 * DAY)
    long.tidying(path_of(history), max_age=5 * DAY).run()
    assert days_left(history)[0] == 8


def test_a_clock_that_was_ahead_puts_nothing_off(history: History) -> None:
    ahead = World(now=NOW + 900 * DAY, end=NOW + 901 * DAY)
    ahead.tidying(path_of(history)).run()
    World().tidying(path_of(history), max_age=5 * DAY).run()
    assert days_left(history) == [7, 8, 9, 10, 11]


def test_a_file_that_cannot_be_used_is_no_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "fifo"
    link = tmp_path / "link"
    path.mkdir()
    link.symlink_to(path)
    world = World(end=NOW + 2 * EVERY)
    world.tidying(link, max_age=DAY).run()
    assert world.waits == [FIRST, EVERY, EVERY]
    assert "is a folder" in caplog.text


def test_in_a_thread_that_does_not_hold_up_the_end(history: History) -> None:
    thread = World().tidying(path_of(history), max_age=3 * DAY).start()
    assert thread.daemon
    thread.join(20)
    assert not thread.is_alive()
    assert days_left(history) == [9, 10, 11]
