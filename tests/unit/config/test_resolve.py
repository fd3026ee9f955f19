from pathlib import Path

import pytest

from polytop.config.errors import ConfigError, NoProfile, SettingError, UnknownProfile
from polytop.config.profiles import AD_HOC, Config, parse_config
from polytop.config.resolve import Overrides, filters_of, options_for, resolve
from polytop.model.target import ClientEnv, Filters

PATH = Path("/etc/config.toml")
EMPTY = Config(PATH)
FILE = parse_config(
    """\
default_profile = "prod"
[profiles.prod]
region = "uk-1"
account_id = "acc"
project_id = "prj"
limit = 120
[profiles.sim]
base_url = "http://127.0.0.1:1"
account_id = "acc-sim"
project_id = "prj-sim"
client_env = "sandbox"
[profiles.bad]
region = "uk-1"
""",
    PATH,
)
TWO = parse_config(
    '[profiles.a]\nregion = "uk-1"\naccount_id = "a"\nproject_id = "b"\n[profiles.b]\n', PATH
)


def test_option_beats_environment_beats_profile_beats_default() -> None:
    environ = {"POLYTOP_ACCOUNT_ID": "from-env", "POLYTOP_PROJECT_ID": "from-env"}
    profile = resolve(Overrides(project_id="from-option"), environ, FILE)
    assert (profile.name, profile.region) == ("prod", "uk-1")
    assert (profile.account_id, profile.project_id) == ("from-env", "from-option")
    assert (profile.limit, profile.warning) == (120, 0.8)


def test_the_profile_is_chosen_in_the_same_order() -> None:
    environ = {"POLYTOP_PROFILE": "sim"}
    assert resolve(Overrides(), {}, FILE).name == "prod"
    assert resolve(Overrides(), {"POLYTOP_PROFILE": ""}, FILE).name == "prod"
    assert resolve(Overrides(), environ, FILE).name == "sim"
    assert resolve(Overrides(profile="prod"), environ, FILE).name == "prod"


def test_region_and_base_url_replace_each_other() -> None:
    by_option = resolve(Overrides(base_url="http://localhost:9/"), {}, FILE)
    assert (by_option.region, by_option.base_url) == (None, "http://localhost:9")
    by_variable = resolve(Overrides(profile="sim"), {"POLYTOP_REGION": "us-1"}, FILE)
    assert (by_variable.region, by_variable.base_url) == ("us-1", None)
    both = resolve(Overrides(region="us-1"), {"POLYTOP_BASE_URL": "https://x"}, FILE)
    assert (both.region, both.base_url) == ("us-1", None)


def test_both_at_once_is_an_error() -> None:
    with pytest.raises(ConfigError, match="--region and --base-url are both given"):
        resolve(Overrides(region="us-1", base_url="https://x"), {}, FILE)
    environ = {"POLYTOP_REGION": "us-1", "POLYTOP_BASE_URL": "https://x"}
    with pytest.raises(ConfigError, match="POLYTOP_REGION and POLYTOP_BASE_URL are both given"):
        resolve(Overrides(), environ, FILE)


def test_environment_and_options_alone_make_a_profile() -> None:
    environ = {"POLYTOP_BASE_URL": "http://127.0.0.1:8", "POLYTOP_ACCOUNT_ID": "a"}
    profile = resolve(Overrides(project_id="p", client_env="sandbox", limit=7), environ, EMPTY)
    assert profile.ad_hoc
    assert profile.target().base_url == "http://127.0.0.1:8"
    assert (profile.client_env, profile.limit) == (ClientEnv.SANDBOX, 7)


