"""``polytop export --around``: an incident, and an hour before and after it."""

from dataclasses import replace
from pathlib import Path

import click
import pytest
from capsules import event
from export_runs import PLACE, exported
from simulated_profiles import ENVIRON, NOW, simulated

from polytop.alerts.capsule import Capsule, moment, new_capsule
from polytop.alerts.capsule_store import CapsuleStore
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import Change
from polytop.config.errors import ConfigError
from polytop.config.paths import config_file, incidents_dir
from polytop.model import grid
from polytop.model.target import Target

TARGET = Target("ws-simulator", "PROJECT-simulator", "https://simulator.invalid")
PROFILE = """\
[profiles.prod]
base_url = "https://simulator.invalid"
account_id = "ws-simulator"
project_id = "PROJECT-simulator"
[profiles.other]
base_url = "https://simulator.invalid"
account_id = "ws-simulator"
project_id = "PROJECT-other"
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    config_file().parent.mkdir(parents=True)
    config_file().write_text(PROFILE)


def saved(since: float, ended: float | None, profile: str = "prod") -> Capsule:
    """An incident so many seconds ago, and one that is of no matter."""
    raised = replace(event(Change.RAISED, "14:06"), since=NOW - since, at=NOW - since + 90)
    watched = WatchedCalls(profile, TARGET)
    found = new_capsule(watched, raised)
    if ended is not None:
        found = replace(found, ended=moment(NOW - ended))
    store = CapsuleStore(incidents_dir())
    store.save(found)
    store.save(replace(found, id="20200101T0000Z-000000"))
    return found


def times(text: str) -> list[str]:
    return [row.split(",")[0] for row in text.splitlines()[1:]]


def test_it_is_the_range_an_hour_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    found = saved(5 * 3_600, 4 * 3_600)
    assert exported(simulated(), "--around", found.id, environ=ENVIRON) == 0
    around = capsys.readouterr()
    start, end = grid.floor(NOW - 6 * 3_600), grid.ceil(NOW - 3 * 3_600)
    assert times(around.out) == [grid.to_iso(each) for each in grid.windows(start, end)]
    assert found.id in around.err
    given = ("--start", grid.to_iso(start), "--end", grid.to_iso(end))
    assert exported(simulated(), *given, "-p", "prod", "--no-history", environ=ENVIRON) == 0
    assert capsys.readouterr().out == around.out


def test_the_newest_and_a_beginning_of_an_id_do(capsys: pytest.CaptureFixture[str]) -> None:
    found = saved(5 * 3_600, 4 * 3_600)
    outputs = []
    for text in (found.id, "last", found.id[:13]):
        assert exported(simulated(), "--around", text, environ=ENVIRON) == 0
        outputs.append(capsys.readouterr().out)
    assert len(set(outputs)) == 1


def test_one_that_goes_on_ends_with_the_last_complete_window(
    capsys: pytest.CaptureFixture[str],
) -> None:
    saved(1_800, None)
    assert exported(simulated(), "--around", "last", environ=ENVIRON) == 0
    shown = capsys.readouterr()
    assert times(shown.out)[-1] == grid.to_iso(grid.floor(NOW) - grid.STEP)
    assert times(shown.out)[0] == grid.to_iso(grid.floor(NOW - 5_400))
    assert "the last that was seen of it" in shown.err


def test_one_whose_end_nobody_saw_does_not_go_on_until_now(
    capsys: pytest.CaptureFixture[str],
) -> None:
    saved(5 * 86_400, None)
    assert exported(simulated(), "--around", "last", environ=ENVIRON) == 0
    assert len(times(capsys.readouterr().out)) in range(24, 28)


def test_filters_and_slices_apply(capsys: pytest.CaptureFixture[str]) -> None:
    saved(5 * 3_600, 4 * 3_600)
    arguments = ("--around", "last", "--slice-by", "variant", "--format", "jsonl")
    assert exported(simulated(), *arguments, environ=ENVIRON) == 0
    assert '"variant_id": "v-main"' in capsys.readouterr().out


def test_without_a_profile_the_options_say_where(capsys: pytest.CaptureFixture[str]) -> None:
    saved(5 * 3_600, 4 * 3_600, profile="(env)")
    assert exported(simulated(), "--around", "last", environ=PLACE) == 0
    assert times(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("--start", "-2h"), click.UsageError, "--around and --start cannot"),
        (("--end", "now"), click.UsageError, "--around and --end cannot"),
        (("-p", "other"), ConfigError, "PROJECT-other"),
        (("--client-env", "sandbox"), ConfigError, "sandbox"),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: tuple[str, ...], error: type[Exception], said: str
) -> None:
    saved(5 * 3_600, 4 * 3_600)
    service = simulated()
    with pytest.raises(error, match=said):
        exported(service, "--around", "last", *arguments, environ=ENVIRON)
    assert service.count == 0


def test_an_incident_that_is_not_there_is_said() -> None:
    with pytest.raises(click.ClickException, match="there is no incident 'x'"):
        exported(simulated(), "--around", "x", environ=ENVIRON)
