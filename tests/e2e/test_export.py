"""Exports as processes of their own: every number is the one that the service itself tells."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from simulator_service import Service, write_files
from terminal import POLYTOP, Terminal

from polytop.model import grid

Home = dict[str, str]
Found = dict[tuple[str, str | None], int]
WEEK = 604_800
FORMATS = ("csv", "json", "jsonl", "openmetrics")
LONDON = 'timezone = "Europe/London"\n'
KEY = "sk-MARKER-5f0c77aa12"


def export(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*POLYTOP, "export", *arguments],
        env=home, capture_output=True, check=False, timeout=60, encoding="utf-8",
    )  # fmt: skip


def exported(home: Home, *arguments: str) -> str:
    """Return the output of an export without errors."""
    done = export(home, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def asked(service: Service, start: str, end: str, *more: str) -> Found:
    """Value by time and variant, asked a week at a time without any code of polytop's."""
    found: Found = {}
    first, last = (datetime.fromisoformat(text).timestamp() for text in (start, end))
    while first < last:
        until = min(first + WEEK, last)
        pair = f"start_time={_iso(first)}&end_time={_iso(until)}"
        request = urllib.request.Request(
            f"{service.url}/v1/ws-simulator/PROJECT-simulator/conversations/concurrency?"
            + "&".join((pair, *more)),
            headers={"x-api-key": "simulator"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            _gather(found, json.load(answer)["intervals"])
        first = until
    return found


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _gather(found: Found, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        found[row["time"], row.get("variant_id")] = row["max_concurrent_conversations"]


def read(form: str, text: str) -> Found:
    """Value by time and variant of an export, each only once."""
    if form == "openmetrics":
        assert text.endswith("# EOF\n")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        pattern = r'\w+\{(?:.*?variant_id="(.*?)")?.*\} (\d+) (\d+)'
        matches = [re.fullmatch(pattern, line) for line in lines]
        triples = [(_iso(int(m[3])), m[1], int(m[2])) for m in matches if m]
        assert len(triples) == len(lines)
        found = {(at, variant): value for at, variant, value in triples}
        assert len(found) == len(lines)
        return found
    if form == "csv":
        rows: list[dict[str, Any]] = [
            {**row, "variant_id": row["variant_id"] or None}
            for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)
        ]
    elif form == "json":
        rows = json.loads(text)["intervals"]
    else:
        rows = [json.loads(line) for line in text.splitlines()]
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    found = {}
    _gather(found, rows)
    assert len(found) == len(rows)
    return {pair: int(value) for pair, value in found.items()}


@pytest.mark.parametrize("form", FORMATS)
def test_every_number_is_the_one_that_the_service_tells(
    home: Home, profiled: Service, form: str
) -> None:
    span = ("2026-02-03T04:05:00+00:00", "2026-02-13T04:10:00+00:00")
    given = ("--start", span[0], "--end", span[1], "--format", form)
    text = exported(home, *given)
    assert read(form, text) == asked(profiled, *span)
    if form == "json":
        document = json.loads(text)
        assert list(document) == ["account_id", "project_id", "intervals"]
        assert document["project_id"] == "PROJECT-simulator"
    sliced = read(form, exported(home, *given, "--slice-by", "variant"))
    assert sliced == asked(profiled, *span, "slice_by=variant")
    assert len({variant for _, variant in sliced}) > 5


def test_filters_are_applied(home: Home, profiled: Service) -> None:
    span = ("2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z")
    given = ("--start", span[0], "--end", span[1], "--variant-name", "Main line")
    found = read("csv", exported(home, *given, "--client-env", "sandbox", "--language", "en-GB"))
    more = ("variant_name=Main%20line", "client_env=sandbox", "language=en-GB")
    assert found == asked(profiled, *span, *more)
    assert found != asked(profiled, *span)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("scenario", ["gaps", "unordered", "dupes", "nulls"])
def test_gaps_stay_gaps_and_disorder_is_put_right(
    home: Home, profiled: Service, scenario: str, form: str
) -> None:
    span = ("2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z")
    whole = asked(profiled, *span)
    profiled.play(scenario)
    found = read(form, export(home, "--start", span[0], "--end", span[1], "--format", form).stdout)
    if scenario in ("gaps", "nulls"):
        assert 100 < len(found) < len(whole)
    else:
        assert len(found) == len(whole)
    assert found.items() <= whole.items()


@pytest.mark.parametrize("by", ["profile", "machine"])
def test_local_times_over_three_weeks_in_which_the_clocks_go_back(
    home: Home, profiled: Service, by: str
) -> None:
    profiled.write_profile(_folder(home), LONDON if by == "profile" else "")
    home["TZ"] = "America/New_York" if by == "profile" else "Europe/London"
    given = ("--start", "2025-10-13T08:00", "--end", "2025-11-03T08:00")
    found = read("csv", exported(home, *given))
    times = sorted(time for time, _ in found)
    assert times[0] == "2025-10-13T07:00:00Z"
    assert times[-1] == "2025-11-03T07:55:00Z"
    assert len(times) == (21 * 24 + 1) * 12
    assert found == asked(profiled, "2025-10-13T07:00:00Z", "2025-11-03T08:00:00Z")
    day = read("csv", exported(home, "--start", "2025-10-26", "--end", "2025-10-27"))
    assert len(day) == 25 * 12
    hour = read("csv", exported(home, "--start", "2025-10-26T01:00", "--end", "2025-10-26T01:30"))
    assert len(hour) == 18
    done = export(home, "--start", "2025-03-30T01:30", "--end", "2025-03-31")
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def _folder(home: Home) -> Path:
    return Path(home["XDG_CONFIG_HOME"]) / "polytop"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize("scenario", ["none", "hostile-names", "gaps", "empty"])
def test_promtool_takes_it(home: Home, profiled: Service, tmp_path: Path, scenario: str) -> None:
    profiled.play(scenario)
    file, blocks = tmp_path / "a.openmetrics", tmp_path / "tsdb"
    # Within one of the two-hour blocks that promtool makes, and over its edge.
    given = ("--start", "2026-02-03T00:40Z", "--end", "2026-02-03T03:20Z", "-o", str(file))
    assert export(home, *given, "--slice-by", "variant").returncode == 0
    make = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(blocks)]
    done = subprocess.run(make, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    if scenario == "empty":
        return
    (blocks / "wal").mkdir()  # a dump wants one, be it empty
    dump = subprocess.run(
        ["promtool", "tsdb", "dump", str(blocks)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    samples = file.read_text().count("\npolyai_")
    assert samples > 100
    dumped = [line for line in dump.stdout.splitlines() if line.startswith("{__name__=")]
    assert len(dumped) == samples
    told = re.findall(r"\} (\d+) (\d+)$", file.read_text(), re.MULTILINE)
    read_back = [line.rsplit("} ", 1)[1].split() for line in dumped]
    assert sorted((value, f"{at}000") for value, at in told) == sorted(
        (value, at) for value, at in read_back
    )


def test_a_file_is_whole_or_not_there(home: Home, profiled: Service, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    file = str(folder / "a.json")
    profiled.play("401")
    done = export(home, "-o", file)
    assert done.returncode == 1
    assert "was not written" in done.stderr
    assert list(folder.iterdir()) == []
    profiled.play("none")
    assert exported(home, "-o", file) == ""
    assert len(json.loads(Path(file).read_text())["intervals"]) == 288
    done = export(home, "-o", file)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert exported(home, "-o", file, "--force", "--start", "-1h") == ""
    assert len(json.loads(Path(file).read_text())["intervals"]) == 12
    assert exported(home, "-o", "/dev/stdout", "--start", "-1h").count("\n") == 13


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_nothing(
    home: Home, profiled: Service, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    profiled.play("hang")
    command = [*POLYTOP, "export", "-o", str(folder / "a.csv")]
    with subprocess.Popen(command, env=home, stderr=subprocess.PIPE, text=True) as process:
        while not list(folder.iterdir()):
            time.sleep(0.02)
        time.sleep(0.3)  # well into the request, as a rule
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
    assert process.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert "Traceback" not in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("gone", [True, False])
def test_a_reader_that_goes_or_sleeps_is_no_trouble(
    home: Home, profiled: Service, gone: bool
) -> None:
    command = [*POLYTOP, "export", "--start", "-21d", "--format", "jsonl"]
    with subprocess.Popen(
        command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        os.read(process.stdout.fileno(), 1_000)
        if gone:
            process.stdout.close()
        else:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == (141 if gone else 130)
        assert process.stderr.read().strip() == (b"" if gone else b"polytop: interrupted")


def test_a_full_disk_is_one_line(home: Home, profiled: Service) -> None:
    words = " ".join([*POLYTOP, "export"])
    for place in (">/dev/full", "-o /dev/full", ">&-"):
        done = subprocess.run(
            ["sh", "-c", f"{words} {place}"],
            env=home, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1


def test_progress_is_for_a_terminal(
    run: Callable[..., Terminal], home: Home, profiled: Service, tmp_path: Path
) -> None:
    end = grid.floor(time.time())
    span = ("--start", grid.to_iso(end - 28 * 86_400), "--end", grid.to_iso(end))
    file = tmp_path / "a.csv"
    terminal = run("export", *span, "-o", str(file))
    terminal.wait_until(lambda seen: "8064 intervals written" in seen)
    assert b"exporting: 0 of 4 weeks" in terminal.output
    assert b"4 of 4 weeks" in terminal.output
    text = file.read_text()
    assert len(text.splitlines()) == 8_065
    again = tmp_path / "b.csv"
    answered = profiled.answered()
    terminal = run("export", *span, "-o", str(again))
    terminal.wait_until(lambda seen: "windows are from the history" in seen)
    assert b"3 of 4 weeks, 3 from history" in terminal.output
    assert again.read_text() == text
    assert profiled.answered() == answered + 1


@pytest.mark.parametrize("form", FORMATS)
def test_with_and_without_a_history_and_a_network_the_bytes_are_the_same(
    home: Home, profiled: Service, form: str
) -> None:
    span = ("--start", "2026-02-03T00:00Z", "--end", "2026-02-12T04:10Z")
    given = (*span, "--format", form, *(() if form == "json" else ("--slice-by", "variant")))
    alone = exported(home, *given, "--no-history")
    assert exported(home, *given) == alone
    answered = profiled.answered()
    profiled.play("drop")
    (_folder(home) / "credentials.toml").unlink()
    assert exported(home, *given) == alone
    assert profiled.answered() == answered


@pytest.mark.parametrize("scenario", ["none", "401", "drop"])
def test_neither_screen_nor_key_is_seen(home: Home, scenario: str, tmp_path: Path) -> None:
    code = """
import json, sys
from polytop.cli.root import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
    with Service("--speed", "0.001", any_key=True) as served:
        served.play(scenario)
        served.write_profile(_folder(home))
        config = (_folder(home) / "config.toml").read_text()
        write_files(_folder(home), config, f'[profiles.simulator]\napi_key = "{KEY}"\n')
        done = subprocess.run(
            [POLYTOP[0], "-c", code, "export", "--format", "json"],
            env=home, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    assert done.returncode == (0 if scenario == "none" else 1)
    *said, loaded = done.stderr.splitlines()
    assert len(said) == (0 if scenario == "none" else 1)
    heavy = {"textual", "plotext", "tomlkit", "uvicorn", "polytop.ui", "polytop.simulator"}
    assert not set(json.loads(loaded)) & heavy
    assert KEY not in done.stdout + done.stderr
    logs = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != _folder(home)]
    assert not [path for path in logs if KEY.encode() in path.read_bytes()]
