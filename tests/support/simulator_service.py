"""``polytop simulate`` in a process of its own, and a plain client that asks it by itself."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import parse_qsl, quote

COMMAND = [sys.executable, "-m", "polytop", "simulate", "--port", "0"]
_ANY_KEY = """
from dataclasses import replace
import polytop.cli.simulate as simulate
import polytop.simulator.app as app
make = app.Simulator
app.Simulator = lambda config: make(replace(config, api_key=None))
simulate.command(["--port", "0", *__import__("sys").argv[1:]])
"""
_ASKED = re.compile(r"GET /v1/[^?\s]*\?(\S*)")
_SECTION = re.compile(r"\[profiles\.simulator\]\n(?:\w.*\n)+")


class Service:
    """Runs with `options`; a context manager that ends it. With `any_key` every key will do."""

    def __init__(self, *options: str, any_key: bool = False) -> None:
        command = [sys.executable, "-c", _ANY_KEY] if any_key else COMMAND
        self._log = TemporaryFile()  # noqa: SIM115 - closed on exit
        self._process = subprocess.Popen(
            [*command, "--verbose", *options], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self._process.stdout is not None
        lines = [self._process.stdout.readline()]
        while lines[-1] and not lines[-1].startswith("curl"):
            lines.append(self._process.stdout.readline())
        self.words = "".join(lines)
        self.url = lines[0].strip()

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def answered(self) -> int:
        """How many requests for conversations it has answered so far."""
        return os.pread(self._log.fileno(), 2**24, 0).count(b"GET /v1/")

    def queries(self) -> list[dict[str, str]]:
        """Return the queries of the requests for conversations so far."""
        log = os.pread(self._log.fileno(), 2**24, 0).decode()
        return [dict(parse_qsl(query)) for query in _ASKED.findall(log)]

    def play(self, scenario: str) -> None:
        """Change the scenario."""
        self._asked("PUT", f"/_simulator/scenario/{scenario}")

    def write_profile(self, folder: Path, more: str = "") -> None:
        """Paste what it printed into the two files; `more` are lines for the profile."""
        config, credentials = _SECTION.findall(self.words)
        write_files(folder, config + more, credentials)

    def rows(self, *pairs: tuple[str, str], hours: int = 6) -> list[dict[str, Any]]:
        """The rows of the last `hours` under the filters `pairs`."""
        now = time.time()
        span = (("start_time", _iso(now - hours * 3_600)), ("end_time", _iso(now)))
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in (*span, *pairs))
        path = "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency"
        return list(self._asked("GET", f"{path}?{query}")["intervals"])

    def now(self, *pairs: tuple[str, str]) -> int:
        """Return the value of the latest window."""
        return int(_latest(self.rows(*pairs))[-1]["max_concurrent_conversations"])

    def parts(self, *pairs: tuple[str, str]) -> dict[str, int]:
        """The same for every variant by its name."""
        rows = _latest(self.rows(*pairs, ("slice_by", "variant")))
        return {row["variant_name"]: int(row["max_concurrent_conversations"]) for row in rows}

    def _asked(self, method: str, path: str) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path, method=method, headers={"x-api-key": "simulator"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))


def write_files(folder: Path, config: str, credentials: str) -> None:
    """The two files of a user, the second for their eyes only."""
    (folder / "config.toml").write_text(config)
    (folder / "credentials.toml").write_text(credentials)
    (folder / "credentials.toml").chmod(0o600)


def _latest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last = max(row["time"] for row in rows)
    return [row for row in rows if row["time"] == last]


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
