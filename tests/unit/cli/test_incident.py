"""``polytop incident`` on files of its own."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import click
import pytest
from capsules import WATCHED, begun, event, look, over
from click.testing import CliRunner, Result

from polytop.alerts.capsule import CapsuleMark, join_capsules, new_capsule, pack_series
from polytop.alerts.capsule_store import CapsuleStore
from polytop.alerts.state import Change
from polytop.cli import incident
from polytop.config.errors import ConfigError
from polytop.config.paths import incidents_dir
from polytop.model.series import Series

WHOLE = join_capsules(begun(), over())
OTHER = begun("15:10", profile="staging")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without anything in it, in a zone of its own."""
    for name in [name for name in os.environ if name.startswith(("POLYTOP_", "POLY_"))]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    config = tmp_path / "config" / "polytop" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        '[profiles.prod]\nregion = "uk-1"\naccount_id = "ws-1"\nproject_id = "PROJECT-1"\n'
        'timezone = "America/New_York"\n'
    )
    return tmp_path


@pytest.fixture
def store(home: Path) -> CapsuleStore:
    """Two incidents."""
    store = CapsuleStore(incidents_dir())
    store.save(WHOLE)
    store.save(OTHER)
    return store


def run(*arguments: str) -> Result:
    return CliRunner().invoke(incident.command, arguments, standalone_mode=False)


def ok(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exception is None, (result.output, result.exception)
    return result.stdout


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, click.ClickException | ConfigError), result.exception
    assert result.stdout == ""
    words = str(result.exception)
    return words if isinstance(result.exception, ConfigError) else result.exception.message


def test_without_any_the_list_says_so_on_stderr() -> None:
    result = run("list")
    assert (result.stdout, result.exception) == ("", None)
    assert "no incident" in result.stderr
    assert ok("list", "--json") == "[]\n"


def test_the_list_is_a_table_by_time(store: CapsuleStore) -> None:
    head, first, second = ok("list", "--utc").splitlines()
    assert head.split() == ["ID", "SINCE", "LASTED", "SEVERITY", "PROFILE", "ALERT"]
    assert first.split() == f"{WHOLE.id} 2026-09-21 14:05 UTC 25 min critical prod near".split()
    assert second.split()[-6:] == ["no", "end", "yet", "critical", "staging", "near"]
    assert "10:05 EDT" in ok("list").splitlines()[1]
    assert ok("list", "-p", "staging", "--utc").splitlines()[1] == second


def test_the_list_for_scripts_has_all_but_the_data(store: CapsuleStore) -> None:
    first, second = json.loads(ok("list", "--json"))
    assert (first["id"], first["since"], first["ended"]) == (
        WHOLE.id,
        "2026-09-21T14:05:00Z",
        "2026-09-21T14:30:00Z",
    )
    assert first["open"] == "polytop -p prod --at 2026-09-21T14:05Z"
    assert [each["event"] for each in first["events"]] == ["raised", "cleared"]
    assert first["end"]["windows"] == dict.fromkeys(
        ("unknown", "final", "gap", "complete", "provisional"), 1
    )
    assert (second["ended"], second["end"]) == (None, None)
    assert json.loads(ok("show", "--json", WHOLE.id)) == first


def test_one_is_shown_with_its_log_graphs_and_the_line_to_paste(store: CapsuleStore) -> None:
    shown = ok("show", WHOLE.id, "--utc")
    for words in (
        'CRITICAL "near" from 2026-09-21 14:05 to 2026-09-21 14:30 (25 min), limit 120',
        "\npolytop -p prod --at 2026-09-21T14:05Z\n",
        "14:06:30 UTC  raised   raised text",
        "14:31:30 UTC  cleared  cleared text",
        "its beginning, seen at 2026-09-21 14:06:30 UTC by polytop 0.1.0",
        "its end, seen at",
        "120 ┤▅▄█░",
        "windows: 1 unknown, 1 final, 1 gap, 1 complete, 1 provisional",
        "peak  110  Main line",
        "deployed v2",
    ):
        assert words in shown, words
    assert "its end" not in ok("show", OTHER.id)
    store.save(over("16:00"))
    assert "nobody looked at its beginning" in ok("show", "last")


@pytest.mark.parametrize("command", ["show", "export", "remove"])
def test_an_id_may_be_shortened_while_it_is_clear(store: CapsuleStore, command: str) -> None:
    assert "begins several incidents" in refused(command, "20260921t")
    assert "there is no incident 'x'; see them with: polytop incident list" in refused(command, "x")
    ok(command, "20260921T1405")
    ok(command, "last")


