"""Notify by a command of the user: without a shell, with a time limit, beside the poller."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from polytop.alerts.messages import Notice, event_fields
from polytop.model.problem import Kind, Problem
from polytop.model.text import printable

log = logging.getLogger("polytop.monitor")

_SECRETS = ("POLYTOP_API_KEY", "POLY_ADK_KEY")
"""Prefixes of variables that hold an API key."""

_KEPT = 4_096
"""Bytes kept of a command's standard error, for its last line."""


def build_environment(environ: Mapping[str, str], notice: Notice) -> dict[str, str]:
    """`environ` without API keys, and the alert as ``POLYTOP_ALERT_*`` (empty for no value)."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_SECRETS)}
    values = event_fields(notice.watched, notice.event)
    values["name"] = values.pop("alert")
    return kept | {
        f"POLYTOP_ALERT_{name.upper()}": "" if value is None else str(value)
        for name, value in values.items()
        if name != "told"
    }


async def run_command(notice: Notice, environ: Mapping[str, str]) -> Problem | None:
    """Run the command of the notice's rule to its end; None on success.

    It gets the alert as one JSON object on its standard input. Its output is discarded. If it
    takes longer than the rule's `exec_timeout`, or this task is cancelled, its whole process
    group is killed.
    """
    with _StandardError() as errors:
        try:
            process = await _start(notice, environ, errors.descriptor)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it cannot be run"
            return _build_problem(
                notice, f"was not started: {reason}", "Check the name of its program."
            )
        finally:
            errors.begin()
        try:
            async with asyncio.timeout(notice.rule.exec_timeout):
                status = await process.wait()
        except TimeoutError:
            limit = f"{notice.rule.exec_timeout:g} s"
            return _build_problem(
                notice, f"did not end within {limit}", "Make it faster, or raise exec_timeout."
            )
        finally:
            await _kill_group(process)
    if status == 0:
        return None
    how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
    last = errors.last_line()
    return _build_problem(notice, f"{how}: {last}" if last else how, "Run it by hand to see why.")


def _build_problem(notice: Notice, what: str, advice: str) -> Problem:
    summary = f"The command of the alert {notice.rule.name} {what}"
    log.warning("%s", summary)
    return Problem(Kind.BROKEN, summary, advice)


async def _start(
    notice: Notice, environ: Mapping[str, str], errors: int
) -> asyncio.subprocess.Process:
    content = json.dumps(event_fields(notice.watched, notice.event), ensure_ascii=False) + "\n"
    reading, writing = os.pipe()
    try:
        # Shorter than the smallest pipe buffer, so that this never waits for a reader.
        os.write(writing, content.encode())
        os.close(writing)
        return await asyncio.create_subprocess_exec(
            *notice.rule.exec,
            stdin=reading,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
            env=build_environment(environ, notice),
            start_new_session=True,
        )
    finally:
        os.close(reading)


async def _kill_group(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


class _StandardError:
    """A command's standard error: read while it runs, of which the end is kept.

    The pipe is our own, so that a grandchild that holds it open blocks nothing.
    """

    def __init__(self) -> None:
        self._kept = b""

    def __enter__(self) -> "_StandardError":
        self._reading, self.descriptor = os.pipe()
        os.set_blocking(self._reading, False)
        return self

    def begin(self) -> None:
        """Start to read; only the command keeps the writing end."""
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
        # Read what is in the pipe now and no more: a process that still writes may never stop.
        for _piece in range(16):
            if not self._read():
                break
        asyncio.get_running_loop().remove_reader(self._reading)
        os.close(self._reading)

    def last_line(self) -> str:
        """The last line, made safe to show."""
        lines = self._kept.decode("utf-8", "replace").strip().splitlines()
        return printable(lines[-1].strip(), 200) if lines else ""


@dataclass(slots=True)
class _Queue:
    """The commands of one rule: the running one, and the notices that wait."""

    task: asyncio.Task[None] | None = None
    waiting: list[Notice] = field(default_factory=list)


class CommandRunner:
    """Runs the commands of alerts in the background: one at a time for each rule, in order.

    `done` is called after each with the rule's name and its problem, None on success.
    """

    def __init__(
        self, environ: Mapping[str, str], done: Callable[[str, Problem | None], None]
    ) -> None:
        self._environ, self._done = environ, done
        self._queues: dict[str, _Queue] = {}

    def start(self, *notices: Notice) -> None:
        """Run the command of the notices' rule for each, now or after the running one.

        Of the notices that wait, only the last one still waits beside these. Needs a running event
        loop.
        """
        queue = self._queues.setdefault(notices[0].rule.name, _Queue())
        queue.waiting = [*queue.waiting[-1:], *notices]
        if queue.task is None or queue.task.done():
            queue.task = asyncio.create_task(self._run(queue))

    async def _run(self, queue: _Queue) -> None:
        while queue.waiting:
            notice = queue.waiting.pop(0)
            try:
                problem = await run_command(notice, self._environ)
            except Exception:
                log.exception("unexpected error in the command of an alert")
                problem = _build_problem(notice, "was not run", "The log holds the details.")
            self._done(notice.rule.name, problem)

    async def aclose(self, patience: float = 2.0) -> None:
        """Wait at most `patience` seconds for running commands, then kill them."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        if not tasks:
            return
        await asyncio.wait(tasks, timeout=patience)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
