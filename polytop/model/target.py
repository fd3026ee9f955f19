"""The monitored project, the filters of its conversations, and the form of their values."""

import re
from dataclasses import fields, replace
from enum import StrEnum
from typing import Self

from polytop.model.frozen import frozen


class ClientEnv(StrEnum):
    """The environment of a conversation."""

    LIVE = "live"
    PRE_RELEASE = "pre-release"
    SANDBOX = "sandbox"


class SliceBy(StrEnum):
    """The slices of an answer; the API offers only ``variant`` today."""

    VARIANT = "variant"
    LANGUAGE = "language"
    PHONE_NUMBER = "phone_number"


REGIONS: dict[str, str] = {
    "us-1": "https://api.us-1.platform.polyai.app",
    "uk-1": "https://api.uk-1.platform.polyai.app",
    "euw-1": "https://api.euw-1.platform.polyai.app",
}
"""Base URL of each region (source: the vendor's OpenAPI file)."""


LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
"""A language: letters and digits joined by hyphens, such as ``en-GB``."""

PHONE_NUMBER = re.compile(r"\+?[0-9]{2,20}")
"""A phone number: digits alone, perhaps after a plus, such as ``+447856838428``."""


@frozen
class Target:
    """One project of one account, and the server that counts its conversations.

    `base_url` has no trailing slash and no path of the API; `region` is None if the base URL was
    given instead.
    """

    account_id: str
    project_id: str
    base_url: str
    region: str | None = None


@frozen
class Filters:
    """The filters of the conversations; None is no filter.

    At most one of `variant_id` and `variant_name` may be given (the API's rule).
    """

    client_env: ClientEnv = ClientEnv.LIVE
    variant_id: str | None = None
    variant_name: str | None = None
    language: str | None = None
    phone_number: str | None = None

    def with_changes(self, **changes: str | None) -> Self:
        """A copy with `changes`; setting one of the two variant filters clears the other."""
        if changes.get("variant_id"):
            changes.setdefault("variant_name", None)
        if changes.get("variant_name"):
            changes.setdefault("variant_id", None)
        return replace(self, **changes)  # type: ignore[arg-type]

    def active(self) -> tuple[tuple[str, str], ...]:
        """Name and value of every filter that is set, without the environment."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "client_env")
        return tuple((name, value) for name, value in pairs if value is not None)
