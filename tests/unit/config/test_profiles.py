from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from polytop.config.errors import ConfigError, SettingError, UnknownProfile
from polytop.config.profiles import Config, Profile, build, load_config, parse_config
from polytop.model.target import ClientEnv, Target

PATH = Path("/etc/config.toml")

WHOLE = """\
default_profile = "prod"

[profiles.prod]
region = "uk-1"
account_id = "ws-t53y16r3"
project_id = "PROJECT-f76d75c2"
client_env = "pre-release"
limit = 120
warning = 0.75
critical = 1
languages = ["en-GB", "en-US"]
phone_numbers = ["+447856838428"]
timezone = "UTC"
api_key_source = "adk"

[profiles.local]
base_url = "http://127.0.0.1:8080/"
account_id = "ws-1"
project_id = "p"
"""

BASE = {"region": "uk-1", "account_id": "ws-1", "project_id": "P-1"}


def test_the_documented_file_is_read_whole() -> None:
    config = parse_config(WHOLE, PATH)
    assert config.default_profile == "prod"
    assert config.names == ("prod", "local")
    assert not config.broken
    assert config.profile("prod") == Profile(
        "prod",
        "ws-t53y16r3",
        "PROJECT-f76d75c2",
        region="uk-1",
        client_env=ClientEnv.PRE_RELEASE,
        limit=120,
        warning=0.75,
        critical=1.0,
        languages=("en-GB", "en-US"),
        phone_numbers=("+447856838428",),
        timezone="UTC",
        api_key_source="adk",
    )
    uk = Target("ws-t53y16r3", "PROJECT-f76d75c2", "https://api.uk-1.platform.polyai.app", "uk-1")
    assert config.profile("prod").target() == uk
    assert config.profile("local").target() == Target("ws-1", "p", "http://127.0.0.1:8080", None)


def test_what_is_not_said_has_its_default() -> None:
    profile = build("p", BASE)
    assert (profile.client_env, profile.limit) == (ClientEnv.LIVE, None)
    assert (profile.warning, profile.critical) == (0.8, 0.9)
    assert (profile.languages, profile.phone_numbers) == ((), ())
    assert (profile.timezone, profile.api_key_source) == (None, None)


def test_a_missing_file_has_no_profiles(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none.toml") == Config(tmp_path / "none.toml")


def test_a_config_is_frozen() -> None:
    config = parse_config(WHOLE, PATH)
    with pytest.raises(FrozenInstanceError):
        config.default_profile = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.profiles["x"] = build("x", BASE)  # type: ignore[index]


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("region", "uk1", "no such region"),
        ("region", 1, "is not text"),
        ("account_id", "", "is empty"),
        ("account_id", "a b", "has a space"),
        ("account_id", "a/b", "has a space, a slash"),
        ("account_id", "a\x1b[31m", "characters that do not belong"),
        ("account_id", "..", "has a space, a slash"),
        ("project_id", " a", "characters that do not belong"),
        ("project_id", "a?b", "has a space, a slash"),
        ("project_id", "a" * 201, "too long"),
        ("client_env", "prod", "no such environment"),
        ("limit", 0, "out of range"),
        ("limit", -3, "out of range"),
        ("limit", 10**9, "out of range"),
        ("limit", True, "not a whole number"),
        ("limit", 1.5, "not a whole number"),
        ("requests_per_minute", 9, "out of range"),
        ("requests_per_minute", 601, "out of range"),
        ("requests_per_minute", "120", "not a whole number"),
        ("requests_per_minute", True, "not a whole number"),
        ("warning", 0, "not above 0"),
        ("warning", float("nan"), "not above 0"),
        ("warning", "0.8", "is not a number"),
        ("warning", 0.9, "is not below critical"),
        ("critical", 1.01, "not above 0"),
        ("critical", True, "is not a number"),
        ("languages", "en-GB", "is not a list"),
        ("languages", [1], "is not text"),
        ("languages", ["english (UK)"], "not a language code"),
        ("languages", ["en", "en"], "same value twice"),
        ("phone_numbers", [447856838428], "is not text"),
        ("phone_numbers", ["call me"], "not a phone number"),
        ("timezone", "Europe/Londn", "no such time zone"),
        ("timezone", "../../etc/passwd", "no such time zone"),
        ("api_key_source", "vault", "no such source"),
        ("base_url", "https://x", "beside a region"),
        ("api_key", "x", "does not belong in config.toml"),
        ("default_profile", "x", "stands inside a profile"),
        ("lmit", 3, "no such setting"),
    ],
)
def test_a_value_that_does_not_fit_names_its_setting(
    setting: str, value: object, problem: str
) -> None:
    with pytest.raises(SettingError) as caught:
        build("p", {**BASE, setting: value})
    assert caught.value.setting == setting
    assert problem in caught.value.problem
    assert caught.value.advice


