"""One export from its first request to its last line."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING

from polytop.api.client import Client
from polytop.api.errors import ApiError
from polytop.api.query import Query, QueryError
from polytop.cli.export_answers import Answers
from polytop.cli.export_formats import Format, count
from polytop.cli.export_output import Progress, Write
from polytop.cli.oneshot import Plan, Way, config_problem, words
from polytop.config.errors import ConfigError
from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.text import printable

if TYPE_CHECKING:
    from polytop.model.answer import Answer

Sleep = Callable[[float], Awaitable[None]]


class Failed(Exception):  # noqa: N818 - a state of the export, told in words
    """The export broke off; the text says why, and what of it was written."""


class Work:
    """Writes what `query` asks for in a format. `path` is that of the file, None for stdout."""

    def __init__(self, query: Query, form: Format, path: str | None, progress: Progress) -> None:
        self._pieces = query.pieces()[::-1]
        self._form, self._progress = form, progress
        self._path = None if path == "-" else path
        self._answered = self._intervals = self._ignored = self._received = 0
        self._written = False

    def done(
        self, plan: Plan, environ: Mapping[str, str], way: Way, write: Write, sleep: Sleep
    ) -> tuple[str, ...]:
        """Ask and write everything; returns what is to be said about it. Raises Failed."""
        try:
            asyncio.run(self._all(_client(plan, environ, way), write, sleep))
        except ApiError as error:
            problem = error.problem
        except ConfigError as error:
            problem = config_problem(error)
        except QueryError as error:
            problem = Problem(Kind.REFUSED, "This query was not sent", str(error))
        else:
            return tuple(self._remarks())
        finally:
            self._progress.clear()
        raise Failed(f"{words(problem)}; {self._remains()}")

    async def _all(self, client: Client, write: Write, sleep: Sleep) -> None:
        self._told("")
        answers = Answers(client.fetch, self._pieces, sleep=sleep, waiting=self._waiting)
        async with client, aclosing(answers.in_order()) as found:
            async for answer in found:
                begin = "" if self._answered else self._form.begin()
                self._put(write, begin + self._form.piece(answer))
                self._count(answer)
        for text in self._form.end():
            self._put(write, text)

    def _put(self, write: Write, text: str) -> None:
        if text:
            # The line of the progress and what is written may share a terminal.
            self._progress.clear()
            write(text)
            self._written = True

    def _count(self, answer: "Answer") -> None:
        self._answered += 1
        self._intervals += count(answer)
        self._ignored += answer.ignored
        self._received += answer.cost.received
        self._told("")

    def _told(self, more: str) -> None:
        done, every = self._answered, len(self._pieces)
        told = f"exporting: {done} of {every} weeks · {self._received / 1e6:.1f} MB received"
        self._progress.show(told + more)

    def _waiting(self, seconds: float, problem: Problem) -> None:
        self._told(f" · again in {seconds:.0f} s: {printable(problem.summary)}")

    def _remarks(self) -> list[str]:
        found = []
        if self._ignored:
            found.append(f"{self._ignored} impossible rows of the API were left out: see the log")
        if not self._intervals:
            found.append("the API has no interval in this range")
        if self._progress.visible and self._path is not None:
            found.append(f"{self._intervals} intervals written to {printable(self._path)}")
        return found

    def _remains(self) -> str:
        """What is left of an export that broke off."""
        if self._path is not None:
            return f"{printable(self._path)} was not written"
        if not self._written:
            return "nothing was written"
        last = grid.to_iso(self._pieces[self._answered - 1].end)
        return f"the output is incomplete, it ends before {last}"


def _client(plan: Plan, environ: Mapping[str, str], way: Way) -> Client:
    """A client with the profile's key. Raises ConfigError and QueryError."""
    from polytop.config.credentials import read_key

    assert plan.profile is not None
    key = read_key(plan.profile, environ, seconds=way.key_seconds)
    transport = way.transport() if way.transport else None
    return Client(plan.profile.target(), key, transport=transport, timeouts=way.timeouts)
