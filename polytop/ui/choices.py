"""What the sidebar offers: groups of choices, the present ones marked. Data, no widgets."""

from dataclasses import dataclass, replace
from typing import Literal

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.duration import exact
from polytop.model.target import ClientEnv, Filters
from polytop.ui.breakdowns import WORDS
from polytop.ui.feed import Watch
from polytop.ui.state import WINDOWS, ViewState

Field = Literal[
    "profile", "window", "compare", "breakdown", "add_language", "add_phone_number", "save",
    "client_env", "variant_id", "variant_name", "language", "phone_number",
]  # fmt: skip

COMPARISONS = {
    Compare.NONE: "nothing",
    Compare.DAY: "a day before",
    Compare.WEEK: "a week before",
    Compare.TYPICAL: "the typical week",
}
"""What can be compared with, in words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line: choosing it sets `field` to `value` (None: no filter).

    `asks` marks the line that asks for a value by hand.
    """

    field: Field
    label: str
    value: str | None
    chosen: bool = False
    asks: bool = False

    @property
    def acts(self) -> bool:
        """Whether choosing it does something once, and no choice holds afterwards."""
        return self.field == "save"

    def same(self, other: "Choice") -> bool:
        """Whether choosing either comes to the same."""
        return (self.field, self.value, self.asks) == (other.field, other.value, other.asks)


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of which one holds."""

    head: str
    choices: tuple[Choice, ...]


def choices(
    state: ViewState, watch: Watch, profiles: tuple[str, ...], variants: tuple[tuple[str, str], ...]
) -> tuple[Group, ...]:
    """The groups of the sidebar; `variants` are ids with names, as far as they are known."""
    groups = (
        _window(state),
        _comparison(state),
        _breakdown(state, watch),
        _environment(state),
        *_filters(state, variants),
    )
    return (_profiles(watch.subject.profile, profiles), *groups) if len(profiles) > 1 else groups


def _window(state: ViewState) -> Group:
    spans = sorted({*WINDOWS, state.span})
    lines = (Choice("window", exact(span), str(span), span == state.span) for span in spans)
    return Group("WINDOW", tuple(lines))


def _comparison(state: ViewState) -> Group:
    lines = (
        Choice("compare", words, compare.value, compare is state.compare)
        for compare, words in COMPARISONS.items()
    )
    return Group("COMPARED WITH", tuple(lines))


def _environment(state: ViewState) -> Group:
    present = state.filters.client_env
    lines = (Choice("client_env", env.value, env.value, env == present) for env in ClientEnv)
    return Group("ENVIRONMENT", tuple(lines))


def _filters(state: ViewState, variants: tuple[tuple[str, str], ...]) -> tuple[Group, ...]:
    """The filters that may be off, each with the values that are known."""
    present, by_name = state.filters, sorted(variants, key=lambda pair: pair[1].casefold())
    languages = [(value, value) for value in state.languages]
    numbers = [(value, value) for value in state.phone_numbers]
    return (
        _variants(by_name, present),
        _optional("LANGUAGE", "language", languages, present.language),
        _optional("PHONE NUMBER", "phone_number", numbers, present.phone_number),
    )


def _breakdown(state: ViewState, watch: Watch) -> Group:
    """What the rows are; values that the API does not list can be added, and kept."""
    lines = [
        Choice("breakdown", f"by {WORDS[by].one}", by.value, by is state.breakdown)
        for by in Breakdown
    ]
    lines += [
        Choice("add_language", "add a language …", None, asks=True),
        Choice("add_phone_number", "add a number …", None, asks=True),
    ]
    listed = (state.languages, state.phone_numbers)
    if watch.keep_values is not None and listed != (watch.languages, watch.phone_numbers):
        lines.append(Choice("save", "keep these in the profile", "save"))
    return Group("BREAKDOWN", tuple(lines))


def _profiles(present: str, names: tuple[str, ...]) -> Group:
    return Group("PROFILE", tuple(Choice("profile", name, name, name == present) for name in names))


def _variants(known: list[tuple[str, str]], present: Filters) -> Group:
    """The variants by their ids; a name that is filtered by and is not one variant's, as such."""
    name = present.variant_name
    ids = [id_ for id_, label in known if name is not None and label == name]
    group = _optional(
        "VARIANT", "variant_id", known, ids[0] if len(ids) == 1 else present.variant_id
    )
    if name is None or len(ids) == 1:
        return group
    every, *rest = group.choices
    named = Choice("variant_name", name, name, chosen=True)
    return Group(group.head, (replace(every, chosen=False), named, *rest))


def _optional(head: str, field: Field, known: list[tuple[str, str]], present: str | None) -> Group:
    """A filter that may be off, may be one of the known values, or any other typed by hand."""
    listed = list(known)
    if present is not None and present not in {value for value, _ in known}:
        listed.append((present, present))
    return Group(
        head,
        (
            Choice(field, "all", None, present is None),
            *(Choice(field, label, value, value == present) for value, label in listed),
            Choice(field, "other …", None, asks=True),
        ),
    )
