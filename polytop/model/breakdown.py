"""What the conversations are broken down by, and what can be said of the rest."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from polytop.model.series import Series
from polytop.model.target import ClientEnv, Filters, SliceBy


class Breakdown(StrEnum):
    """A dimension; VARIANT is sliced by the API, the others are asked for value by value."""

    VARIANT = "variant"
    LANGUAGE = "language"
    PHONE_NUMBER = "phone_number"
    CLIENT_ENV = "client_env"

    @property
    def slice_by(self) -> SliceBy | None:
        """What the API would slice by; None where it has no such slice."""
        return None if self is Breakdown.CLIENT_ENV else SliceBy(self.value)

    @property
    def filter_name(self) -> str:
        """The filter that narrows to one part."""
        return "variant_id" if self is Breakdown.VARIANT else self.value


def narrow_filters(filters: Filters, breakdown: Breakdown, value: str) -> Filters:
    """`filters` narrowed to the part `value` of `breakdown`."""
    if breakdown is Breakdown.CLIENT_ENV:
        return filters.changed(client_env=ClientEnv(value))
    return filters.changed(**{breakdown.filter_name: value})


def single_part(filters: Filters, breakdown: Breakdown) -> str | None:
    """The one part that `filters` leave of `breakdown`; None where they leave all.

    The environment is always one, and yet the three are compared.
    """
    if breakdown is Breakdown.CLIENT_ENV:
        return None
    if breakdown is Breakdown.VARIANT:
        return filters.variant_id or filters.variant_name
    value: str | None = getattr(filters, breakdown.filter_name)
    return value


class RestBounds(NamedTuple):
    """Bounds of what is in the total and in none of the parts, conversations."""

    least: int
    most: int


def rest_bounds(total: Series, parts: Sequence[Series], window: int) -> RestBounds | None:
    """What can be said of the rest in `window`; None where a value lacks or nothing must be there.

    Maxima of parts need not coincide. At the moment of the total's maximum the parts had at most
    their own maxima, so the rest had at least the difference; it never had more than the total.
    """
    whole = total.at(window)
    values = [part.at(window) for part in parts]
    if whole < 0 or not values or min(values) < 0:
        return None
    least = whole - sum(values)
    return RestBounds(least, whole) if least > 0 else None
