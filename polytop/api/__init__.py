"""The wire: queries, the client, decoding, and the errors they end in."""

import sys
from importlib.util import find_spec

# httpx has a program of its own, which would load rich and pygments: it is told that there is none.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

# httpcore looks for sniffio at every lock that it takes: where there is none, it is told so.
if "sniffio" not in sys.modules and find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]
