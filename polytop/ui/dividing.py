"""What the rows are: pure functions of the state."""

import re
from dataclasses import replace

from polytop.model.breakdown import Breakdown, narrowed, present
from polytop.model.target import Filters
from polytop.ui.state import ViewState

_ASIDE = re.compile(r"[\s()\[\]./\-‐‑‒–—−]")
"""What people put between the digits of a number."""

ORDER = (Breakdown.VARIANT, Breakdown.LANGUAGE, Breakdown.PHONE_NUMBER, Breakdown.CLIENT_ENV)


def useful(state: ViewState) -> tuple[Breakdown, ...]:
    """The breakdowns that have more than one part under the filters, as far as is known."""
    return tuple(
        by
        for by in ORDER
        if present(state.filters, by) is None
        and (by in {Breakdown.VARIANT, Breakdown.CLIENT_ENV} or state.listed(by))
    )


def divided_next(state: ViewState) -> ViewState:
    """By the next breakdown that says something; the same where there is no other."""
    at = ORDER.index(state.breakdown)
    following = (*ORDER[at + 1 :], *ORDER[:at])
    found = useful(state)
    return divided(state, next((by for by in following if by in found), state.breakdown))


def divided(state: ViewState, by: Breakdown) -> ViewState:
    """By `by`; the search was for other rows."""
    return state if by is state.breakdown else replace(state, breakdown=by, search="")


def narrowed_to(state: ViewState, value: str) -> Filters:
    """The filters of one row."""
    return narrowed(state.filters, state.breakdown, value)


def with_filter(filters: Filters, name: str, value: str | None) -> Filters:
    """With `value` as the filter `name`, None for none; a variant has a name or an id, not both."""
    if value is not None and name == "phone_number":
        value = plain_number(value)
    if name == "variant_id" and value is None:
        return filters.changed(variant_id=None, variant_name=None)
    return filters.changed(**{name: value})


def plain_number(text: str) -> str:
    """A number as the API writes it: ``+44 (20) 7946-0120`` without what only helps to read it.

    What does not start with ``+`` is left as it is.
    """
    return _ASIDE.sub("", text) if text.lstrip().startswith("+") else text


def with_value(state: ViewState, by: Breakdown, value: str) -> ViewState:
    """With `value` among the rows of `by`, which is then shown."""
    listed = state.listed(by)
    if value not in listed:
        listed = (*listed, value)
    if by is Breakdown.LANGUAGE:
        return divided(replace(state, languages=listed), by)
    return divided(replace(state, phone_numbers=listed), by)