@pytest.mark.parametrize("text", ["", " ", "../alerts", "/etc/passwd", "..", "*"])
def test_what_is_no_id_is_not_the_only_incident(store: CapsuleStore, text: str) -> None:
    store.remove(OTHER.id)
    assert "there is no incident" in refused("remove", text)
    assert store.ids() == [WHOLE.id]


def test_without_any_there_is_none_to_show() -> None:
    assert refused("show", "last") == "there is no incident 'last'; none has been saved yet"


def test_it_is_removed_for_good(store: CapsuleStore) -> None:
    ok("remove", WHOLE.id)
    assert store.ids() == [OTHER.id]
    assert "there is no incident" in refused("remove", WHOLE.id)


def test_everything_is_exported_as_json(store: CapsuleStore, home: Path) -> None:
    import msgspec

    from polytop.alerts.capsule import Capsule

    out = home / "x.json"
    ok("export", WHOLE.id, "-o", str(out))
    assert msgspec.json.decode(out.read_bytes(), type=Capsule) == WHOLE
    assert "is there already" in refused("export", WHOLE.id, "-o", str(out))
    ok("export", WHOLE.id, "-o", str(out), "--force")
    assert json.loads(ok("export", WHOLE.id)) == json.loads(out.read_text())
    assert set(json.loads(out.read_text())) >= {"profile", "rule", "events", "beginning", "end"}


def test_the_picture_is_exported_as_svg(store: CapsuleStore, home: Path) -> None:
    out = home / "x.svg"
    ok("export", WHOLE.id, "-o", str(out))
    assert out.read_text() == "<svg>14:31:30</svg>"
    assert ok("export", WHOLE.id, "--format", "svg", "--picture", "beginning") == (
        "<svg>14:06:30</svg>"
    )
    assert ok("export", OTHER.id, "--format", "svg") == "<svg>14:06:30</svg>"
    assert "no picture of its end" in refused(
        "export", OTHER.id, "--format", "svg", "--picture", "end"
    )
    store.save(begun("17:00", beginning=look("17:01", picture=None)))
    assert "no screen showed it" in refused("export", "last", "-o", str(home / "y.svg"))
    assert not (home / "y.svg").exists()


def test_wrong_calls_are_refused(store: CapsuleStore, home: Path) -> None:
    assert "no format has the ending .png" in refused("export", "last", "-o", "x.png")
    assert "--picture goes with svg" in refused("export", "last", "--picture", "end")


def test_a_damaged_one_is_named_and_skipped(store: CapsuleStore) -> None:
    store.path(WHOLE.id).write_bytes(b"\x1f\x8b nothing")
    result = run("list", "--utc")
    assert result.exception is None
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ID", OTHER.id]
    assert f"{WHOLE.id}.json.gz is damaged" in result.stderr
    assert len(json.loads(ok("list", "--json"))) == 1
    assert "is damaged" in refused("show", WHOLE.id)
    assert "is damaged" in refused("export", WHOLE.id)
    ok("remove", WHOLE.id)


def test_a_folder_that_cannot_be_read_is_named(home: Path) -> None:
    incidents_dir().parent.mkdir(parents=True)
    incidents_dir().write_text("in the way")
    assert f"{incidents_dir()} cannot be read" in refused("list")


HOSTILE = "\x1b[2J[bold]<b>|```\u202e=cmd()\n# x"


def test_hostile_names_are_harmless(store: CapsuleStore, home: Path) -> None:
    raised = event(Change.RAISED, "18:06:30", "18:05", rule=HOSTILE, text=HOSTILE)
    row = pack_series(Series(0, (1, 2)), frozenset(), HOSTILE, HOSTILE)
    marked = look("18:06:30", rows=(row,), marks=(CapsuleMark(begun().since, HOSTILE),))
    watched = replace(WATCHED, profile=HOSTILE)
    store.save(replace(new_capsule(watched, raised), beginning=marked))
    out = home / "x.md"
    ok("export", "last", "-o", str(out))
    for text in (ok("list"), ok("show", "last"), out.read_text()):
        assert not set(text) & {"\x1b", "\u202e"}
    fenced = out.read_text().splitlines()
    assert fenced[0] == "````text"
    assert fenced[-1] == "````"
    assert not any("````" in line for line in fenced[1:-1])
    assert json.loads(ok("export", "last"))["rule"] == HOSTILE


def test_an_export_is_a_file_as_any_other(store: CapsuleStore, home: Path) -> None:
    out = home / "x.json.gz"
    ok("export", WHOLE.id, "-o", str(out))
    assert out.read_bytes()[:2] == b"\x1f\x8b"
    assert stat.S_ISREG(out.stat().st_mode)
