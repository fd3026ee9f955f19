"""The whole plug-in, in this process, against every fault that the simulator knows."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner, Result
from simulated_profiles import ENVIRON, HOUR, KEY, profile, simulated, way

from polytop.cli.check.command import run_check
from polytop.cli.check.thresholds import parse
from polytop.cli.check.verdict import CheckOptions, CheckResult
from polytop.cli.root import root
from polytop.cli.runtime.client import Connection
from polytop.config.profiles import Config, load_config
from polytop.config.resolve import Overrides
from polytop.model.stats import Severity
from polytop.simulator.scenarios import SCENARIOS

OK = {"none", *SCENARIOS} - {
    *("400", "401", "403", "404", "500", "429", "html", "hang", "drop", "truncated", "nonjson"),
    *("late", "empty"),
}
LINE = re.compile(r"POLYTOP (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| [^|\n]+)?")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep polytop's log out of the output of the tests."""
    logger = logging.getLogger("polytop")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    yield
    logger.propagate = True


def config(**settings: object) -> Config:
    """A file with one profile, its default."""
    profiles = MappingProxyType({"prod": profile(**settings)})
    return Config(Path("config.toml"), "prod", ("prod",), profiles)


def checked(
    scenario: str | None = None,
    options: Overrides | None = None,
    ask: CheckOptions | None = None,
    file: Config | None = None,
    environ: dict[str, str] | None = None,
) -> CheckResult:
    """One check of the simulator, whose line is one and holds no key."""
    path = way(simulated(scenario), 0.2)
    found = run_check(
        options or Overrides(),
        ENVIRON if environ is None else environ,
        HOUR,
        ask or CheckOptions(),
        path,
        lambda: file or config(),
    )
    assert LINE.fullmatch(found.line)
    assert KEY not in found.line
    return found


@pytest.mark.parametrize("scenario", ["none", *SCENARIOS])
def test_every_scenario_is_one_line_with_the_right_status(scenario: str) -> None:
    began = time.monotonic()
    found = checked(scenario)
    assert found.severity is (Severity.OK if scenario in OK else Severity.UNKNOWN)
    assert bool(found.metrics) is (scenario in OK)
    assert time.monotonic() - began < 5


def test_bands_of_the_profile_and_thresholds_of_the_command_line() -> None:
    assert checked().severity is Severity.OK
    assert checked(file=config(limit=100)).severity is Severity.WARNING
    assert checked(file=config(limit=60)).severity is Severity.CRITICAL
    assert checked(options=Overrides(limit=60)).severity is Severity.CRITICAL
    assert checked(ask=CheckOptions(critical=parse("10%"))).severity is Severity.CRITICAL
    assert checked(ask=CheckOptions(warning=parse("@10:200"))).severity is Severity.WARNING
    assert checked(file=config(limit=None)).severity is Severity.OK


@pytest.mark.parametrize(
    ("options", "ask", "file", "environ", "words"),
    [
        (Overrides(profile="other"), None, None, None, "no profile is called other"),
        (Overrides(region="mars"), None, None, None, "--region: no such region"),
        (None, None, None, {}, "no API key for profile prod"),
        (None, None, None, {"POLYTOP_API_KEY": "a\nb"}, "not one line of visible ASCII"),
        (None, CheckOptions(warning=parse("80%")), config(limit=None), None, "needs a limit"),
        (
            Overrides(variant_id="v-main"),
            CheckOptions(warning=parse("80%")),
            None,
            None,
            "counts all",
        ),
        (
            None,
            CheckOptions(warning=parse("9:3")),
            None,
            None,
            "--warning: a range starts at its lower end",
        ),
        (None, CheckOptions(critical=parse("@9:3")), None, None, "lower end: write @3:9"),
        (None, CheckOptions(critical=parse("9:3")), None, None, "--critical: a range"),
        (
            None,
            CheckOptions(critical=parse("80%")),
            config(limit=None),
            None,
            "--critical: a percentage",
        ),
        (Overrides(variant_id="a", variant_name="b"), None, None, None, "given together"),
    ],
)
def test_what_cannot_be_asked_is_unknown(
    options: Overrides | None,
    ask: CheckOptions | None,
    file: Config | None,
    environ: dict[str, str] | None,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    found = checked(None, options, ask, file, environ)
    assert found.severity is Severity.UNKNOWN
    assert words in found.line


def test_a_selection_is_not_held_against_the_limit() -> None:
    found = checked(options=Overrides(variant_id="v-main"), file=config(limit=10))
    assert found.severity is Severity.OK
    assert "of 10" not in found.line
    assert "headroom" not in found.line


def test_only_the_total_is_asked_for() -> None:
    service = simulated()
    found = run_check(Overrides(), ENVIRON, HOUR, CheckOptions(), way(service), config)
    assert found.severity is Severity.OK
    assert [dict(one.query).get("slice_by") for one in service.requests] == [None]


def test_a_broken_file_and_a_fault_of_our_own_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[profiles.prod\n")

    def broken() -> Config:
        return load_config(tmp_path / "config.toml")

    def stumbling() -> Config:
        raise RuntimeError(KEY)

    first = run_check(Overrides(), ENVIRON, HOUR, CheckOptions(), Connection(), broken)
    assert first.severity is Severity.UNKNOWN
    assert "line 1" in first.line
    second = run_check(Overrides(), ENVIRON, HOUR, CheckOptions(), Connection(), stumbling)
    said = "POLYTOP UNKNOWN - unexpected error (RuntimeError); please report it, with the file "
    assert second.line.startswith(said)
    assert "\n" not in second.line
    report = Path(second.line.removeprefix(said).split(",")[0])
    assert "in stumbling" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


def called(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["check", *arguments])


@pytest.mark.parametrize(
    "arguments",
    [["--bogus"], ["-w", "x"], ["-c", "@"], ["-t", "0"], ["--limit", "0"], ["extra"], ["-w"],
     ["--window", "3 parsecs"], ["--max-age", "9"]],
)  # fmt: skip
def test_a_usage_error_is_one_line_on_stdout_and_unknown(arguments: list[str]) -> None:
    result = called(*arguments)
    assert result.exit_code == 3
    assert result.stderr == ""
    assert LINE.fullmatch(result.stdout.removesuffix("\n"))
    assert result.stdout.startswith("POLYTOP UNKNOWN - ")


def test_help_and_version_exit_with_unknown_as_the_guidelines_say() -> None:
    helped, version = called("-h"), called("-V")
    assert (helped.exit_code, version.exit_code) == (3, 3)
    assert "Monitoring plug-in" in helped.stdout
    assert re.fullmatch(r"polytop \d+\.\d+\.\d+\n", version.stdout)
