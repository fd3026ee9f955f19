"""``polytop simulate`` as a process of its own, over a real socket."""

import re
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

COMMAND = [sys.executable, "-m", "polytop", "simulate"]
PATH = "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency"


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def last_hour() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"start_time": (now - timedelta(hours=1)).isoformat(), "end_time": now.isoformat()}


@dataclass
class Served:
    process: subprocess.Popen[str]
    words: str = field(init=False)

    def __post_init__(self) -> None:
        """Read what it says once it listens: the last line names how to change the scenario."""
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline()]
        while lines[-1] and not lines[-1].startswith("curl"):
            lines.append(self.process.stdout.readline())
        self.words = "".join(lines)

    @property
    def url(self) -> str:
        return self.words.partition("\n")[0]

    def client(self, timeout: float = 5.0) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"x-api-key": "simulator"}, timeout=timeout)

    def end(self, number: signal.Signals) -> tuple[int, float, str]:
        """Exit status, seconds that it took, and stderr."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=10)
        return self.process.returncode, time.monotonic() - began, err


@pytest.fixture
def served() -> Iterator[Served]:
    process = start()
    try:
        yield Served(process)
    finally:
        process.kill()
        process.communicate()


def test_it_says_how_to_use_it_answers_and_ends(served: Served) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", served.url)
    with served.client() as client:
        answer = client.get(PATH, params=last_hour() | {"slice_by": "variant"})
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.headers.get_list("date")) == 1
        assert answer.json()["intervals"][0]["variant_id"] == "v-main"
        wrong = client.get(PATH, params=last_hour(), headers={"x-api-key": "wrong"})
        assert wrong.status_code == 401
    status, took, err = served.end(signal.SIGTERM)
    assert (status, err) == (0, "")
    assert took < 1.0
    config, credentials = re.findall(r"\[profiles\.simulator\]\n(?:\w.*\n)+", served.words)
    profile = tomllib.loads(config)["profiles"]["simulator"]
    assert profile == {
        "base_url": served.url,
        "account_id": "ws-simulator",
        "project_id": "PROJECT-simulator",
        "limit": 120,
    }
    assert tomllib.loads(credentials)["profiles"]["simulator"] == {"api_key": "simulator"}
    assert (
        f"POLYTOP_API_KEY=simulator POLYTOP_BASE_URL={served.url} POLYTOP_ACCOUNT_ID="
        in served.words
    )


def test_connections_are_lost_cut_and_left_hanging(served: Served) -> None:
    with served.client() as client:
        client.put("/_simulator/scenario/drop").raise_for_status()
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            client.get(PATH, params=last_hour())
        client.put("/_simulator/scenario/truncated").raise_for_status()
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            client.get(PATH, params=last_hour())
        client.put("/_simulator/scenario/hang").raise_for_status()
        with pytest.raises(httpx.ReadTimeout):
            client.get(PATH, params=last_hour(), timeout=0.2)
        client.put("/_simulator/scenario/none").raise_for_status()
        assert client.get(PATH, params=last_hour()).status_code == 200
    status, _, err = served.end(signal.SIGINT)
    assert (status, err) == (0, "")


def test_ctrl_c_ends_it_while_requests_hang(served: Served) -> None:
    lost: list[Exception] = []

    def ask() -> None:
        try:
            with served.client(timeout=10) as client:
                client.get(PATH, params=last_hour())
        except httpx.TransportError as error:
            lost.append(error)

    with served.client() as client:
        client.put("/_simulator/scenario/hang").raise_for_status()
    waiting = [threading.Thread(target=ask) for _ in range(3)]
    for thread in waiting:
        thread.start()
    time.sleep(0.3)
    status, took, err = served.end(signal.SIGINT)
    for thread in waiting:
        thread.join(5)
    assert (status, err) == (0, "")
    assert took < 1.0
    assert len(lost) == 3


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--port", str(port)], capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert f"port {port} cannot be used" in done.stderr
    assert "--port 0" in done.stderr


def test_help_lists_the_scenarios_and_an_unknown_one_is_a_usage_error() -> None:
    helped = subprocess.run([*COMMAND, "-h"], capture_output=True, text=True, check=True)
    for word in ("--port", "--scenario", "--seed", "--speed", "hostile-names", "quiet-night"):
        assert word in helped.stdout
    wrong = subprocess.run(
        [*COMMAND, "--scenario", "tea"], capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "'tea' is not one of: launch" in wrong.stderr


def test_verbose_logs_requests_without_the_key_and_a_fast_clock_runs_fast() -> None:
    process = start("--verbose", "--speed", "3600", "--scenario", "empty")
    try:
        served = Served(process)
        with served.client() as client:
            first = client.get(PATH, params=last_hour()).headers["date"]
            time.sleep(0.3)
            later = client.get(PATH, params=last_hour()).headers["date"]
        assert first != later
        status, _, err = served.end(signal.SIGTERM)
    finally:
        process.kill()
        process.communicate()
    assert status == 0
    assert "GET /v1/ws-simulator/" in err
    assert "x-api-key" not in err
    assert "Traceback" not in err
