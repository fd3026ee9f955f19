"""The home screen in time: cursor, panning, zooming, comparison, marks, exports."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType

from polytop.model.baseline import Compare
from polytop.model.mark import Mark, marked_text
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot
from polytop.ui import view_state
from polytop.ui.ports import FeedError
from polytop.ui.readings import moment_text
from polytop.ui.screens.keys import Key
from polytop.ui.screens.overlaid import Overlaid
from polytop.ui.widgets.graph_pane import GraphPane
from polytop.ui.worker import begun

NOTHING_YET = Problem(Kind.REFUSED, "There is nothing to export yet", "Wait for data.")
NO_MARKS = Problem(Kind.REFUSED, "Marks cannot be kept here", "They need a project of a profile.")


Work = Coroutine[Any, Any, None]


class Timed(Overlaid):
    """The home screen with all that moves through time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Key("left,h", "step(-1)", "Cursor back"),
        Key("right,l", "step(1)", "Cursor on"),
        Key("home", "edge(False)", "Cursor to the start"),
        Key("end", "edge(True)", "Cursor to the end"),
        Key("shift+left,H", "pan(-1)", "Earlier"),
        Key("shift+right", "pan(1)", "Later"),
        Key("plus,equals_sign", "zoom(1)", "Nearer"),
        Key("minus", "zoom(-1)", "Farther"),
        Key("p", "peak", "Go to the peak"),
        Key("n", "now", "Back to now"),
        Key("g", "go", "Go to a time"),
        Key("c", "compare", "Next comparison"),
        Key("m", "mark", "Put a mark"),
        Key("M", "marks", "List marks"),
        Key("e", "export", "Export what is shown"),
    ]

    def _take(self, snapshot: Snapshot) -> None:
        super()._take(snapshot)
        # Time passes under the cursor: where it would leave the range, the range stays with it.
        kept = view_state.keep_cursor_in_span(self._state, self.newest)
        if kept != self._state:
            self.adopt(kept)

    # Moving

    def action_step(self, columns: int) -> None:
        """The cursor by columns of the graph."""
        seconds = columns * self._board.graph.step
        self.change(view_state.step_cursor(self._state, seconds, self.newest))

    def action_edge(self, last: bool) -> None:
        """The cursor to the first or the last window that is shown."""
        self.change(view_state.jump_to_edge(self._state, self.newest, last=last))

    def action_pan(self, quarters: int) -> None:
        """Show what is earlier or later by a quarter of the range."""
        self.change(view_state.pan(self._state, quarters, self.newest))

    def action_zoom(self, steps: int) -> None:
        """A shorter or a longer range about the cursor."""
        self.change(view_state.zoom(self._state, steps, self.newest))

    def action_peak(self) -> None:
        """The cursor to the highest value that is shown."""
        peak = self._shown.summary.peak if self._shown else None
        if peak is not None:
            self.change(view_state.point_at(self._state, peak.window, self.newest))

    def action_now(self) -> None:
        """Follow now again."""
        self.change(view_state.follow_now(self._state))

    def action_compare(self) -> None:
        """The next comparison."""
        self.change(view_state.set_comparison(self._state))

    def choose_compare(self, compare: Compare) -> None:
        """Apply a comparison at once."""
        self.change(view_state.set_comparison(self._state, compare))

    @on(GraphPane.Pointed)
    def _pointed(self, message: GraphPane.Pointed) -> None:
        if message.wheel:
            self.change(view_state.zoom(self._state, message.wheel, self.newest, message.window))
        else:
            self.change(view_state.point_at(self._state, message.window, self.newest))

    def action_go(self) -> None:
        """Ask for a time, and go there."""
        from polytop.model.timeparse import typed
        from polytop.ui.screens.prompts import AskScreen

        scene = self.scene()

        def seconds(text: str) -> float:
            found = typed(text).seconds(scene.now, scene.zone.info)
            if not scene.now - view_state.FARTHEST < found <= scene.now:
                what = "is still to come" if found > scene.now else "is more than ten years ago"
                raise ValueError(f"{text!r} {what}: give a moment that has been watched")
            return found

        def refuse(text: str) -> str | None:
            try:
                seconds(text)
            except ValueError as error:
                return str(error)
            return None

        def answered(text: str | None) -> None:
            if text is not None:
                self.change(view_state.go_to(self._state, seconds(text), self.newest))

        hint = "14:30, yesterday 09:00, mon 14:00, 20 Nov 08:15, -2h"
        self.app.push_screen(AskScreen("Go to:", hint=hint, refuse=refuse), answered)

    # Marks

    def _here(self) -> int:
        """The moment that a mark is put at: the cursor's window, or now."""
        at = self._state.cursor_at
        return int(self._session.watch.clock()) if at is None else at

    def action_mark(self) -> None:
        """Ask for a text and put a mark with it at the cursor, or now."""
        at, scene = self._here(), self.scene()
        cursor = self._state.cursor_at is not None
        moment = f"at {moment_text(at, scene.now, scene.zone)}" if cursor else "now"
        self._ask_mark(f"Mark {moment}:", "", partial(self._add_mark, at))

    def _ask_mark(self, question: str, text: str, do: Callable[[str], Work]) -> None:
        from polytop.ui.screens.prompts import AskScreen

        def refuse(answer: str) -> str | None:
            try:
                marked_text(answer)
            except ValueError as error:
                return str(error)
            return None

        def answered(answer: str | None) -> None:
            if answer is not None:
                begun(self, partial(do, answer), group="marks", exit_on_error=True)

        if self._session.watch.marks is None:
            self._tell(NO_MARKS)
            return
        hint = "deployment 4.2, campaign, incident …"
        self.app.push_screen(AskScreen(question, text=text, hint=hint, refuse=refuse), answered)

    async def _add_mark(self, at: int, text: str) -> None:
        marks = self._session.watch.marks
        if marks is not None:
            await self._changed(lambda: marks.add(at, text))

    async def _edit_mark(self, mark: Mark, text: str) -> None:
        marks = self._session.watch.marks
        if marks is not None:
            await self._changed(lambda: marks.change(mark.id, text))

    async def _remove_mark(self, mark: Mark) -> None:
        marks = self._session.watch.marks
        if marks is not None:
            await self._changed(lambda: marks.remove(mark.id))

    async def _changed(self, change: Callable[[], object]) -> None:
        """Change the marks, beside the event loop, and show them."""
        try:
            await asyncio.to_thread(change)
        except FeedError as error:
            self._tell(error.problem)
            return
        self._session.show_again()

    async def action_marks(self) -> None:
        """List every mark of the project."""
        from polytop.ui.screens.marks import MarksScreen

        marks = self._session.watch.marks
        if marks is None:
            self._tell(NO_MARKS)
            return
        try:
            listed = await asyncio.to_thread(marks.listed)
        except FeedError as error:
            self._tell(error.problem)
            return
        self.app.push_screen(MarksScreen(listed, self.scene()), self._do_with_mark)

    def _do_with_mark(self, choice: object) -> None:
        from polytop.ui.screens.marks import Choice

        if not isinstance(choice, Choice):
            return
        if choice.do == "jump":
            self.change(view_state.go_to(self._state, choice.mark.at, self.newest))
        elif choice.do == "edit":
            self._ask_mark("Mark:", choice.mark.text, partial(self._edit_mark, choice.mark))
        else:
            begun(self, partial(self._remove_mark, choice.mark), group="marks", exit_on_error=True)

    # Exports

    def action_export(self) -> None:
        """Write what is shown to a file: data, or a picture."""
        from polytop.ui.screens.export import ExportScreen
        from polytop.ui.svg import picture_title, screen_svg

        snapshot, exporter = self._shown, self._session.watch.exporter
        if snapshot is None or snapshot.fetched_at is None or exporter is None:
            self._tell(NOTHING_YET)
            return
        scene = self.scene()
        screen = ExportScreen(
            snapshot, scene, exporter, lambda: screen_svg(self, picture_title(snapshot, scene))
        )
        self.app.push_screen(screen, self._exported)

    def _exported(self, words: str | None) -> None:
        if words:
            self.app.notify(words[:1].upper() + words[1:], timeout=6, markup=False)
