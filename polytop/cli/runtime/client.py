"""The API's client, made here alone, with the key and the bounds that a command asks with."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from polytop.config.errors import ConfigError
from polytop.model.frozen import frozen

if TYPE_CHECKING:
    import httpx

    from polytop.api.client import Client
    from polytop.api.limits import Timeouts
    from polytop.config.profiles import Profile
    from polytop.model.secret import Secret
    from polytop.model.server_clock import ServerClock
    from polytop.model.target import Target


@frozen
class Connection:
    """How the API is reached.

    `clock` gives the time of day, epoch seconds, and `stopwatch` the seconds that answers are
    timed by. `transport` makes what stands in for the network.
    """

    clock: Callable[[], float] = time.time
    timeouts: "Timeouts | None" = None
    transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None
    key_seconds: float = 30.0
    """How long a command that prints a key may take, seconds."""
    at_once: int = 3
    """Requests under way at a time, at most."""
    stopwatch: Callable[[], float] = time.monotonic


def make_client(
    target: "Target", key: "Secret", connection: Connection, clock: "ServerClock | None" = None
) -> "Client":
    """A client for `target`, from which `clock` learns the server's time.

    Raises ConfigError if its address must not be asked.
    """
    from polytop.api.client import Client
    from polytop.api.query import QueryError

    try:
        return Client(
            target,
            key,
            transport=connection.transport() if connection.transport else None,
            at_once=connection.at_once,
            timeouts=connection.timeouts,
            clock=connection.stopwatch,
            now=clock or connection.clock,
        )
    except QueryError as error:
        raise ConfigError("This query was not sent", str(error)) from None


def connect(
    profile: "Profile",
    environ: Mapping[str, str],
    connection: Connection,
    clock: "ServerClock | None" = None,
) -> "Client":
    """A client with the key of `profile`, from which `clock` learns the server's time.

    Raises ConfigError if there is no key.

    Slow: a command may have to print the key.
    """
    from polytop.config.credentials import read_key

    key = read_key(profile, environ, seconds=connection.key_seconds)
    return make_client(profile.target(), key, connection, clock)
