"""The palette's search."""

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
