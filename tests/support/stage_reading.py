"""Reading the screen in time, and what the simulated traffic itself says of the same windows."""

from datetime import UTC, datetime

from polytop.model.series import UNKNOWN
from polytop.model.target import ClientEnv
from polytop.simulator.traffic import Selection

HOUR, DAY = 3_600, 86_400


def utc(text: str) -> int:
    """``2026-11-19 15:40`` as epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def lines(pane) -> list[str]:
    return pane.buffer.text().split("\n")


def readout(stage) -> str:
    """The graph's title, with what is under the cursor."""
    return lines(stage.home.board.graph)[0]


def header(stage) -> str:
    return lines(stage.home.board.header)[0]


def first_figure(stage) -> str:
    return lines(stage.home.board.figures)[0].split()[0]


def cursor(stage) -> int | None:
    return stage.home.store.state.cursor_at


def truth(stage, start: int, end: int, **filters: str | None) -> tuple[int, ...]:
    """The values of the windows, counted without client, poller and history."""
    traffic = stage.service._traffic_of("PROJECT-simulator")
    return tuple(
        traffic.total(
            Selection(ClientEnv.LIVE, filters.get("variant_id")), start, end, stage.home.snapshot.at
        )
    )


def shown_is_true(stage) -> bool:
    """Whether every window that is shown has the service's own value."""
    shown = stage.home.snapshot
    return shown.total.values == truth(stage, shown.start, shown.end)


async def press(stage, *keys: str) -> None:
    """Press keys and wait until all that they ask for is there and drawn."""
    await stage.pilot.press(*keys)
    await settled(stage)


async def settled(stage) -> None:
    home = stage.home
    await stage.until(
        lambda: (
            home.settled
            and home.snapshot.view == home.store.state.view
            and not home.snapshot.backfill
            and UNKNOWN not in home.snapshot.total.values
            and not home.session.latest.backfill
        )
    )
    await stage.pilot.pause()


def column_of(stage, window: int) -> int:
    """The cell of the graph's pane in which `window` is drawn."""
    from polytop.ui.render.plot import GUTTER

    place = stage.home.board.graph.plot
    return GUTTER + 1 + place.line_of(window)


def dialog(stage) -> str:
    """Every text of the screen on top."""
    from textual.widgets import Input, OptionList, Static

    found = []
    for widget in stage.app.screen.query("*"):
        if isinstance(widget, Static):
            found.append(str(widget.render()))
        elif isinstance(widget, OptionList):
            found += [str(widget.get_option_at_index(n).prompt) for n in range(widget.option_count)]
        elif isinstance(widget, Input):
            found.append(widget.value or widget.placeholder)
    return "\n".join(found)


def axis(stage) -> str:
    """The graph's line of ticks, with the foot of the cursor."""
    return next(line for line in lines(stage.home.board.graph) if "└" in line)


async def answer(stage, key: str, text: str) -> None:
    """Press `key`, which asks for a line, and give `text` in the place of what is in it."""
    from textual.widgets import Input

    if key:
        await stage.pilot.press(key)
    await stage.until(lambda: bool(stage.app.screen.query(Input)))
    stage.app.screen.query_one(Input).value = text
    await stage.pilot.press("enter")
    await stage.pilot.pause()


async def go(stage, text: str) -> None:
    """Go to the moment that `text` writes, and wait until all of it is there and drawn."""
    await answer(stage, "g", text)
    await settled(stage)
