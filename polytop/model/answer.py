"""A decoded answer of the API, in the same shape for every slice."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Row:
    """One part's series and its latest name; `name` is None if it has none."""

    part: Part
    name: str | None
    series: Series


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Answer:
    """Series over exactly the requested range.

    Without a slice `total` is set and `rows` is empty; with a slice `total` is None. `ignored`
    is the number of invalid rows of the answer.
    """

    total: Series | None = None
    rows: tuple[Row, ...] = ()
    ignored: int = 0
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The server does not offer this slice (501): an answer, not an error."""

    slice_by: str
    error_message: str
    cost: Cost = Cost()
