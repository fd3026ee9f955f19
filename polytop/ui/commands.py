"""The table of commands: every key, its words, and what it calls.

Bindings, footer hints, the help, the palette and the README's table are made from it. To add a
command, write one entry here and one method on the part that it calls.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from inspect import isawaitable
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, runtime_checkable

from textual.binding import Binding, BindingsMap

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.frozen import frozen
from polytop.model.timeparse import exact_duration
from polytop.ui.view_state import SPANS, WORDS

DATA, SPAN, TABLE = "DATA", "SPAN AND CURSOR", "TABLE"
KEEP, ALERTS, SCREEN = "MARKS AND FILES", "ALERTS", "SCREEN"
SECTIONS = (DATA, SPAN, TABLE, KEEP, ALERTS, SCREEN)
"""The sections of the help, in their order."""

SNOOZES = (900, 3_600, 4 * 3_600, 12 * 3_600)
"""The lengths of a snooze that the palette offers, seconds."""

COMPARISONS = {
    Compare.NONE: "Turn comparison off",
    Compare.DAY: "Compare with: a day before",
    Compare.WEEK: "Compare with: a week before",
    Compare.TYPICAL: "Compare with: the typical week",
}
"""The palette's words for each comparison."""


@frozen
class Command:
    """One thing that a key does.

    `keys` are Textual's names, separated by commas, and nothing where no key is bound; `label` is
    the keys as people write them.
    `call` is a method of a part of the screen, ``marks.add`` say, called with `args`. An entry
    without `help` shares the help line of the entry before it.
    """

    id: str
    keys: str
    label: str
    title: str
    help: str
    section: str
    call: str
    args: tuple[Any, ...] = ()
    priority: bool = True
    """True if the key comes before those of the focused widget, however fast keys are typed.

    A widget that wants such a key for itself says so in its `check_consume_key`.
    """

    def binding(self) -> Binding:
        """Return the binding of all keys of the command."""
        return Binding(self.keys, f"command('{self.id}')", self.title, priority=self.priority)

    def run(self, target: object) -> object:
        """Call the command on `target`; return what it returns, which may be awaitable."""
        return attrgetter(self.call)(target)(*self.args)


APP = (
    Command(
        "quit", "q,ctrl+c,ctrl+q", "q", "Quit", "quit", SCREEN, "action_quit", priority=False
    ),
    Command(
        "help", "question_mark,f1", "? F1", "Help", "this help", SCREEN, "open_help", priority=False
    ),
    Command(
        "palette", "ctrl+p,colon", "ctrl+p :", "Palette", "palette of all commands", SCREEN,
        "action_command_palette",
    ),
    Command("repaint", "ctrl+l", "ctrl+l", "Draw anew", "draw the screen anew", SCREEN, "repaint"),
    Command(
        "traffic", "ctrl+b", "ctrl+b", "Bytes per minute", "bytes per minute to the terminal",
        SCREEN, "tell_traffic", priority=False,
    ),
    Command("theme", "t", "t", "Next theme", "theme", SCREEN, "next_theme", priority=False),
    Command(
        "suspend", "ctrl+z", "ctrl+z", "Suspend", "back to the shell; fg continues", SCREEN,
        "action_suspend_process",
    ),
)  # fmt: skip
"""Commands of every screen."""