@pytest.mark.parametrize("missing", ["region", "account_id", "project_id"])
def test_a_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(SettingError, match=f"{missing}: is missing"):
        build("p", {key: value for key, value in BASE.items() if key != missing})


def test_a_broken_profile_says_where_and_keeps_no_other_from_use() -> None:
    text = WHOLE + '\n[profiles.bad]\naccount_id = "a"\nproject_id = "b"\nregoin = "uk-1"\n'
    config = parse_config(text, PATH)
    assert config.profile("prod").limit == 120
    with pytest.raises(ConfigError) as caught:
        config.profile("bad")
    line = text.split("\n").index('regoin = "uk-1"') + 1
    assert str(caught.value).startswith(
        f"/etc/config.toml, line {line}, profile bad: regoin: no such setting; did you mean region?"
    )


def test_an_unfit_profile_name_is_broken() -> None:
    config = parse_config('[profiles."a b"]\nregion = "uk-1"\n', PATH)
    assert "profile name" in str(config.broken["a b"])


def test_a_profile_that_is_no_table_is_broken() -> None:
    assert "is not a table" in str(parse_config("[profiles]\nx = 3\n", PATH).broken["x"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('defualt_profile = "x"\n', "line 1: defualt_profile: no such setting; did you mean defau"),
        ('region = "uk-1"\n', "line 1: region: stands outside a profile"),
        ('\napi_key = "MARKER"\n', "line 2: api_key: does not belong in config.toml"),
        ("default_profile = 3\n", "line 1: default_profile: is not text"),
        ("profiles = 3\n", "line 1: profiles: is not a table"),
        ('a = "x"\n[b\n', "line 2: `[b`: Expected ']' at the end of a table declaration"),
        ("[profiles.a]\nlimit = = 3\n", "line 2: `limit = = 3`: Invalid value"),
        ("a = 1\na = 2\n", "line 2: `a = 2`: Cannot overwrite a value"),
        ("x = \x1b[2J\n", "line 1: `x = ␛[2J`: Invalid value"),
        ('[profiles.a]\nlanguages = ["a",\n', "line 2: `languages"),
        ('api_key = "MARKER\n', "line 1: `api_key …`: Illegal character;"),
        (f"x = {'9' * 5000}\n", "too long or nested too deep"),
    ],
)
def test_a_file_broken_as_a_whole_is_quoted_with_line_and_reason(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, PATH)
    assert message in str(caught.value)
    assert "MARKER" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# fine\n# caf\xe9\n")
    with pytest.raises(ConfigError, match="line 2: not UTF-8"):
        load_config(latin)
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        load_config(large)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.encode())
    assert load_config(path).names == ("prod", "local")


def test_an_unknown_profile_gets_the_nearest_and_all() -> None:
    config = parse_config(WHOLE, PATH)
    with pytest.raises(UnknownProfile) as caught:
        config.profile("porod\x1b")
    assert str(caught.value) == (
        "no profile is called porod␛; did you mean prod? there are: prod, local"
    )
    with pytest.raises(UnknownProfile, match="polytop profile add NAME"):
        Config(PATH).profile("x")


def test_the_only_profile_is_the_default() -> None:
    one = '[profiles.a]\nregion = "uk-1"\naccount_id = "a"\nproject_id = "b"\n'
    assert parse_config(one, PATH).default == "a"
    assert parse_config(one + one.replace(".a]", ".b]"), PATH).default is None
