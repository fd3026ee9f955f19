"""Draws the pictures of this folder: the demo with a fixed seed and a clock that stands still.

Colours are those of a terminal with many of them, whatever the present one has.

Run it from the top of the repository, in the environment that runs the tests; the report is drawn
by Chromium, where there is one::

    python screenshots/make.py
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from polytop.cli.demo import (
    LIMIT,
    DemoProject,
    build_demo_profile,
    build_simulator,
    demo_profiles,
    demo_source,
    project_sources,
)
from polytop.cli.runtime.monitored import GivenProfiles
from polytop.model.plan import Launch, Planned, PlanRow, build_plan
from polytop.model.snapshot import RowView
from polytop.model.target import Filters
from polytop.simulator.app import Simulator
from polytop.simulator.clock import FastClock
from polytop.ui.app import Options, PolytopApp
from polytop.ui.ports import ExportWish
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.screens.wall import WallScreen
from polytop.ui.svg import without_ligatures

MOMENT = datetime(2026, 11, 19, 15, 42, 30, tzinfo=UTC).timestamp()
HOME, SMALL = (120, 40), (80, 24)


@dataclass(frozen=True)
class Stage:
    """What a picture is set up with: the pilot of the running app, and its service."""

    pilot: Pilot[int]
    service: Simulator

    async def data(self, seconds: float = 30) -> None:
        """Wait until the latest data are drawn."""
        async with asyncio.timeout(seconds):
            while True:
                await self.pilot.pause(0.05)
                screen = self.pilot.app.screen_stack[-1]
                home = next(s for s in self.pilot.app.screen_stack if isinstance(s, MonitorScreen))
                latest = home.session.latest
                if home.settled and screen is not None and not (latest and latest.backfill):
                    break
        await self.pilot.pause(0.2)


async def home(stage: Stage) -> None:
    """The screen as it starts."""


async def filters(stage: Stage) -> None:
    """The sidebar open, one variant chosen."""
    await stage.pilot.press("enter", "f")


async def helped(stage: Stage) -> None:
    """The help."""
    await stage.pilot.press("question_mark")


async def failing(stage: Stage) -> None:
    """The service down, the last good picture kept."""
    stage.service.set_scenario("500")
    await stage.pilot.press("r")
    await stage.pilot.pause(0.5)


async def light(stage: Stage) -> None:
    """The light theme."""
    await stage.pilot.press("t")


async def wall(stage: Stage) -> None:
    """The wall, once every profile has answered or failed."""
    await stage.pilot.press("w")
    screen = stage.pilot.app.screen
    assert isinstance(screen, WallScreen)
    async with asyncio.timeout(30):
        while not screen.settled:
            await stage.pilot.pause(0.05)


async def past(stage: Stage) -> None:
    """The morning, beside the week before, with two marks and the cursor on one of them."""
    home = next(s for s in stage.pilot.app.screen_stack if isinstance(s, MonitorScreen))
    marks = home.session.profile.marks
    assert marks is not None
    marks.add(MOMENT - 5 * 3_600 - 450, "deployed 4.2")
    marks.add(MOMENT - 3 * 3_600 - 1_350, "campaign mail")
    await stage.pilot.press("shift+left", "shift+left", "g", *"11:10", "enter")


async def typical(stage: Stage) -> None:
    """A day beside the typical week."""
    await stage.pilot.press(*["right_square_bracket"] * 2, "c")


async def forecast(stage: Stage) -> None:
    """The forecast past now, without a comparison, once the weeks it is learned from have come."""
    await stage.pilot.press("c", "c", "F")
    home = next(s for s in stage.pilot.app.screen_stack if isinstance(s, MonitorScreen))
    async with asyncio.timeout(90):
        while not (home.snapshot and home.snapshot.outlook and home.snapshot.outlook.windows):
            await stage.pilot.pause(0.05)


def _rows(home: MonitorScreen) -> tuple[RowView, ...]:
    return (home.snapshot and home.snapshot.rows) or ()


def _is_compared(row: RowView) -> bool:
    """True if the week before has come too."""
    return any(value >= 0 for series in row.earlier for value in series.values)


async def languages(stage: Stage) -> None:
    """By language, with the lines of two rows in the graph."""
    await stage.pilot.press("b")
    await stage.data()
    home = next(s for s in stage.pilot.app.screen_stack if isinstance(s, MonitorScreen))
    async with asyncio.timeout(90):
        while not all(_is_compared(row) for row in _rows(home)) or len(_rows(home)) < 6:
            await stage.pilot.pause(0.05)
    await stage.data()
    await stage.pilot.press("ctrl+home", "x", "j", "x")


_START = int(MOMENT) - 3_750
"""14:40, an hour before the picture."""
_ROWS = (
    (-1_800, Planned(58), "doors open"),
    (0, Planned(62, 54, 70), ""),
    (1_500, Planned(76, 66, 86), "campaign mail"),
    (5_400, Planned(98, 88, 108), "ramp-up"),
    (9_000, Planned(102, 92, 112), ""),
    (14_400, Planned(70, 60, 80), ""),
)
LAUNCH = Launch(
    _START,
    _START + 14_400,
    Filters(),
    build_plan(PlanRow(_START + at, planned, label) for at, planned, label in _ROWS),
)
"""The launch of the picture of that name."""

Scene = Callable[[Stage], Awaitable[None]]
PICTURES: dict[str, tuple[tuple[int, int], Scene]] = {
    "launch-120x40": (HOME, home),
    "home-120x40": (HOME, home),
    "home-80x24": (SMALL, home),
    "filters": (HOME, filters),
    "help": (HOME, helped),
    "error": (HOME, failing),
    "light": (HOME, light),
    "past-120x40": (HOME, past),
    "typical-week": (HOME, typical),
    "forecast-120x40": (HOME, forecast),
    "by-language": (HOME, languages),
    "wall-120x40": (HOME, wall),
}


async def report(page: Path, stage: Stage) -> None:
    """The report on what :func:`past` shows, written to `page`."""
    await past(stage)
    home = next(s for s in stage.pilot.app.screen_stack if isinstance(s, MonitorScreen))
    exporter, snapshot = home.session.profile.exporter, home.snapshot
    assert exporter is not None
    assert snapshot is not None
    wish = ExportWish("report.html", False, str(page))
    await asyncio.to_thread(exporter, snapshot, wish, home.context().subject)


def draw_report() -> None:
    """Draw ``report.png``."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("report.png is left out: there is no chromium")
        return
    picture = Path(__file__).with_name("report.png")
    with TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        asyncio.run(draw(HOME, partial(report, page)))
        flags = "--headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,1180"
        command = [chromium, *flags.split(), f"--user-data-dir={folder}/chromium"]
        command += [f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own page
    print(picture.name)


async def draw(size: tuple[int, int], scene: Scene, launch: Launch | None = None) -> str:
    """The picture of `scene` as SVG, of a `launch` if that is given."""
    clock = FastClock(MOMENT, 1.0, lambda: 0.0)
    service = build_simulator(clock, DemoProject("simulator", "demo", LIMIT, LIMIT), 1)
    source = replace(demo_source(clock, lambda: service, lambda: 0.0), chance=lambda: 0.5)
    watch = build_demo_profile(source, 1)
    watch = replace(watch, launch=launch, subject=watch.subject._replace(note=""))
    others = project_sources(source, clock, 1, lambda: 0.0)
    profiles = demo_profiles(source, others, 1)
    app = PolytopApp(
        watch, GivenProfiles({"demo": lambda: watch}), Options(utc=True), wall=profiles
    )
    async with app.run_test(size=size) as pilot:
        stage = Stage(pilot, service)
        await stage.data()
        await scene(stage)
        await stage.data()
        return without_ligatures(app.export_screenshot(title="polytop"))


def main() -> None:
    """Draw all pictures, or those that are named."""
    os.environ.pop("NO_COLOR", None)
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    wanted = sys.argv[1:] or list(PICTURES)
    for name in (each for each in wanted if each in PICTURES):
        path = Path(__file__).with_name(f"{name}.svg")
        launch = LAUNCH if name.startswith("launch") else None
        path.write_text(asyncio.run(draw(*PICTURES[name], launch)), encoding="utf-8")
        print(path.name)
    if not sys.argv[1:] or "report" in sys.argv[1:]:
        draw_report()


if __name__ == "__main__":
    main()
