"""The breakdown of conversations into parts, and bounds of the calls that are in no part."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from polytop.model.series import Series
from polytop.model.target import ClientEnv, Filters, SliceBy


class Breakdown(StrEnum):
    """A dimension; the API slices by VARIANT, the others take one request for each value."""

    VARIANT = "variant"
    LANGUAGE = "language"
    PHONE_NUMBER = "phone_number"
    CLIENT_ENV = "client_env"

    @property
    def slice_by(self) -> SliceBy | None:
        """The API's parameter for this slice; None if it has none."""
        return None if self is Breakdown.CLIENT_ENV else SliceBy(self.value)

    @property
    def filter_name(self) -> str:
        """The filter that narrows the calls to one part."""
        return "variant_id" if self is Breakdown.VARIANT else self.value


def narrow_filters(filters: Filters, breakdown: Breakdown, value: str) -> Filters:
    """Narrow `filters` to the part `value` of `breakdown`."""
    if breakdown is Breakdown.CLIENT_ENV:
        return filters.with_changes(client_env=ClientEnv(value))
    return filters.with_changes(**{breakdown.filter_name: value})


def single_part(filters: Filters, breakdown: Breakdown) -> str | None:
    """The only part of `breakdown` that `filters` leave; None if they leave several.

    There is always one environment, but a breakdown by environment compares all three.
    """
    if breakdown is Breakdown.CLIENT_ENV:
        return None
    if breakdown is Breakdown.VARIANT:
        return filters.variant_id or filters.variant_name
    value: str | None = getattr(filters, breakdown.filter_name)
    return value


class RestBounds(NamedTuple):
    """Bounds of the conversations that are in the total but in no part."""

    least: int
    most: int


def rest_bounds(total: Series, parts: Sequence[Series], window: int) -> RestBounds | None:
    """Bounds of the rest in `window`; None if a value is missing, or if there may be no rest.

    Maxima of parts need not coincide. At the total's maximum the parts had at most their own
    maxima, so the rest was at least the difference; it was never more than the total.
    """
    whole = total.at(window)
    values = [part.at(window) for part in parts]
    if whole < 0 or not values or min(values) < 0:
        return None
    least = whole - sum(values)
    return RestBounds(least, whole) if least > 0 else None
