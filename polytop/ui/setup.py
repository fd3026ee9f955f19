"""What the set-up screen is given, and what it gives back: values and one protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from polytop.model.secret import Secret
from polytop.model.target import ClientEnv
from polytop.ui.feed import Profiles, Watch

FIELDS = (
    "region", "base_url", "account_id", "project_id", "api_key", "client_env", "limit", "name",
)  # fmt: skip
"""Names of the fields of a form, from the top down."""

UNASKED = ("limit", "name")
"""Fields that a request does not depend on."""


def _no_key() -> Secret:
    return Secret("")


@dataclass(frozen=True, slots=True)
class Form:
    """What has been typed and chosen, as it is; an empty text is an empty field.

    `region` is None where none is chosen, and where `base_url` is given instead; `base_url` is
    None unless it is.
    """

    region: str | None = None
    base_url: str | None = None
    account_id: str = ""
    project_id: str = ""
    api_key: Secret = field(default_factory=_no_key)
    client_env: str = ClientEnv.LIVE.value
    limit: str = ""
    name: str = "default"

    def asked(self) -> Self:
        """The part that a request depends on: two forms that agree in it get one answer."""
        return replace(self, limit="", name="")


@dataclass(frozen=True, slots=True)
class Place:
    """A project as an address names it; `region` is None where the address does not tell it.

    `name` is what a profile of that project may be called.
    """

    region: str | None
    account_id: str
    project_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the API answered, and lines to show."""

    ok: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """A profile that has been written: `words` say where to, `watch` shows it."""

    words: str
    watch: Watch
    profiles: Profiles


class SetupError(Exception):
    """The profile was not written: `words` say why and what to do, `field` which field it is."""

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.words, self.field = words, field


class Setup(Protocol):
    """Tests and writes the first profile."""

    def start(self) -> Form:
        """What the fields hold at first."""
        ...

    def key_hint(self) -> str:
        """What is to be said beside the field of the key; empty where nothing is."""
        ...

    def parse(self, address: str) -> Place | str:
        """The project that `address` names, or words that say why it names none."""
        ...

    def check(self, form: Form) -> Mapping[str, str]:
        """What is wrong with each field that does not fit, by the names of :data:`FIELDS`."""
        ...

    async def test(self, form: Form) -> Outcome:
        """One real request with a form that fits."""
        ...

    async def save(self, form: Form) -> Saved:
        """Write a form that fits. Raises SetupError, and then every value is still to be had."""
        ...
