"""Memory through faults: ``python tests/soak/soak_memory.py monitor|wall [MINUTES] [SPEED]``.

Runs the monitor, or the wall of 30 profiles, in a terminal against a server whose faults change:
refusals, lost connections, pages, and answers of up to 64 MB. The clocks of both run `SPEED` times
as fast (faketime), for `MINUTES` of their time. Prints the private memory after every round, when
the server is well again; the exit status is 1 if it ends more than 20 % above the first one or
rises through the second half.
"""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from program_home import new_home
from terminal import POLYTOP, Terminal

KEY = "key-of-the-soak"
STEP = 300
ROUNDS = (
    "500", "drop", "parts", "names", "garbage", "nested", "truncated", "bomb", "html", "rows",
)  # fmt: skip
"""The fault of each round; the server is well again at its end."""

FAULT, WELL = 8.0, 12.0
"""Real seconds of a fault, and of the time after it."""


def moments(query: dict[str, list[str]]) -> range:
    """Starts of the windows asked for."""
    start, end = (
        int(datetime.fromisoformat(query[name][0]).timestamp())
        for name in ("start_time", "end_time")
    )
    return range(start, end, STEP)


def rows(times: range, sliced: bool, parts: int = 8, name: str = "Line {}") -> list[object]:
    """The rows of an answer: `parts` variants, or the total."""
    found: list[object] = []
    for at in times:
        text = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for part in range(parts if sliced else 1):
            row = {"time": text, "max_concurrent_conversations": 20 + at // STEP % 60 + part}
            if sliced:
                row |= {"variant_id": f"v-{part}", "variant_name": name.format(part)}
            found.append(row)
    return found


class FaultyServer:
    """Answers like the API, or with the fault of the moment; a GET of /fault/NAME sets it."""

    def __init__(self) -> None:
        self.fault = ""
        self._large: dict[str, bytes] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                url = urlsplit(head.split(b" ", 2)[1].decode())
                if url.path.startswith("/fault/"):
                    self.fault = url.path.removeprefix("/fault/")
                    writer.write(self.reply(b""))
                elif self.fault == "drop":
                    return
                else:
                    writer.write(self.answer(url.path.split("/"), parse_qs(url.query)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def answer(self, path: list[str], query: dict[str, list[str]]) -> bytes:
        """The reply to a query."""
        if self.fault == "500":
            return self.reply(b'{"error_message": "boom"}', 500)
        if self.fault == "html":
            return self.reply(b"<html><title>502</title>" + b"x" * 2**20, 502)
        if self.fault in ("garbage", "bomb", "nested"):
            return self.large(self.fault)
        sliced, times = "slice_by" in query, moments(query)
        found = rows(times, sliced)
        if self.fault == "parts" and sliced:
            found = rows(times[-12:], sliced, 5_000)
        elif self.fault == "names" and sliced:
            found = rows(times[-12:], sliced, 40, "{} " + "n" * 100_000)
        elif self.fault == "rows":
            found = rows(times[-12:], sliced) * 400
        document = {"account_id": path[2], "project_id": path[3], "intervals": found}
        body = json.dumps(document).encode()
        if self.fault == "truncated":
            return self.reply(body)[: -len(body) // 2]
        return self.reply(body)

    def large(self, name: str) -> bytes:
        """A reply of some 60 MB."""
        if name not in self._large:
            body = {
                "garbage": b'{"account_id": "' + b"9" * 60 * 2**20,
                "nested": b"[" * 30 * 2**20,
                "bomb": gzip.compress(b" " * 60 * 2**20, 1),
            }[name]
            more = "Content-Encoding: gzip\r\n" if name == "bomb" else ""
            self._large[name] = self.reply(body, more=more)
        return self._large[name]

    def reply(self, body: bytes, status: int = 200, more: str = "") -> bytes:
        """A whole HTTP answer."""
        date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        head = f"HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        return head.encode() + body


async def serve() -> None:
    """Serve on a free port, which is printed."""
    server = await asyncio.start_server(FaultyServer().serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def private_memory(process: int) -> float:
    """Private memory, MB, of the process that faketime started as `process`."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    process = int(children[0]) if children else process
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    sizes = [line.split() for line in text.splitlines() if line.startswith("Private_")]
    return sum(int(size[1]) for size in sizes) / 1024


def write_profiles(folder: Path, port: int, count: int) -> None:
    """Write `count` profiles of one server."""
    config = 'default_profile = "p0"\n' if count == 1 else ""
    credentials = ""
    for number in range(count):
        config += f'[profiles.p{number}]\nbase_url = "http://127.0.0.1:{port}"\n'
        config += f'account_id = "ws-{number}"\nproject_id = "PROJECT-{number}"\nlimit = 120\n'
        credentials += f'[profiles.p{number}]\napi_key = "{KEY}-{number}"\n'
    for name, text in (("config.toml", config), ("credentials.toml", credentials)):
        path = folder / name
        path.write_text(text)
        path.chmod(0o600)


def play(port: int, fault: str) -> None:
    """Set the server's fault."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/fault/{fault}")
    connection.getresponse().read()
    connection.close()


def watch(terminal: Terminal, port: int, minutes: float, speed: float) -> int:
    """Go through the rounds; return the exit status."""
    terminal.pump_for(6 * WELL)
    first = private_memory(terminal.pid)
    print(f"at first {first:6.1f} MB", flush=True)
    found: list[float] = []
    until = time.monotonic() + minutes * 60 / speed
    while time.monotonic() < until or len(found) < len(ROUNDS):
        fault = ROUNDS[len(found) % len(ROUNDS)]
        play(port, fault)
        terminal.pump_for(FAULT)
        during = private_memory(terminal.pid)
        play(port, "")
        terminal.send("r")
        terminal.pump_for(WELL)
        found.append(private_memory(terminal.pid))
        print(f"{fault:>10} {during:6.1f} MB, then {found[-1]:6.1f} MB", flush=True)
    half = found[len(found) // 2 :]
    quarter = max(1, len(half) // 2)
    rise = sum(half[-quarter:]) / quarter - sum(half[:quarter]) / quarter
    worst = max(found[-len(ROUNDS) :])
    print(f"at last {found[-1]:.1f} MB, at most {worst:.1f} MB, rise {rise:+.1f} MB")
    return int(found[-1] > 1.2 * first or rise > 0.05 * first)


def main(what: str, minutes: float, speed: float) -> int:
    """Run it; return the exit status."""
    fake = ["faketime", "-f", f"+0 x{speed:g}"]
    with tempfile.TemporaryDirectory() as name:
        home = new_home(Path(name))
        served = subprocess.Popen(
            [*fake, sys.executable, __file__, "serve"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": home["PYTHONPATH"]},
        )
        try:
            assert served.stdout is not None
            port = int(served.stdout.readline())
            folder = Path(name) / "config" / "polytop"
            folder.chmod(0o700)
            write_profiles(folder, port, 30 if what == "wall" else 1)
            options = ["--all"] if what == "wall" else []
            with Terminal([*fake, *POLYTOP, *options], home, draws=False) as terminal:
                return watch(terminal, port, minutes, speed)
        finally:
            served.send_signal(signal.SIGTERM)
            served.wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        numbers = [float(each) for each in sys.argv[2:4]]
        sys.exit(main(sys.argv[1], *numbers, *(60.0, 20.0)[len(numbers) :]))
