"""What `e` exports: a wish in words, a name for its file, and who writes it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from polytop.model.snapshot import Snapshot
from polytop.ui.scene import Subject

PICTURE = "svg"
"""The form that is a picture of the screen; all others are data."""

FORMS: Mapping[str, str] = {
    "csv": ".csv",
    "json": ".json",
    "jsonl": ".jsonl",
    "openmetrics": ".om",
    PICTURE: ".svg",
}
"""Every form with what its files' names end in."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is shown, as a file in `form`, one of :data:`FORMS`.

    `sliced` is a series for each row rather than the total; a picture is what it is. `path` is as
    it was typed. `replace` lets go of the file that is there already.
    """

    form: str
    sliced: bool
    path: str
    replace: bool = False


class Exporter(Protocol):
    """Writes exports."""

    def __call__(
        self, snapshot: Snapshot, wish: ExportWish, subject: Subject, picture: str | None = None
    ) -> str:
        """Write what `wish` says, whole or not at all; what was done, in words.

        `picture` is the text of the picture, where that is wished for. Called in a thread of its
        own. Raises FileExistsError where the file is there already and may not be replaced, OSError
        where it cannot be written, and ValueError where the wish or the data are no good.
        """
        ...


def complete(snapshot: Snapshot) -> tuple[int, int]:
    """The range of the windows shown that are over, `[start, end)`; it may be empty."""
    return snapshot.start, max(snapshot.start, min(snapshot.end, snapshot.running))


def default_path(profile: str, snapshot: Snapshot, form: str) -> str:
    """``polytop-prod-20261119T0945Z-20261119T1540Z.csv``: safe characters only, times in UTC."""
    name = _UNSAFE.sub("_", profile)[:_LONGEST].strip("._") or "profile"
    start, end = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%MZ")
        for moment in complete(snapshot)
    )
    return f"polytop-{name}-{start}-{end}{FORMS[form]}"


def path_for(path: str, before: str, form: str) -> str:
    """`path`, which was for the form `before`, for another `form`: its ending follows."""
    stem = path.removesuffix(FORMS[before])
    return stem + FORMS[form] if stem != path and stem else path
