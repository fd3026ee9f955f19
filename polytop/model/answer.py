"""What the API answered to one question, decoded: the same shape for every slice."""

from dataclasses import dataclass

from polytop.model.series import Series


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """What a row stands for: a variant, a language, a number, or None for calls without one.

    Two parts are the same where their `id` is the same, whatever they are called.
    """

    id: str | None = None

    @property
    def absent(self) -> bool:
        """Whether the rows carried no such value."""
        return self.id is None


@dataclass(frozen=True, slots=True)
class Row:
    """One part's series with the name it was last given; `name` is None where it has none."""

    part: Part
    name: str | None
    series: Series


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking took: `received` in bytes on the wire, `seconds` from the first to the last."""

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
    """Series over exactly the range asked for.

    Without a slice: `total` is set and `rows` is empty. With one: `rows`, and `total` is None.
    `ignored` counts rows of the answer that were impossible and left out.
    """

    total: Series | None = None
    rows: tuple[Row, ...] = ()
    ignored: int = 0
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The server does not offer this slice (501): an answer, not a fault."""

    slice_by: str
    error_message: str
    cost: Cost = Cost()
