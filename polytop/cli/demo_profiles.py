"""The profiles of the demo: the first one, and what the wall shows besides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from polytop.model.problem import Kind, Problem
from polytop.model.stats import Capacity
from polytop.model.target import REGIONS, ClientEnv, Target
from polytop.ui.feed import FeedError, Watch

if TYPE_CHECKING:
    import httpx

    from polytop.cli.feeding import Source
    from polytop.simulator.app import Simulator


@dataclass(frozen=True, slots=True)
class DemoProfiles:
    """The profile `only`, and `more` by their names."""

    only: Watch
    more: Mapping[str, Callable[[], Watch]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, the first one first."""
        return (self.only.subject.profile, *self.more)

    def watch(self, name: str) -> Watch:
        """The profile of that name. Raises FeedError where there is none."""
        if name == self.only.subject.profile:
            return self.only
        if name not in self.more:
            summary = f"The demo has no profile {name!r}"
            raise FeedError(Problem(Kind.REFUSED, summary, f"There are: {', '.join(self.names)}."))
        return self.more[name]()


@dataclass(frozen=True, slots=True)
class Kin:
    """Another simulated project. `served` is the limit that its traffic is in proportion to."""

    name: str
    region: str
    served: int
    limit: int | None
    client_env: ClientEnv = ClientEnv.LIVE
    scenario: str | None = None

    @property
    def account_id(self) -> str:
        """Its Workspace ID."""
        return f"ws-{self.name}"

    @property
    def project_id(self) -> str:
        """Its Agent ID."""
        return f"PROJECT-{self.name}"


KIN = (
    Kin("bank", "euw-1", 160, 95),
    Kin("retail", "uk-1", 60, 60),
    Kin("hotels", "us-1", 240, 75, ClientEnv.PRE_RELEASE),
    Kin("energy", "uk-1", 90, None),
    Kin("airline", "us-1", 120, 120, scenario="drop"),
)
"""What the wall shows besides the demo itself: one without a limit, one out of reach."""


WatchOf = Callable[["Source", str, ClientEnv], Watch]
"""Makes a watch of a source, a name and an environment."""

ServiceOf = Callable[[Kin, int], "Simulator"]
"""Makes what answers for one of the others, with a seed of its own."""


def kin_sources(first: "Source", service: ServiceOf, seed: int) -> "Mapping[Kin, Source]":
    """A source for each of the others, asked as often as `first` and kept beside it."""
    return {
        kin: _source(first, kin, cache(partial(service, kin, seed + number)))
        for number, kin in enumerate(KIN, 1)
    }


def _source(first: "Source", kin: Kin, service: "Callable[[], Simulator]") -> "Source":
    def transport() -> "httpx.AsyncBaseTransport":
        from polytop.api.inprocess import inprocess

        return inprocess(service())

    target = Target(kin.account_id, kin.project_id, REGIONS[kin.region], kin.region)
    return replace(first, target=target, capacity=Capacity(kin.limit), transport=transport)


def demo_profiles(
    first: "Source", others: "Mapping[Kin, Source]", watch: WatchOf, *, spread: bool = False
) -> DemoProfiles:
    """The profile `first` and the others; with `spread`, as the wall follows them."""
    more = {
        kin.name: partial(watch, replace(source, spread=spread), kin.name, kin.client_env)
        for kin, source in others.items()
    }
    return DemoProfiles(watch(replace(first, spread=spread), "demo", ClientEnv.LIVE), more)