MONITOR = (
    Command("refresh", "r", "r", "Refresh", "ask the API now", DATA, "poll_now"),
    Command(
        "freeze", "space", "space", "Freeze or go on", "freeze the screen; polling goes on", DATA,
        "freeze",
    ),
    Command(
        "sidebar", "f", "f", "Filters",
        "filters: window, environment, variant, language …", DATA, "filters.toggle",
    ),
    Command(
        "breakdown", "b", "b", "Next breakdown",
        "break down by variant, language …, on and back", DATA, "filters.next_breakdown",
    ),
    Command("breakdown_before", "B", "B", "Breakdown before", "", DATA, "filters.next_breakdown",
            (-1,)),
    Command(
        "narrow", "enter", "Enter", "Narrow to the row",
        "narrow the whole screen to a row, go back", DATA, "rows.choose",
    ),
    Command("back", "escape", "Esc", "Back", "", DATA, "back"),
    Command(
        "shorter", "left_square_bracket", "[", "Shorter window",
        "shorter, longer window: 30 minutes to 90 days", SPAN, "span.change_span", (-1,),
    ),
    Command("longer", "right_square_bracket", "]", "Longer window", "", SPAN, "span.change_span",
            (1,)),
    Command("span_1", "1", "1", "1 hour", "show 1 h, 6 h, 24 h, 7 d, 30 d", SPAN, "span.set_span",
            (3_600,)),
    Command("span_2", "2", "2", "6 hours", "", SPAN, "span.set_span", (6 * 3_600,)),
    Command("span_3", "3", "3", "24 hours", "", SPAN, "span.set_span", (86_400,)),
    Command("span_4", "4", "4", "7 days", "", SPAN, "span.set_span", (7 * 86_400,)),
    Command("span_5", "5", "5", "30 days", "", SPAN, "span.set_span", (30 * 86_400,)),
    Command(
        "cursor_back", "left,h", "← h", "Cursor back",
        "cursor on the graph, back and on (or click)", SPAN, "span.step", (-1,),
    ),
    Command("cursor_on", "right,l", "→ l", "Cursor on", "", SPAN, "span.step", (1,)),
    Command(
        "first_window", "home", "Home", "Cursor to the start",
        "cursor to the first, the last window that is shown", SPAN, "span.jump_to_edge", (False,),
    ),
    Command("last_window", "end", "End", "Cursor to the end", "", SPAN, "span.jump_to_edge",
            (True,)),
    Command(
        "earlier", "shift+left,H", "shift+←", "Earlier", "pan by a quarter of the window", SPAN,
        "span.pan", (-1,),
    ),
    Command("later", "shift+right", "shift+→", "Later", "", SPAN, "span.pan", (1,)),
    Command(
        "zoom_in", "plus,equals_sign", "+", "Nearer",
        "zoom about the cursor (or the wheel: the pointer)", SPAN, "span.zoom", (1,),
    ),
    Command("zoom_out", "minus", "-", "Farther", "", SPAN, "span.zoom", (-1,)),
    Command("peak", "p", "p", "Peak", "cursor to the peak of what is shown", SPAN, "span.peak"),
    Command(
        "go", "g", "g", "Go to a time", "go to a time: 14:30, yesterday 09:00, 20 Nov 8:15, -2h",
        SPAN, "span.ask_time",
    ),
    Command("now", "n", "n", "Now", "back to now, and follow", SPAN, "span.follow_now"),
    Command(
        "compare", "c", "c", "Next comparison",
        "compare: a day, week, typical week before; on and back", SPAN, "span.compare",
    ),
    Command("compare_before", "V", "V", "Comparison before", "", SPAN, "span.compare", (None, -1)),
    Command(
        "forecast", "F", "F", "Forecast", "draw the forecast of the next 90 minutes, or not", SPAN,
        "toggle_forecast",
    ),
    Command(
        "find", "slash", "/", "Find rows", "find rows: text, now>20, share>=5%, 15min<-3, age>2m",
        TABLE, "search.open",
    ),
    Command(
        "sort", "s", "s", "Sort by the next column",
        "sort by the next column, reverse (or click a head)", TABLE, "rows.sort_next",
    ),
    Command("reverse", "S", "S", "Reverse the order", "", TABLE, "rows.reverse"),
    Command("sort_left", "less_than_sign", "<", "Sort by the column before",
            "sort by the column before, the next one", TABLE, "rows.sort_next", (-1,)),
    Command("sort_right", "greater_than_sign", ">", "Sort by the next column", "", TABLE,
            "rows.sort_next", (1,)),
    Command(
        "down", "down,j", "↓ j", "Down", "move in the table (or the wheel), to the last row", TABLE,
        "rows.move", (1,),
    ),
    Command("up", "up,k", "↑ k", "Up", "", TABLE, "rows.move", (-1,)),
    Command("last_row", "ctrl+end,G", "G", "Last row", "", TABLE, "rows.move", (100_000,)),
    Command(
        "page_down", "pagedown,ctrl+f", "PgDn", "Page down",
        "a page down, a page up", TABLE, "rows.page", (1,),
    ),
    Command("page_up", "pageup", "PgUp", "Page up", "", TABLE, "rows.page", (-1,)),
    Command("first_row", "ctrl+home", "ctrl+Home", "First row", "the first row", TABLE, "rows.move",
            (-100_000,)),
    Command(
        "line", "x", "x", "Draw the row's line",
        "draw the row's line in the graph; take all lines away", TABLE, "rows.toggle_line",
    ),
    Command("no_lines", "X", "X", "Draw no row's line", "", TABLE, "rows.clear_lines"),
    Command(
        "columns", "C", "C", "Columns", "choose and order the columns; they are kept", TABLE,
        "rows.choose_columns",
    ),
    Command(
        "mark", "m", "m", "Mark", "put a mark at the cursor, or now; list and edit marks", KEEP,
        "marks.add",
    ),
    Command("marks", "M", "M", "Marks", "", KEEP, "marks.show_all"),
    Command("export", "e", "e", "Export", "export what is shown: data, picture or report", KEEP,
            "export.open"),
    Command(
        "copy", "y", "y", "Copy", "copy the row, the moment or a summary (works over SSH)", KEEP,
        "clipboard.ask",
    ),
    Command(
        "acknowledge", "a", "a", "Acknowledge alerts",
        "acknowledge alerts; snooze them for an hour, or end it", ALERTS, "alerts.acknowledge",
    ),
    Command("snooze", "A", "A", "Snooze alerts for an hour, or end it", "", ALERTS,
            "alerts.toggle_snooze"),
    Command(
        "alert_log", "L", "L", "Alerts", "the state of the alert rules, and the log of alerts",
        ALERTS, "alerts.show_log",
    ),
    Command(
        "wall", "w", "w", "Wall of profiles",
        "wall of all profiles: open one, or go back", SCREEN, "toggle_wall",
    ),
    Command("utc", "u", "u", "UTC or local time", "UTC or local time", SCREEN, "toggle_utc"),
)  # fmt: skip
"""Commands of the monitor."""

