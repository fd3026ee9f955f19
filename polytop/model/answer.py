"""A decoded answer of the API, in the same shape for every slice."""

from dataclasses import dataclass, field

from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One part of a breakdown: a variant, a language or a number; None for calls without one.

    Two parts with the same `id` are the same, whatever their names.
    """

    id: str | None = None

    @property
    def absent(self) -> bool:
        """True for the calls without such a value."""
        return self.id is None


@frozen
class Row:
    """One part's series and its latest name; `name` is None if it has none.

    `other_names` are the windows that the API gave another name, each with that.
    """

    part: Part
    name: str | None
    series: Series
    other_names: tuple[tuple[int, str | None], ...] = field(default=(), compare=False)


@frozen
class Cost:
    """The cost of requests: `received` bytes on the wire, `seconds` from the first to the last."""

    requests: int = 0
    received: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.requests + other.requests,
            self.received + other.received,
            max(self.seconds, other.seconds),
        )


@frozen
class RowLosses:
    """How many of the `rows` of an answer were left out as unreadable, and why.

    `reason` is that of the first. `newest` is the start of the newest window of the range whose
    row was left out, None if there is none; `undated` rows have no readable time.
    """

    rows: int = field(default=0, compare=False)
    reason: str = ""
    newest: int | None = None
    undated: int = 0

    def __add__(self, other: "RowLosses") -> "RowLosses":
        newest = [each.newest for each in (self, other) if each.newest is not None]
        return RowLosses(
            self.rows + other.rows,
            self.reason or other.reason,
            max(newest, default=None),
            self.undated + other.undated,
        )


@frozen
class Answer:
    """Series over exactly the requested range.

    Without a slice `total` is set and `rows` is empty; with a slice `total` is None. `ignored`
    is the number of invalid rows of the answer, and `losses` describes them. `asked_at` is when
    it was asked for by the server's clock, epoch seconds, if this machine's is wrong; `undated`
    tells that the server was to tell the time and did not.
    """

    total: Series | None = None
    rows: tuple[Row, ...] = ()
    ignored: int = 0
    cost: Cost = Cost()
    losses: RowLosses = RowLosses()
    asked_at: float | None = None
    undated: bool = False

    @property
    def newest_known(self) -> int | None:
        """Start of the newest window with a value; None if no window has one."""
        series = [row.series for row in self.rows]
        series += [] if self.total is None else [self.total]
        newest = (max((window for window, _ in each.known()), default=None) for each in series)
        return max((window for window in newest if window is not None), default=None)


@frozen
class NotOffered:
    """The server does not offer this slice (501): an answer, not an error."""

    slice_by: str
    error_message: str
    cost: Cost = Cost()


def losses_problem(answer: Answer, end: int, *, current: bool) -> Problem | None:
    """Return the problem if so many rows were left out that the rest says nothing.

    That is so if no row could be read. Where `current`, so that the range up to `end` holds the
    present, the newest window must not be among those left out either. A row without a readable
    time may be that of any window.
    """
    losses, known = answer.losses, answer.newest_known
    if not answer.ignored:
        return None
    lost = end - grid.STEP if losses.undated else losses.newest
    if known is None:
        words = ""
    elif current and lost is not None and lost > known:
        words = ", perhaps the newest" if losses.undated else ", the newest among them"
    else:
        return None
    return Problem(
        Kind.BROKEN,
        f"{answer.ignored} of {losses.rows} rows could not be read{words}: {losses.reason}",
        "The monitor asks again by itself. The log lists the rows: if it lasts, ask PolyAI, or "
        "check any proxy between.",
    )
