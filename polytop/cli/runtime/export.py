"""Write what the monitor shows to a file, in the formats of ``polytop export``."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from polytop.cli.formats import FORMATS, ExportSubject, count
from polytop.cli.output import file_name, reason, unwritable
from polytop.cli.output_file import Write, open_output
from polytop.cli.runtime.report import ReportSources
from polytop.model import grid
from polytop.model.answer import Answer, Row
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot
from polytop.model.target import SliceBy
from polytop.model.text import format_count, printable
from polytop.ui.ports import PICTURE, REPORTS, ExportWish
from polytop.ui.render.context import Subject


def export_shown(
    snapshot: Snapshot,
    wish: ExportWish,
    subject: Subject,
    picture: str | None = None,
    sources: ReportSources | None = None,
) -> str:
    """Write what is shown: see :class:`polytop.ui.ports.Exporter`.

    Gaps and unknown windows are left out, and so is the running window unless it is the only one
    that is known. A report is of all windows, and has from `sources` what the snapshot has not.
    """
    if wish.form in REPORTS:
        return _write_report(snapshot, wish, subject, sources or ReportSources())
    if wish.form == PICTURE:
        if picture is None:
            raise ValueError("there is no picture to write")
        with _open_file(wish) as write:
            write(picture)
        return f"picture written to {file_name(wish.path)}"
    shown = _SnapshotExport(snapshot, wish.sliced)
    slice_by = SliceBy.VARIANT if wish.sliced else None
    form = FORMATS[wish.form](ExportSubject(subject.target, snapshot.view.filters, slice_by))
    with _open_file(wish) as write:
        write(form.begin())
        for answer in shown.answers():
            write(form.piece(answer))
        for text in form.end():
            write(text)
    written = f"{format_count(shown.intervals, 'interval')} written to {file_name(wish.path)}"
    return "; ".join([written, *shown.notes])


def _write_report(
    snapshot: Snapshot, wish: ExportWish, subject: Subject, sources: ReportSources
) -> str:
    from polytop.cli.story.forms import form_of, write

    if not snapshot.summary.known:
        raise ValueError("nothing is known of the range that is shown: wait for data")
    with _open_file(wish) as put:
        put(write(sources.report(snapshot, wish, subject), form_of(wish.form)))
    return f"report written to {file_name(wish.path)}"


class _SnapshotExport:
    """The series of a snapshot to export. Raises ValueError if nothing is known."""

    def __init__(self, snapshot: Snapshot, sliced: bool) -> None:
        self._snapshot, self._sliced = snapshot, sliced
        if sliced and not snapshot.rows:
            raise ValueError("there is no breakdown to export: choose the total")
        self._start, self._end = (
            snapshot.start,
            max(snapshot.start, min(snapshot.end, snapshot.running)),
        )
        every = [row.series for row in snapshot.rows or ()] if sliced else [snapshot.total]
        # After an outage windows have ended that were never fetched.
        missing = max(each.cut(self._start, self._end).values.count(UNKNOWN) for each in every)
        self._complete = True
        self.notes: tuple[str, ...] = ()
        self.intervals = self._count()
        if left := self._provisional():
            self._note_provisional(left)
        if not self.intervals:
            raise ValueError("nothing is known of the range that is shown: wait for data")
        if missing:
            self.notes += (f"{format_count(missing, 'window')} not fetched, left out",)

    def _provisional(self) -> list[int]:
        """The windows that are not complete; the running one alone if nothing is known of it."""
        snapshot = self._snapshot
        here = [each for each in snapshot.provisional if snapshot.start <= each < snapshot.end]
        return [each for each in here if snapshot.total.at(each) != UNKNOWN] or here

    def _note_provisional(self, windows: list[int]) -> None:
        """Say that `windows` are left out, or take them if nothing else is known."""
        runs = windows == [self._snapshot.running]
        words = (
            "the window that runs now is" if runs else "the window that was fetched while it ran is"
        )
        if len(windows) > 1:
            words = f"{format_count(len(windows), 'window')} that were fetched while they ran are"
        if self.intervals:
            self.notes += (f"{words} left out",)
            return
        self._complete, self._end = False, self._snapshot.end
        self.intervals = self._count()
        self.notes += (
            f"only {words} known: the values {'may still rise' if runs else 'may be higher'}",
        )

    def _count(self) -> int:
        return sum(count(answer) for answer in self.answers())

    def answers(self) -> Iterator[Answer]:
        """The series in pieces, oldest first."""
        pieces = list(grid.split_range(self._start, self._end))
        for start, end in reversed(pieces):
            yield self._piece(start, end)

    def _piece(self, start: int, end: int) -> Answer:
        def cut(series: Series) -> Series:
            piece = series.cut(start, end)
            return piece.complete() if self._complete else piece

        if not self._sliced:
            return Answer(total=cut(self._snapshot.total))
        rows = self._snapshot.rows or ()
        return Answer(rows=tuple(Row(row.part, row.name, cut(row.series)) for row in rows))


@contextmanager
def _open_file(wish: ExportWish) -> Iterator[Write]:
    """A writer to the file of `wish`. Raises ValueError or OSError with words for the screen."""
    path = _path(wish.path)
    _check(path)
    try:
        with open_output(str(path), wish.replace) as write:
            yield write
    except click.UsageError:
        raise FileExistsError(f"{printable(wish.path)} is there already") from None
    except click.ClickException as error:
        raise OSError(error.message) from None


def _path(typed: str) -> Path:
    """The path that was typed. Raises ValueError if it names no file."""
    if not typed or typed == "-":
        raise ValueError("name the file that is to be written")
    try:
        return Path(typed).expanduser().absolute()
    except RuntimeError:
        raise ValueError(f"{printable(typed)} begins with the home of an unknown user") from None


def _check(path: Path) -> None:
    """Raises ValueError if something other than a regular file is there, and OSError."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise OSError(unwritable(printable(str(path)), reason(error))) from None
    if stat.S_ISDIR(mode):
        raise ValueError(f"{printable(str(path))} is a folder: name a file in it")
    if not stat.S_ISREG(mode):
        raise ValueError(f"{printable(str(path))} is not a regular file: name another")
