"""Marks and the history's upkeep as processes of their own, several at a time."""

import json
import os
import subprocess
import time
from pathlib import Path

from terminal import POLYTOP

from polytop.history.store import History
from polytop.model.target import Target

Home = dict[str, str]
PROJECT = ("--region", "uk-1", "--account-id", "ws-1", "--project-id", "P-1")
TARGET = Target("ws-1", "P-1", "https://api.uk-1.platform.polyai.app", "uk-1")


def call(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*POLYTOP, *arguments],
        env=home, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip


def history_file(home: Home) -> Path:
    return Path(home["XDG_DATA_HOME"]) / "polytop" / "history.sqlite3"


def test_two_pipelines_mark_while_a_monitor_reads(home: Home) -> None:
    words = " ".join([*POLYTOP, "mark", "add", *PROJECT])
    script = f"for n in 1 2 3 4 5 6 7 8 9 10; do {words} $0 $n || exit 1; done"
    pipelines = [
        subprocess.Popen(
            ["sh", "-c", script, name], env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for name in ("one", "two")
    ]
    history = History(history_file(home))
    history.open()
    seen = [0]
    while any(process.poll() is None for process in pipelines):
        seen.append(len(history.marks(TARGET)))
        time.sleep(0.01)
    history.close()
    assert seen == sorted(seen)
    assert max(seen) > 0
    ids = []
    for process in pipelines:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, b"")
        ids += [int(each) for each in out.split()]
    assert sorted(ids) == list(range(1, 21))
    listed = json.loads(call(home, "mark", "list", *PROJECT, "--json").stdout)
    assert sorted(mark["id"] for mark in listed) == list(range(1, 21))
    assert {mark["text"] for mark in listed} == {
        f"{name} {number}" for name in ("one", "two") for number in range(1, 11)
    }
    assert call(home, "mark", "remove", *PROJECT, "7").returncode == 0
    gone = call(home, "mark", "remove", *PROJECT, "7")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("polytop: ws-1/P-1 has no mark 7")


def test_a_damaged_file_is_set_aside_and_work_goes_on(home: Home) -> None:
    file = history_file(home)
    file.parent.mkdir(parents=True)
    file.write_bytes(os.urandom(20_000))
    done = call(home, "mark", "add", *PROJECT, "deployed")
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert done.stderr.startswith("polytop mark: ")
    assert "was damaged" in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(list(file.parent.glob("history.sqlite3.damaged-*"))) == 1
    done = call(home, "history", "info")
    assert (done.returncode, done.stderr) == (0, "")
    assert "marks    1" in done.stdout


def test_neither_network_nor_screen_is_loaded_for_a_mark(home: Home) -> None:
    code = """
import sys
from polytop.cli.root import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
    done = subprocess.run(
        [POLYTOP[0], "-c", code, "mark", "add", *PROJECT, "x"],
        env=home, capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    heavy = {"textual", "httpx", "plotext", "tomlkit", "uvicorn", "msgspec", "asyncio"}
    assert not set(done.stderr.split()) & heavy
