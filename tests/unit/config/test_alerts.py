"""Alerts in the profile: read, refused in words, written back, and kept by an edit."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.config.errors import ConfigError, SettingError
from polytop.config.paths import Files
from polytop.config.profiles import Profile, build, load_config, parse_config
from polytop.config.save import remove_profile, save_profile
from polytop.config.toml_edit import line, with_profile, without_profile
from polytop.model.alert_rules import (
    Above,
    Below,
    Channel,
    Condition,
    Fall,
    Level,
    LimitWithin,
    Missing,
    Rise,
    Rule,
    Schedule,
    Silent,
    Stale,
)
from polytop.model.stats import Severity

PATH = Path("/etc/config.toml")
BASE = {"region": "uk-1", "account_id": "ws-1", "project_id": "P-1"}

FILE = """\
default_profile = "prod"

[profiles.prod]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
limit = 120   # conversations

# the pager
[[profiles.prod.alerts]]
name = "near the limit"
above = "90%"
times = 2               # of the last
windows = 3
clear = "85%"
cooldown = "15m"
missing = "unknown"
severity = "warning"
tell = ["bell", "desktop"]
exec = ["/usr/local/bin/page", "polytop"]
exec_timeout = "20s"

[[profiles.prod.alerts]]
name = "silence"
silent = true
hours = "08:00-20:00"
days = "mon-fri"

