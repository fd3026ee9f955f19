"""The wall of profiles as data: tiles, their order, and their layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, profile_severity
from polytop.model.stats import Reading, Severity
from polytop.model.target import ClientEnv, Target
from polytop.model.text import fold
from polytop.ui.readings import now_reading

SLACK = 0.03
"""Share of the limit by which a tile must be nearer to it than another to pass it."""

NO_ANSWER_AFTER = 10
"""Time without a first answer after which a profile counts as failing, seconds."""


@dataclass(frozen=True)
class Tile:
    """One profile on the wall.

    `client_env` and `target` are None for a broken profile; `problem` says what is wrong with it.
    (Errors of a poll are in the snapshot.) `alert` is the worst state of the alert rules, None
    without rules. `alert_text` is the raised alert, or the error of a notification, and
    `alert_since` the beginning of that alert, None if there is none; `silenced` says that it is
    acknowledged or snoozed, `snoozed_until` for how long. `waited` is the time without a first
    answer, in seconds, in steps of :data:`NO_ANSWER_AFTER`.
    """

    name: str
    client_env: ClientEnv | None = None
    target: Target | None = None
    snapshot: Snapshot | None = None
    problem: Problem | None = None
    alert: Severity | None = None
    silenced: str = ""
    snoozed_until: float | None = None
    alert_text: str = ""
    alert_since: float | None = None
    waited: int = 0
    recorded: bool = False
    """True for a recording, which must not be taken for live data."""
    speed: float = 1.0
    """Seconds of the profile's clock in one of the user's."""

    @cached_property
    def data(self) -> Snapshot | None:
        """The snapshot if it has data, however old."""
        known = self.snapshot is not None and self.snapshot.fetched_at is not None
        return self.snapshot if known else None

    @cached_property
    def now(self) -> Reading | None:
        """The latest value."""
        return now_reading(self.data) if self.data else None

    @cached_property
    def trouble(self) -> Problem | None:
        """Why there are no fresh data; None if there are or if they are to come."""
        if self.problem is not None:
            return self.problem
        fault = self.snapshot.fault if self.snapshot else None
        return fault.problem if fault else None

    @property
    def clock_problem(self) -> Problem | None:
        """What is wrong with the clock of this machine, as far as the answers tell."""
        return self.snapshot.clock_problem if self.snapshot else None

    @cached_property
    def headroom(self) -> float | None:
        """Headroom as a share of the limit; None without a limit or without a value."""
        now, limit = self.now, self.data.capacity.limit if self.data else None
        return None if now is None or limit is None else 1 - now.value / limit

    @cached_property
    def severity(self) -> Severity:
        """The worst of the value's severity and the alert rules; UNKNOWN without fresh data."""
        if self.data is not None:
            return profile_severity(self.data, self.alert, failed=self.trouble is not None)
        silent = self.trouble is not None or self.waited >= NO_ANSWER_AFTER
        return Severity.UNKNOWN if silent else Severity.OK

    @cached_property
    def waiting(self) -> bool:
        """True while the first answer is yet to come and nothing is wrong."""
        return self.data is None and self.severity is Severity.OK


def _key(tile: Tile) -> tuple[tuple[bool, int], bool, float]:
    """Severity; then with a limit by headroom, least first; then without one by now, most first.

    Tiles that wait for their first answer come last.
    """
    rank, room = (tile.waiting, -tile.severity), tile.headroom
    if room is not None:
        return rank, False, room
    return rank, True, -(tile.now.value if tile.now else -1)


def _passes(tile: Tile, other: Tile) -> bool:
    """Return True if `tile` must come before `other`, which comes before it now."""
    mine, theirs = _key(tile), _key(other)
    if mine[:2] != theirs[:2]:
        return mine[:2] < theirs[:2]
    slack = SLACK if tile.headroom is not None else SLACK * max(1.0, -theirs[2])
    return mine[2] + slack < theirs[2]


