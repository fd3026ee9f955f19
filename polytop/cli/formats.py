"""The formats of an export, written piece by piece, oldest first.

In all of them, a window that the API left out has no line, and zero is a value like any other.
"""

import json
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import Series
from polytop.model.target import Filters, SliceBy, Target
from polytop.model.text import printable

_FORMULA = frozenset("=+-@＝＋－＠\t\r")
"""Characters that a spreadsheet may read as the start of a formula (OWASP, "CSV Injection")."""

_QUOTED = frozenset(',"\r\n')

METRIC = "polyai_max_concurrent_conversations"
"""The family of all calls of an environment."""

PART_METRIC = f"{METRIC}_part"
"""The family of a part of them: maxima of parts must not be summed into a total."""

_HEAD = """\
# HELP {0} Most conversations at once in the 5 minutes from the timestamp on. Do not sum.
# TYPE {0} gauge
"""


@dataclass(frozen=True, slots=True)
class ExportSubject:
    """The project, filters and slice of an export."""

    target: Target
    filters: Filters = field(default_factory=Filters)
    slice_by: SliceBy | None = None


class Format(Protocol):
    """Writes an export: `begin`, then every piece in the order of time, then `end`."""

    def begin(self) -> str:
        """The text before the first piece."""

    def piece(self, answer: Answer) -> str:
        """The text of one answer."""

    def end(self) -> Iterator[str]:
        """The text after the last piece, in parts."""


class Csv:
    """RFC 4180 in UTF-8, a header line first.

    Control characters of names are made visible, so that an interval is one line. A name that a
    spreadsheet would read as a formula has a ``'`` in front.
    """

    def __init__(self, subject: ExportSubject) -> None:
        self._slice_by = subject.slice_by

    def begin(self) -> str:
        """The names of the columns."""
        names = ["time", "max_concurrent_conversations", "variant_id", "variant_name"]
        if self._slice_by not in (None, SliceBy.VARIANT):
            names.append(str(self._slice_by))
        return ",".join(names) + "\r\n"

    def piece(self, answer: Answer) -> str:
        """A line for every interval."""
        return "".join(_intervals(answer, "", ",", self._tail))

    def end(self) -> Iterator[str]:
        """Nothing."""
        return iter(())

    def _tail(self, row: Row | None) -> str:
        fields = _names(row, self._slice_by)
        names = [fields.pop("variant_id", ""), fields.pop("variant_name", "")]
        if self._slice_by not in (None, SliceBy.VARIANT):
            names.append(fields.get(str(self._slice_by), ""))
        return "".join(f",{cell(name)}" for name in names) + "\r\n"


class Jsonl:
    """One JSON object a line, as in the API's ``intervals``; ASCII alone."""

    def __init__(self, subject: ExportSubject) -> None:
        self._slice_by = subject.slice_by

    def begin(self) -> str:
        """Nothing."""
        return ""

    def piece(self, answer: Answer) -> str:
        """A line for every interval."""
        return "".join(f"{each}\n" for each in self.objects(answer))

    def objects(self, answer: Answer) -> Iterator[str]:
        """Every interval as a JSON object."""
        return _intervals(answer, '{"time": "', '", "max_concurrent_conversations": ', self._tail)

    def end(self) -> Iterator[str]:
        """Nothing."""
        return iter(())

    def _tail(self, row: Row | None) -> str:
        fields = _names(row, self._slice_by).items()
        return "".join(f", {json.dumps(name)}: {json.dumps(text)}" for name, text in fields) + "}"


class Json:
    """One document in the API's own shape, an interval a line; ASCII alone."""

    def __init__(self, subject: ExportSubject) -> None:
        self._target = subject.target
        self._lines = Jsonl(subject)
        self._between = "\n"

    def begin(self) -> str:
        """The project, and the start of the list."""
        account_id = json.dumps(self._target.account_id)
        project_id = json.dumps(self._target.project_id)
        return f'{{"account_id": {account_id}, "project_id": {project_id}, "intervals": ['

    def piece(self, answer: Answer) -> str:
        """The intervals, with a comma between them and those before."""
        text = ",\n".join(self._lines.objects(answer))
        if not text:
            return ""
        between, self._between = self._between, ",\n"
        return between + text

    def end(self) -> Iterator[str]:
        """The end of the list and of the document."""
        yield "\n]}\n"


