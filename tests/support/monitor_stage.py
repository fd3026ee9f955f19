"""The monitor on the simulator, in this process, with a clock that is moved by hand."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from patience import PATIENCE
from screen_text import toasts
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot
from textual.visual import RichVisual
from textual.widgets import Input, OptionList, Static
from waiting import wait_for_words, wait_until

from polytop.alerts.state import AlertView
from polytop.cli.demo import build_demo_profile, demo_source
from polytop.cli.runtime.monitored import GivenProfiles
from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import Snapshot
from polytop.model.target import ClientEnv
from polytop.simulator.app import Simulator, SimulatorConfig
from polytop.simulator.clock import FastClock
from polytop.simulator.traffic import Selection
from polytop.ui.app import Options, PolytopApp
from polytop.ui.ports import FeedError, MonitoredProfile, Profiles
from polytop.ui.render.plot import GUTTER
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.view_state import ViewState
from polytop.ui.widgets.sidebar import SidebarOption

HOUR, DAY = 3_600, 86_400
MOMENT = datetime(2026, 11, 19, 15, 42, 30, tzinfo=UTC).timestamp()


@dataclass
class ManualClock:
    """Seconds that pass only where a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Stage:
    """An app with its service and its clock; polls happen when a test asks for them."""

    service: Simulator
    hand: ManualClock
    profile: MonitoredProfile
    options: Options
    profiles: Profiles
    app: PolytopApp = field(init=False)
    pilot: Pilot[int] = field(init=False)

    def __post_init__(self) -> None:
        self.app = PolytopApp(self.profile, self.profiles, self.options)

    def follow(self, profile: MonitoredProfile, profiles: Profiles | None = None) -> None:
        """Begin with `profile`, one of `profiles`. Call it before the app runs."""
        self.profile, self.profiles = profile, profiles or self.profiles
        self.__post_init__()

    # What the monitor holds

    @property
    def home(self) -> MonitorScreen:
        """The monitor's screen, also where a dialog is over it."""
        return next(each for each in self.app.screen_stack if isinstance(each, MonitorScreen))

    @property
    def state(self) -> ViewState:
        """The state of the view: span, filters, cursor, columns."""
        return self.home.store.state

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is shown."""
        return self.home.snapshot

    @property
    def notice(self) -> Problem | None:
        """Why the last wish was not fulfilled."""
        return self.home.notice

    @property
    def alerts(self) -> AlertView | None:
        """The state of the alert rules."""
        return self.home.session.alerts

    @property
    def cursor(self) -> int | None:
        """The window under the graph's cursor."""
        return self.state.cursor_at

    @property
    def cursor_row(self) -> int:
        """The index of the table's row under the cursor, from the top of all rows."""
        table = self.home.board.table
        return next(at for at, row in enumerate(table.rows) if row is table.row)

    # What is on the screen

    def text(self) -> str:
        """Return the text of the home screen's panes."""
        board = self.home.board
        panes = (board.header, board.figures, board.graph, board.table, board.status)
        return "\n".join(pane.buffer.text() for pane in panes if pane.display)

    def table(self) -> str:
        """The table's lines."""
        return self.home.board.table.buffer.text()

    def graph(self) -> str:
        """The graph's lines, with its title and axis."""
        return self.home.board.graph.buffer.text()

    def foot(self) -> str:
        """The lines of status, message and keys."""
        return self.home.board.status.buffer.text()

    def header(self) -> str:
        """The first line of the screen."""
        return self.home.board.header.buffer.text().split("\n")[0]

    def area(self) -> int:
        """The number of cells in which the graph shows an area."""
        body = self.home.board.graph.body
        cells = [cell for line in body.cells for cell in line] if body else []
        return sum(cell.char == "⣿" or bool(cell.style and cell.style.bgcolor) for cell in cells)

    def readout(self) -> str:
        """The graph's title, with what is under the cursor."""
        return self.graph().split("\n")[0]

    def figures(self) -> str:
        """The lines of the figures above the graph."""
        return self.home.board.figures.buffer.text()

    def first_figure(self) -> str:
        """The first of the figures: now, or the value under the cursor."""
        now, *rest = self.figures().split("\n")
        looked = next((line for line in rest if "◂" in line), None)
        found = re.search(r"(?:NOW|SEEN) (?:≥ )?(\d+|–)", now)
        if looked is not None:
            found = re.search(r"\d\d:\d\d (?:≥ )?(\d+|–)", looked)
        assert found, self.figures()
        return found[1]

    def axis(self) -> str:
        """The graph's line of ticks, with the foot of the cursor."""
        return next(line for line in self.graph().split("\n") if "└" in line)

    def rows(self) -> list[str]:
        """Names of the rows as shown, the total left out."""
        return [entry.label for entry in self.home.board.table.rows]

    def sidebar_lines(self) -> tuple[SidebarOption | None, ...]:
        """The options of the open sidebar; None on a head and on a blank line."""
        sidebar = self.home.filters.sidebar
        assert sidebar is not None
        return sidebar.option_lines

    def sidebar_options(self) -> list[SidebarOption]:
        """The options of the open sidebar."""
        return [line for line in self.sidebar_lines() if line is not None]

    def toasts(self) -> list[str]:
        """The messages in the corner of the screen."""
        return toasts(self.app)

    def dialog(self) -> str:
        """Every text of the screen on top."""
        found = []
        for widget in self.app.screen.query("*"):
            if isinstance(widget, Static):
                words = widget.render()
                lines = range(widget.size.height if isinstance(words, RichVisual) else 0)
                found.append("\n".join(widget.render_line(at).text for at in lines) or str(words))
            elif isinstance(widget, OptionList):
                options = range(widget.option_count)
                found += [str(widget.get_option_at_index(at).prompt) for at in options]
            elif isinstance(widget, Input):
                found.append(widget.value or widget.placeholder)
        return "\n".join(found)

    def column_of(self, window: int) -> int:
        """The cell of the graph's pane in which `window` is drawn."""
        plot = self.home.board.graph.plot
        assert plot is not None
        return GUTTER + 1 + plot.line_of(window)

    # What the service itself counts

    def truth(self, start: int, end: int, **filters: str | None) -> tuple[int, ...]:
        """The values of the windows, counted without client, poller and history."""
        assert self.snapshot is not None
        selection = Selection(ClientEnv.LIVE, filters.get("variant_id"))
        traffic = self.service.traffic_of("PROJECT-simulator")
        return tuple(traffic.total(selection, start, end, self.snapshot.at))

    def shown_is_true(self) -> bool:
        """True if every window that is shown has the service's own value."""
        shown = self.snapshot
        assert shown is not None
        return shown.total.values == self.truth(shown.start, shown.end)

    # Waiting

    async def until(self, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until `holds`; fails where it never does."""
        await wait_until(self.pilot, holds, seconds)

    async def shows(self, words: str) -> None:
        """Wait until `words` are on the home screen."""
        await wait_for_words(self.pilot, words, self.text)

    async def drawn(self) -> None:
        """Wait until data have come, what is compared with too, and are drawn."""
        await self.until(lambda: self.home.settled and not self.home.session.latest.backfill)
        await self.pilot.pause()

    async def settled(self) -> None:
        """Wait until all that the user wants to see is there, without a hole, and drawn."""
        home = self.home
        await self.until(
            lambda: (
                home.settled
                and home.snapshot.view == home.store.state.view
                and not home.snapshot.backfill
                and UNKNOWN not in home.snapshot.total.values
                and not home.session.latest.backfill
            )
        )
        await self.pilot.pause()

    # Keys, mouse and polls

    async def press(self, *keys: str) -> None:
        """Press keys and wait until all that they ask for is there and drawn."""
        await self.pilot.press(*keys)
        await self.settled()

    async def polled(self) -> None:
        """Poll once more, by key."""
        before = self.service.count
        await self.pilot.press("r")
        await self.until(lambda: self.service.count >= before + 2)
        await self.drawn()

    async def choose(self, label: str) -> None:
        """Open the sidebar where it is closed, and choose the line `label`."""
        if self.home.filters.sidebar is None:
            await self.pilot.press("f")
        sidebar = self.home.filters.sidebar
        assert sidebar is not None
        labels = [line.label if line else None for line in sidebar.option_lines]
        sidebar.highlighted = labels.index(label)
        await self.pilot.press("enter")
        await self.pilot.pause()

    async def answer(self, key: str, text: str) -> None:
        """Press `key`, which asks for a line, and give `text` in the place of what is in it."""
        if key:
            await self.pilot.press(key)
        await self.until(lambda: bool(self.app.screen.query(Input)))
        self.app.screen.query_one(Input).value = text
        await self.pilot.press("enter")
        await self.pilot.pause()

    async def go(self, text: str) -> None:
        """Go to the moment that `text` writes, and wait until all of it is there and drawn."""
        await self.answer("g", text)
        await self.settled()

    async def scroll(self, selector: str, offset: tuple[int, int], turn: int) -> None:
        """Turn the mouse's wheel over a cell of a widget: up (1) or down (-1)."""
        widget = self.home.query_one(selector)
        event = MouseScrollUp if turn > 0 else MouseScrollDown
        widget.post_message(event(widget, *offset, 0, -turn, 0, False, False, False))
        await self.pilot.pause()


def utc(text: str) -> int:
    """``2026-11-19 15:40`` as epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def build(
    *,
    scenario: str | None = None,
    variants: int = 8,
    limit: int | None = 120,
    options: Options | None = None,
    change: Callable[[MonitoredProfile], MonitoredProfile] = lambda watch: watch,
    moment: float = MOMENT,
    around: Callable[[Simulator], Any] = lambda service: service,
) -> Stage:
    """A stage whose clock stands still until its hand is moved.

    `around` gives the application that is asked in the place of the service.
    """
    hand = ManualClock()
    clock = FastClock(moment, 1.0, hand)
    service = Simulator(SimulatorConfig(clock=clock, scenario=scenario, variants=variants))

    async def sleep(_: float) -> None:
        await asyncio.Event().wait()

    source = replace(
        demo_source(clock, lambda: around(service), lambda: 0.0),
        sleep=sleep,
        chance=lambda: 0.5,
    )
    source = replace(source, capacity=replace(source.capacity, limit=limit))
    profile = change(build_demo_profile(source, 1.0))
    only = GivenProfiles({profile.subject.profile: lambda: profile})
    return Stage(service, hand, profile, options or Options(utc=True), only)


@asynccontextmanager
async def running(
    stage: Stage,
    size: tuple[int, int] = (120, 40),
    *,
    data: bool = True,
    notifications: bool = False,
) -> AsyncGenerator[Stage, None]:
    """The app of `stage` in a terminal of `size`, with its first data drawn.

    Messages in the corner are shown with `notifications` alone.
    """
    async with stage.app.run_test(size=size, notifications=notifications) as pilot:
        stage.pilot = pilot
        await pilot.pause()
        if data:
            await stage.drawn()
        yield stage


@dataclass(frozen=True)
class Several:
    """The given profiles by their names, and a broken one."""

    watches: tuple[MonitoredProfile, ...]

    @property
    def names(self):
        return (*(watch.subject.profile for watch in self.watches), "broken")

    def get(self, name):
        for watch in self.watches:
            if watch.subject.profile == name:
                return watch
        raise FeedError(Problem(Kind.REFUSED, "limit: 0 is too small", "Give at least 1."))


def named(stage: Stage, name: str) -> MonitoredProfile:
    """Return the stage's profile under another name."""
    return replace(stage.profile, subject=stage.profile.subject._replace(profile=name))
