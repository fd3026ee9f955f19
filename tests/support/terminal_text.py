"""Reading the monitor's screen as text."""

import re

_PLOT = re.compile(r"^[ \d]{5} [┤│](.*)$", re.MULTILINE)
_ROW = re.compile(r"^[▸ ] (\S.*?) {2,}(\d+|–) .* \d\d:\d\d .*$", re.MULTILINE)
FAULTS = {
    "400": ("The request was refused as wrong (400", "Check the filters"),
    "401": (
        "The API key was not accepted (401 Unauthorized): invalid API",
        "Check it with `polytop profile test`, or create one",
    ),
    "403": (
        "The API key may not read this project (403",
        "Give the key the permission Conversations data",
    ),
    "404": ("No such account or project here (404 Not Found)", "check region"),
    "429": ("The API asked to slow down (429", "Wait: the monitor asks again by itself"),
    "500": ("The server failed (500", "Wait: the monitor asks again by itself"),
    "html": ("The server failed (502 Bad Gateway)", "Wait: the monitor asks again by itself"),
    "drop": ("Cannot reach 127.0.0.1: the connection was dropped", "Check the network"),
    "truncated": ("The answer broke off before its end", "The monitor asks again by itself"),
    "nonjson": ("The answer is not JSON", "The monitor asks again by itself"),
}
"""Scenarios in which no data come: what the screen says happened, and what to do."""

SPOILT = ("nulls", "unordered", "dupes", "gaps", "late", "revised", "hostile-names")
"""Scenarios in which something odd comes that is data all the same."""


def rows(screen: str) -> dict[str, str]:
    """The breakdown's numbers by name, the total's row among them."""
    return {name: number for name, number in _ROW.findall(screen)}  # noqa: C416 - for mypy


def drawn(screen: str) -> int:
    """Cells of the graph that a character is drawn in, the dots of gaps apart."""
    return sum(len(line) - line.count(" ") - line.count("·") for line in _PLOT.findall(screen))


def said(screen: str, words: str) -> bool:
    """Return True if `words` are on the screen, on one line or several."""
    return words in " ".join(screen.split())


def full(screen: str) -> bool:
    """Return True if graph and breakdown are there."""
    return drawn(screen) > 50 and len(rows(screen)) > 5