class OpenMetrics:
    """OpenMetrics text 1.0: a gauge with a time series for each part, timestamps in seconds.

    All calls and parts of them are two families: where two exports meet, their maxima do not add
    up by accident.

    The samples of a series must stand together (source: the specification, "Interleaving"), so
    nothing is written before the end. Until then a sample takes four bytes of memory.
    """

    def __init__(self, subject: ExportSubject) -> None:
        self._subject = subject
        self._kept: dict[Part, list[tuple[int, array[int]]]] = {}
        self._newest: dict[Part, Row] = {}

    def begin(self) -> str:
        """Nothing yet."""
        return ""

    def piece(self, answer: Answer) -> str:
        """Nothing yet: the piece is stored."""
        for row in _rows(answer):
            part, series = (Part(), answer.total) if row is None else (row.part, row.series)
            assert series is not None
            self._kept.setdefault(part, []).append((series.start, array("i", series.values)))
            known = self._newest.get(part)
            if row is not None and (known is None or row.name is not None):
                self._newest[part] = row
        return ""

    def end(self) -> Iterator[str]:
        """All samples, one series after the other."""
        subject = self._subject
        partial = subject.slice_by is not None or subject.filters.active()
        metric = PART_METRIC if partial else METRIC
        yield _HEAD.format(metric)
        for part in sorted(self._kept, key=lambda part: part.id or ""):
            name = f"{metric}{{{self._labels(self._newest.get(part))}}}"
            for start, values in self._kept[part]:
                known = Series(start, tuple(values)).known()
                yield "".join(f"{name} {value} {window}\n" for window, value in known)
        yield "# EOF\n"

    def _labels(self, row: Row | None) -> str:
        target, filters = self._subject.target, self._subject.filters
        place = {} if target.region is None else {"region": target.region}
        labels = {
            "account_id": target.account_id,
            "project_id": target.project_id,
            **place,
            "client_env": str(filters.client_env),
            **dict(filters.active()),
            **_names(row, self._subject.slice_by),
        }
        return ",".join(f'{name}="{label(text)}"' for name, text in labels.items())


FORMATS: Mapping[str, Callable[[ExportSubject], Format]] = {
    "csv": Csv,
    "json": Json,
    "jsonl": Jsonl,
    "openmetrics": OpenMetrics,
}
"""The class of each format by its name."""

ENDINGS: Mapping[str, str] = {
    **{".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"},
    **{".om": "openmetrics", ".openmetrics": "openmetrics", ".prom": "openmetrics"},
}
"""The format of each file ending."""


def count(answer: Answer) -> int:
    """The number of intervals of `answer` that have a value."""
    every = [answer.total] if answer.total is not None else []
    every += [row.series for row in answer.rows]
    return sum(value >= 0 for series in every for value in series.values)


def cell(text: str) -> str:
    """`text` as a CSV cell on one line that no spreadsheet reads as a formula."""
    shown = printable(text)
    if shown.lstrip()[:1] in _FORMULA:
        shown = f"'{shown}"
    if _QUOTED.isdisjoint(shown):
        return shown
    doubled = shown.replace('"', '""')
    return f'"{doubled}"'


def label(text: str) -> str:
    """`text` as a label's value in OpenMetrics, control characters made visible."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _rows(answer: Answer) -> tuple[Row | None, ...]:
    """The rows of `answer`; None stands for the total."""
    return answer.rows if answer.total is None else (None,)


def _names(row: Row | None, slice_by: SliceBy | None) -> dict[str, str]:
    """The fields that identify `row` in the API's intervals."""
    if row is None or slice_by is None:
        return {}
    name = "variant_id" if slice_by is SliceBy.VARIANT else str(slice_by)
    fields = ((name, row.part.id), ("variant_name", row.name))
    return {key: text for key, text in fields if text is not None}


def _intervals(
    answer: Answer, before: str, between: str, tail: Callable[[Row | None], str]
) -> Iterator[str]:
    """``before TIME between VALUE tail`` of every known window, in the order of time."""
    if answer.total is not None:
        start, end = answer.total.start, answer.total.end
        columns = [(answer.total.values, tail(None))]
    elif answer.rows:
        start, end = answer.rows[0].series.start, answer.rows[0].series.end
        columns = [(row.series.values, tail(row)) for row in answer.rows]
    else:
        return
    for index, window in enumerate(grid.windows(start, end)):
        head = f"{before}{grid.to_iso(window)}{between}"
        for values, rest in columns:
            value = values[index]
            if value >= 0:
                yield f"{head}{value}{rest}"