SIDEBAR = (
    Command("choose", "enter,space", "Enter", "Choose", "", DATA, "filters.choose_highlighted"),
    Command("close_sidebar", "f,escape", "Esc", "Close the filters", "", DATA, "filters.toggle"),
)
"""Keys of the open filters, for their hints."""

SEARCH = (
    Command("keep_search", "enter", "Enter", "Keep the search", "", TABLE, "search.keep"),
    Command("drop_search", "escape", "Esc", "Drop the search", "", TABLE, "search.drop"),
)
"""Keys of the line in which rows are searched, for their hints."""

WALL = (
    Command("open", "enter", "Enter", "Open", "open the profile under the cursor", DATA,
            "open_profile"),
    Command("wall_back", "escape,w", "Esc w", "Back", "back to the monitor", DATA, "back"),
    Command("wall_refresh", "r", "r", "Refresh", "ask all profiles now", DATA, "poll_now"),
    Command("wall_find", "slash", "/", "Find profiles", "find profiles by name", TABLE,
            "search.open"),
    Command("left", "left,h", "← h", "Left", "move between the tiles", TABLE, "move", (-1, 0)),
    Command("right", "right,l", "→ l", "Right", "", TABLE, "move", (1, 0)),
    Command("wall_down", "down,j", "↓ j", "Down", "", TABLE, "move", (0, 1)),
    Command("wall_up", "up,k", "↑ k", "Up", "", TABLE, "move", (0, -1)),
    Command("wall_page_down", "pagedown,ctrl+f", "PgDn", "Page down", "a page down, a page up",
            TABLE, "page", (1,)),
    Command("wall_page_up", "pageup", "PgUp", "Page up", "", TABLE, "page", (-1,)),
    Command("first_tile", "home,g", "Home g", "First", "first tile, last tile", TABLE, "page",
            (-1_000,)),
    Command("last_tile", "end,G", "End G", "Last", "", TABLE, "page", (1_000,)),
    Command("wall_acknowledge", "a", "a", "Acknowledge alerts",
            "acknowledge alerts; snooze them for an hour, or end it", ALERTS,
            "acknowledge"),
    Command("wall_snooze", "A", "A", "Snooze alerts for an hour, or end it", "", ALERTS, "snooze"),
    Command("wall_utc", "u", "u", "UTC or local time", "UTC or local time", SCREEN, "toggle_utc"),
)  # fmt: skip
"""Commands of the wall."""

