"""The wall of profiles as data: tiles, their order, how many of what size fit. No cells drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Reading, Severity
from polytop.model.target import ClientEnv, Target
from polytop.ui.readings import now_reading

SLACK = 0.03
"""Share of the limit by which a tile must be nearer to it before it passes another one."""

NO_ANSWER_AFTER = 10
"""Seconds without a first answer from which on a profile counts as failing."""


@dataclass(frozen=True)
class Tile:
    """One profile on the wall; what follows from it is worked out once.

    `client_env` and `target` are None for a broken profile; `problem` says what is wrong with it.
    (Errors of a poll are in the snapshot.) `alert` is the worst state of the alert rules, None
    without rules. `alert_text` is the raised alert, or the error of a notification; `silenced`
    says that it is acknowledged or snoozed. `waited` is the time without a first answer, in
    seconds, in steps of :data:`NO_ANSWER_AFTER`.
    """

    name: str
    client_env: ClientEnv | None = None
    target: Target | None = None
    snapshot: Snapshot | None = None
    problem: Problem | None = None
    alert: Severity | None = None
    silenced: str = ""
    alert_text: str = ""
    waited: int = 0
    recorded: bool = False
    """Whether the data are a recording, which nobody may take for live."""

    @cached_property
    def data(self) -> Snapshot | None:
        """The snapshot, where it holds data of whatever age."""
        known = self.snapshot is not None and self.snapshot.fetched_at is not None
        return self.snapshot if known else None

    @cached_property
    def now(self) -> Reading | None:
        """What is known of now."""
        return now_reading(self.data) if self.data else None

    @cached_property
    def trouble(self) -> Problem | None:
        """Why there are no fresh data; None where there are, or are to be expected."""
        if self.problem is not None:
            return self.problem
        fault = self.snapshot.fault if self.snapshot else None
        return fault.problem if fault else None

    @cached_property
    def headroom(self) -> float | None:
        """Headroom as a share of the limit; None without a limit, or where now is not known."""
        now, limit = self.now, self.data.capacity.limit if self.data else None
        return None if now is None or limit is None else 1 - now.value / limit

    @cached_property
    def severity(self) -> Severity:
        """The worse of the limit's band and the alert rules; UNKNOWN where fresh data lack."""
        band = Severity.OK
        if self.data is not None and self.now is not None:
            band = self.data.capacity.severity(self.now.value)
        worst = max(band, self.alert or Severity.OK)
        if worst >= Severity.WARNING:
            return worst
        silent = self.data is None and self.waited >= NO_ANSWER_AFTER
        return Severity.UNKNOWN if self.trouble is not None or silent else Severity.OK

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
    """Whether `tile` must stand before `other`, which stands before it now."""
    mine, theirs = _key(tile), _key(other)
    if mine[:2] != theirs[:2]:
        return mine[:2] < theirs[:2]
    slack = SLACK if tile.headroom is not None else SLACK * max(1.0, -theirs[2])
    return mine[2] + slack < theirs[2]


def arrange_tiles(tiles: Sequence[Tile], before: Sequence[str]) -> tuple[Tile, ...]:
    """`tiles` with the least headroom first, in the order of `before` (names) as far as it holds.

    Critical and warning ones come first, then those that fail, then those that are well, at last
    those that wait for their first answer. Among equals a tile passes another only where it is
    nearer to its limit by more than :data:`SLACK`, so that the wall does not stir at every poll;
    without a `before`, the order is exact. Without a limit now counts, the highest first.
    """
    places = {name: at for at, name in enumerate(before)}
    found: list[Tile] = []
    known = [tile for tile in tiles if tile.name in places]
    known.sort(key=lambda tile: places[tile.name])
    new = sorted((tile for tile in tiles if tile.name not in places), key=_key)
    for tile in (*known, *new):
        at = len(found)
        while at and _passes(tile, found[at - 1]):
            at -= 1
        found.insert(at, tile)
    return tuple(found)


def all_answered(tiles: Sequence[Tile]) -> bool:
    """Return True if every tile has its first answer, or has failed to get one."""
    return not any(tile.waiting for tile in tiles)


def filter_tiles(tiles: Sequence[Tile], search: str) -> tuple[Tile, ...]:
    """The tiles whose name holds `search`."""
    needle = search.casefold().strip()
    return tuple(tile for tile in tiles if needle in tile.name.casefold())


# -- sizes

NARROWEST, NARROWEST_LINE = 38, 58
"""Cells that a tile needs, and a tile of one line."""

WIDEST, TALLEST, TALL, SHORT = 80, 14, 5, 3
"""The widest tile while there are more, and heights: at most, with labels, without."""


@dataclass(frozen=True, slots=True)
class WallLayout:
    """Tiles of `width` by `height` cells in `columns`; `rows` of tiles are on the screen."""

    columns: int
    width: int
    height: int
    rows: int


def lay_out_tiles(count: int, width: int, height: int) -> WallLayout:
    """How `count` tiles fit into `width` by `height` cells: they shrink, then they scroll."""
    height = max(1, height)
    for least in (TALL, SHORT):
        fewest = min(max(1, -(-width // WIDEST)), max(1, count))
        most = max(1, width // NARROWEST)
        for columns in range(min(fewest, most), most + 1):
            each = height // max(1, -(-count // columns))
            if each >= least:
                tall = SHORT if each < TALL else min(each, TALLEST)
                return WallLayout(columns, _width(width, columns), tall, height // tall)
    columns = max(1, width // NARROWEST_LINE)
    return WallLayout(columns, _width(width, columns), 1, height)


def _width(width: int, columns: int) -> int:
    """A tile's width, with a blank between two."""
    return (width - (columns - 1)) // columns


def move_cursor(at: int, count: int, columns: int, right: int, down: int) -> int:
    """The place reached from `at`: one to the side, or to the nearest one up or down."""
    if count <= 0:
        return 0
    target = at + right + down * columns
    if target >= count and down and at // columns < (count - 1) // columns:
        return count - 1
    return target if 0 <= target < count else at if not right else max(0, min(count - 1, target))


def scroll_to(first: int, at: int, count: int, place: WallLayout) -> int:
    """The first row of tiles on the screen, so that the one at `at` is seen; `first` where it is.

    No more is left free below the last row than there must be.
    """
    row, last = at // place.columns, max(0, -(-count // place.columns) - place.rows)
    return max(0, min(max(first, row - place.rows + 1), row, last))


def most_urgent(tiles: Sequence[Tile]) -> Tile | None:
    """The one that wants to be seen most; None of nothing."""
    return min(tiles, key=_key, default=None)
