"""The capsules of incidents, found by what the user types."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from polytop.alerts.capsule import Capsule
from polytop.alerts.capsule_store import BrokenCapsuleError, CapsuleStore
from polytop.cli.output import reason
from polytop.config.errors import ConfigError, one_of
from polytop.config.paths import incidents_dir
from polytop.model.text import printable

if TYPE_CHECKING:
    from polytop.config.profiles import Config, Profile
    from polytop.config.resolve import Overrides

LAST = "last"
"""Stands for the newest incident."""


def incident_store() -> CapsuleStore:
    """The user's capsules."""
    return CapsuleStore(incidents_dir())


def read_ids(store: CapsuleStore) -> list[str]:
    """The ids of all capsules, oldest first. Raises ClickException (exit status 1)."""
    try:
        return store.ids()
    except OSError as error:
        place = printable(str(store.folder))
        raise click.ClickException(f"{place} cannot be read: {reason(error)}") from None


def find_id(store: CapsuleStore, text: str) -> str:
    """The id that `text` is, begins, or stands for. Raises ClickException."""
    ids = read_ids(store)
    if text == LAST and ids:
        return ids[-1]
    # Nothing typed, such as a variable that is not set, is no beginning of all of them.
    found = [each for each in ids if text and each.lower().startswith(text.lower())]
    if text in found or len(found) == 1:
        return text if text in found else found[0]
    if found:
        names = one_of([printable(each) for each in found[:5]])
        raise click.ClickException(f"{printable(text, 40)} begins several incidents: give {names}")
    where = "see them with: polytop incident list" if ids else "none has been saved yet"
    raise click.ClickException(f"there is no incident {printable(text, 40)!r}; {where}")


def read_incident(store: CapsuleStore, capsule_id: str) -> Capsule:
    """The capsule. Raises ClickException (exit status 1) that names its file."""
    try:
        return store.read(capsule_id)
    except BrokenCapsuleError:
        why = "is damaged, or of another version of polytop"
    except FileNotFoundError:
        why = "is gone"
    except OSError as error:
        why = f"cannot be read: {reason(error)}"
    raise click.ClickException(f"{printable(str(store.path(capsule_id)))} {why}")


def options_of(incident: Capsule, given: "Overrides", config: "Config") -> "Overrides":
    """What is to be watched: as the options say, and else what the incident is of."""
    stored = incident.profile if incident.profile in config.names else None
    return replace(
        given,
        profile=given.profile or stored,
        client_env=given.client_env or incident.client_env,
    )


def check_project(incident: Capsule, profile: "Profile") -> None:
    """Raises ConfigError if `profile` is not of the calls that the incident is of."""
    target = profile.target()
    found = target.base_url, target.account_id, target.project_id, profile.client_env.value
    known = incident.base_url, incident.account_id, incident.project_id, incident.client_env
    if found != known:
        there, here = (printable(" ".join(each)) for each in (known, found))
        raise ConfigError(
            f"incident {incident.id} is of {there}, and this is {here}",
            "name its profile with -p, or its project as incident show has it",
        )
