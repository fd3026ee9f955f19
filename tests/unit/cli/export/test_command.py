"""``polytop export`` on the simulator behind the real client: ranges, words, statuses."""

import gzip
import json
from pathlib import Path

import click
import pytest
from export_runs import PLACE, breaking, exported
from hypothesis import given
from hypothesis import strategies as st
from simulated_profiles import KEY, NOW, simulated

from polytop.cli.export.command import align_span
from polytop.config.errors import ConfigError
from polytop.model import grid

# -- the range


@given(st.integers(0, 10**10), st.integers(1, 10**9), st.integers(0, 10**10), st.booleans())
def test_a_range_is_whole_windows_that_are_over(
    start: int, length: int, now: int, running: bool
) -> None:
    last = grid.floor(now) + running * grid.STEP
    try:
        span = align_span(start, start + length, now, running=running)
    except click.UsageError:
        assert grid.floor(start) >= last
        return
    assert span.start <= start < span.start + grid.STEP
    assert span.end == min(last, grid.ceil(start + length))
    assert span.start < span.end
    assert (span.note is not None) is (span.end < grid.ceil(start + length))


def test_without_an_end_it_is_that_of_the_last_complete_window() -> None:
    span = align_span(NOW - 3_600, None, NOW, running=False)
    assert (span.end, span.note) == (grid.floor(NOW), None)
    assert align_span(NOW - 3_600, None, NOW, running=True).end == grid.floor(NOW) + 300


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--start", "-1h", "--end", "-2h"], "must be earlier than --end"),
        (["--start", "now", "--end", "now"], "must be earlier than --end"),
        (["--start", "-20s"], "--include-running"),
        (["--start", "2100-01-01", "--end", "2101-01-01"], "over yet"),
        (["--start", "1969-01-01"], "1970"),
        (["--start", "soon"], "write 14:30, yesterday 09:00"),
        (["--format", "xml"], "xml"),
        (["--slice-by", "colour"], "colour"),
        (["--language", "en GB"], "language"),
    ],
)
def test_a_wrong_call_asks_nothing(arguments: list[str], said: str) -> None:
    service = simulated()
    with pytest.raises((click.UsageError, ConfigError), match=said):
        exported(service, *arguments)
    assert service.count == 0


def test_the_window_that_runs_is_left_out_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exported(simulated(), "--start", "-15m", "--end", "now") == 0
    shown = capsys.readouterr()
    assert [row.split(",")[0] for row in shown.out.splitlines()[1:]] == [
        "2026-09-21T14:00:00Z",
        "2026-09-21T14:05:00Z",
        "2026-09-21T14:10:00Z",
    ]
    assert "--include-running" in shown.err
    assert shown.err.count("\n") == 1
    assert exported(simulated(), "--start", "-15m", "--include-running") == 0
    shown = capsys.readouterr()
    assert "2026-09-21T14:15:00Z," in shown.out
    assert shown.err == ""


def test_filters_are_sent_and_pieces_are_at_most_a_week() -> None:
    service = simulated()
    given = ["--variant-name", "Main line", "--phone-number", "+447856838428", "-o", "/dev/null"]
    assert exported(service, "--start", "-20d", "--client-env", "sandbox", *given) == 0
    assert len(service.requests) == 3
    ends = []
    for asked in service.requests:
        query = dict(asked.query)
        assert query["client_env"] == "sandbox"
        assert query["variant_name"] == "Main line"
        assert query["phone_number"] == "+447856838428"
        start, end = grid.from_iso(query["start_time"]), grid.from_iso(query["end_time"])
        assert 0 < end - start <= grid.WEEK
        ends += [start, end]
    assert ends == sorted(ends)
    assert ends[1::2][:-1] == ends[2::2]
    assert (ends[0], ends[-1]) == (grid.floor(NOW - 20 * 86_400), grid.floor(NOW))


# -- the ending of the file


