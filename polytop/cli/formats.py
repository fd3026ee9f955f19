"""The formats of an export, written piece by piece, oldest first.

In all of them, a window that the API left out has no line, and zero is a value like any other.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.frozen import frozen
from polytop.model.series import Series
from polytop.model.target import Filters, SliceBy, Target
from polytop.model.text import defuse_formula, printable

_QUOTED = frozenset(',"\r\n')

METRIC = "polyai_max_concurrent_conversations"
"""The family of all calls of an environment."""

PART_METRIC = f"{METRIC}_part"
"""The family of a part of them: maxima of parts must not be summed into a total."""

_HEAD = """\
# HELP {0} Most conversations at once in the 5 minutes from the timestamp on. Do not sum.
# TYPE {0} gauge
"""


@frozen
class ExportSubject:
    """The project, filters and slice of an export."""

    target: Target
    filters: Filters = field(default_factory=Filters)
    slice_by: SliceBy | None = None


@frozen
class Format:
    """Writes an export: `begin`, then every `piece` in the order of time, then the parts of `end`.

    By default, nothing stands before the first piece and nothing after the last.
    """

    piece: Callable[[Answer], str]
    begin: Callable[[], str] = str
    end: Callable[[], Iterable[str]] = tuple


def csv(subject: ExportSubject) -> Format:
    """RFC 4180 in UTF-8, a header line first.

    Control characters of names are made visible, so that an interval is one line. A name that a
    spreadsheet would read as a formula has a ``'`` in front.
    """
    names = ["variant_id", "variant_name"]
    if subject.slice_by not in (None, SliceBy.VARIANT):
        names.append(str(subject.slice_by))
    head = ",".join(["time", "max_concurrent_conversations", *names])

    def tail(row: Row | None) -> str:
        fields = _names(row, subject.slice_by)
        return "".join(f",{cell(fields.get(name, ''))}" for name in names) + "\r\n"

    return Format(lambda answer: "".join(_intervals(answer, "", ",", tail)), lambda: f"{head}\r\n")


def jsonl(subject: ExportSubject) -> Format:
    """One JSON object a line, as in the API's ``intervals``; ASCII alone."""
    return Format(lambda answer: "".join(f"{each}\n" for each in _objects(answer, subject)))


def json_document(subject: ExportSubject) -> Format:
    """One document in the API's own shape, an interval a line; ASCII alone."""
    account_id, project_id = map(json.dumps, (subject.target.account_id, subject.target.project_id))
    between = "\n"

    def piece(answer: Answer) -> str:
        nonlocal between
        text = ",\n".join(_objects(answer, subject))
        if not text:
            return ""
        before, between = between, ",\n"
        return before + text

    return Format(
        piece,
        lambda: f'{{"account_id": {account_id}, "project_id": {project_id}, "intervals": [',
        lambda: ("\n]}\n",),
    )


def openmetrics(subject: ExportSubject) -> Format:
    """OpenMetrics text 1.0: a gauge with a time series for each part, timestamps in seconds.

    All calls and parts of them are two families: where two exports meet, their maxima do not add
    up by accident.

    The samples of a series must stand together (source: the specification, "Interleaving"), so
    nothing is written before the end. Until then a sample takes four bytes of memory.
    """
    kept: dict[Part, list[tuple[int, array[int]]]] = {}
    newest: dict[Part, Row] = {}

    def piece(answer: Answer) -> str:
        for row in answer.rows if answer.total is None else (None,):
            part, series = (Part(), answer.total) if row is None else (row.part, row.series)
            assert series is not None
            kept.setdefault(part, []).append((series.start, array("i", series.values)))
            known = newest.get(part)
            if row is not None and (known is None or row.name is not None):
                newest[part] = row
        return ""

    def end() -> Iterator[str]:
        partial = subject.slice_by is not None or subject.filters.active()
        metric = PART_METRIC if partial else METRIC
        yield _HEAD.format(metric)
        for part in sorted(kept, key=lambda part: part.id or ""):
            name = f"{metric}{{{_labels(newest.get(part), subject)}}}"
            for start, values in kept[part]:
                known = Series(start, tuple(values)).known()
                yield "".join(f"{name} {value} {window}\n" for window, value in known)
        yield "# EOF\n"

    return Format(piece, end=end)


FORMATS: Mapping[str, Callable[[ExportSubject], Format]] = {
    "csv": csv,
    "json": json_document,
    "jsonl": jsonl,
    "openmetrics": openmetrics,
}
"""The maker of each format by its name."""

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
    shown = defuse_formula(printable(text))
    if _QUOTED.isdisjoint(shown):
        return shown
    doubled = shown.replace('"', '""')
    return f'"{doubled}"'


def label(text: str) -> str:
    """`text` as a label's value in OpenMetrics, control characters made visible."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _labels(row: Row | None, subject: ExportSubject) -> str:
    target, filters = subject.target, subject.filters
    place = {} if target.region is None else {"region": target.region}
    labels = {
        "account_id": target.account_id,
        "project_id": target.project_id,
        **place,
        "client_env": str(filters.client_env),
        **dict(filters.active()),
        **_names(row, subject.slice_by),
    }
    if subject.slice_by is not None and (row is None or row.part.id is None):
        # Calls without a variant: by the other labels they were all calls of the filters.
        labels["slice_by"] = str(subject.slice_by)
    return ",".join(f'{name}="{label(text)}"' for name, text in labels.items())


def _objects(answer: Answer, subject: ExportSubject) -> Iterator[str]:
    """Every interval as a JSON object."""

    def tail(row: Row | None) -> str:
        fields = _names(row, subject.slice_by).items()
        return "".join(f", {json.dumps(name)}: {json.dumps(text)}" for name, text in fields) + "}"

    return _intervals(answer, '{"time": "', '", "max_concurrent_conversations": ', tail)


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
    columns: list[tuple[Sequence[int], str, dict[int, str]]]
    if answer.total is not None:
        start, end = answer.total.start, answer.total.end
        columns = [(answer.total.values, tail(None), {})]
    elif answer.rows:
        start, end = answer.rows[0].series.start, answer.rows[0].series.end
        columns = [(row.series.values, tail(row), _other_tails(row, tail)) for row in answer.rows]
    else:
        return
    for index, window in enumerate(grid.windows(start, end)):
        head = f"{before}{grid.to_iso(window)}{between}"
        for values, rest, others in columns:
            value = values[index]
            if value >= 0:
                yield f"{head}{value}{others.get(window, rest) if others else rest}"


def _other_tails(row: Row, tail: Callable[[Row | None], str]) -> dict[int, str]:
    """The tails of the windows that the API gave another name than the latest."""
    tails = {name: tail(replace(row, name=name)) for name in {name for _, name in row.other_names}}
    return {window: tails[name] for window, name in row.other_names}
