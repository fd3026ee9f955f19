"""Work beside a screen, for as long as the screen is there."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.worker import Worker, WorkType

Work = Callable[[], Coroutine[Any, Any, None]]
"""Begins when it is called: work that is cancelled before has nothing to clean up."""


def start_work(
    node: "DOMNode",
    work: Work,
    group: str,
    *,
    exclusive: bool = False,
    exit_on_error: bool = True,
    description: str = "",
) -> "Worker[None]":
    """Run `work` as a worker of `node`; an `exclusive` one ends the others of its `group`."""
    known: WorkType[None] = work
    return node.run_worker(
        known,
        group=group,
        exclusive=exclusive,
        exit_on_error=exit_on_error,
        description=description,
    )
