"""Where standard output cannot be written, or holds few characters: a word, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

POLYTOP = f"{sys.executable} -m polytop"
CONFIG = """\
default_profile = "one"
[profiles.one]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
"""
FULL = "the output cannot be written: no space left on device\n"
CLOSED = "the output cannot be written: there is no standard output\n"
SAYING = [
    *("--version", "-h", "glance -h", "history -h", "mark add -h", "profile list"),
    *("profile show one", "history info", "capacity --peak 5", "mark add x", "simulate --port 0"),
]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home with one profile, which has neither a limit nor a key."""
    (tmp_path / "config" / "polytop").mkdir(parents=True)
    (tmp_path / "config" / "polytop" / "config.toml").write_text(CONFIG)
    folders = {f"XDG_{each.upper()}_HOME": str(tmp_path / each) for each in ("config", "data")}
    return {**os.environ, **folders, "XDG_STATE_HOME": str(tmp_path / "state")}


def run(environ: dict[str, str], words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f"exec {POLYTOP} {words}"],
        env={**environ, **more}, capture_output=True, check=False, timeout=30,
        text=True, errors="replace",
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("words", SAYING)
def test_output_that_cannot_be_written_is_one_line(environ: dict[str, str], words: str) -> None:
    done = run(environ, f"{words} >/dev/full")
    assert (done.returncode, done.stderr) == (1, f"polytop: {FULL}")


@pytest.mark.parametrize("words", ["-h", "profile list", "capacity --peak 5", "history info"])
def test_no_output_at_all_is_one_line(environ: dict[str, str], words: str) -> None:
    done = run(environ, f"{words} >&-")
    assert (done.returncode, done.stderr) == (1, f"polytop: {CLOSED}")


def test_a_look_without_an_output_is_told_once(environ: dict[str, str]) -> None:
    place = "--base-url http://127.0.0.1:1 --account-id a --project-id b"
    done = run(environ, f"glance {place} >&-", POLYTOP_API_KEY="k")
    assert (done.returncode, done.stderr) == (1, f"polytop: {CLOSED}")


@pytest.mark.parametrize("words", ["check", "check -h", "check --version", "check --nonsense"])
def test_a_plug_in_that_cannot_speak_says_so_and_is_unknown(
    environ: dict[str, str], words: str
) -> None:
    for place, said in ((">/dev/full", FULL), (">&-", CLOSED)):
        done = run(environ, f"{words} {place}")
        assert (done.returncode, done.stderr) == (3, f"polytop check: {said}")


@pytest.mark.parametrize(
    "words", ["-h", "profile list", "mark add x", "check", "check -h", "check --nonsense"]
)
def test_nobody_who_reads_is_no_fault_to_speak_of(environ: dict[str, str], words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [*POLYTOP.split(), *words.split()],
            env=environ, stdout=closed, stderr=subprocess.PIPE, check=False, timeout=30,
        )  # fmt: skip
    assert done.stderr == b""
    assert done.returncode == (3 if words.startswith("check") else 1)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_characters_that_the_output_does_not_know_are_plain_ones(
    environ: dict[str, str], encoding: str
) -> None:
    listed = run(environ, "profile list", PYTHONIOENCODING=encoding)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines()[1].split()[-2:] == ["-", "none"]
    helped = run(environ, "-h", PYTHONIOENCODING=encoding)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "such as +4478~" in helped.stdout


def test_the_status_tells_of_wrong_usage_even_where_no_word_can(environ: dict[str, str]) -> None:
    assert run(environ, "nonsense 2>/dev/full").returncode == 2
