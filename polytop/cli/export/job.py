"""One export, from its first request to its last line."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING

from polytop.api.errors import ApiError
from polytop.api.query import Query
from polytop.cli.export.progress import ProgressLine
from polytop.cli.formats import Format, count
from polytop.cli.output import file_name
from polytop.cli.output_file import Write
from polytop.cli.problems import config_line, problem_line
from polytop.cli.runtime.client import Connection, connect
from polytop.config.errors import ConfigError
from polytop.model import grid
from polytop.model.problem import Problem
from polytop.model.server_clock import WORTH_TELLING, ServerClock
from polytop.model.text import printable
from polytop.monitor.export_source import ExportHistory, ExportPiece, ExportSource

if TYPE_CHECKING:
    from polytop.config.profiles import Profile
    from polytop.model.answer import Answer

Sleep = Callable[[float], Awaitable[None]]


class ExportFailed(Exception):  # noqa: N818 - reads as what it is
    """The export broke off; the text says why, and how much was written."""


class ClockCorrected(Exception):  # noqa: N818 - an event rather than a failure
    """The first answer showed that this machine's clock is wrong; nothing was written."""


class ExportJob:
    """Writes the range of `query` in a format, from the history `past` if that is final.

    `path` is the file, None for stdout. `clock` learns the server's time.
    """

    def __init__(
        self,
        query: Query,
        form: Format,
        path: str | None,
        progress: ProgressLine,
        past: ExportHistory,
        clock: ServerClock,
    ) -> None:
        self._clock = clock
        self._query, self._weeks = query, query.pieces()[::-1]
        self._form, self._progress, self._past = form, progress, past
        self._path = None if path == "-" else path
        self._written_pieces: list[ExportPiece] = []
        self._intervals = self._ignored = self._received = 0
        self._written = False

    def run(
        self,
        profile: "Profile",
        environ: Mapping[str, str],
        connection: Connection,
        write: Write,
        sleep: Sleep,
    ) -> tuple[str, ...]:
        """Request and write everything; returns remarks. Raises ExportFailed, ClockCorrected."""
        source = ExportSource(
            self._past,
            lambda: connect(profile, environ, connection, self._clock),
            clock=self._clock,
            sleep=sleep,
            waiting=self._waiting,
        )
        try:
            asyncio.run(self._all(source, write))
        except ApiError as error:
            problem = error.problem
        except ConfigError as error:
            problem = config_line(error)
        else:
            return (*self._remarks(), *self._trouble())
        finally:
            self._progress.clear()
            self._past.close()
        raise ExportFailed("; ".join((problem_line(problem), self._remains(), *self._trouble())))

    async def _all(self, source: ExportSource, write: Write) -> None:
        self._show_progress("")
        offset = self._clock.offset
        pieces = await asyncio.to_thread(self._past.pieces, self._query)
        async with aclosing(source), aclosing(source.in_order(pieces)) as answers:
            async for piece, answer in answers:
                if not self._written and abs(self._clock.offset - offset) >= WORTH_TELLING:
                    raise ClockCorrected
                begin = "" if self._written_pieces else self._form.begin()
                self._write(write, begin + self._form.piece(answer))
                self._count(piece, answer)
        for text in self._form.end():
            self._write(write, text)

    def _write(self, write: Write, text: str) -> None:
        if text:
            # The progress line and the output may share a terminal.
            self._progress.clear()
            write(text)
            self._written = True

    def _count(self, piece: ExportPiece, answer: "Answer") -> None:
        self._written_pieces.append(piece)
        self._intervals += count(answer)
        self._ignored += answer.ignored
        self._received += answer.cost.received
        self._show_progress("")

    def _show_progress(self, more: str) -> None:
        reached = self._written_pieces[-1].query.end if self._written_pieces else 0
        over = [week for week in self._weeks if week.end <= reached]
        asked = [piece.query for piece in self._written_pieces if not piece.kept]
        kept = sum(
            all(each.end <= week.start or week.end <= each.start for each in asked) for week in over
        )
        progress = f"exporting: {len(over)} of {len(self._weeks)} weeks"
        if kept:
            progress += f", {kept} from history"
        self._progress.show(f"{progress} · {self._received / 1e6:.1f} MB received{more}")

    def _waiting(self, seconds: float, problem: Problem) -> None:
        self._show_progress(f" · again in {seconds:.0f} s: {printable(problem.summary)}")

    def _remarks(self) -> Iterator[str]:
        """What is missing; for people also how much was written, and how much of it was known."""
        if (problem := self._clock.problem()) is not None:
            yield f"{problem.summary}: the range and its end are by the server's"
        if self._ignored:
            yield f"{self._ignored} impossible rows of the API were left out: see the log"
        if not self._intervals:
            yield "the API has no interval in this range"
        if not self._progress.visible:
            return
        known = [piece.query for piece in self._written_pieces if piece.kept]
        windows = sum(grid.count(each.start, each.end) for each in known)
        every = grid.count(self._query.start, self._query.end)
        if self._path is not None:
            yield f"{self._intervals} intervals written to {file_name(self._path)}"
        if windows:
            yield f"{windows} of {every} windows are from the history (--no-history asks for all)"

    def _trouble(self) -> tuple[str, ...]:
        """The error of the history, if there was one."""
        return () if self._past.trouble is None else (self._past.trouble,)

    def _remains(self) -> str:
        """How much was written of an export that broke off."""
        if self._path is not None:
            return f"{file_name(self._path)} was not written"
        if not self._written:
            return "nothing was written"
        last = grid.to_iso(self._written_pieces[-1].query.end)
        return f"the output is incomplete, it ends before {last}"