@pytest.mark.parametrize(
    ("name", "form", "begins"),
    [
        ("x", None, b"time,"),
        ("x.csv", None, b"time,"),
        ("x.json", None, b'{"account_id"'),
        ("X.JSON", None, b'{"account_id"'),
        ("x.ndjson", None, b'{"time"'),
        ("x.om", None, b"# HELP"),
        ("x.json.gz", None, b'{"account_id"'),
        ("x.JSONL.GZ", None, b'{"time"'),
        ("x.gz", None, b"time,"),
        ("x.txt", "json", b'{"account_id"'),
        ("x.csv.gz", "json", b'{"account_id"'),
        ("2026.11.20", "csv", b"time,"),
    ],
)
def test_the_ending_decides_the_format_and_whether_it_is_packed(
    tmp_path: Path, name: str, form: str | None, begins: bytes
) -> None:
    path = tmp_path / name
    given = ["--format", form] if form else []
    assert exported(simulated(), "--start", "-1h", "-o", str(path), *given) == 0
    content = path.read_bytes()
    if name.lower().endswith(".gz"):
        content = gzip.decompress(content)
    assert content.startswith(begins)


@pytest.mark.parametrize("name", ["x.xml", "x.csv.bz2", "x.json.zip", "x.xlsx", "x.csv.gz.xz"])
def test_an_unknown_ending_is_refused_with_those_that_are_known(tmp_path: Path, name: str) -> None:
    service = simulated()
    known = r"give --format, or use \.csv, \.json, .* each also with \.gz"
    with pytest.raises(click.UsageError, match=known):
        exported(service, "-o", str(tmp_path / name))
    assert service.count == 0
    assert list(tmp_path.iterdir()) == []


# -- what goes wrong


def test_a_refusal_is_one_line_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--format", "json"], ["--format", "openmetrics"]):
        assert exported(simulated("401"), *arguments) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.count("\n") == 1
        assert shown.err.startswith("polytop export: The API key was not accepted")
        assert "nothing was written" in shown.err
        assert KEY not in shown.err


@pytest.mark.parametrize("slice_by", ["language", "phone_number"])
def test_a_slice_that_is_not_offered_says_what_is(
    capsys: pytest.CaptureFixture[str], slice_by: str
) -> None:
    assert exported(simulated(), "--slice-by", slice_by) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"not offer a breakdown by {slice_by} (501" in shown.err
    assert "--slice-by variant" in shown.err


def test_no_key_is_a_failed_request(capsys: pytest.CaptureFixture[str]) -> None:
    service = simulated()
    environ = {name: value for name, value in PLACE.items() if name != "POLYTOP_API_KEY"}
    assert exported(service, environ=environ) == 1
    assert "key" in capsys.readouterr().err
    assert service.count == 0


def test_one_that_breaks_off_says_how_far_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    assert exported(breaking(2), "--start", "2026-08-01T00:00Z", "--format", "jsonl") == 1
    shown = capsys.readouterr()
    last = json.loads(shown.out.splitlines()[-1])["time"]
    end = grid.to_iso(grid.from_iso(last) + grid.STEP)
    assert f"the output is incomplete, it ends before {end}" in shown.err
    assert shown.err.count("\n") == 1


def test_a_file_of_one_that_breaks_off_is_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    assert exported(breaking(2), "--start", "-40d", "-o", str(path)) == 1
    assert f"{path} was not written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    path.write_text("old")
    assert exported(breaking(2), "--start", "-40d", "-o", str(path), "--force") == 1
    assert path.read_text() == "old"


def test_a_service_that_fails_now_and_then_loses_nothing(tmp_path: Path) -> None:
    for name, scenario in (("a", None), ("b", "flaky")):
        path = str(tmp_path / name)
        assert exported(simulated(scenario), "--start", "-60d", "-o", path) == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert exported(simulated("empty")) == 0
    assert "no interval in this range" in capsys.readouterr().err
    assert exported(simulated("nulls")) == 0
    assert "impossible rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "arguments", "start"),
    [
        ("a.json", [], '{"account_id"'),
        ("a.jsonl", [], '{"time"'),
        ("a.PROM", [], "# HELP"),
        ("a", [], "time,"),
        ("a.json", ["--format", "csv"], "time,"),
    ],
)
def test_the_name_of_the_file_tells_the_format(
    tmp_path: Path, name: str, arguments: list[str], start: str
) -> None:
    assert exported(simulated(), "-o", str(tmp_path / name), *arguments) == 0
    assert (tmp_path / name).read_text().startswith(start)
