"""An application in this process in place of a server, behind the real client."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

App = Callable[[Any, Any, Any], Awaitable[None]]


class _InProcess(httpx.AsyncBaseTransport):
    def __init__(self, app: App) -> None:
        self._inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from None


def inprocess(app: App) -> httpx.AsyncBaseTransport:
    """A transport that calls the ASGI application `app`; its ConnectionError means a lost one."""
    return _InProcess(app)
