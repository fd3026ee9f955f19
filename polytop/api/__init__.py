"""The wire: queries, the client, decoding, and the errors they end in."""

import sys

# httpx has a program of its own, which would load rich and pygments: it is told that there is none.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
