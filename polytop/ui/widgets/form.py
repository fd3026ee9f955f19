"""Parts of a form: a labelled row with a note beneath, a choice on one line, a masked field."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

MOVING: tuple[BindingType, ...] = (
    Binding("tab,down", "app.focus_next", show=False, priority=True),
    Binding("shift+tab,up", "app.focus_previous", show=False, priority=True),
)
"""Keys between the fields of a form.

They come before those of the field, so that what is typed ahead goes to the field it is for.
"""

_GAP = "  "
"""Between two values of a choice."""


class TextField(Input):
    """A line to type in.

    With `replace_on_paste` a pasted value takes the place of the present one. With `secret` the
    value is masked, never copied, and never part of a message.
    """

    def __init__(
        self,
        name: str,
        value: str = "",
        *,
        hint: str = "",
        longest: int = 200,
        replace_on_paste: bool = False,
        secret: bool = False,
    ) -> None:
        # Before the input is made: it posts messages while that happens.
        self._replace_on_paste, self._secret = replace_on_paste, secret
        super().__init__(
            value,
            placeholder=hint,
            id=name,
            max_length=longest,
            select_on_focus=False,
            password=secret,
        )
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Replace the value by the first line that is not empty."""
        if not self._replace_on_paste:
            return
        event.stop()
        event.prevent_default()
        if text := event.text.strip():
            self.value = text.splitlines()[0].strip()[: self.max_length]
            self.action_end()

    def post_message(self, message: Message) -> bool:
        """Post a message; those of a secret line go without its value."""
        if self._secret:
            for kind in (Input.Changed, Input.Submitted, Input.Blurred):
                if isinstance(message, kind):
                    return super().post_message(kind(self, ""))
        return super().post_message(message)

    def action_copy(self) -> None:
        """Copy the selection; nothing of a secret, for others read the clipboard."""
        if not self._secret:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut the selection; nothing of a secret."""
        if not self._secret:
            super().action_cut()


class Pick(Widget, can_focus=True):
    """One of a few values on one line; none is chosen if `chosen` is None.

    Where there is no room for all, the first ones leave until the chosen one is whole.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick--chosen", "pick--other"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", show=False),
        Binding("right,l,space", "move(1)", show=False),
        Binding("enter", "submit", show=False),
    ]

    class Changed(Message):
        """Another value was chosen."""

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, name: str, values: Sequence[str], chosen: str | None) -> None:
        super().__init__(id=name)
        self._values = tuple(values)
        self._chosen = chosen

    @property
    def chosen(self) -> str | None:
        """The chosen value, or None."""
        return self._chosen

    def choose(self, value: str | None) -> None:
        """Choose `value`; None takes the choice back."""
        if value != self._chosen:
            self._chosen = value
            self.refresh()
            self.post_message(self.Changed())

    def _labels(self) -> list[tuple[str, str]]:
        """The values that are shown with their labels."""
        labels = [(each, f"{'●' if each == self._chosen else '○'} {each}") for each in self._values]
        at = self._values.index(self._chosen) + 1 if self._chosen is not None else 0
        while len(_GAP.join(label for _, label in labels[:at])) > self.size.width and at > 1:
            labels, at = labels[1:], at - 1
        return labels

    def render(self) -> Content:
        """Render the values, the chosen one marked."""
        styles = (self.get_visual_style("pick--other"), self.get_visual_style("pick--chosen"))
        parts = [
            Content(label).stylize(styles[value == self._chosen]) for value, label in self._labels()
        ]
        return Content(_GAP).join(parts)

    def action_move(self, steps: int) -> None:
        """Choose the next value, or the one before; the first if none is chosen."""
        if self._chosen is None:
            self.choose(self._values[0])
            return
        at = self._values.index(self._chosen) + steps
        self.choose(self._values[at % len(self._values)])

    def action_submit(self) -> None:
        """Tell that Enter was pressed."""
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        offset = event.get_content_offset(self)
        start = 0
        for value, label in self._labels():
            if offset is not None and start <= offset.x < start + len(label):
                self.choose(value)
            start += len(label) + len(_GAP)


class FormRow(Vertical):
    """A label, its field, and a note beneath them."""

    def __init__(self, label: str, field: Widget, *, hint: str = "") -> None:
        super().__init__(classes="row")
        self._label, self._field, self._hint = label, field, hint
        self._note = Static(hint, markup=False, classes="note")
        self._note.display = bool(hint)

    def compose(self) -> ComposeResult:
        """Show label and field on one line, the note beneath."""
        with Horizontal():
            yield Static(self._label, markup=False, classes="label")
            yield self._field
        yield self._note

    def on_descendant_focus(self) -> None:
        """Highlight the label."""
        self.add_class("here")

    def on_descendant_blur(self) -> None:
        """Take the highlight away."""
        self.remove_class("here")

    def fault(self, words: str) -> None:
        """Show an error; an empty text takes it back."""
        self._say(words or self._hint, wrong=bool(words))

    def remark(self, words: str) -> None:
        """Show a remark; an empty text shows the hint."""
        self._say(words or self._hint, wrong=False)

    def _say(self, words: str, *, wrong: bool) -> None:
        self._note.update(f"! {words}" if wrong else words)
        self._note.set_class(wrong, "wrong")
        self._note.display = bool(words)
