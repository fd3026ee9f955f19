"""The line in which rows are searched."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.widgets import Input

if TYPE_CHECKING:
    from polytop.ui.screens.monitor import MonitorScreen


class Find(Input):
    """Filters rows while one types; Enter keeps the filter, Esc lets it go."""

    DEFAULT_CSS = """
    Find { height: 1; border: none; padding: 0 1; background: $panel; width: 1fr; }
    Find:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "let_go", "Let go")]

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            placeholder="rows with …, or now>20 share>=5%   Enter keeps, Esc clears",
            id="find",
            select_on_focus=False,
        )
        self.cursor_blink = False

    @property
    def _home(self) -> "MonitorScreen":
        return cast("MonitorScreen", self.screen)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the rows at every letter."""
        event.stop()
        self._home.search(event.value)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was found."""
        event.stop()
        await self._home.close_find(keep=True)

    async def action_let_go(self) -> None:
        """Back to all rows."""
        await self._home.close_find(keep=False)
