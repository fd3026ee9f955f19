"""Scenarios by name: bent traffic, faults, names that nobody should trust."""

from typing import NamedTuple

from polytop.simulator.demand import INCIDENTS, Incident
from polytop.simulator.faults import FAULTS, SimulatedFault

HEALTHY = "none"
"""The name that stands for no scenario."""


class Scenario(NamedTuple):
    """What differs from a healthy service with ordinary traffic."""

    summary: str
    fault: SimulatedFault = SimulatedFault()
    incident: type[Incident] = Incident
    hostile_names: bool = False


_TRAFFIC = {
    "launch": "demand rises steeply to the limit and beyond",
    "outage": "no calls for 20 minutes",
    "quiet-night": "hours with almost no calls",
}

SCENARIOS: dict[str, Scenario] = {
    **{name: Scenario(_TRAFFIC[name], incident=kind) for name, kind in INCIDENTS.items()},
    **{name: Scenario(summary, fault=fault) for name, (summary, fault) in FAULTS.items()},
    "hostile-names": Scenario("names with markup, escapes and worse", hostile_names=True),
}


def find_scenario(name: str | None) -> Scenario:
    """The scenario of that name; None and ``none`` are the healthy one.

    Raises ValueError where there is none.
    """
    if name is None or name == HEALTHY:
        return Scenario("a healthy service, ordinary traffic")
    try:
        return SCENARIOS[name]
    except KeyError:
        known = ", ".join(SCENARIOS)
        raise ValueError(f"there is no scenario {name!r}; there are: {known}") from None
