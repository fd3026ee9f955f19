"""Waiting with a sleep that is passed in, and giving up what is under way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def slept(sleep: Callable[[float], Awaitable[None]], seconds: float) -> None:
    """`sleep` as a coroutine, whatever it is."""
    await sleep(seconds)


async def given_up(*tasks: asyncio.Future[Any]) -> None:
    """Cancel `tasks` and wait for their end; what they raise is nobody's any more."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
