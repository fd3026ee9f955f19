"""The foot of the table: what rows and total say about each other."""

from collections.abc import Iterator

from textual.strip import Strip

from polytop.model.breakdown import Breakdown
from polytop.model.coincidence import Coincidence
from polytop.model.snapshot import Snapshot
from polytop.ui.breakdowns import WORDS
from polytop.ui.moment import dated, moment
from polytop.ui.paint.line import Line, blank
from polytop.ui.scene import Scene
from polytop.ui.table import apart, others


def foot(
    snapshot: Snapshot | None, scene: Scene, width: int, found: Coincidence | None = None
) -> Strip:
    """The true maximum beside the sum of the parts' maxima, which is only a bound.

    And where data contradict each other: `found` is of `snapshot`. Says as much as there is room
    for.
    """
    if snapshot is None or snapshot.view.breakdown is None:
        return blank(width)
    for words in _versions(snapshot, scene, found):
        if words and len(words) + 2 <= width:
            return Line().add("  ").add(words, scene.palette.muted).strip(width)
    return blank(width)


def _versions(snapshot: Snapshot, scene: Scene, found: Coincidence | None) -> Iterator[str]:
    """What is to be said, in fewer and fewer words."""
    if apart(snapshot):
        yield "environments are counted apart: there is no total over them"
        yield "environments are counted apart"
        return
    if snapshot.view.breakdown is not Breakdown.VARIANT:
        # Not every value need be listed: their maxima are no bound of the total.
        faults = _faults(snapshot, found, listed=False)
        yield " · ".join([*_other(snapshot, scene), *faults])
        yield " · ".join(faults)
        return
    faults = _faults(snapshot, found, listed=True)
    for bounds in _bounds(snapshot, found):
        yield " · ".join([*bounds, *(f"{fault} ({why})" for fault, why in faults.items())])
        yield " · ".join([*bounds, *faults])
    yield " · ".join(faults)


def _bounds(snapshot: Snapshot, found: Coincidence | None) -> Iterator[list[str]]:
    if found is None or found.factor is None or len(snapshot.rows or ()) < 2:
        yield []
        return
    factor = f"coincidence {found.factor:.2f}"
    yield [f"true maximum {found.peak}", f"sum of the parts' maxima {found.bound}", factor]
    yield [f"maximum {found.peak}", f"parts' maxima {found.bound}", factor]


def _faults(snapshot: Snapshot, found: Coincidence | None, *, listed: bool) -> dict[str, str]:
    """What cannot be, and what it may come from. `listed` means that the rows are all there are."""
    said: dict[str, str] = {}
    words = WORDS[snapshot.view.breakdown or Breakdown.VARIANT]
    if found is not None and found.above:
        where = _where(snapshot, found.above)
        said[f"a {words.one} is above the total {where}"] = "data still coming in"
    if found is not None and found.below and listed:
        where = _where(snapshot, found.below)
        cause = "data still coming in, or calls without a variant"
        said[f"the {words.several} add up to less than the total {where}"] = cause
    return said


def _where(snapshot: Snapshot, windows: tuple[int, ...]) -> str:
    if windows == (snapshot.running,):
        return "in the running window"
    return f"in {len(windows)} window{'' if len(windows) == 1 else 's'}"


def _other(snapshot: Snapshot, scene: Scene) -> list[str]:
    found = others(snapshot, moment(snapshot, scene.state))
    if found is None:
        return []
    window, rest = found
    when = dated(window, scene.now, scene.zone)
    return [f"other at {when}: at least {rest.least}, at most {rest.most} (the total)"]
