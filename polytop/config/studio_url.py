"""Addresses that name a project: of Agent Studio, and of the API itself."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from polytop.config.errors import ConfigError, SettingError
from polytop.config.settings import check
from polytop.model.frozen import frozen
from polytop.model.target import REGIONS

HOSTS: Mapping[str, str | None] = MappingProxyType(
    {
        "studio.us.poly.ai": "us-1",
        "studio.uk.poly.ai": "uk-1",
        "studio.eu.poly.ai": "euw-1",
        "studio.euw.poly.ai": "euw-1",
        "studio.poly.ai": None,
        "jupiter.polyai.app": None,
    }
)
"""The region of each host of Agent Studio; None if accounts of several regions share it.

Source: the links that the vendor's package polyai-adk makes. studio.poly.ai is the self-serve
studio, for which the API names no region.
"""

_FORM = "paste the address of a project, such as https://studio.uk.poly.ai/<account>/<project>"


@frozen
class StudioPlace:
    """A project; `region` is None where the address does not tell it and it has to be asked."""

    region: str | None
    account_id: str
    project_id: str

    def settings(self) -> dict[str, Any]:
        """Return the known parts as settings of a profile."""
        known = {"account_id": self.account_id, "project_id": self.project_id}
        return known if self.region is None else {"region": self.region, **known}


def parse_studio_url(text: str) -> StudioPlace:
    """The project of an Agent Studio address (or an address of the API), however deep it goes.

    Raises ConfigError, which says what form is expected and repeats nothing that was pasted.
    """
    address = text.strip().strip("<>\"'")
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        _refuse("this is not a web address")
    segments = [unquote(each) for each in parts.path.split("/") if each]
    if parts.scheme not in {"https", "http"}:
        _refuse("this is not a web address")
    api = re.fullmatch(r"api\.([a-z0-9-]+)\.platform\.polyai\.app", host)
    if host in HOSTS:
        region = HOSTS[host]
    elif api and api[1] in REGIONS and segments[:1] == ["v1"]:
        region, segments = api[1], segments[1:]
    else:
        _refuse("this is not an address of Agent Studio")
    if len(segments) < 2:
        _refuse("this address names no account and project")
    try:
        account_id, project_id = check("account_id", segments[0]), check("project_id", segments[1])
    except SettingError as error:
        _refuse(f"in this address, {error.message}")
    return StudioPlace(region, str(account_id), str(project_id))


def _refuse(problem: str) -> NoReturn:
    raise ConfigError(problem, _FORM) from None
