"""The key goes to the server and nowhere else, whatever happens."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from simulator_service import Service, write_files
from terminal import Terminal
from terminal_text import full

Run = Callable[..., Terminal]
MARKER = "sk-MARKER-f3b1c07a95d2"
CRASH = """
import os
from pathlib import Path
import polytop.ui.{module} as module

def boom(*args, **kwargs):
    text = Path(os.environ["CREDENTIALS"]).read_text()
    raise RuntimeError("boom in {name}", os.environ.get("POLYTOP_API_KEY"))

setattr(module{owner}, "{name}", boom)
from polytop.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def any_key() -> Iterator[Service]:
    """A simulator that accepts any key."""
    with Service("--speed", "0.001", any_key=True) as served:
        yield served


@pytest.fixture
def marked(home: dict[str, str], any_key: Service) -> Path:
    """The home's folder of settings, with a profile whose key is the marker."""
    any_key.play("none")
    folder = Path(home["XDG_CONFIG_HOME"]) / "polytop"
    any_key.write_profile(folder)
    config = (folder / "config.toml").read_text()
    write_files(folder, config, f'[profiles.simulator]\napi_key = "{MARKER}"\n')
    return folder


def seen_from_outside(process: int) -> bytes:
    """Return what others on the machine can read about a process."""
    folder = Path(f"/proc/{process}")
    names = ("cmdline", "environ", "comm")
    return b"".join((folder / name).read_bytes() for name in names)


def files_but(folder: Path, *known: str) -> bytes:
    """Everything in the files under `folder`, apart from those `known` by name."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name not in known]
    return b"".join(path.read_bytes() for path in found)


def test_the_key_is_nowhere_to_be_seen(
    run: Run, any_key: Service, marked: Path, tmp_path: Path
) -> None:
    terminal = run("--interval", "5s")
    terminal.wait_until(full)
    for scenario in ("401", "html", "nonjson", "drop"):
        any_key.play(scenario)
        terminal.send("r")
        terminal.wait_for(" ! ")
        any_key.play("none")
        terminal.send("r")
        terminal.wait_until(lambda seen: full(seen) and " ! " not in seen)
    terminal.send("?")
    terminal.wait_for("SPAN AND CURSOR")
    terminal.send("\x1b")
    terminal.wait_until(lambda seen: "SPAN AND CURSOR" not in seen)
    terminal.send("f")
    terminal.wait_for("BREAKDOWN")
    assert MARKER.encode() not in seen_from_outside(terminal.pid)
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert MARKER.encode() not in terminal.output
    written = files_but(tmp_path, "credentials.toml")
    assert b"API key was not accepted" in written
    assert MARKER.encode() not in written


@pytest.mark.parametrize(
    ("module", "owner", "name"),
    [
        ("widgets.board", "", "figures_block"),
        ("widgets.graph_pane", "", "draw_body"),
        ("screens.monitor", ".MonitorScreen", "_draw_clock"),
        ("screens.monitor", ".MonitorScreen", "compose"),
    ],
)
def test_a_crash_leaves_the_terminal_as_it_was_and_the_key_unseen(
    home: dict[str, str], marked: Path, tmp_path: Path, module: str, owner: str, name: str
) -> None:
    code = CRASH.format(module=module, owner=owner, name=name)
    credentials = str(marked / "credentials.toml")
    known = {"CREDENTIALS": credentials, "POLYTOP_API_KEY": MARKER}
    with Terminal([sys.executable, "-c", code], home | known) as terminal:
        assert terminal.wait_exit() == 70
        assert terminal.modes_left() == set()
        assert terminal.left_behind() == []
        output = terminal.output.decode()
    assert "polytop: unexpected error (RuntimeError); please report it" in output
    assert "Traceback" not in output
    assert MARKER not in output
    written = files_but(tmp_path, "credentials.toml")
    assert f"RuntimeError: ('boom in {name}', '…')".encode() in written
    assert MARKER.encode() not in written
