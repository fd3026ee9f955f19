"""The palette's search, and its faults."""

from traceback import walk_tb

from textual import command
from textual.command import Hits
from textual.system_commands import SystemCommandsProvider


class PaletteCommands(SystemCommandsProvider):
    """Finds commands by their titles; what ends the app only by a text with a ``q``.

    So no Enter leaves by chance.
    """

    async def search(self, query: str) -> Hits:
        """Yield the commands that match `query`."""
        async for hit in super().search(query):
            if "q" in query.casefold() or not str(hit.text).startswith("Quit"):
                yield hit


def is_palette_fault(error: BaseException) -> bool:
    """Return True if `error` comes from Textual's palette.

    It fails on clicks outside a terminal that has just become smaller, and when it is closed
    while it searches.
    """
    frames = walk_tb(error.__traceback__)
    return any(frame.f_code.co_filename == command.__file__ for frame, _ in frames)
