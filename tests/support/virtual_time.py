"""Hours in no time: an event loop whose clock jumps to the next moment at which something is due.

Work in threads is done on the spot, so that the same program takes the same course every time.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits by moving the time on."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for what never comes")
        if not ready:
            self.time += timeout or 0.0
        return ready


class _OnTheSpot(ThreadPoolExecutor):
    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


def lived(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main`, in which ``loop.time()`` counts from 0 and ``asyncio.sleep`` jumps."""
    selector = _Jumping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.time  # type: ignore[method-assign]
    loop.set_default_executor(_OnTheSpot(1))
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()