[profiles.test]
region = "uk-1"
account_id = "ws-1"
project_id = "P-2"
"""

RULES = (
    Rule(
        "near the limit",
        Above(Level(90, percent=True), Level(85, percent=True)),
        times=2,
        windows=3,
        cooldown=900,
        missing=Missing.UNKNOWN,
        severity=Severity.WARNING,
        tell=(Channel.BELL, Channel.DESKTOP),
        exec=("/usr/local/bin/page", "polytop"),
        exec_timeout=20,
    ),
    Rule(
        "silence",
        Silent(0),
        missing=Missing.BREACH,
        schedule=Schedule((480, 1200), (0, 1, 2, 3, 4)),
    ),
)


def rules_of(*tables: dict[str, object], limit: int | None = 120) -> tuple[Rule, ...]:
    profile = build("p", {**BASE, "alerts": list(tables)} | ({"limit": limit} if limit else {}))
    return profile.rules()


def refusal(**table: object) -> SettingError:
    with pytest.raises(SettingError) as caught:
        rules_of(table)
    return caught.value


def test_the_documented_alerts_are_read() -> None:
    config = parse_config(FILE, PATH)
    assert config.profile("prod").alerts == RULES
    assert config.profile("prod").rules() == RULES
    assert config.profile("test").alerts is None


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ({"above": 108}, Above(Level(108))),
        ({"above": "90 %"}, Above(Level(90, percent=True))),
        ({"above": "92.5%", "clear": "90%"}, Above(Level(92.5, True), Level(90, True))),
        ({"below": 5, "clear": 7}, Below(Level(5), Level(7))),
        ({"below": 0}, Below(Level(0))),
        ({"rise": 20}, Rise(Level(20), 3)),
        ({"rise": "25%", "within": 6}, Rise(Level(25, percent=True), 6)),
        ({"fall": 20, "within": 1}, Fall(Level(20), 1)),
        ({"silent": True}, Silent(0)),
        ({"silent": 2}, Silent(2)),
        ({"stale": "10m"}, Stale(600)),
        ({"forecast": "limit within 30m"}, LimitWithin(1_800)),
        ({"forecast": " limit  within 1h30m"}, LimitWithin(5_400)),
    ],
)
def test_every_kind(table: dict[str, object], condition: Condition) -> None:
    (rule,) = rules_of({"name": "x", **table})
    missing = Missing.BREACH if isinstance(condition, Silent) else Missing.KEEP
    assert rule == Rule("x", condition, missing=missing)


@pytest.mark.parametrize(
    ("hours", "days", "schedule"),
    [
        ("22:00-06:00", "fri-mon", Schedule((1320, 360), (0, 4, 5, 6))),
        ("00:00-24:00", "Mon, wed,SAT-sun", Schedule((0, 1440), (0, 2, 5, 6))),
    ],
)
def test_hours_and_days(hours: str, days: str, schedule: Schedule) -> None:
    (rule,) = rules_of({"name": "x", "below": 5, "hours": hours, "days": days})
    assert rule.schedule == schedule


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"above": 5}, "name is missing"),
        ({"name": "", "above": 5}, "name cannot be used"),
        ({"name": 5, "above": 5}, "name is not text"),
        ({"name": "a\x1b", "above": 5}, "name cannot be used"),
        ({"name": "x"}, "condition is missing"),
        ({"name": "x", "above": 5, "below": 1}, "below stands beside above"),
        ({"name": "x", "abov": 5}, "abov is no setting of an alert"),
        ({"name": "x", "above": "5"}, "above is neither a number nor a percentage"),
        ({"name": "x", "above": 0}, "above is not above 0"),
        ({"name": "x", "above": -1}, "above is neither"),
        ({"name": "x", "above": True}, "above is neither"),
        ({"name": "x", "above": float("nan")}, "above is neither"),
        ({"name": "x", "above": 10**7}, "above is neither"),
        ({"name": "x", "above": 5, "clear": 5}, "clear is not below the level"),
        ({"name": "x", "below": 5, "clear": 4}, "clear is not above the level"),
        ({"name": "x", "above": 5, "clear": "1%"}, "clear is not in the unit"),
        ({"name": "x", "rise": 0}, "rise is not above 0"),
        ({"name": "x", "rise": 5, "clear": 1}, "clear says nothing beside rise"),
        ({"name": "x", "above": 5, "within": 3}, "within says nothing beside above"),
        ({"name": "x", "stale": "10m", "missing": "ok"}, "missing says nothing beside stale"),
        ({"name": "x", "stale": "10m", "windows": 3}, "windows says nothing beside stale"),
        ({"name": "x", "stale": "10s"}, "stale is not a duration"),
        ({"name": "x", "stale": 600}, "stale is not text"),
        ({"name": "x", "forecast": "limit within 4m"}, "forecast is no forecast that fits"),
        ({"name": "x", "forecast": "limit within 2h"}, "forecast is no forecast that fits"),
        ({"name": "x", "forecast": "limit within soon"}, "forecast is no forecast that fits"),
        ({"name": "x", "forecast": "limit"}, "forecast is no forecast that fits"),
        ({"name": "x", "forecast": "108 within 30m"}, "forecast is no forecast that fits"),
        ({"name": "x", "forecast": True}, "forecast is not text"),
        ({"name": "x", "forecast": "limit within 30m", "missing": "ok"}, "missing says nothing"),
        ({"name": "x", "forecast": "limit within 30m", "within": 3}, "within says nothing"),
        ({"name": "x", "forecast": "limit within 30m", "above": 5}, "forecast stands beside above"),
        ({"name": "x", "above": 5, "times": 2}, "times stands without windows"),
        ({"name": "x", "above": 5, "windows": 2}, "windows stands without times"),
        ({"name": "x", "above": 5, "times": 3, "windows": 2}, "times is more than windows"),
        ({"name": "x", "above": 5, "times": 0, "windows": 2}, "times is no number"),
        ({"name": "x", "above": 5, "times": 1, "windows": 289}, "windows is no number"),
        ({"name": "x", "rise": 5, "within": 2.5}, "within is no number"),
        ({"name": "x", "silent": False}, "silent is neither true nor a whole number"),
        ({"name": "x", "silent": 1.5}, "silent is neither"),
        ({"name": "x", "above": 5, "hours": "8-20"}, "hours are no hours"),
        ({"name": "x", "above": 5, "hours": "08:00-24:01"}, "hours are no hours"),
        ({"name": "x", "above": 5, "hours": "08:60-20:00"}, "hours are no hours"),
        ({"name": "x", "above": 5, "hours": "08:00-08:00"}, "hours are no hours"),
        ({"name": "x", "above": 5, "days": "mon-"}, "days are no days"),
        ({"name": "x", "above": 5, "days": "monday"}, "days are no days"),
        ({"name": "x", "above": 5, "days": ""}, "days are no days"),
        ({"name": "x", "above": 5, "missing": "zero"}, "missing is none of its choices"),
        ({"name": "x", "above": 5, "severity": "fatal"}, "severity is none of its choices"),
        ({"name": "x", "above": 5, "cooldown": "8w"}, "cooldown is not a duration"),
        ({"name": "x", "above": 5, "tell": "bell"}, "tell is not a list"),
        ({"name": "x", "above": 5, "tell": ["mail"]}, "tell names no way"),
        ({"name": "x", "above": 5, "tell": [["bell"]]}, "tell names no way"),
        ({"name": "x", "above": 5, "exec": "page polytop"}, "exec is not a list of words"),
        ({"name": "x", "above": 5, "exec": []}, "exec is not a list of words"),
        ({"name": "x", "above": 5, "exec": ["a", 1]}, "exec is not a list of words"),
        ({"name": "x", "above": 5, "exec": ["a\0"]}, "exec has a word"),
        ({"name": "x", "above": 5, "exec": ["~/page"]}, "exec begins with a program"),
        ({"name": "x", "above": 5, "exec": ["./page"]}, "exec begins with a program"),
        ({"name": "x", "above": 5, "exec_timeout": "10m"}, "exec_timeout is not a duration"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(table: dict[str, object], problem: str) -> None:
    error = refusal(**table)
    assert error.setting == "alerts"
    assert problem in error.problem
    assert error.advice


def test_a_refusal_names_file_line_profile_alert_and_setting() -> None:
    text = FILE.replace("silent = true", 'silent = "yes"')
    error = parse_config(text, PATH).broken["prod"]
    assert str(error) == (
        '/etc/config.toml, line 23, profile prod: alerts: "silence": silent is neither true nor a '
        "whole number; write true, or the most that is still silence"
    )
    inline = '[profiles.p]\nalerts = [\n  {name = "x"},\n]\nregion = "uk-1"\n'
    error = parse_config(inline, PATH).broken["p"]
    assert str(error).startswith('/etc/config.toml, line 2, profile p: alerts: "x": condition is')


def test_the_nearest_setting_is_offered() -> None:
    assert refusal(name="x", abov=5).advice.startswith("did you mean above?")


@pytest.mark.parametrize("value", [5, {"name": "x"}, "above"])
def test_alerts_are_a_list_of_tables(value: object) -> None:
    with pytest.raises(SettingError, match="is not a list of tables"):
        build("p", {**BASE, "alerts": value})
    with pytest.raises(SettingError, match="number 1: alert is not a table"):
        build("p", {**BASE, "alerts": [5]})


def test_names_are_the_rules_own_and_their_number_is_bounded() -> None:
    with pytest.raises(SettingError, match="name is another alert's too"):
        rules_of({"name": "x", "above": 5}, {"name": "x", "above": 6})
    with pytest.raises(SettingError, match="too many"):
        rules_of(*({"name": str(number), "above": 5} for number in range(51)))


def test_a_percentage_needs_a_limit() -> None:
    with pytest.raises(SettingError, match="the profile has no limit; add limit"):
        rules_of({"name": "x", "above": "90%"}, limit=None)
    with pytest.raises(SettingError, match="is about the limit, and the profile has no limit"):
        rules_of({"name": "x", "forecast": "limit within 30m"}, limit=None)
    assert rules_of({"name": "x", "above": 90}, limit=None)


def test_without_alerts_a_limit_brings_its_two_bands_and_an_empty_list_none() -> None:
    warning, critical = build("p", {**BASE, "limit": 120, "critical": 0.95}).rules()
    assert warning == Rule("warning", Above(Level(80, True)), severity=Severity.WARNING)
    assert critical == Rule("critical", Above(Level(95, True)), severity=Severity.CRITICAL)
    assert build("p", BASE).rules() == ()
    assert rules_of() == ()


# -- writing

NUMBERS = st.integers(1, 10**6).map(float)
PERCENTS = st.integers(1, 10**9).map(lambda ppm: Level(ppm / 10**6, percent=True))
LEVELS = NUMBERS.map(Level) | PERCENTS
SECONDS = st.integers(60, 604_800)


@st.composite
def cleared(draw: st.DrawFn) -> Condition:
    level = draw(LEVELS)
    kind = draw(st.sampled_from((Above, Below)))
    share = draw(st.sampled_from((None, 0.5)))
    if share is None:
        return kind(level)
    other = Level(level.number * (0.5 if kind is Above else 2), level.percent)
    return (
        kind(level, other)
        if other.number * 10**6 % 1 == 0 and other.number < 9_999
        else kind(level)
    )


CONDITIONS = st.one_of(
    cleared(),
    st.builds(Rise, LEVELS, st.integers(1, 288)),
    st.builds(Fall, LEVELS, st.integers(1, 288)),
    st.builds(Silent, st.integers(0, 100)),
    st.builds(Stale, SECONDS),
    st.builds(LimitWithin, st.integers(300, 5_400)),
)
NAMES = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=64)
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
HOURS = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(
    lambda each: each[0] != each[1]
)
DAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    condition = draw(CONDITIONS)
    of_windows = not isinstance(condition, Stale | LimitWithin)
    windows = draw(st.integers(1, 288)) if of_windows else 1
    usual = Missing.BREACH if isinstance(condition, Silent) else Missing.KEEP
    arguments = draw(st.lists(WORDS, max_size=3))
    return Rule(
        draw(NAMES),
        condition,
        times=draw(st.integers(1, windows)),
        windows=windows,
        cooldown=draw(st.integers(0, 604_800)),
        missing=draw(st.sampled_from(Missing)) if of_windows else usual,
        severity=draw(st.sampled_from((Severity.WARNING, Severity.CRITICAL))),
        schedule=Schedule(draw(st.none() | HOURS), draw(st.none() | DAYS)),
        tell=draw(st.sampled_from(((), (Channel.BELL,), (Channel.BELL, Channel.DESKTOP)))),
        exec=draw(st.sampled_from(((), ("/bin/page", *arguments)))),
        exec_timeout=draw(st.integers(1, 300)),
    )


@given(st.lists(rules(), max_size=3, unique_by=lambda rule: rule.name))
def test_rules_come_back_from_what_is_written(found: list[Rule]) -> None:
    profile = Profile("p", "ws-1", "P-1", region="uk-1", limit=120, alerts=tuple(found))
    assert build("p", profile.settings()) == profile
    written = "[profiles.p]\n" + "\n".join(line(*each) for each in profile.settings().items())
    assert parse_config(written, PATH).profile("p") == profile
    assert (
        parse_config(with_profile("", PATH, "p", profile.settings()), PATH).profile("p") == profile
    )


def test_an_edit_of_another_setting_keeps_the_alerts_as_they_are_written(files: Files) -> None:
    files.config.parent.mkdir()
    files.config.write_text(FILE)
    profile = load_config(files.config).profile("prod")
    save_profile(files, build("prod", {**profile.settings(), "limit": 150, "timezone": "UTC"}))
    expected = FILE.replace("limit = 120 ", "limit = 150 ").replace(
        "# conversations\n", '# conversations\ntimezone = "UTC"\n'
    )
    assert files.config.read_text() == expected


def test_alerts_can_be_taken_out_and_off(files: Files) -> None:
    files.config.parent.mkdir()
    files.config.write_text(FILE)
    settings = load_config(files.config).profile("prod").settings()
    del settings["alerts"]
    save_profile(files, build("prod", settings))
    assert load_config(files.config).profile("prod").alerts is None
    save_profile(files, build("prod", {**settings, "alerts": []}))
    assert load_config(files.config).profile("prod").alerts == ()
    assert load_config(files.config).profile("test").project_id == "P-2"


def test_a_profile_goes_with_its_alerts(files: Files) -> None:
    text = without_profile(FILE, PATH, "prod")
    assert "alerts" not in text
    assert parse_config(text, PATH).names == ("test",)
    files.config.parent.mkdir()
    files.config.write_text(FILE)
    remove_profile(files, "prod")
    assert load_config(files.config).names == ("test",)


def test_alerts_outside_a_profile_are_told_where_to_go() -> None:
    with pytest.raises(ConfigError, match="put it under"):
        parse_config("[[alerts]]\nname = 'x'\n", PATH)
