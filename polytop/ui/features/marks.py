"""Marks: put one, list them, edit and remove them."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from polytop.model.mark import Mark, clean_mark_text
from polytop.model.problem import Kind, Problem
from polytop.ui.features.port import Port
from polytop.ui.ports import FeedError
from polytop.ui.ports import Marks as StoredMarks
from polytop.ui.time_format import moment_text

NO_MARKS = Problem(Kind.REFUSED, "Marks cannot be kept here", "They need a project of a profile.")


class Marks:
    """Changes the marks of the project; `go_to` shows a moment (epoch seconds)."""

    def __init__(self, port: Port, go_to: Callable[[float], None]) -> None:
        self._port, self._go_to = port, go_to

    def _stored(self) -> StoredMarks | None:
        """Return the marks of the project; None, with a notice, where none can be kept."""
        marks = self._port.session.profile.marks
        if marks is None:
            self._port.tell(NO_MARKS)
        return marks

    def add(self) -> None:
        """Ask for a text and put a mark with it at the cursor, or now."""
        marks = self._stored()
        if marks is None:
            return
        cursor, context = self._port.store.state.cursor_at, self._port.context()
        at = int(self._port.session.profile.clock()) if cursor is None else cursor
        moment = "now" if cursor is None else f"at {moment_text(at, context.now, context.zone)}"
        self._ask_text(f"Mark {moment}:", "", partial(marks.add, at))

    def _ask_text(self, question: str, text: str, change: Callable[[str], object]) -> None:
        from polytop.ui.dialogs.prompts import AskScreen

        def refuse(answer: str) -> str | None:
            try:
                clean_mark_text(answer)
            except ValueError as error:
                return str(error)
            return None

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._change(partial(change, answer))

        hint = "deployment 4.2, campaign, incident …"
        dialog = AskScreen(question, text=text, hint=hint, refuse=refuse, enter="saves")
        self._port.ask(dialog, answered)

    def _change(self, change: Callable[[], object]) -> None:
        self._port.run(partial(self._change_beside, change), "marks")

    async def _change_beside(self, change: Callable[[], object]) -> None:
        """Change the marks beside the event loop, and show them."""
        if await self._beside(change) is not _FAILED:
            self._port.session.show_again()

    async def _beside(self, work: Callable[[], Any]) -> Any:
        try:
            return await asyncio.to_thread(work)
        except FeedError as error:
            self._port.tell(error.problem)
            return _FAILED

    async def show_all(self) -> None:
        """List every mark of the project."""
        from polytop.ui.dialogs.marks import Choice, MarksScreen

        marks = self._stored()
        if marks is None:
            return
        listed = await self._beside(marks.listed)
        if listed is _FAILED:
            return

        def apply(choice: Choice | None) -> None:
            if choice is not None:
                self._apply(marks, choice.do, choice.mark)

        self._port.ask(MarksScreen(listed, self._port.context()), apply)

    def _apply(self, marks: StoredMarks, do: str, mark: Mark) -> None:
        if do == "jump":
            self._go_to(mark.at)
        elif do == "edit":
            self._ask_text("Mark:", mark.text, partial(marks.change, mark.id))
        else:
            self._change(partial(marks.remove, mark.id))


_FAILED = object()
"""Stands for the result of work that failed and was reported."""
