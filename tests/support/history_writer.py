"""A polytop that only writes: ``python history_writer.py FILE count|mix …``, see below.

``count FILE FIRST``: keeps window FIRST, FIRST + 1, … of a breakdown and of the total in one
transaction each, and says the number on stdout once that is committed. Ends when it is killed.

``mix FILE SEED SIZE``: keeps SIZE answers of :func:`mixed` in an order of its own, reading
between them, then says ``done``.
"""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from polytop.history.store import History
from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import Series
from polytop.model.target import Filters, SliceBy, Target

BEGIN = 20_000 * 86_400
TARGET = Target("ws-1", "PROJECT-1", "https://api.example.org")
TOTAL = Scope(TARGET, Filters())
VARIANTS = Scope(TARGET, Filters(), SliceBy.VARIANT)
PARTS = 6


def counted(number: int) -> tuple[StoredAnswer, StoredAnswer]:
    """The two answers of one number: each window's values follow from it."""
    start = BEGIN + number * grid.STEP
    end = start + grid.STEP
    rows = tuple(
        Row(Part(f"part {part}"), None, Series(start, (number * 7 + part,)))
        for part in range(PARTS)
    )
    total = (Row(Part(), None, Series(start, (number,))),)
    return StoredAnswer(VARIANTS, start, end, rows, end + 9), StoredAnswer(
        TOTAL, start, end, total, end + 9
    )


def mixed(seed: int, size: int) -> Iterator[StoredAnswer]:
    """Answers that overlap those of every other seed, of the same moments."""
    chance = random.Random(seed)
    for _ in range(size):
        start = BEGIN + chance.randrange(400) * grid.STEP
        windows = chance.randrange(1, 60)
        parts = chance.sample(range(PARTS), chance.randrange(PARTS))
        rows = tuple(
            Row(
                Part(f"part {part}"),
                f"name {chance.randrange(9)}",
                Series(start, tuple(chance.randrange(-1, 9) for _ in range(windows))),
            )
            for part in parts
        )
        at = BEGIN + chance.randrange(0, 400, 20) * grid.STEP
        yield StoredAnswer(VARIANTS, start, start + windows * grid.STEP, rows, at)


def main(how: str, path: str, *numbers: str) -> None:
    history = History(Path(path))
    history.open()
    if how == "count":
        number = int(numbers[0])
        while True:
            history.keep_all(counted(number))
            os.write(1, b"%d\n" % number)
            number += 1
    for kept in mixed(*map(int, numbers)):
        history.keep_all((kept,))
        history.read(VARIANTS, BEGIN, BEGIN + grid.WEEK)
    history.close()
    os.write(1, b"done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
