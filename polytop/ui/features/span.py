"""The span that is shown and the cursor in it: moving, zooming, comparing."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from polytop.model.baseline import Compare
from polytop.ui import view_state
from polytop.ui.features.port import Port
from polytop.ui.view_state import ViewContext, ViewState

if TYPE_CHECKING:
    from polytop.model.timeparse import TimeInput
    from polytop.ui.render.context import RenderContext


def _launch_moment(text: str, context: "RenderContext") -> "TimeInput | None":
    """Return the moment of the launch that ``T+00:30`` is; None for another time."""
    if context.launch is None:
        return None
    from polytop.model.plan import parse_launch_offset
    from polytop.model.timeparse import TimeInput

    offset = parse_launch_offset(text)
    if offset is None:
        return None
    return TimeInput(text, when=datetime.fromtimestamp(context.launch.start + offset, UTC))


class Span:
    """Moves through time by reducers of the view state."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def change_span(self, steps: int) -> None:
        """Show the next shorter or longer span; its end stays where it is."""
        self._port.store.apply(
            lambda state, context: view_state.keep_cursor_in_span(
                view_state.change_span(state, steps), context.newest
            )
        )

    def set_span(self, seconds: int) -> None:
        """Show `seconds`; the end stays where it is."""
        self._port.store.apply(
            lambda state, context: view_state.set_span(state, seconds, context.newest)
        )

    def step(self, columns: int) -> None:
        """Move the cursor by columns of the graph."""
        self._port.store.apply(
            lambda state, context: view_state.step_cursor(
                state, columns * context.column, context.newest
            )
        )

    def jump_to_edge(self, last: bool) -> None:
        """Put the cursor on the first or the last window of the span."""
        self._port.store.apply(
            lambda state, context: view_state.jump_to_edge(state, context.newest, last=last)
        )

    def pan(self, quarters: int) -> None:
        """Show what is earlier or later, by a quarter of the span."""
        self._port.store.apply(
            lambda state, context: view_state.pan(state, quarters, context.newest)
        )

    def zoom(self, steps: int, about: int | None = None) -> None:
        """Show a shorter or a longer span about the cursor, or about a window."""
        self._port.store.apply(
            lambda state, context: view_state.zoom(state, steps, context.newest, about)
        )

    def point_at(self, window: int) -> None:
        """Put the cursor on `window`."""
        self._port.store.apply(
            lambda state, context: view_state.point_at(state, window, context.newest)
        )

    def peak(self) -> None:
        """Put the cursor on the highest value that is shown, where there is one."""

        def reduce(state: ViewState, context: ViewContext) -> ViewState:
            if context.peak is None:
                return state
            return view_state.point_at(state, context.peak, context.newest)

        self._port.store.apply(reduce)

    def follow_now(self) -> None:
        """Follow now again."""
        self._port.store.apply(lambda state, _: view_state.follow_now(state))

    def go_to(self, moment: float) -> None:
        """Put the cursor on `moment` (epoch seconds)."""
        self._port.store.apply(
            lambda state, context: view_state.go_to(state, moment, context.newest)
        )

    def compare(self, compare: Compare | None = None, steps: int = 1) -> None:
        """Compare with `compare`, or with the choice `steps` on."""
        self._port.store.apply(lambda state, _: view_state.set_comparison(state, compare, steps))

    def ask_time(self) -> None:
        """Ask for a time, and go there."""
        from polytop.model.timeparse import parse_time, past_moment
        from polytop.ui.dialogs.prompts import AskScreen

        context = self._port.context()

        def seconds(text: str) -> float:
            given = _launch_moment(text, context) or parse_time(text)
            return past_moment(given, context.now, context.zone.info)

        def refuse(text: str) -> str | None:
            try:
                seconds(text)
            except ValueError as error:
                return str(error)
            return None

        def answered(text: str | None) -> None:
            if text is not None:
                self.go_to(seconds(text))

        hint = "T+00:30, " if context.launch is not None else ""
        hint += "14:30, yesterday 09:00, mon 14:00, 20 Nov 08:15, -2h"
        self._port.ask(AskScreen("Go to:", hint=hint, refuse=refuse, enter="goes"), answered)
