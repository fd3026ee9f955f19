"""A server that repeats the key in everything it says: no command passes it on."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from program_home import new_home
from terminal import POLYTOP

from polytop.model import grid

KEY = "sk-ECHO-5e1c0b77d2a94f"


class Echo(BaseHTTPRequestHandler):
    """Answers with the key in names, ids, times and headers; every fifth time with an error."""

    count = 0

    def do_GET(self) -> None:
        """Answer a query."""
        Echo.count += 1
        url = urlsplit(self.path)
        key, query = self.headers["x-api-key"], parse_qs(url.query)
        start, end = (int(grid.from_iso(query[name][0])) for name in ("start_time", "end_time"))
        rows = [
            {
                "time": grid.to_iso(at),
                "max_concurrent_conversations": 7,
                "variant_id": f"v-{key}" if "slice_by" in query else None,
                "variant_name": f"Line {key}" if "slice_by" in query else None,
            }
            for at in grid.windows(start, end)
        ]
        rows.append({"time": key, "max_concurrent_conversations": key})
        _, _, account, project, *_ = url.path.split("/")
        document = {"account_id": account, "project_id": project, "intervals": rows}
        wrong = Echo.count % 5 == 0
        body = json.dumps({"error_message": f"no {key}"} if wrong else document).encode()
        self.send_response(403 if wrong else 200)
        self.send_header("X-PolyAI-Correlation-Id", key)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


COMMANDS = (
    "glance",
    "glance --json",
    "glance --line",
    "check -vvv",
    "export --start -2h",
    "export --start -2h --slice-by variant -o {}/rows.csv --force",
    "export --start -2h --slice-by variant -o {}/rows.jsonl --force --no-history",
    "export --start -2h --slice-by variant -o {}/rows.om --force --no-history",
    "history info --json",
)


def test_no_command_passes_on_a_key_that_the_server_repeats(tmp_path: Path, port: int) -> None:
    home = new_home(tmp_path) | {
        "POLYTOP_API_KEY": KEY,
        "POLYTOP_BASE_URL": f"http://127.0.0.1:{port}",
        "POLYTOP_ACCOUNT_ID": "ws-echo",
        "POLYTOP_PROJECT_ID": "PROJECT-echo",
    }
    output = b""
    for words in (*COMMANDS, *COMMANDS[:6]):
        done = subprocess.run(
            [*POLYTOP, *words.format(tmp_path).split()],
            env=home,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.stdout + done.stderr
        output += done.stdout + done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"history.sqlite3", "polytop.log", "rows.csv"} <= {path.name for path in files}
    written = b"".join(path.read_bytes() for path in files)
    assert "Line …".encode() in output + written
    for secret in (KEY, KEY.lower(), KEY[:12], KEY[-12:]):
        assert secret.encode() not in output
        assert secret.encode() not in written
