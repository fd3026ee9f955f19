"""``polytop simulate`` in a process of its own, and a plain client that asks it by itself."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

COMMAND = [sys.executable, "-m", "polytop", "simulate", "--port", "0"]
_SECTION = re.compile(r"\[profiles\.simulator\]\n(?:\w.*\n)+")


class Service:
    """Runs with `options`; a context manager that ends it."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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

    def play(self, scenario: str) -> None:
        """Change the scenario."""
        self._asked("PUT", f"/_simulator/scenario/{scenario}")

    def write_profile(self, folder: Path, more: str = "") -> None:
        """Paste what it printed into the two files; `more` are lines for the profile."""
        config, credentials = _SECTION.findall(self.words)
        (folder / "config.toml").write_text(config + more)
        (folder / "credentials.toml").write_text(credentials)
        (folder / "credentials.toml").chmod(0o600)

    def rows(self, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
        """The rows of the last six hours under the filters `pairs`."""
        now = time.time()
        span = (("start_time", _iso(now - 6 * 3_600)), ("end_time", _iso(now)))
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in (*span, *pairs))
        path = "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency"
        return list(self._asked("GET", f"{path}?{query}")["intervals"])

    def now(self, *pairs: tuple[str, str]) -> int:
        """What the latest window says."""
        rows = self.rows(*pairs)
        return int(max(rows, key=lambda row: row["time"])["max_concurrent_conversations"])

    def _asked(self, method: str, path: str) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path, method=method, headers={"x-api-key": "simulator"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
