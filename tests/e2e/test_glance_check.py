"""The commands that run once, as processes of their own against a served simulator."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulator_service import Service, write_files
from terminal import POLYTOP

Home = dict[str, str]
KEY = "sk-MARKER-a71c90de55"
LINE = re.compile(r"POLYTOP (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| [^|\n]+)?\n")
HEAVY = ("textual", "plotext", "tomlkit", "uvicorn", "polytop.ui.app", "polytop.simulator")
IMPORTED = """
import json, os, sys
from polytop.cli.root import main
# The plug-in ends its process at once: here it must live to tell what it loaded.
os._exit = sys.exit
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def polytop(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One run to its end."""
    return subprocess.run(
        [*POLYTOP, *arguments], env=home, capture_output=True, text=True, check=False, timeout=30
    )


def checked(home: Home, *arguments: str) -> tuple[int, str, float]:
    """Exit status, line and seconds of a check, which is one line on stdout and no more."""
    began = time.monotonic()
    done = polytop(home, "check", *arguments)
    took = time.monotonic() - began
    assert LINE.fullmatch(done.stdout), done
    assert done.stderr == ""
    return done.returncode, done.stdout, took


@pytest.fixture
def silent() -> Iterator[int]:
    """A port at which connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def folder(home: Home) -> Path:
    return Path(home["XDG_CONFIG_HOME"]) / "polytop"


# -- glance and the history


def test_a_glance_shows_what_is_known_where_nothing_answers(home: Home, profiled: Service) -> None:
    first = json.loads(polytop(home, "glance", "--json").stdout)
    assert first["errors"] == []
    profiled.play("drop")
    shown = polytop(home, "glance")
    assert shown.returncode == 1
    assert "what was known" in shown.stdout
    assert f"peak {first['peak']['value']} at" in shown.stdout
    shown = polytop(home, "glance", "--line")
    assert shown.returncode == 1
    # Where a window had just begun, the last value is that of the complete one.
    running = first["now"]["value"] is not None
    value = f"≥ {first['now']['value']}" if running else first["last_complete"]["value"]
    assert re.match(rf"UNKNOWN simulator {value}/120 \d+ s ago: ", shown.stdout)
    shown = polytop(home, "glance", "--json")
    found = json.loads(shown.stdout)
    assert (shown.returncode, shown.stderr, found["state"]) == (1, "", "UNKNOWN")
    assert 0 < found["stale_seconds"] < 60
    assert len(found["errors"]) == 1
    assert (found["peak"], found["rows"]) == (first["peak"], first["rows"])
    # A plug-in judges what is fresh.
    assert checked(home)[0] == 3


# -- check


def test_a_check_of_a_healthy_service(home: Home, profiled: Service) -> None:
    status, line, _ = checked(home)
    value = int(re.findall(r"concurrent=(\d+);95;107;0;120 ", line)[0])
    assert value >= profiled.rows()[-2]["max_concurrent_conversations"]
    assert status == (2 if value >= 108 else 1 if value >= 96 else 0)
    assert checked(home, "-c", "@0:100000")[0] == 2
    assert checked(home, "-w", "@0:100000", "-c", "~:100000")[0] == 1


@pytest.mark.parametrize("scenario", ["401", "429", "html", "drop", "nonjson", "late"])
def test_what_cannot_be_known_is_unknown(home: Home, profiled: Service, scenario: str) -> None:
    profiled.play(scenario)
    status, line, _ = checked(home)
    assert status == 3
    assert line.startswith("POLYTOP UNKNOWN - ")


def test_a_hanging_service_is_unknown_in_time(home: Home, profiled: Service) -> None:
    profiled.play("hang")
    status, line, took = checked(home, "--timeout", "1")
    assert status == 3
    assert " within " in line
    assert took < 8  # where nothing stopped it, it would be 10 or more


def test_a_command_for_the_key_that_hangs_is_unknown_in_time(home: Home, silent: int) -> None:
    config = f'base_url = "http://127.0.0.1:{silent}"\naccount_id = "a"\nproject_id = "b"\n'
    write_files(
        folder(home),
        f"[profiles.slow]\n{config}",
        '[profiles.slow]\napi_key_command = "sleep 60"\n',
    )
    status, line, took = checked(home, "-t", "1")
    assert status == 3
    assert " within " in line
    assert took < 8  # where nothing stopped it, it would be 10 or more


def test_time_is_up_even_where_every_step_took_almost_all_of_it(home: Home, silent: int) -> None:
    config = f'base_url = "http://127.0.0.1:{silent}"\naccount_id = "a"\nproject_id = "b"\n'
    write_files(
        folder(home),
        f"[profiles.slow]\n{config}",
        "[profiles.slow]\napi_key_command = \"sh -c 'sleep 0.5; echo key'\"\n",
    )
    status, line, took = checked(home, "-t", "1")
    assert status == 3
    assert " within " in line
    assert took < 8  # where nothing stopped it, it would be 10 or more


@pytest.mark.parametrize(
    "arguments",
    [["-p", "nobody"], ["--nonsense"], ["-w", "eighty"], ["--limit", "many"], []],
)
def test_a_wrong_call_is_unknown_on_stdout(home: Home, arguments: list[str]) -> None:
    status, line, _ = checked(home, *arguments)
    assert status == 3
    assert line.startswith("POLYTOP UNKNOWN - ")


def test_an_option_before_the_plug_in_is_unknown_too(home: Home) -> None:
    done = polytop(home, "-p", "prod", "check")
    assert (done.returncode, done.stderr) == (3, "")
    assert "belongs behind the command check" in done.stdout


def test_more_for_people_goes_to_stderr(home: Home, profiled: Service) -> None:
    done = polytop(home, "check", "-vvv")
    assert LINE.fullmatch(done.stdout)
    assert "windows " in done.stderr
    assert polytop(home, "check", "-h").returncode == 3


def test_a_line_that_cannot_be_written_leaves_an_alert_an_alert_and_no_ok(
    home: Home, profiled: Service
) -> None:
    for critical, status in (("@0:100000", 2), ("~:100000", 3)):
        words = " ".join([*POLYTOP, "check", "-w", "~:100000", "-c", critical])
        for place in ("/dev/full", "&-"):
            done = subprocess.run(
                ["sh", "-c", f"{words} >{place}"],
                env=home, capture_output=True, text=True, check=False, timeout=30,
            )  # fmt: skip
            assert done.returncode == status
            assert done.stderr.startswith("polytop check: the output cannot be written: ")
            assert done.stderr.count("\n") == 1


def test_a_check_that_runs_out_of_time_and_has_no_output(home: Home, silent: int) -> None:
    place = f"--base-url http://127.0.0.1:{silent} --account-id a --project-id b"
    words = f"{' '.join(POLYTOP)} check -t 1 {place}"
    for output in ("/dev/full", "&-"):
        done = subprocess.run(
            ["sh", "-c", f"exec {words} >{output}"],
            env={**home, "POLYTOP_API_KEY": KEY},
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode == 3
        assert done.stderr.count("\n") == 1


def test_a_full_disk_is_one_line(home: Home, profiled: Service) -> None:
    for command in ("glance", "glance --json", "capacity --peak 3"):
        done = subprocess.run(
            ["sh", "-c", f"{' '.join(POLYTOP)} {command} >/dev/full"],
            env=home, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr == "polytop: the output cannot be written: no space left on device\n"


# -- glance


def test_a_glance_in_its_three_forms(home: Home, profiled: Service) -> None:
    block = polytop(home, "glance")
    assert (block.returncode, block.stderr) == (0, "")
    assert len(block.stdout.splitlines()) == 12
    assert "\x1b" not in block.stdout
    line = polytop(home, "glance", "--line").stdout
    assert line.count("\n") == 1
    assert len(line.rstrip("\n")) < 60
    found = json.loads(polytop(home, "glance", "--json").stdout)
    assert found["profile"] == "simulator"
    assert found["now"]["value"] == profiled.now()
    parts = profiled.parts()
    assert {row["variant_name"]: row["now"] for row in found["rows"]} == parts


def test_a_service_out_of_reach_is_said_and_exits_1(home: Home, profiled: Service) -> None:
    profiled.play("drop")
    for form in ("--line", "--json", "--utc"):
        done = polytop(home, "glance", form)
        assert done.returncode == 1
        assert "Cannot reach 127.0.0.1" in done.stdout
        assert "UNKNOWN" in done.stdout


def test_several_profiles_worst_first(home: Home, profiled: Service) -> None:
    path = folder(home) / "config.toml"
    first = path.read_text()
    second = first.replace("profiles.simulator", "profiles.tight").replace("= 120", "= 1")
    path.write_text(f"{first}\n{second}")
    keys = folder(home) / "credentials.toml"
    text = keys.read_text()
    keys.write_text(text + text.replace("profiles.simulator", "profiles.tight"))
    done = polytop(home, "glance", "--all", "--json")
    assert [one["profile"] for one in json.loads(done.stdout)] == ["tight", "simulator"]
    done = polytop(home, "glance", "-p", "simulator", "-p", "tight", "--line")
    assert [each.split()[1] for each in done.stdout.splitlines()] == ["tight", "simulator"]
    assert isinstance(json.loads(polytop(home, "glance", "-p", "tight", "--json").stdout), dict)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--line", "--json"], "cannot be given together"),
        (["--all", "-p", "x"], "cannot be given together"),
        (["-p", "simulator", "-p", "other", "--account-id", "x"], "not with several"),
        (["-p", "nobody"], "no profile is called nobody"),
        (["--window", "soon"], "is not a duration"),
    ],
)
def test_a_wrong_glance_is_a_usage_error(
    home: Home, profiled: Service, arguments: list[str], words: str
) -> None:
    done = polytop(home, "glance", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_a_glance_without_any_profile_says_how_to_add_one(home: Home) -> None:
    for arguments in ([], ["--all"]):
        done = polytop(home, "glance", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "polytop profile add NAME" in done.stderr


def test_a_damaged_history_is_told_of_beside_what_is_printed(home: Home, profiled: Service) -> None:
    history = Path(home["XDG_DATA_HOME"]) / "polytop" / "history.sqlite3"
    history.parent.mkdir(parents=True)
    for arguments in (["glance"], ["glance", "--line"], ["glance", "--json"], ["export"]):
        history.write_bytes(b"no database" * 1_000)
        done = polytop(home, *arguments)
        assert done.returncode == 0
        assert done.stderr.startswith(f"polytop {arguments[0]}: {history} was damaged")
        assert "set aside as" in done.stderr
        assert done.stderr.count("\n") == 1
        assert "damaged" not in done.stdout
        assert polytop(home, *arguments).stderr == ""


def test_the_line_names_the_reason_rather_than_the_folder(home: Home, profiled: Service) -> None:
    (folder(home) / "credentials.toml").chmod(0o644)
    done = polytop(home, "glance", "--line")
    assert done.stdout == "UNKNOWN simulator credentials.toml holds keys and others c…\n"
    assert done.returncode == 1


# -- a test of the profile


def test_what_the_log_is_for_goes_there_alone(home: Home) -> None:
    place = 'base_url = "http://127.0.0.1:1"\naccount_id = "a"\nproject_id = "b"\n'
    key = f'[profiles.gone]\napi_key = "{KEY}"\n'
    write_files(folder(home), f"[profiles.gone]\n{place}", key)
    done = polytop(home, "profile", "test", "gone")
    assert (done.returncode, done.stdout) == (1, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("failed: gone: Cannot reach 127.0.0.1")
    assert second == "  what to do: Check the network, the VPN and the base URL"
    [log] = Path(home["XDG_STATE_HOME"]).rglob("polytop.log")
    assert "request failed: Cannot reach" in log.read_text()


# -- capacity


def test_capacity_from_a_measured_peak(home: Home, profiled: Service) -> None:
    found = json.loads(polytop(home, "capacity", "--json", "--window", "6h").stdout)
    # The range of a plain script begins elsewhere: in the evening its oldest window is the peak.
    first, end = (found["measured"]["window"][each][:19] for each in ("start", "end"))
    rows = [row for row in profiled.rows(hours=7) if first <= row["time"][:19] < end]
    assert len(rows) == 72
    peak = max(row["max_concurrent_conversations"] for row in rows)
    assert found["measured"]["peak"]["value"] == found["load"] == peak
    assert found["limit"] == 120
    profiled.play("500")
    done = polytop(home, "capacity")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


# -- what they are made of


@pytest.mark.parametrize(
    "arguments", [["--version"], ["glance", "--json"], ["glance"], ["check"], ["capacity"]]
)
def test_no_screen_is_loaded(home: Home, profiled: Service, arguments: list[str]) -> None:
    done = subprocess.run(
        [POLYTOP[0], "-c", IMPORTED, *arguments],
        env=home, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "click" in loaded
    assert not loaded & set(HEAVY)
    assert ("httpx" in loaded) is (arguments != ["--version"])


@pytest.mark.parametrize("scenario", ["none", "401", "drop"])
def test_the_key_is_in_no_output(home: Home, scenario: str) -> None:
    with Service("--speed", "0.001", any_key=True) as served:
        served.play(scenario)
        served.write_profile(folder(home))
        config = (folder(home) / "config.toml").read_text()
        write_files(folder(home), config, f'[profiles.simulator]\napi_key = "{KEY}"\n')
        for arguments in (["glance"], ["glance", "--json"], ["check", "-vvv"], ["capacity"]):
            done = polytop(home, *arguments)
            assert KEY not in done.stdout + done.stderr
    log = Path(home["XDG_STATE_HOME"])
    logged = b"".join(path.read_bytes() for path in log.rglob("*") if path.is_file())
    assert KEY.encode() not in logged