def test_another_project_takes_no_limit_and_no_key_from_the_default_profile() -> None:
    options = Overrides(region="us-1", account_id="other", project_id="other")
    profile = resolve(options, {}, FILE)
    assert (profile.name, profile.limit) == (AD_HOC, None)
    named = resolve(Overrides("prod", "us-1", "other", "other"), {}, FILE)
    assert (named.name, named.limit, named.account_id) == ("prod", 120, "other")


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        (Overrides(), {}),
        (Overrides("sim"), {}),
        (Overrides("prod", client_env="sandbox", limit=7), {}),
        (Overrides("prod", base_url="http://127.0.0.1:8", account_id="x"), {}),
        (Overrides("sim", region="us-1", client_env="live"), {"POLYTOP_PROJECT_ID": "there"}),
        (Overrides(project_id="p", client_env="pre-release"), {"POLYTOP_ACCOUNT_ID": "a"}),
        (Overrides(region="us-1", account_id="o", project_id="o", limit=3), {}),
    ],
)
def test_the_options_for_a_profile_lead_to_it_without_the_environment(
    options: Overrides, environ: dict[str, str]
) -> None:
    profile = resolve(options, environ, FILE)
    words = options_for(profile, FILE)
    given = dict(zip(words[::2], words[1::2], strict=True))
    again = {name.lstrip("-").replace("-", "_"): text for name, text in given.items()}
    limit = int(again.pop("limit")) if "limit" in again else None
    again = {("profile" if name == "p" else name): text for name, text in again.items()}
    assert resolve(Overrides(**again, limit=limit), {}, FILE) == profile


def test_a_profile_as_the_file_has_it_needs_its_name_alone() -> None:
    assert options_for(resolve(Overrides(), {}, FILE), FILE) == ("-p", "prod")


def test_nothing_at_all_is_the_first_run() -> None:
    with pytest.raises(NoProfile, match="polytop profile add NAME"):
        resolve(Overrides(), {"POLYTOP_REGION": ""}, EMPTY)


def test_half_a_target_says_what_is_missing() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(Overrides(region="uk-1"), {"POLYTOP_PROJECT_ID": "p"}, EMPTY)
    assert not isinstance(caught.value, NoProfile)
    assert "give --account-id (POLYTOP_ACCOUNT_ID), or" in str(caught.value)


def test_several_profiles_and_no_default_have_to_be_chosen_from() -> None:
    with pytest.raises(ConfigError, match="choose a or b with -p NAME"):
        resolve(Overrides(), {}, TWO)


def test_a_broken_profile_hurts_only_where_it_is_used() -> None:
    assert resolve(Overrides(profile="sim"), {}, FILE).account_id == "acc-sim"
    with pytest.raises(ConfigError, match="profile bad: account_id: is missing"):
        resolve(Overrides(profile="bad"), {}, FILE)
    with pytest.raises(UnknownProfile):
        resolve(Overrides(profile="prd"), {}, FILE)


def test_a_bad_value_is_named_by_what_gave_it() -> None:
    with pytest.raises(SettingError, match=r"^--region: no such region; did you mean uk-1"):
        resolve(Overrides(region="uk1"), {}, FILE)
    with pytest.raises(SettingError, match=r"^POLYTOP_BASE_URL: is http"):
        resolve(Overrides(), {"POLYTOP_BASE_URL": "http://example.com"}, FILE)
    with pytest.raises(SettingError, match=r"^--client-env: no such environment"):
        resolve(Overrides(client_env="prod"), {}, FILE)
    with pytest.raises(SettingError, match=r"^--limit: is out of range"):
        resolve(Overrides(limit=0), {}, FILE)


def test_filters_take_the_environment_of_the_profile() -> None:
    options = Overrides(profile="sim", variant_name="uk [prod]", language="en-GB")
    filters = filters_of(resolve(options, {}, FILE), options)
    assert filters == Filters(ClientEnv.SANDBOX, variant_name="uk [prod]", language="en-GB")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Overrides(variant_id="a", variant_name="b"), "cannot be given together"),
        (Overrides(variant_id=" "), "--variant-id: is empty"),
        (Overrides(variant_name="a\nb"), "--variant-name: holds a control character"),
        (Overrides(language="english (UK)"), "--language: is not a language code"),
        (Overrides(phone_number="call"), "--phone-number: is not a phone number"),
    ],
)
def test_filters_that_do_not_fit_are_refused(options: Overrides, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        filters_of(resolve(options, {}, FILE), options)
