"""The environment of a polytop that is started as a program of its own."""

import os
from pathlib import Path

import polytop

CLOCK = ("LD_PRELOAD", "FAKETIME")
"""How the variables begin by which faketime sets the clock of a program."""


def new_home(folder: Path) -> dict[str, str]:
    """An environment in which nothing of the user's own is seen."""
    (folder / "config" / "polytop").mkdir(parents=True)
    # A suite that runs at another hour (faketime) starts its programs at that hour.
    clock = {name: value for name, value in os.environ.items() if name.startswith(CLOCK)}
    return {
        **clock,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(polytop.__file__).parents[1]),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TZ": "UTC",
    }
