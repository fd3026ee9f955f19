"""Telling by a command of the user's: no shell, a time limit, and never in the poller's way."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from polytop.alerts.messages import Notice, fields
from polytop.model.problem import Kind, Problem
from polytop.model.text import printable

log = logging.getLogger("polytop.monitor")

_SECRETS = ("POLYTOP_API_KEY", "POLY_ADK_KEY")
"""Starts of variables that hold an API key."""

_KEPT = 4_096
"""Bytes of a command's standard error of which the last line is logged."""


def environment(environ: Mapping[str, str], notice: Notice) -> dict[str, str]:
    """`environ` without API keys, and the alert as ``POLYTOP_ALERT_*`` (empty for no value)."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_SECRETS)}
    told = fields(notice.watched, notice.event)
    told["name"] = told.pop("alert")
    return kept | {
        f"POLYTOP_ALERT_{name.upper()}": "" if value is None else str(value)
        for name, value in told.items()
        if name != "told"
    }


async def run(notice: Notice, environ: Mapping[str, str]) -> Problem | None:
    """Run the command of the notice's rule to its end; None where it went well.

    It gets the alert as one JSON object on its standard input. Its output is thrown away.
    Where it takes longer than the rule's `exec_timeout`, or whoever waits is cancelled, its whole
    process group is killed.
    """
    with _Errors() as errors:
        try:
            process = await _started(notice, environ, errors.descriptor)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it cannot be run"
            return _failed(notice, f"was not started: {reason}", "Check the name of its program.")
        finally:
            errors.begin()
        try:
            async with asyncio.timeout(notice.rule.exec_timeout):
                status = await process.wait()
        except TimeoutError:
            limit = f"{notice.rule.exec_timeout:g} s"
            return _failed(
                notice, f"did not end within {limit}", "Make it faster, or raise exec_timeout."
            )
        finally:
            await _ended(process)
    if status == 0:
        return None
    how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
    last = errors.last_line()
    return _failed(notice, f"{how}: {last}" if last else how, "Run it by hand to see why.")


def _failed(notice: Notice, what: str, advice: str) -> Problem:
    summary = f"The command of the alert {notice.rule.name} {what}"
    log.warning("%s", summary)
    return Problem(Kind.BROKEN, summary, advice)


async def _started(
    notice: Notice, environ: Mapping[str, str], errors: int
) -> asyncio.subprocess.Process:
    content = json.dumps(fields(notice.watched, notice.event), ensure_ascii=False) + "\n"
    reading, writing = os.pipe()
    try:
        # Shorter than the least that a pipe holds, so it never waits for a reader.
        os.write(writing, content.encode())
        os.close(writing)
        return await asyncio.create_subprocess_exec(
            *notice.rule.exec,
            stdin=reading,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
            env=environment(environ, notice),
            start_new_session=True,
        )
    finally:
        os.close(reading)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


class _Errors:
    """A command's standard error: drained while it runs, the end of it kept.

    A pipe of our own: a grandchild that holds it open keeps nobody waiting.
    """

    def __init__(self) -> None:
        self._kept = b""

    def __enter__(self) -> "_Errors":
        self._reading, self.descriptor = os.pipe()
        os.set_blocking(self._reading, False)
        return self

    def begin(self) -> None:
        """Read from now on; the writing end is the command's alone."""
        os.close(self.descriptor)
        asyncio.get_running_loop().add_reader(self._reading, self._read)

    def _read(self) -> bool:
        try:
            chunk = os.read(self._reading, _KEPT)
        except BlockingIOError:
            return False
        self._kept = (self._kept + chunk)[-_KEPT:]
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._reading)
        return bool(chunk)

    def __exit__(self, *_: object) -> None:
        # What the pipe holds at the end, and no more: who still writes may write for ever.
        for _piece in range(16):
            if not self._read():
                break
        asyncio.get_running_loop().remove_reader(self._reading)
        os.close(self._reading)

    def last_line(self) -> str:
        """The last line that was written, as it can be shown."""
        lines = self._kept.decode("utf-8", "replace").strip().splitlines()
        return printable(lines[-1].strip(), 200) if lines else ""


@dataclass(slots=True)
class _Queue:
    """The commands of one rule: the one that runs, and the newest notice after it."""

    task: asyncio.Task[None] | None = None
    waiting: list[Notice] = field(default_factory=list)


class Commands:
    """Runs the commands of alerts beside everything else: of each rule one at a time, in order.

    `done` is called after each with the rule's name and what went wrong, None for nothing.
    """

    def __init__(
        self, environ: Mapping[str, str], done: Callable[[str, Problem | None], None]
    ) -> None:
        self._environ, self._done = environ, done
        self._queues: dict[str, _Queue] = {}

    def tell(self, notice: Notice) -> None:
        """Run the command of the notice's rule, now or after the one that runs.

        Of notices that wait the last two are kept: a raise, and that it is over. Needs a running
        event loop.
        """
        queue = self._queues.setdefault(notice.rule.name, _Queue())
        queue.waiting = [*queue.waiting[-1:], notice]
        if queue.task is None or queue.task.done():
            queue.task = asyncio.create_task(self._run(queue))

    async def _run(self, queue: _Queue) -> None:
        while queue.waiting:
            notice = queue.waiting.pop(0)
            try:
                problem = await run(notice, self._environ)
            except Exception:
                log.exception("polytop stumbled over the command of an alert")
                problem = _failed(notice, "was not run", "The log holds the details.")
            self._done(notice.rule.name, problem)

    async def aclose(self, patience: float = 2.0) -> None:
        """Wait at most `patience` seconds for what runs, then end it."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        if not tasks:
            return
        await asyncio.wait(tasks, timeout=patience)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
