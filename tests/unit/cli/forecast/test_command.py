"""``polytop forecast`` against the simulator: what it asks for, keeps and prints."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from simulated_profiles import ENVIRON, NOW, plan, simulated, way

from polytop.cli.forecast.command import outlook_of, run
from polytop.cli.forecast.document import document
from polytop.cli.forecast.text import block
from polytop.cli.output import Pen
from polytop.cli.runtime.one_shot import ProfileReading, read_profile
from polytop.model import grid
from polytop.model.forecast import Absence
from polytop.monitor.cache import HistoryCache
from polytop.monitor.view_data import FORECAST_SPAN
from polytop.ui.time_format import Zone

PLAIN, UTC = Pen(), Zone()
OPTIONS = {
    "base_url": "https://simulator.invalid",
    "account_id": "ws-simulator",
    "project_id": "PROJECT-simulator",
    "limit": 120,
    "horizon": 5_400,
    "as_json": False,
    "ascii_only": False,
    "utc": True,
}
SIX_WEEKS = simulated(variants=1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def forecast(home: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(later: float = 0.0, scenario: str | None = None, **options: object):
        service = SIX_WEEKS if scenario is None else simulated(scenario)
        connection = replace(way(service, 60.0), clock=lambda: NOW + later)
        status = run({**OPTIONS, **options}, ENVIRON, connection)
        return status, *capsys.readouterr()

    return call


def test_it_asks_for_six_weeks_once_and_keeps_them(forecast) -> None:
    status, out, err = forecast()
    assert status == 0
    assert "windows of the last six weeks were asked for, and kept in the history" in err
    assert err.count("\n") == 1
    lines = out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].endswith("14:15:30 UTC")
    assert lines[1].endswith("at 14:10")
    assert lines[2] == "  limit not within 90 min"
    assert "such calls held" in lines[3]
    ahead = [line.split()[:3] for line in lines if " min " in line[:10] or " h " in line[:10]]
    assert ["15", "min", "14:25"] in ahead
    assert ["90", "min", "15:40"] in ahead
    asked = len(SIX_WEEKS.requests)
    status, again, err = forecast(as_json=True)
    assert (status, err) == (0, "")
    assert len(SIX_WEEKS.requests) == asked + 1
    found = json.loads(again)
    assert [each["time"] for each in found["points"]][:2] == [
        "2026-09-21T14:15:00Z",
        "2026-09-21T14:20:00Z",
    ]
    assert len(found["points"]) == 18
    assert all(each["low"] <= each["value"] <= each["high"] for each in found["points"])
    assert [each["ahead_seconds"] for each in found["scores"]] == [300, 900, 1800, 3600, 5400]
    assert all(each["relative"] < 0.8 for each in found["scores"])
    assert 0.87 <= found["coverage"] <= 0.94
    assert found["time_to_limit"]["call"] == "not within"
    assert found["time_to_limit"]["held"] <= found["time_to_limit"]["calls"]
    status, short, _ = forecast(horizon=1_200, as_json=True)
    assert json.loads(short)["points"] == found["points"][:4]
    # An outage right after: the history alone tells the same.
    status, out, err = forecast(600.0, "drop", as_json=True)
    assert status == 1
    late = json.loads(out)
    assert late["errors"]
    assert late["last_complete"] == found["last_complete"]
    assert [each["value"] for each in late["points"]] == pytest.approx(
        [each["value"] for each in found["points"]], rel=0.05
    )
    status, out, err = forecast(3 * 3_600.0, "drop")
    assert status == 1
    assert f"no forecast: {Absence.TOO_OLD}" in out
    assert "cannot" in out.lower() or "closed" in out.lower()


def test_ascii_where_the_locale_wants_it(forecast) -> None:
    _, out, _ = forecast(ascii_only=True)
    assert out.isascii()


def test_without_any_answer_and_history_it_says_why_and_exits_1(forecast) -> None:
    status, out, _ = forecast(scenario="401")
    assert status == 1
    assert "UNKNOWN" in out
    assert "polytop profile test" in out or "key" in out
    status, out, _ = forecast(scenario="401", as_json=True)
    found = json.loads(out)
    assert (status, found["points"], found["time_to_limit"]) == (1, [], None)
    assert found["errors"]


async def _read(span: int) -> ProfileReading:
    with closing(HistoryCache()) as memory:
        return await read_profile(
            plan(limit=60), span, ENVIRON, way(SIX_WEEKS, 60.0), breakdown=False, memory=memory
        )


def test_answers_without_a_value_are_too_little_history(forecast) -> None:
    status, out, _ = forecast(scenario="empty")
    assert (status, out.splitlines()[1:]) == (0, [f"  no forecast: {Absence.TOO_LITTLE}"])
    status, out, _ = forecast(scenario="empty", as_json=True)
    assert (status, json.loads(out)["reason"]) == (0, Absence.TOO_LITTLE)


async def test_with_too_little_history_it_says_so() -> None:
    reading = await _read(14 * 86_400)
    outlook = outlook_of(reading, 5_400)
    text = "\n".join(block(reading, outlook, 80, UTC, PLAIN))
    assert "no forecast: too little history" in text
    assert document(reading, outlook)["reason"].startswith("too little history")


async def test_a_forecast_is_in_none_of_the_figures() -> None:
    reading = await _read(FORECAST_SPAN)
    outlook = outlook_of(reading, 5_400)
    assert outlook is not None
    assert outlook.forecast.points
    assert reading.snapshot is not None
    assert reading.snapshot.total.end <= grid.floor(NOW) + grid.STEP
    assert outlook.newest is not None
    assert min(filter(None, outlook.windows)) == outlook.newest + grid.STEP
