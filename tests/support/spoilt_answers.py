"""Answers of the simulator whose rows are spoilt on the way, each in one manner."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

COUNT = "max_concurrent_conversations"

Spoil = Callable[[dict[str, Any]], dict[str, Any]]

SPOILT: dict[str, tuple[Spoil, str]] = {
    "no offset": (
        lambda row: {**row, "time": row["time"].removesuffix("Z")},
        "time is no date with an offset",
    ),
    "epoch": (
        lambda row: {**row, "time": int(datetime.fromisoformat(row["time"]).timestamp())},
        "time is no text",
    ),
    "none": (lambda row: {**row, "time": None}, "time is no text"),
    "another year": (
        lambda row: {**row, "time": f"2019{row['time'][4:]}"},
        "time is outside the range asked for",
    ),
    "text": (lambda row: {**row, COUNT: str(row[COUNT])}, f"{COUNT} is no number"),
    "half": (lambda row: {**row, COUNT: 20.5}, f"{COUNT} is no possible count: 20.5"),
}
"""Ways to make a row unreadable, and the reason that is to be told."""


class Spoiler:
    """An ASGI app before `app` that spoils the rows of the newest `windows` windows of an answer.

    None spoils every row; 0 spoils none.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], manner: str) -> None:
        self._app, self._spoil = app, SPOILT[manner][0]
        self.windows: int | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        sent: list[dict[str, Any]] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, keep)
        start = next((each for each in sent if each["type"] == "http.response.start"), None)
        if start is None or start["status"] != 200:
            for message in sent:
                await send(message)
            return
        body = self._spoilt(b"".join(each.get("body", b"") for each in sent))
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    def _spoilt(self, body: bytes) -> bytes:
        document = json.loads(body)
        rows = document["intervals"]
        newest = sorted({row["time"] for row in rows})
        times = newest if self.windows is None else newest[len(newest) - self.windows :]
        document["intervals"] = [self._spoil(row) if row["time"] in times else row for row in rows]
        return json.dumps(document).encode()
