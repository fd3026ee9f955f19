"""The way that led to what is shown: which filter came after which."""

from collections.abc import Sequence

from polytop.model.target import Filters

Crumb = tuple[str, str]
"""Name and value of a filter."""


def crumbs(filters: Filters, trail: Sequence[Filters]) -> tuple[Crumb, ...]:
    """The filters of `filters` in the order in which they were chosen, the first one first.

    `trail` are the filters before, oldest first. The environment is among them only where it was
    chosen on the way; of those that were there from the beginning, each in its usual place.
    """
    found: dict[Crumb, None] = {}
    env = trail[0].client_env if trail else filters.client_env
    for step in (*trail, filters):
        if step.client_env is not env:
            env = step.client_env
            found[_environment(step)] = None
        found.update(dict.fromkeys(step.active()))
    there = {*filters.active(), _environment(filters)}
    return tuple(crumb for crumb in found if crumb in there)


def _environment(filters: Filters) -> Crumb:
    return "client_env", filters.client_env.value
