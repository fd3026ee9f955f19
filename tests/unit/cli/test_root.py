"""The command line as a whole: help, usage errors in one line, and what is loaded when."""

import os
import subprocess
import sys

import pytest

from polytop import __version__
from polytop.cli.root import COMMANDS


def run(tmp_path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    known = {key: value for key, value in os.environ.items() if not key.startswith("POLYTOP_")}
    known |= {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), **environ}
    return subprocess.run(
        [sys.executable, "-m", "polytop", *words],
        env=known,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_version(tmp_path):
    result = run(tmp_path, "--version")
    assert result.stdout == f"polytop {__version__}\n"
    assert result.returncode == 0


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_works_everywhere(tmp_path, command, flag):
    result = run(tmp_path, *command, flag)
    # A monitoring plug-in that checked nothing says UNKNOWN, its help included.
    assert result.returncode == (3 if command == ("check",) else 0)
    assert result.stdout.startswith("Usage: polytop")
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "nonsense"),
        (("--nonsense",), "--nonsense"),
        (("--window", "6"), "write 90m, 6h or 7d"),
        (("--window", "1m"), "between 30m and 90d"),
        (("--interval", "1s"), "between 5s and 1h"),
        (("--limit", "0"), "--limit"),
        (("--utc", "demo"), "--utc belongs behind the command demo"),
        (("-p", "prod"), "prod"),
        (("--region", "mars"), "--region"),
        (("--base-url", "http://example.com", "--account-id", "a", "--project-id", "b"), "https"),
        (("demo",), "terminal"),
        (("demo", "--scenario", "nonsense"), "flaky"),
        (("demo", "--speed", "0"), "--speed"),
    ],
)
def test_a_usage_error_is_one_clear_line_and_exit_2(tmp_path, words, said):
    result = run(tmp_path, *words)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("polytop")
    assert said in result.stderr


def test_both_variant_filters_are_refused(tmp_path):
    place = ("--region", "uk-1", "--account-id", "ws-1", "--project-id", "PROJECT-1")
    result = run(tmp_path, *place, "--variant-id", "a", "--variant-name", "b")
    assert result.returncode == 2
    assert "cannot be given together" in result.stderr


def test_a_broken_file_is_quoted_and_left_alone(tmp_path):
    path = tmp_path / "config" / "polytop" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[profiles.prod\nregion = 1\n")
    result = run(tmp_path)
    assert result.returncode == 2
    assert "line 1" in result.stderr
    assert "[profiles.prod" in result.stderr
    assert path.read_text() == "[profiles.prod\nregion = 1\n"


NOWHERE = (
    *("--base-url", "http://127.0.0.1:9", "--account-id", "ws-1"),
    *("--project-id", "PROJECT-1"),
)


SCREEN = ("textual", "rich", "plotext", "polytop.ui.app")
WIRE = ("httpx", "ssl", "anyio", "html")
NEVER = ("pygments", "httpx._main", "uvicorn", "polytop.simulator")
"""What no such command needs: httpx's own program and what that loads, the simulator."""


@pytest.mark.parametrize(
    ("words", "forbidden"),
    [
        (("--version",), (*SCREEN, *WIRE, "msgspec", "sqlite3", "asyncio", "tomllib")),
        (("-h",), (*SCREEN, *WIRE, "msgspec", "sqlite3", "asyncio", "tomllib")),
        (("profile", "list"), (*SCREEN, *WIRE, "msgspec", "sqlite3", "asyncio")),
        (("mark", "list", *NOWHERE), (*SCREEN, *WIRE, "msgspec", "asyncio")),
        (("glance", *NOWHERE), ("textual", "plotext", "polytop.ui.app", "tomlkit")),
        (("check", *NOWHERE), ("textual", "plotext", "polytop.ui.app", "tomlkit", "rich")),
        (("forecast", *NOWHERE), ("textual", "plotext", "polytop.ui.app", "tomlkit")),
        (("report", *NOWHERE), ("textual", "plotext", "polytop.ui.app", "tomlkit")),
    ],
)
def test_a_command_loads_no_more_than_it_needs(tmp_path, words, forbidden):
    # The plug-in ends its process at once: here it must live to tell what it loaded.
    code = (
        "import os, sys\nos._exit = sys.exit\n"
        "from polytop.cli.root import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"heavy = [name for name in {(*forbidden, *NEVER)} if sys.modules.get(name)]\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path),
            "POLYTOP_API_KEY": "none",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr
