"""Alerts on the screen: the overall state as a word, and a line for what is raised."""

from typing import TYPE_CHECKING

from rich.style import Style
from textual.strip import Strip

from polytop.model.text import printable
from polytop.ui.paint.line import Line, fitted
from polytop.ui.palette import Palette
from polytop.ui.raised import raised, silenced
from polytop.ui.scene import Scene
from polytop.ui.timetext import when

if TYPE_CHECKING:
    from polytop.monitor.alerts.state import RuleView


def state_style(state: str, palette: Palette) -> Style:
    """The colour of a state, which is always said in words beside it."""
    styles = {"CRITICAL": palette.critical, "WARNING": palette.warning, "OK": palette.ok}
    return styles.get(state, palette.muted) + Style(bold=state != "OK")


def overall(scene: Scene) -> tuple[tuple[str, Style], ...]:
    """``OK``, ``CRITICAL`` …; nothing without rules."""
    view, palette = scene.alerts, scene.palette
    if view is None or view.state is None:
        return ()
    words = view.state.value
    if said := silenced(view.rules):
        words += f" ({said})"
    return ((words, state_style(view.state.value, palette)),)


def alarm_lines(scene: Scene, width: int) -> tuple[Strip, ...]:
    """A line for the alert that matters most, and one where a way to tell failed."""
    palette = scene.palette
    found = raised(scene.alerts.rules) if scene.alerts else []
    lines = [_line(rule, len(found) - 1, scene, width) for rule in found[:1]]
    for problem in scene.alerts.problems[:1] if scene.alerts else ():
        said = f"{problem.summary}. {problem.advice}"
        lines.append(Line().add(" ! ", palette.warning).add(fitted(said, max(0, width - 4))))
    return tuple(line.strip(width) for line in lines)


def _line(rule: "RuleView", others: int, scene: Scene, width: int) -> Line:
    palette, state = scene.palette, rule.state.value
    line = Line().add(f" {state} ", state_style(state, palette))
    said = f"{printable(rule.rule.name, 60)}: {printable(rule.text, 300)}"
    if rule.acknowledged:
        tail = "acknowledged"
    elif rule.snoozed_until is not None:
        tail = f"snoozed until {when(rule.snoozed_until, scene.now, scene.zone)}"
    else:
        tail = "a acknowledge  A snooze"
    if others:
        tail += f"  L {others} more"
    room = max(0, width - line.width - len(tail) - 3)
    line.add(fitted(said, room), palette.text if not rule.acknowledged else palette.muted)
    return line.add(f"  {tail}", palette.muted)
