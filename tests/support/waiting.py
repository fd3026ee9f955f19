"""Waiting for the screen of a pilot."""

import asyncio
from collections.abc import Callable

import pytest
from patience import PATIENCE
from textual.pilot import Pilot


async def wait_until(pilot: Pilot, holds: Callable[[], object], seconds: float) -> None:
    """Wait until `holds`; raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():
            await pilot.pause(0.01)


async def wait_for_words(
    pilot: Pilot, words: str, text: Callable[[], str], seconds: float = PATIENCE
) -> None:
    """Wait until `words` are in `text`; fails with the text where they never are."""
    try:
        await wait_until(pilot, lambda: words in text(), seconds)
    except TimeoutError:
        pytest.fail(f"{words!r} is not on the screen:\n{text()}")