_BY_ID: Mapping[str, Command] = {
    command.id: command for table in (APP, MONITOR, SIDEBAR, SEARCH, WALL) for command in table
}


class Context(Enum):
    """Where the user is: it decides which keys the footer shows."""

    LIVE = "live"
    PAST = "past"
    FROZEN = "frozen"
    SIDEBAR = "sidebar"
    SEARCH = "search"
    WALL = "wall"
    WALL_OVER = "wall over the monitor"
    """The wall, with somewhere to go back to."""
    WALL_SEARCH = "search on the wall"


class Hint(NamedTuple):
    """A word of the footer with the keys that it is about: pairs of command id and label."""

    word: str
    keys: tuple[tuple[str, str], ...]


def _hint(word: str, *ids: str) -> Hint:
    return Hint(word, tuple((each, _BY_ID[each].label.split()[0]) for each in ids))


_WALL = (
    _hint("quit", "quit"), _hint("help", "help"), _hint("find", "wall_find"),
    _hint("refresh", "wall_refresh"), _hint("acknowledge", "wall_acknowledge"),
    _hint("snooze", "wall_snooze"), _hint("theme", "theme"), _hint("UTC", "wall_utc"),
)  # fmt: skip
ALERT_HINTS = (
    _hint("acknowledge", "acknowledge"), _hint("snooze", "snooze"), _hint("help", "help"),
)  # fmt: skip
"""Hints of the monitor that come first while an alert is raised."""

_FIND = (_hint("keep", "keep_search"), _hint("drop", "drop_search"))

FOOTER: Mapping[Context, tuple[Hint, ...]] = {
    Context.LIVE: (
        _hint("look back", "cursor_back", "cursor_on"), _hint("help", "help"),
        _hint("compare", "compare"), _hint("window", "shorter", "longer"), _hint("quit", "quit"),
        _hint("filters", "sidebar"), _hint("find", "find"), _hint("breakdown", "breakdown"),
        _hint("mark", "mark"), _hint("sort", "sort"), _hint("freeze", "freeze"),
        _hint("refresh", "refresh"), _hint("UTC", "utc"), _hint("theme", "theme"),
    ),
    Context.PAST: (
        _hint("now", "now"), _hint("move", "cursor_back", "cursor_on"), _hint("help", "help"),
        _hint("peak", "peak"), _hint("go to", "go"), _hint("mark", "mark"),
        _hint("export", "export"), _hint("zoom", "zoom_in", "zoom_out"),
        _hint("compare", "compare"), _hint("quit", "quit"), _hint("UTC", "utc"),
    ),
    Context.FROZEN: (_hint("go on", "freeze"), _hint("quit", "quit"), _hint("help", "help")),
    Context.SIDEBAR: (
        _hint("choose", "choose"), _hint("close", "close_sidebar"), _hint("help", "help"),
        _hint("quit", "quit"),
    ),
    Context.SEARCH: _FIND,
    Context.WALL: (
        _hint("open", "open"), *_WALL,
    ),
    Context.WALL_OVER: (
        _hint("open", "open"), _hint("back", "wall_back"), *_WALL,
    ),
    Context.WALL_SEARCH: _FIND,
}  # fmt: skip
"""Hints of the footer by where the user is; the first matter most, the last go first."""


@frozen
class CommandTable:
    """All commands with the keys that are bound now; by default the usual ones."""

    app: tuple[Command, ...] = APP
    monitor: tuple[Command, ...] = MONITOR
    wall: tuple[Command, ...] = WALL
    sidebar: tuple[Command, ...] = SIDEBAR
    search: tuple[Command, ...] = SEARCH

    def key(self, command_id: str) -> str:
        """Return a key of the monitor's command of that id, or how it is run without one."""
        command = next(each for each in self.monitor if each.id == command_id)
        return (command.label.split() or [f"{command.title} of the palette"])[0]

    def hints(self, hints: Iterable[Hint]) -> tuple[Hint, ...]:
        """Return `hints` with the keys that are bound now; none of what has no key."""
        tables = (self.app, self.monitor, self.wall, self.sidebar, self.search)
        labels = {each.id: each.label for table in tables for each in table}
        found = (
            Hint(word, tuple((name, labels[name].split()[0]) for name, _ in keys if labels[name]))
            for word, keys in hints
        )
        return tuple(hint for hint in found if hint.keys)

    def footer(self, context: Context) -> tuple[Hint, ...]:
        """Return the hints of the footer, the first matter most."""
        return self.hints(FOOTER[context])

    def guarded_keys(self) -> frozenset[str]:
        """Keys that do nothing right after Esc: they may be what is left of a torn sequence."""
        return frozenset(
            label
            for command in (*self.monitor, *self.wall)
            if command.section == ALERTS
            or command.call in {"span.change_span", "span.set_span", "span.zoom"}
            for label in command.label.split()
        )