def arrange_tiles(tiles: Sequence[Tile], before: Sequence[str]) -> tuple[Tile, ...]:
    """`tiles` with the least headroom first, close to the order `before` (names).

    Critical and warning ones come first, then those that fail, then those that are well, at last
    those that wait for their first answer. Among equals a tile passes another only where it is
    nearer to its limit by more than :data:`SLACK`, so that the wall is steady from poll to poll;
    without `before` the order is exact. Without a limit now counts, the highest first.
    """
    places = {name: at for at, name in enumerate(before)}
    ordered: list[Tile] = []
    known = [tile for tile in tiles if tile.name in places]
    known.sort(key=lambda tile: places[tile.name])
    new = sorted((tile for tile in tiles if tile.name not in places), key=_key)
    for tile in (*known, *new):
        at = len(ordered)
        while at and _passes(tile, ordered[at - 1]):
            at -= 1
        ordered.insert(at, tile)
    return tuple(ordered)


def all_answered(tiles: Sequence[Tile]) -> bool:
    """Return True if every tile has its first answer, or has failed to get one."""
    return not any(tile.waiting for tile in tiles)


def filter_tiles(tiles: Sequence[Tile], search: str) -> tuple[Tile, ...]:
    """The tiles whose name contains `search`."""
    needle = fold(search).strip()
    return tuple(tile for tile in tiles if needle in fold(tile.name))


# -- sizes

NARROWEST, NARROWEST_LINE = 38, 58
"""Least width of a tile, and of a tile of one line, cells."""

WIDEST, TALL, SHORT = 80, 5, 3
"""Most width while there are more tiles, and the heights that a tile has for long if it can."""


@frozen
class WallLayout:
    """Tiles of `width` cells in `columns`, with `rows` of them on the screen.

    They are `height` cells high, the first `taller` rows one more: no line stays blank.
    """

    columns: int
    width: int
    height: int
    rows: int
    taller: int = 0

    @property
    def heights(self) -> tuple[int, ...]:
        """The height of each row of tiles on the screen."""
        return tuple(self.height + (row < self.taller) for row in range(self.rows))


def lay_out_tiles(count: int, width: int, height: int) -> WallLayout:
    """The layout of `count` tiles in `width` by `height` cells: they shrink, then they scroll."""
    height = max(1, height)
    for least in (TALL, SHORT):
        fewest = min(max(1, -(-width // WIDEST)), max(1, count))
        most = max(1, width // NARROWEST)
        for columns in range(min(fewest, most), most + 1):
            rows = max(1, -(-count // columns))
            if height // rows >= least:
                return _layout(columns, rows, width, height)
    columns = max(1, width // NARROWEST_LINE)
    return _layout(columns, min(height, max(1, -(-count // columns))), width, height)


def _layout(columns: int, rows: int, width: int, height: int) -> WallLayout:
    return WallLayout(columns, _width(width, columns), height // rows, rows, height % rows)


def _width(width: int, columns: int) -> int:
    """The width of a tile, with a blank between two tiles."""
    return (width - (columns - 1)) // columns


def move_cursor(at: int, count: int, columns: int, right: int, down: int) -> int:
    """The index reached from `at`: beside it, or the nearest one above or below."""
    if count <= 0:
        return 0
    target = at + right + down * columns
    if target >= count and down and at // columns < (count - 1) // columns:
        return count - 1
    return target if 0 <= target < count else at if not right else max(0, min(count - 1, target))


def scroll_to(first: int, at: int, count: int, layout: WallLayout) -> int:
    """The first row of tiles on the screen so that the tile `at` is seen: near `first`.

    No more room than necessary is left below the last row.
    """
    row, last = at // layout.columns, max(0, -(-count // layout.columns) - layout.rows)
    return max(0, min(max(first, row - layout.rows + 1), row, last))


def most_urgent(tiles: Sequence[Tile]) -> Tile | None:
    """The tile that needs attention most; None without tiles."""
    return min(tiles, key=_key, default=None)
