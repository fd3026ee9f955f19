"""``polytop report`` as a process of its own, and what a browser makes of its files."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from report_data import HOSTILE, report_with
from simulator_service import Service
from terminal import POLYTOP, Terminal

from polytop.cli.story.forms import HTML, MARKDOWN, write

Home = dict[str, str]
SPAN = ("--start", "2026-02-03T08:00Z", "--end", "2026-02-03T12:00Z")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def polytop(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*POLYTOP, *arguments],
        env=home, capture_output=True, check=False, timeout=60, encoding="utf-8",
    )  # fmt: skip


def written(home: Home, *arguments: str) -> str:
    """The output of a command without errors."""
    done = polytop(home, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_form_has_the_numbers_of_the_export(
    home: Home, profiled: Service, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in written(
        home, "export", *SPAN, "--format", "jsonl"
    ).splitlines()]  # fmt: skip
    values = [row["max_concurrent_conversations"] for row in rows]
    told = json.loads(written(home, "report", *SPAN, "--limit", "50", "--format", "json"))
    assert told["peak"]["value"] == max(values)
    assert told["windows"]["complete"] == len(values) == 48
    assert told["levels"][2]["windows"] == sum(value >= 50 for value in values)
    text = written(home, "report", *SPAN, "--limit", "50")
    assert f"| peak | {max(values)} |" in text
    assert f"| mean | {sum(values) / 48:.1f} | of 48 windows |" in text
    path = tmp_path / "x.html"
    assert written(home, "report", *SPAN, "--limit", "50", "-o", str(path)) == ""
    assert f"<b>{max(values)}</b>" in path.read_text(encoding="utf-8")
    assert profiled.answered() > 0


def test_on_a_terminal_the_picture_is_left_out(home: Home, profiled: Service) -> None:
    with Terminal([*POLYTOP, "report", *SPAN, "--utc"], home, rows=200) as terminal:
        assert terminal.wait_exit() == 0
        shown = terminal.screen()
    assert "About this report" in shown
    assert "Tue 3 Feb 2026, 08:00 – 12:00 UTC" in shown
    assert "data:image" not in shown


def test_hostile_names_of_the_server_are_words(home: Home, profiled: Service) -> None:
    profiled.play("hostile-names")
    page = written(home, "report", *SPAN, "--no-history", "--format", "html")
    assert not re.search(r"<(script|img|a|iframe)\b", page)
    text = written(home, "report", *SPAN, "--no-history")
    assert "\x1b" not in text + page


# -- in a browser


class Listener:
    """Counts what a page asks for from elsewhere."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


def opened(page: str, folder: Path) -> tuple[str, list[str]]:
    """The page as Chromium has it in the end, and what its console said."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    assert CHROMIUM
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-dev-shm-usage", "--dump-dom",
            "--timeout=20000",
            "--enable-logging=stderr", f"--user-data-dir={folder / 'chromium'}", path.as_uri(),
        ],
        capture_output=True, check=False, timeout=120, encoding="utf-8",
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console


def attacks(url: str) -> str:
    """Every hostile name, and what would ask `url` for something if anything obeyed it."""
    asks = (
        f"<script>fetch('{url}/script')</script>",
        f"</svg></style></title><img src={url}/img onerror=fetch('{url}/error')>",
        f"![x]({url}/markdown) <img src='{url}/inline'>",
        f"<svg onload=\"fetch('{url}/load')\"><image href='{url}/href'/></svg>",
        f"<style>@import '{url}/style'; body{{background:url({url}/url)}}</style>",
        f"<iframe src='{url}/frame'></iframe><meta http-equiv=refresh content='0;{url}/meta'>",
    )
    return " ".join((*asks, *HOSTILE))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_a_browser_runs_nothing_loads_nothing_and_complains_of_nothing(
    listener: Listener, tmp_path: Path
) -> None:
    words = attacks(listener.url)
    found = report_with(words)
    page, console = opened(write(found, HTML), tmp_path)
    assert (listener.asked, console) == ([], [])
    assert "</html>" in page
    assert not re.search(r"<(script|img|iframe|image|object|embed)\b", page)
    viewer = MarkdownIt("gfm-like", {"html": True})
    # It shows images that hold their own data, and minds no other address either.
    viewer.validateLink = lambda _: True
    shown = viewer.render(write(found, MARKDOWN))
    page, console = opened(f"<!DOCTYPE html><title>x</title>{shown}", tmp_path)
    assert (listener.asked, console) == ([], [])
    assert re.findall(r"<img src=\"(.{18})", page) == ["data:image/svg+xml"]
    # What a browser obeys is seen here.
    obeyed = attacks(listener.url).partition("<svg")[0]
    opened(f"<!DOCTYPE html><title>x</title>{obeyed}", tmp_path)
    assert "/script" in listener.asked
