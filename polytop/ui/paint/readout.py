"""What is under the cursor, exactly: time, value, comparison, and what the value is worth."""

from rich.cells import cell_len
from rich.style import Style

from polytop.model import grid
from polytop.model.series import GAP
from polytop.model.snapshot import Snapshot
from polytop.ui.moment import dated, known_at, moment, value_at, versus
from polytop.ui.paint.cells import MARK
from polytop.ui.paint.levels import level_style
from polytop.ui.paint.line import fitted
from polytop.ui.paint.numbers import NONE, signed, signed_percent
from polytop.ui.paint.plot import Plot
from polytop.ui.paint.title import COMPARED
from polytop.ui.scene import Scene
from polytop.ui.timetext import hm

_REVISABLE = 3_600
"""Seconds after its end for which a window may still be revised."""

_STATE = 15
"""Cells that are kept for the state of the value."""

Words = list[tuple[str, Style]]


def readout(snapshot: Snapshot, scene: Scene, place: Plot, room: int) -> Words:
    """The window under the cursor in at most `room` cells; what matters least goes first."""
    window = moment(snapshot, scene.state)
    if window is None:
        return []
    palette = scene.palette
    value = value_at(snapshot, window)
    digits = len(str(snapshot.summary.peak.value)) if snapshot.summary.peak else 1
    said: Words = [
        (time_text(window, snapshot, scene), palette.strong),
        (
            f"  {value if value >= 0 else NONE:>{digits}}",
            level_style(value if value >= 0 else None, snapshot.capacity, palette),
        ),
    ]
    left = room - sum(len(text) for text, _ in said)
    for text in _versus_words(snapshot, scene, window, digits):
        if len(text) + _STATE <= left:
            said.append((text, palette.text))
            left -= len(text)
            break
    for text in _state_words(snapshot, window):
        if len(text) + 3 <= left:
            said.append((f" · {text}", palette.muted))
            left -= len(text) + 3
            break
    for text, style in _besides(snapshot, scene, place, window):
        if cell_len(text) <= left:
            said.append((text, style))
            left -= cell_len(text)
    return said


def time_text(window: int, snapshot: Snapshot, scene: Scene) -> str:
    """``08:15–08:20``, with the day where the range shown is not of today alone."""
    day = ""
    if dated(snapshot.start, scene.now, scene.zone) != hm(snapshot.start, scene.zone):
        day = dated(window, scene.now, scene.zone).removesuffix(hm(window, scene.zone))
        day = f"{day:<7}"
    return f"{day}{hm(window, scene.zone)}–{hm(window + grid.STEP, scene.zone)}"


def _versus_words(snapshot: Snapshot, scene: Scene, window: int, digits: int) -> list[str]:
    """The comparison at length, then shorter; steady in width. None without a value."""
    compare, value = snapshot.view.compare, known_at(snapshot.total, window)
    if compare not in COMPARED or value is None:
        return []
    found = versus(value, snapshot.earlier, compare, window, scene.zone)
    difference = NONE if found is None else signed(found.difference)
    share = f" ({signed_percent(found.share)})" if found and found.share is not None else ""
    short = f"  {difference + share:>{digits + 8}}"
    return [f"{short} vs {COMPARED[compare]}", short, f"  {difference:>{digits + 1}}"]


def _state_words(snapshot: Snapshot, window: int) -> list[str]:
    """What the value is worth, at length, then shorter; none where it is final."""
    value = value_at(snapshot, window)
    if window > snapshot.running:
        return ["still to come", "to come"]
    if value == GAP:
        return ["gap: the API left it out", "gap"]
    if value < 0:
        fetching = snapshot.filling is not None or snapshot.view != snapshot.wanted
        return ["being fetched"] if fetching else ["not fetched"]
    first = next((first for at, first in snapshot.revised if at == window), None)
    if window == snapshot.running:
        return ["still running: it may rise", "provisional"]
    young = snapshot.at - (window + grid.STEP) < _REVISABLE
    if first is not None:
        was = f"revised from {first}"
        return [f"{was}, may be again", was, f"was {first}"] if young else [was, f"was {first}"]
    return ["may still be revised", "may change"] if young else []


def _besides(snapshot: Snapshot, scene: Scene, place: Plot, window: int) -> Words:
    """Marks in the window, and the column's highest value where that is another one."""
    palette, found = scene.palette, []
    for mark in snapshot.marks:
        if window <= mark.at < window + grid.STEP:
            found.append((f" {MARK} {fitted(mark.text, 24).rstrip()}", palette.mark))
    column = place.column(window)
    if 0 <= column < place.width:
        values = [(snapshot.total.at(each), -each) for each in place.windows(column)]
        most, at = max(values)
        if most > value_at(snapshot, window):
            told = f" · column max {most} at {hm(-at, scene.zone)}"
            found.append((told, palette.muted))
    return found