USUAL = CommandTable()
"""The commands with their usual keys."""


def monitor_choices(profiles: Iterable[str]) -> Iterator[Command]:
    """Yield the palette's entries of the monitor that have no key: one for each choice."""
    for length in SNOOZES:
        title = f"Snooze alerts: {exact_duration(length)}"
        yield _choice(title, "silence all alerts for so long", ALERTS, "alerts.snooze", length)
    for by in Breakdown:
        title = f"Breakdown by {WORDS[by].one}"
        yield _choice(title, "one row each", DATA, "filters.set_breakdown", by)
    for compare, words in COMPARISONS.items():
        yield _choice(words, "the same local time", SPAN, "span.compare", compare)
    for span in SPANS:
        yield _choice(
            f"Window: {exact_duration(span)}", "show this span", SPAN, "span.set_span", span
        )
    for name in profiles:
        yield _choice(f"Profile: {name}", "watch this profile", DATA, "switch_profile", name)


def _choice(title: str, meaning: str, section: str, call: str, value: object) -> Command:
    return Command("", "", "", title, meaning, section, call, (value,))


def find_command(command_id: str) -> Command:
    """Return the command of that id. Raises KeyError for any other."""
    return _BY_ID[command_id]


def bindings(table: tuple[Command, ...], inherited: BindingsMap | None = None) -> BindingsMap:
    """Return the keys of `table`, and those that are `inherited` and not in it."""
    found = BindingsMap(command.binding() for command in table if command.keys)
    if inherited is not None:
        found.key_to_bindings = inherited.key_to_bindings | found.key_to_bindings
    return found


@runtime_checkable
class Commanded(Protocol):
    """A screen with commands of the table."""

    def palette_commands(self) -> Iterator[Command]:
        """Yield what the palette offers on it."""
        ...


async def perform(target: object, command: Command) -> None:
    """Run `command` on `target`, and wait for it where it takes time."""
    result = command.run(target)
    if isawaitable(result):
        await result


async def run_command(target: object, command_id: str) -> None:
    """Run the command of that id on `target`."""
    await perform(target, find_command(command_id))


def help_lines(table: tuple[Command, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield section, keys and meaning of every line of the help that has a key."""
    lines: list[tuple[str, str, str]] = []
    for command in table:
        if command.help:
            lines.append((command.section, command.label, command.help))
        elif lines:
            section, label, meaning = lines[-1]
            lines[-1] = section, f"{label} {command.label}".strip(), meaning
    yield from (line for line in lines if line[1])


def readme_table() -> str:
    """Return the README's table of the monitor's keys, in Markdown."""
    cells = [
        (" ".join(f"`{key}`" for key in keys.split()), meaning)
        for _, keys, meaning in help_lines((*APP, *MONITOR))
    ]
    half = -(-len(cells) // 2)
    rows = ["| key | | key | |", "|---|---|---|---|"]
    for at in range(half):
        left, right = cells[at], cells[at + half] if at + half < len(cells) else ("", "")
        rows.append(f"| {left[0]} | {left[1]} | {right[0]} | {right[1]} |")
    return "\n".join(rows)


def readme_names() -> str:
    """Return the README's list of the names of all commands with their keys, in Markdown."""
    places = (("Everywhere", APP), ("In the monitor", MONITOR), ("On the wall", WALL))
    return "\n".join(
        f"- {place}: " + ", ".join(f"`{each.id}` ({each.label})" for each in table) + "."
        for place, table in places
    )
