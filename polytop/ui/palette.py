"""The palette's search, and its faults."""

import logging
from traceback import walk_tb

from textual import command
from textual.command import Hits
from textual.message import Message
from textual.message_pump import MessagePump
from textual.system_commands import SystemCommandsProvider

log = logging.getLogger("polytop.ui")


class PaletteCommands(SystemCommandsProvider):
    """Finds commands by their titles; what ends the app only by a text with a ``q``.

    So no Enter leaves by chance.
    """

    async def search(self, query: str) -> Hits:
        """Yield the commands that match `query`."""
        async for hit in super().search(query):
            if "q" in query.casefold() or not str(hit.text).startswith("Quit"):
                yield hit


class CommandPalette(command.CommandPalette):
    """Textual's palette. A fault of it, or of its parts, ends nothing.

    It fails on clicks outside a terminal that has just become smaller, and on clicks on a list
    that has just changed.
    """

    def on_mount(self) -> None:
        """Guard the palette and its parts."""
        for pump in (self, *self.query("*")):
            _keep_alive(pump)


def _keep_alive(pump: MessagePump) -> None:
    """Log what a message leads to in `pump` and go on; Textual would end the app."""
    dispatch = pump._dispatch_message

    async def dispatch_safely(message: Message) -> None:
        try:
            await dispatch(message)
        except Exception:
            log.exception("the palette failed")

    pump._dispatch_message = dispatch_safely  # type: ignore[method-assign]


def is_palette_fault(error: BaseException) -> bool:
    """Return True if `error` comes from the palette's search, which may outlive the palette."""
    frames = walk_tb(error.__traceback__)
    return any(frame.f_code.co_filename == command.__file__ for frame, _ in frames)
