"""The history as an export uses it: what is final comes from there, and every answer goes in."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from polytop.api.query import Query
from polytop.model.answer import Answer
from polytop.monitor.asking import kept_as
from polytop.monitor.history.errors import HistoryError
from polytop.monitor.history.held import ACROSS, runs
from polytop.monitor.history.scope import Scope
from polytop.monitor.history.store import History

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the range, at most a week: `kept` where all of it is final in the history."""

    query: Query
    kept: bool = False


class Past:
    """The history in `path`; None is no history, and then everything is asked for.

    Where it cannot be used any more it goes on as without one; :attr:`trouble` says why. Its
    methods are slow (milliseconds) and for any thread. `clock` gives epoch seconds.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self.trouble: str | None = None
        self._history = None if path is None else History(path, clock=clock)
        self._clock = clock

    def pieces(self, query: Query) -> tuple[Piece, ...]:
        """The range of `query` in pieces that cover it exactly, oldest first.

        What lacks is asked for in stretches as long as may be: what is final between two of them
        is asked for with them where it is short (`ACROSS`). Only which windows are known is read,
        so that years may be looked at in one go.
        """

        def lacking(history: History) -> tuple[tuple[int, int], ...]:
            history.open()
            history.distrust(self._clock())
            asked = history.asked(_scope(query), query.start, query.end)
            return tuple(runs(asked, across=ACROSS))

        found = self._tried(lacking)
        stretches, last = [], query.start
        for start, end in ((query.start, query.end),) if found is None else found:
            stretches += [(last, start, True), (start, end, False)]
            last = end
        stretches.append((last, query.end, True))
        return tuple(
            Piece(piece, kept)
            for start, end, kept in stretches
            if start < end
            for piece in replace(query, start=start, end=end).pieces()[::-1]
        )

    def read(self, query: Query) -> Answer | None:
        """What the API has said, of at most a week; None where not all of it is final."""
        held = self._tried(lambda history: history.read(_scope(query), query.start, query.end))
        if held is None or any(runs(held.asked)):
            return None
        if query.slice_by is None:
            return Answer(held.rows[0].series)
        # In the order of an answer: what has no such value comes first.
        return Answer(None, tuple(sorted(held.rows, key=lambda row: not row.part.absent)))

    def keep(self, query: Query, answer: Answer, at: float) -> None:
        """Keep `answer`, asked for at `at` (epoch seconds)."""
        self._tried(lambda history: history.keep_all((kept_as(query, answer, at),)))

    def close(self) -> None:
        """Let the file go."""
        if self._history is not None:
            self._history.close()

    def _tried(self, call: Callable[[History], _T]) -> _T | None:
        """What the history says; None where there is none that can be used."""
        history = self._history
        if history is None or self.trouble not in (None, history.note):
            return None
        try:
            found = call(history)
        except HistoryError as error:
            self.trouble = f"the history is not used: {error}"
            logging.getLogger("polytop.cli").warning("%s", error)
            return None
        self.trouble = history.note
        return found


def _scope(query: Query) -> Scope:
    return Scope(query.target, query.filters, query.slice_by)
