"""The feed cuts its first pause, so that feeds that start together spread out."""

from polytop.monitor.feed import shorten_first


async def test_only_the_first_pause_is_cut():
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    cut = shorten_first(sleep, 0.25)
    for _ in range(3):
        await cut(30.0)
    assert slept == [7.5, 30.0, 30.0]
