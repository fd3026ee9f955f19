"""``polytop report`` on the simulator behind the real client, at a fixed time."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from export_runs import PLACE, breaking, exported, no_time
from simulated_profiles import KEY, NOW, simulated, way

from polytop.cli.report.command import command, run
from polytop.config.paths import log_file
from polytop.model import grid

NO_KEY = {name: value for name, value in PLACE.items() if name != "POLYTOP_API_KEY"}
DAY = ("--start", "2026-09-20T08:00Z", "--end", "2026-09-20T12:00Z")
"""Four hours of the day before now."""


def written(service: Any, *arguments: str, environ: dict[str, str] | None = None) -> int:
    options = command.make_context("report", list(arguments)).params
    return run(options, PLACE if environ is None else environ, way(service), no_time)


def told(service: Any, path: Path, *arguments: str, status: int = 0, **more: Any) -> dict[str, Any]:
    """The report as JSON."""
    file = path / "told.json"
    assert written(service, *arguments, "-o", str(file), "--force", **more) == status
    return json.loads(file.read_text())


TODAY = ("--start", "-4h")
"""The four hours before now, in which the scenarios happen."""
SCENARIOS = pytest.mark.parametrize("scenario", [None, "launch", "outage", "gaps", "late"])


@SCENARIOS
def test_the_numbers_are_those_of_the_export(tmp_path: Path, scenario: str | None) -> None:
    found = told(simulated(scenario), tmp_path, *TODAY, "--limit", "60")
    path = tmp_path / "x.jsonl"
    assert exported(simulated(scenario), *TODAY, "-o", str(path), "--no-history") == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    values = {row["time"]: row["max_concurrent_conversations"] for row in rows}
    top = max(values.values())
    assert found["peak"]["value"] == top
    assert values[found["peak"]["time"]] == top
    assert found["mean"] == pytest.approx(sum(values.values()) / len(values), abs=1e-4)
    assert found["windows"]["complete"] == len(values)
    assert found["windows"]["left_out"] == found["windows"]["total"] - len(values)
    for level in found["levels"]:
        assert level["windows"] == sum(value >= level["from"] for value in values.values())


def test_the_document_names_its_form_and_its_range(tmp_path: Path) -> None:
    found = told(simulated(), tmp_path, *DAY)
    assert (found["start"], found["end"]) == ("2026-09-20T08:00:00Z", "2026-09-20T12:00:00Z")
    assert found["schema"] == "polytop-report/1"
    assert found["week_before"]["windows"] == 48


def test_the_variants_are_those_of_the_sliced_export(tmp_path: Path) -> None:
    found = told(simulated(variants=3), tmp_path, *DAY)
    path = tmp_path / "x.jsonl"
    given = (*DAY, "--slice-by", "variant", "-o", str(path))
    assert exported(simulated(variants=3), *given) == 0
    peaks: dict[str | None, int] = {}
    for row in map(json.loads, path.read_text().splitlines()):
        part = row.get("variant_id")
        peaks[part] = max(peaks.get(part, 0), row["max_concurrent_conversations"])
    assert {row["id"]: row["peak"]["value"] for row in found["rows"]} == peaks


def test_what_is_known_is_not_asked_for_again_and_needs_no_key(tmp_path: Path) -> None:
    service = simulated()
    first = told(service, tmp_path, *DAY)
    assert service.count == 4
    again = told(simulated("401"), tmp_path, *DAY, environ=NO_KEY)
    assert again == first


def test_without_a_history_everything_is_asked_for(tmp_path: Path) -> None:
    service = simulated()
    for _ in range(2):
        told(service, tmp_path, *DAY, "--no-history")
    assert service.count == 8


def test_a_request_that_fails_leaves_what_is_known_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(simulated(), tmp_path, "--start", "2026-09-20T08:00Z", "--end", "2026-09-20T10:00Z")
    found = told(simulated("401"), tmp_path, *DAY, status=1)
    assert found["windows"]["not_fetched"] == 24
    assert found["windows"]["known"] == 24
    assert [each["start"] for each in found["not_fetched"]] == ["2026-09-20T10:00:00Z"]
    assert any("could not be asked" in each for each in found["not_known"])
    assert "the report says what is not known" in capsys.readouterr().err


def test_nothing_is_written_where_nothing_is_known(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    with pytest.raises(click.ClickException, match="nothing was written"):
        written(simulated("401"), *DAY, "-o", str(path))
    assert list(tmp_path.glob("x*")) == []


def test_a_breakdown_that_fails_is_missing_and_said(tmp_path: Path) -> None:
    found = told(breaking(after=2), tmp_path, *DAY, status=1)
    assert found["windows"]["known"] == 48
    assert any("breakdown" in each for each in found["not_known"])


def test_failed_requests_are_those_of_the_log(tmp_path: Path) -> None:
    log = log_file()
    log.parent.mkdir(parents=True)
    line = (
        "2026-09-20T{}+0000 WARNING polytop.api request failed: Too many requests; status=429 "
        "error_message=slow down correlation_id=None path=/v1/{}/PROJECT-simulator"
        "/conversations/concurrency range=2026-09-20T07:00:00Z/2026-09-20T08:00:00Z"
    )
    other = line.format("09:00:00", "ws-other")
    lines = [line.format(at, "ws-simulator") for at in ("07:59:59", "08:30:00", "09:00:00")]
    log.write_text("\n".join([*lines, other, "Traceback", f"x {lines[1]}", ""]))
    failures = told(simulated(), tmp_path, *DAY)["request_failures"]
    assert failures["log_since"] == "2026-09-20T07:59:59Z"
    (one,) = failures["failures"]
    assert (one["error"], one["error_message"]) == ("Too many requests", "slow down")
    assert (one["times"], one["first"], one["last"]) == (
        2, "2026-09-20T08:30:00Z", "2026-09-20T09:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize("scenario", [None, "launch"])
def test_the_plan_is_compared_as_the_values_say(tmp_path: Path, scenario: str | None) -> None:
    plan, path = tmp_path / "plan.csv", tmp_path / "x.jsonl"
    plan.write_text("time,expected,low,high\nT+00:00,20,15,25\nT+02:00,60,50,70\n")
    found = told(simulated(scenario), tmp_path, *TODAY, "--plan", str(plan), "--scale", "1.5")[
        "plan"
    ]
    assert exported(simulated(scenario), *TODAY, "-o", str(path), "--no-history") == 0
    values = [
        json.loads(line)["max_concurrent_conversations"] for line in path.read_text().splitlines()
    ]
    sides, differences = [0, 0, 0], []
    for index, value in enumerate(values[:25]):
        share = index / 24
        low, expected, high = (
            1.5 * (a + (b - a) * share) for a, b in ((15, 50), (20, 60), (25, 70))
        )
        sides[1 if value > high else 2 if value < low else 0] += 1
        differences.append(value - expected)
    assert (found["windows"], found["compared"]) == (25, 25)
    assert [found["on"], found["over"], found["under"]] == sides
    largest = max(differences, key=abs)
    assert found["largest"]["difference"] == pytest.approx(largest, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("x.md", b"# Conversations"),
        ("x.MARKDOWN", b"# Conversations"),
        ("x.html", b"<!DOCTYPE html>"),
        ("x.htm.gz", b"<!DOCTYPE html>"),
        ("x.json", b'{"schema"'),
        ("x", b"# Conversations"),
    ],
)
def test_the_ending_decides_the_form(tmp_path: Path, name: str, begins: bytes) -> None:
    path = tmp_path / name
    assert written(simulated(), *DAY, "-o", str(path)) == 0
    content = path.read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    assert content.startswith(begins)


@pytest.mark.parametrize("name", ["x.txt", "x.pdf", "x.csv", "x.html.zip"])
def test_an_unknown_ending_is_refused_with_those_that_are_known(tmp_path: Path, name: str) -> None:
    service = simulated()
    known = r"give --format, or use \.md, \.markdown, \.html, \.htm or \.json, each also with"
    with pytest.raises(click.UsageError, match=known):
        written(service, "-o", str(tmp_path / name))
    assert service.count == 0


def test_a_file_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("mine")
    service = simulated()
    with pytest.raises(click.UsageError, match="--force"):
        written(service, *DAY, "-o", str(path))
    assert (path.read_text(), service.count) == ("mine", 0)
    assert written(service, *DAY, "-o", str(path), "--force") == 0
    assert path.read_text().startswith("# Conversations")


def test_markdown_with_its_picture_goes_to_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(simulated(), *DAY) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert re.search(r"^\[graph\]: data:image/svg\+xml;base64,", shown.out, re.MULTILINE)
    assert KEY not in shown.out


def test_the_range_is_that_of_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(simulated(), tmp_path, "--start", "-14m", "--end", "now")
    assert (found["start"], found["end"]) == (
        grid.to_iso(grid.floor(NOW - 840)), grid.to_iso(grid.floor(NOW)),
    )  # fmt: skip
    assert "--include-running" in capsys.readouterr().err
    found = told(simulated(), tmp_path, "--start", "-14m", "--include-running")
    assert found["end"] == grid.to_iso(grid.floor(NOW) + grid.STEP)
    assert found["provisional"] == [grid.to_iso(grid.floor(NOW))]
    with pytest.raises(click.UsageError, match="must be earlier"):
        written(simulated(), "--start", "-1h", "--end", "-2h")


def test_times_are_local_and_the_zone_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(simulated(), *DAY, "--utc") == 0
    assert "Sun 20 Sep 2026, 08:00 – 12:00 UTC" in capsys.readouterr().out


def test_a_selection_has_no_levels_and_no_alerts(tmp_path: Path) -> None:
    found = told(simulated(), tmp_path, *DAY, "--limit", "20", "--variant-name", "Main line")
    assert (found["levels"], found["limit"], found["incidents"]) == ([], None, None)
    assert found["filters"] == {"variant_name": "Main line"}
    everything = told(simulated(), tmp_path, *DAY, "--limit", "20")
    assert everything["incidents"]


@SCENARIOS
def test_alerts_are_those_that_the_bands_tell(tmp_path: Path, scenario: str | None) -> None:
    found = told(simulated(scenario), tmp_path, *TODAY, "--limit", "60")
    path = tmp_path / "x.jsonl"
    assert exported(simulated(scenario), *TODAY, "-o", str(path), "--no-history") == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    bad = {row["time"] for row in rows if row["max_concurrent_conversations"] >= 54}
    within: set[str] = set()
    for each in found["incidents"]:
        if each["alert"] != "critical":
            continue
        end = found["end"] if each["end"] is None else each["end"]
        windows = [row["time"] for row in rows if each["start"] <= row["time"] < end]
        assert each["highest"] == max(
            row["max_concurrent_conversations"] for row in rows if row["time"] in windows
        )
        assert not within & set(windows)
        within |= set(windows)
    assert within == bad != set()


@pytest.mark.parametrize("wrong", [-10_800, 10_800])
def test_a_report_is_of_the_range_by_the_servers_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: int
) -> None:
    path = tmp_path / "x.json"
    given = ["--start", "-1h", "--no-history", "-o", str(path)]
    options = command.make_context("report", given).params
    connection = replace(way(simulated()), clock=lambda: NOW + wrong)
    assert run(options, PLACE, connection, no_time) == 0
    found = json.loads(path.read_text())
    assert found["end"] == grid.to_iso(grid.floor(NOW))
    assert found["windows"]["complete"] == 12
    words = "The clock of this machine is 3 h"
    assert words in capsys.readouterr().err
    assert any(words in each for each in found["not_known"])
