"""Failed requests to the API, as the log on this machine has them: see polytop.cli.logs."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from polytop.api.query import Query
from polytop.cli.output import reason
from polytop.config.paths import log_file
from polytop.model.private_file import read_regular
from polytop.model.report import RequestFailure, RequestLog
from polytop.model.target import Filters, Target

_LINE = re.compile(
    r"(?P<at>\S+) WARNING polytop\.api request failed: (?P<summary>.*); status=(?P<status>\S+) "
    r"error_message=(?P<message>.*) correlation_id=.* path=(?P<path>\S+) range=\S+"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}(?= )")
_OLDER = (".3", ".2", ".1", "")
_LARGEST = 4_000_000


def read_request_log(
    target: Target, start: float, end: float, path: Path | None = None
) -> RequestLog:
    """The failed requests to `target` in `[start, end)`, epoch seconds; the commonest first.

    A line that is none, whatever an error said, is not counted. Slow (tens of milliseconds).
    """
    path = path or log_file()
    wanted = Query(target, Filters(), 0, 1).path()
    since: float | None = None
    found: dict[tuple[str, str, str], RequestFailure] = {}
    try:
        for line in _lines(path):
            at = _moment(line)
            if at is None:
                continue
            since = at if since is None else min(since, at)
            match = _LINE.fullmatch(line)
            if match and match["path"] == wanted and start <= at < end:
                message = "" if match["message"] == "None" else match["message"]
                key = match["summary"], match["status"], message
                known = found.get(key, RequestFailure(*key, 0, at, at))
                found[key] = known._replace(
                    times=known.times + 1, first=min(known.first, at), last=max(known.last, at)
                )
    except OSError as error:
        return RequestLog(problem=f"the log cannot be read: {reason(error)}")
    return RequestLog(
        tuple(sorted(found.values(), key=lambda each: (-each.times, each.first))), since
    )


def _lines(path: Path) -> Iterator[str]:
    for ending in _OLDER:
        try:
            content = read_regular(path.with_name(path.name + ending), _LARGEST)
        except FileNotFoundError:
            continue
        yield from content.decode(errors="replace").split("\n")


def _moment(line: str) -> float | None:
    """When the line was written; None of a line within a traceback."""
    match = _TIME.match(line)
    try:
        return datetime.fromisoformat(match[0]).timestamp() if match else None
    except ValueError:
        return None
