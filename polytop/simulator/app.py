"""The ASGI application that answers like the API, by the vendor's OpenAPI file.

It has one route and uses no framework, whose import would take longer than the rest.
"""

import time
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import unquote

from polytop.model.address import is_loopback
from polytop.model.frozen import frozen
from polytop.model.secret import Secret
from polytop.simulator import query, scenarios
from polytop.simulator.reply import (
    ConnectionDroppedError,
    RefusedError,
    Reply,
    SendMode,
    encode_json,
)
from polytop.simulator.rows import build_rows
from polytop.simulator.scenarios import RequestInfo
from polytop.simulator.traffic import Traffic
from polytop.simulator.variants import build_directory, build_hostile_directory

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONTROL = "_simulator"

_GZIP = zlib.MAX_WBITS | 16
"""The gzip format, as zlib is told it."""


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


@frozen
class SimulatorConfig:
    """The settings of the simulator. The same seed and clock give the same answers.

    `clock` gives epoch seconds. If `api_key` is None, any key is accepted. Each of `projects` has
    its own traffic. `compress` sends gzip if the client accepts it.
    """

    seed: int = 1
    clock: Callable[[], float] = time.time
    limit: int = 120
    variants: int = 8
    scenario: str | None = None
    scenario_at: float | None = None
    """When `scenario` counts as set, epoch seconds; None is the start."""
    api_key: Secret | None = None
    account_id: str = "ws-simulator"
    projects: tuple[str, ...] = ("PROJECT-simulator",)
    compress: bool = False
    sleep: Callable[[float], Awaitable[None]] = _sleep
    slow: float = 3.0
    """Delay of the scenario ``slow``, seconds."""
    retry_after: int = 5
    """The Retry-After of the scenario ``429``, seconds."""


class LoggedRequest(NamedTuple):
    """A request, kept for tests: without headers, and so without the key."""

    at: float
    method: str
    path: str
    query: tuple[tuple[str, str], ...]


class Simulator:
    """The application. `requests` are the latest thousand, `count` is the number of all."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.count = 0
        self._recent: deque[LoggedRequest] = deque(maxlen=1000)
        self._answers = 0
        self._traffic: dict[str, Traffic] = {}
        self.set_scenario(config.scenario)
        if config.scenario_at is not None:
            self._since = config.scenario_at

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The latest requests, oldest first."""
        return tuple(self._recent)

    @property
    def scenario(self) -> str | None:
        """Name of the present scenario, or None."""
        return self._name

    def set_scenario(self, name: str | None) -> None:
        """Switch to the scenario `name`; None or ``none`` is a healthy service.

        Its incident in the traffic starts now. Raises ValueError for an unknown name.
        """
        self._scenario = scenarios.find_scenario(name)
        self._name = None if name == scenarios.HEALTHY else name
        self._since = self.config.clock()
        self._answers = 0
        self._traffic.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. Raises ConnectionDroppedError to close the connection."""
        if scope["type"] != "http":
            raise ValueError(f"the simulator speaks HTTP only, not {scope['type']}")
        self.count += 1
        now = self.config.clock()
        given = query.parse_pairs(scope.get("query_string", b""))
        self._recent.append(LoggedRequest(now, scope["method"], scope["path"], given))
        mode = SendMode.PROMPT
        try:
            reply, mode = self._answer(scope, given, now)
        except RefusedError as refused:
            reply = refused.reply
        if mode is SendMode.HANG:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if mode is SendMode.DROP:
            raise ConnectionDroppedError("the connection was closed without an answer")
        if mode is SendMode.SLOW:
            await self.config.sleep(self.config.slow)
        await self._send(scope, send, reply, now, mode is SendMode.TRUNCATED)

    def _answer(
        self, scope: Scope, given: tuple[tuple[str, str], ...], now: float
    ) -> tuple[Reply, SendMode]:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        match [unquote(part) for part in raw.decode("latin-1").split("/")]:
            case ["", part, "scenario", *name] if part == CONTROL and len(name) < 2:
                return self._control(scope, *name), SendMode.PROMPT
            case ["", "v1", account, project, "conversations", "concurrency"]:
                _require_method(scope, "GET")
                return self._concurrency(scope, account, project, given, now)
        raise RefusedError(404, "no such path")

    def _concurrency(
        self,
        scope: Scope,
        account: str,
        project: str,
        given: tuple[tuple[str, str], ...],
        now: float,
    ) -> tuple[Reply, SendMode]:
        sliced = any(name == "slice_by" for name, _ in given)
        request = RequestInfo(self._answers, sliced, self.config.retry_after)
        self._answers += 1
        met = self._scenario.fault.reply_to(request)
        if isinstance(met, Reply):
            return met, SendMode.PROMPT
        self._authorise(scope)
        if account != self.config.account_id or project not in self.config.projects:
            raise RefusedError(404, "no such account or project in this region")
        parsed = query.parse_query(given)
        rows = self._scenario.fault.alter(build_rows(self.traffic_of(project), parsed, now), now)
        body = {
            "account_id": account,
            "project_id": project,
            "intervals": [row for _, row in rows],
        }
        return Reply(200, encode_json(body)), met

    def _authorise(self, scope: Scope) -> None:
        key = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"")
        wanted = self.config.api_key
        if not key:
            raise RefusedError(401, "the x-api-key header is missing")
        if wanted is not None:
            from hmac import compare_digest

            if not compare_digest(key, wanted.reveal().encode()):
                raise RefusedError(401, "invalid API key")

    def traffic_of(self, project: str) -> Traffic:
        """Return the traffic of `project`, which its answers count."""
        if project not in self._traffic:
            names = build_hostile_directory if self._scenario.hostile_names else build_directory
            self._traffic[project] = Traffic(
                names(self.config.variants),
                f"{self.config.seed}/{project}",
                self.config.limit,
                self._scenario.incident(self._since),
            )
        return self._traffic[project]

    def _control(self, scope: Scope, name: str | None = None) -> Reply:
        """Return or set the scenario, for clients on this machine only."""
        if scope.get("client") and not is_loopback(scope["client"][0]):
            raise RefusedError(403, "the scenario can be set from the simulator's own machine only")
        _require_method(scope, "GET" if name is None else "PUT")
        if name is not None:
            try:
                self.set_scenario(name)
            except ValueError as unknown:
                raise RefusedError(404, str(unknown)) from None
        return Reply(200, encode_json({"scenario": self._name or scenarios.HEALTHY}))

    async def _send(
        self, scope: Scope, send: Send, reply: Reply, now: float, truncated: bool
    ) -> None:
        body = reply.body
        packed: tuple[tuple[str, str], ...] = ()
        if self.config.compress and len(body) > 500 and _accepts_gzip(scope):
            body = zlib.compress(body, level=3, wbits=_GZIP)
            packed = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
        headers = (
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(body))),
            ("Date", formatdate(now, usegmt=True)),
            ("X-PolyAI-Correlation-Id", f"sim-{self.config.seed:x}-{self.count:06}"),
            *reply.headers,
            *packed,
        )
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            }
        )
        if truncated:
            body = body[: len(body) * 3 // 5]
        await send({"type": "http.response.body", "body": body})


def _require_method(scope: Scope, method: str) -> None:
    if scope["method"] != method:
        raise RefusedError(405, f"only {method} is allowed here", (("Allow", method),))


def _accepts_gzip(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            offers = value.decode("latin-1").replace(" ", "").lower().split(",")
            return any(
                coding == "gzip" and (not marked or bool(weight.strip("0.")))
                for coding, marked, weight in (offer.partition(";q=") for offer in offers)
            )
    return False
