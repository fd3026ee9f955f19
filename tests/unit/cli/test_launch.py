"""``polytop launch``: what its options say, and where its plan comes from."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from simulated_profiles import ENVIRON, HOUR, NOW, plan, simulated, way

from polytop.cli.launch import command
from polytop.cli.plan_source import PlanSource, load_plan
from polytop.config.paths import history_file
from polytop.model import grid
from polytop.model.plan import Plan
from polytop.model.timeparse import parse_time
from polytop.monitor.cache import HistoryCache
from polytop.simulator.traffic import Selection

START = int(NOW) + 1_800
AT = ("--base-url", "http://127.0.0.1:9", "--account-id", "ws-1", "--project-id", "PROJECT-1")
NO_TERMINAL = "the monitor needs a terminal"


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("POLYTOP_API_KEY", "k")

    def call(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(command, arguments)
        return result.exit_code, " ".join(result.output.split())

    return call


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "plan.csv"
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--start'"),
        (("--start", "soon"), "'soon' is not a time: write 14:30, tomorrow 09:00"),
        (("--start", "2026-03-29T01:30", "--utc", "--scale", "2"), "--scale needs a plan"),
        (("--start", "1969-01-01"), "--start must be later than 1 March 1970"),
        (("--start", "+5m", "--duration", "1m"), "a launch lasts between 5m and 7d"),
        (("--start", "+5m", "--plan", "x.csv", "--scale", "0"), "0.01<=x<=1000"),
        (("--start", "+5m", "--plan", "x.csv × 2", "--scale", "2"), "the plan is scaled twice"),
        (("--start", "+5m", "--plan", "x.csv × 0"), "× 0 is out of bounds"),
        (("--start", "+5m", "--plan", "from:soon"), "--plan from: 'soon' is not a time"),
        (("--start", "+5m", "--plan", "from:2970-01-01"), "is no former launch"),
        (("--start", "+5m", "--plan", "/no/such.csv"), "--plan such.csv cannot be read: no such"),
        (("--start", "+5m", "--plan", "/"), "is a folder: name a file in it"),
        (("--start", "+5m", "--plan", "/dev/zero"), "--plan zero cannot be read"),
        (("--start", "+5m", "--plan", ""), "--plan is empty"),
    ],
)
def test_a_wrong_call_is_a_usage_error(
    called: Callable[..., tuple[int, str]], arguments: tuple[str, ...], said: str
) -> None:
    status, words = called(*arguments, *AT)
    assert status == 2, words
    assert said in words


def test_a_wrong_line_is_said_with_the_file(called, file) -> None:
    status, words = called("--start", "+5m", "--plan", file("time,expected\nT,many\n"), *AT)
    assert status == 2
    assert "--plan plan.csv, line 2, column expected: 'many' is not a number" in words


@pytest.mark.parametrize(
    "written", ["{}", "{} × 1", "{} ×1.0", "{} x 1", "{} * 1,0", "{}|×|1", "{}|x1"]
)
def test_a_plan_is_taken_as_it_is_written(called, file, written: str) -> None:
    path = file("time,expected\nT,90\nT+01:00,200\n")
    status, words = called("--start", "+5m", *AT, "--plan", *written.format(path).split("|"))
    assert (status, NO_TERMINAL in words) == (2, True), words


def test_load_over_the_limit_is_said_before_the_screen_opens(called, file) -> None:
    path = file("time,expected\nT,90\nT+01:00,200\n")
    over = "polytop launch: plan up to 200 at T+01:00: over the limit 120 from T+00:20"
    start = ("--start", "2026-11-20T08:00Z", "--plan", path, *AT)
    assert over in called(*start, "--limit", "120")[1]
    assert "up to 400" in called(*start, "--limit", "120", "--scale", "2")[1]
    assert "over the limit" not in called(*start, "--limit", "200")[1]
    assert "over the limit" not in called(*start, "--limit", "120", "--language", "en-GB")[1]
    assert "over the limit" not in called(*start)[1]


# -- a former launch

WEEK = 7 * 86_400
FORMER = parse_time(grid.to_iso(START - WEEK))


def former(service, former=FORMER, scale: float = 1.0, duration: int = 4 * HOUR) -> Plan:
    source = PlanSource(None, former, scale)
    return load_plan("launch", source, plan(), START, duration, UTC, way(service, 60.0))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYTOP_API_KEY", ENVIRON["POLYTOP_API_KEY"])


def truth(service, first: int, last: int) -> tuple[int, ...]:
    traffic = service.traffic_of("PROJECT-simulator")
    return tuple(traffic.total(Selection(), first, last, int(NOW)))


@pytest.mark.usefixtures("key")
def test_a_former_launch_is_asked_for_once_and_kept(capsys) -> None:
    service = simulated(variants=1)
    found = former(service)
    first, last = grid.align(START - WEEK - 1_800, START - WEEK + 4 * HOUR)
    # Its windows are those of then, from half an hour before it; the start is off the grid.
    assert found.first == grid.floor(first + WEEK)
    assert found.end == last + WEEK
    values = truth(service, first, last)
    assert [each.expected for each in found.windows] == list(values)
    assert len(service.requests) == 1
    assert former(service, scale=1.5) == found.scale(1.5)
    assert len(service.requests) == 1
    assert capsys.readouterr().err == ""
    short = former(service, duration=HOUR)
    assert short.end == found.end - 3 * HOUR
    assert short.windows == found.windows[: len(short.windows)]


@pytest.mark.usefixtures("key")
def test_its_marks_are_labels() -> None:
    service = simulated(variants=1)
    query = plan()
    assert query.profile is not None
    with closing(HistoryCache(history_file())) as memory:
        memory.add_mark(query.profile.target(), START - WEEK + 600, "mail sent")
        memory.add_mark(query.profile.target(), START - WEEK - 2 * HOUR, "long before")
    assert former(service).labels == ((START + 600, "mail sent"),)


@pytest.mark.usefixtures("key")
def test_what_is_not_known_of_it_is_said(capsys) -> None:
    found = former(simulated("gaps", variants=1))
    assert len(found.windows) >= 50
    said = capsys.readouterr().err
    assert "of the former launch not known: the plan is a straight line there" in said
    with pytest.raises(click.ClickException, match="nothing is known of the former launch"):
        former(simulated("empty", variants=1), parse_time(grid.to_iso(START - 2 * WEEK)))
    with pytest.raises(click.ClickException, match="Cannot reach"):
        former(simulated("drop", variants=1), parse_time(grid.to_iso(START - 3 * WEEK)))


def test_without_a_key_the_history_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    service = simulated(variants=1)
    monkeypatch.setenv("POLYTOP_API_KEY", ENVIRON["POLYTOP_API_KEY"])
    found = former(service)
    monkeypatch.delenv("POLYTOP_API_KEY")
    assert former(service) == found
    assert len(service.requests) == 1


@pytest.mark.usefixtures("key")
def test_a_launch_that_goes_on_is_a_plan_as_far_as_it_is_over() -> None:
    found = former(simulated(variants=1), parse_time(grid.to_iso(NOW - 2 * HOUR)))
    shift = START - int(NOW - 2 * HOUR)
    assert found.end <= grid.ceil(NOW + shift)
    with pytest.raises(click.UsageError, match="is no former launch"):
        former(simulated(variants=1), parse_time(grid.to_iso(NOW + WEEK)))
