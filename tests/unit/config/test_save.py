import errno
import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.config import file_access
from polytop.config.credentials import read_key
from polytop.config.errors import ConfigError, SettingError, UnknownProfile
from polytop.config.paths import Files
from polytop.config.profiles import Profile, build, load_config, parse_config
from polytop.config.save import remove_profile, replace_config, save_key, save_profile, use_profile
from polytop.config.toml_edit import with_profile, without_profile
from polytop.model.secret import Secret
from polytop.model.target import REGIONS, ClientEnv

PATH = Path("/etc/config.toml")
MARKER = "sk-MARKER-0123456789"
PROD = Profile("prod", "ws-1", "P-1", region="uk-1", limit=120)

USERS_OWN = """\
# our file
default_profile = "prod"   # the one on the wall

[profiles.prod]   # Monday to Friday
region = "uk-1"   # London
# from the contract of May
limit = 120       # conversations
account_id = "ws-1"
project_id = "P-1"
warning = 0.8
languages = [
  "en-GB",  # most
  "en-US",
]

# the other one
[profiles.test]
account_id = "ws-2"
project_id = "P-2"
base_url = "http://127.0.0.1:8080"  # the simulator
# the end
"""


def saved(files: Files, text: str = USERS_OWN) -> Files:
    files.config.parent.mkdir(exist_ok=True)
    files.config.write_text(text)
    return files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


IDS = st.text(
    st.characters(categories=["L", "N"], include_characters="-_.~:@!$&'()*+,;=\""),
    min_size=1,
    max_size=20,
).filter(lambda text: text not in {".", ".."})
NAMES = st.text(st.characters(categories=["L", "Nd"], include_characters="-_."), min_size=1)
NUMBERS = st.from_regex(r"\A\+[1-9][0-9]{1,14}\Z")
LANGUAGES = st.from_regex(r"\A[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,2}\Z")


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    place = draw(
        st.sampled_from([("region", each) for each in REGIONS])
        | st.sampled_from([("base_url", "https://a.example/x"), ("base_url", "http://[::1]:8")])
    )
    warning, critical = sorted(
        draw(st.lists(st.floats(1e-9, 1), min_size=2, max_size=2, unique=True))
    )
    return Profile(
        draw(NAMES.map(lambda text: f"p{text}"[:64])),
        draw(IDS),
        draw(IDS),
        client_env=draw(st.sampled_from(ClientEnv)),
        limit=draw(st.none() | st.integers(1, 1_000_000)),
        warning=warning,
        critical=critical,
        languages=tuple(draw(st.lists(LANGUAGES, unique=True, max_size=3))),
        phone_numbers=tuple(draw(st.lists(NUMBERS, unique=True, max_size=3))),
        timezone=draw(st.none() | st.just("UTC")),
        api_key_source=draw(st.none() | st.just("adk")),
        **{place[0]: place[1]},
    )


@settings(deadline=None)
@given(profiles(), st.sampled_from(["", USERS_OWN, USERS_OWN.replace("\n", "\r\n")]))
def test_a_profile_comes_back_from_the_file_as_it_was(profile: Profile, before: str) -> None:
    text = with_profile(before, PATH, profile.name, profile.settings())
    config = parse_config(text, PATH)
    assert config.profile(profile.name) == profile
    assert build(profile.name, profile.settings()) == profile
    if before:
        assert text.startswith(before.rstrip())
        assert config.names == ("prod", "test", profile.name)
    assert parse_config(without_profile(text, PATH, profile.name), PATH).names == config.names[:-1]


@settings(deadline=None)
@given(profiles(), profiles())
def test_a_profile_can_become_any_other(one: Profile, other: Profile) -> None:
    text = with_profile(USERS_OWN, PATH, one.name, one.settings())
    changes = dict.fromkeys(one.settings()) | other.settings()
    text = with_profile(text, PATH, one.name, changes)
    assert parse_config(text, PATH).profile(one.name) == build(one.name, other.settings())
    for line in USERS_OWN.split("\n"):
        assert line in text


def test_the_first_save_makes_both_files_for_the_user_alone(files: Files) -> None:
    save_profile(files, PROD, key=Secret(MARKER))
    assert load_config(files.config).default_profile == "prod"
    assert load_config(files.config).profile("prod") == PROD
    assert read_key(PROD, {}, files.credentials) == Secret(MARKER)
    assert (mode(files.config), mode(files.credentials)) == (0o600, 0o600)
    assert mode(files.config.parent) == 0o700
    assert MARKER not in files.config.read_text()
    assert sorted(each.name for each in files.config.parent.iterdir()) == [
        "config.toml",
        "credentials.toml",
    ]


def test_the_second_profile_leaves_the_default_alone(files: Files) -> None:
    save_profile(files, PROD)
    save_profile(files, Profile("two", "a", "b", base_url="https://x"))
    config = load_config(files.config)
    assert (config.default_profile, config.names) == ("prod", ("prod", "two"))
    assert not files.credentials.exists()


def test_a_change_keeps_comments_order_and_everything_else(files: Files) -> None:
    profile = load_config(saved(files).config).profile("prod")
    changed = build("prod", {**profile.settings(), "limit": 150, "timezone": "UTC"})
    save_profile(files, changed)
    expected = USERS_OWN.replace("limit = 120 ", "limit = 150 ").replace(
        '"en-US",\n]\n', '"en-US",\n]\ntimezone = "UTC"\n'
    )
    assert files.config.read_text() == expected


def test_saving_what_is_there_writes_nothing(files: Files) -> None:
    config = load_config(saved(files).config)
    before = files.config.stat()
    for name in config.names:
        save_profile(files, config.profile(name))
    after = files.config.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_the_default_is_changed_in_its_line(files: Files) -> None:
    use_profile(saved(files).config, "test")
    assert files.config.read_text() == USERS_OWN.replace(
        'default_profile = "prod" ', 'default_profile = "test" '
    )
    with pytest.raises(UnknownProfile, match="did you mean test"):
        use_profile(files.config, "tset")


def test_removing_takes_the_profile_out_of_both_files_and_no_comment_of_others(
    files: Files,
) -> None:
    saved(files)
    for name in ("prod", "test"):
        save_key(files.credentials, name, Secret(f"key-of-{name}"))
    remove_profile(files, "prod")
    text = files.config.read_text()
    assert text.startswith('# our file\ndefault_profile = "test"   # the one on the wall\n')
    assert text.endswith(USERS_OWN[USERS_OWN.index("\n# the other one") :])
    assert "prod" not in text + files.credentials.read_text()
    assert "key-of-test" in files.credentials.read_text()
    remove_profile(files, "test")
    assert load_config(files.config).names == ()
    assert load_config(files.config).default_profile is None
    assert tomllib.loads(files.credentials.read_text()).get("profiles", {}) == {}
    with pytest.raises(UnknownProfile):
        remove_profile(files, "test")


def test_a_broken_profile_can_be_removed(files: Files) -> None:
    saved(files, USERS_OWN + "[profiles.bad]\nx = 1\n")
    remove_profile(files, "bad")
    assert files.config.read_text().strip() == USERS_OWN.strip()


def test_key_and_command_replace_each_other(files: Files) -> None:
    save_key(files.credentials, "prod", Secret(MARKER))
    files.credentials.write_text(f"# mine\n{files.credentials.read_text()}")
    save_key(files.credentials, "prod", command=Secret("/bin/echo from-command"))
    assert MARKER not in files.credentials.read_text()
    assert files.credentials.read_text().startswith("# mine\n")
    assert read_key(PROD, {}, files.credentials) == Secret("from-command")
    save_key(files.credentials, "prod", Secret(MARKER))
    assert "echo" not in files.credentials.read_text()
    with pytest.raises(ConfigError, match="one key"):
        save_key(files.credentials, "prod", Secret("a"), Secret("b"))
    with pytest.raises(SettingError, match="more than one line"):
        save_key(files.credentials, "prod", command=Secret("a\nb"))


@pytest.mark.parametrize(
    "broken", ["[profiles.prod\n", "x = 1\n", "[profiles.prod]\nregion = 1\n["]
)
def test_a_file_that_does_not_parse_is_never_overwritten(files: Files, broken: str) -> None:
    saved(files, broken)
    for act in (
        lambda: save_profile(files, PROD, Secret(MARKER)),
        lambda: use_profile(files.config, "prod"),
        lambda: remove_profile(files, "prod"),
    ):
        with pytest.raises(ConfigError):
            act()
    assert files.config.read_text() == broken
    assert not files.credentials.exists()


def test_broken_or_open_credentials_stop_the_whole_save(files: Files) -> None:
    saved(files)
    for text, bits in ((f'api_key = "{MARKER}', 0o600), ("", 0o644)):
        files.credentials.write_text(text)
        files.credentials.chmod(bits)
        with pytest.raises(ConfigError) as caught:
            save_profile(files, Profile("new", "a", "b", region="uk-1"), Secret(MARKER))
        assert MARKER not in str(caught.value)
        assert files.credentials.read_text() == text
        assert mode(files.credentials) == bits
    assert files.config.read_text() == USERS_OWN


def test_a_profile_that_stays_broken_is_not_saved(files: Files) -> None:
    text = '[profiles.prod]\nlmit = 3\nregion = "uk-1"\n'
    saved(files, text)
    with pytest.raises(ConfigError, match="lmit: no such setting"):
        save_profile(files, PROD)
    assert files.config.read_text() == text


def test_an_unfit_name_is_refused(files: Files) -> None:
    for name in ("", "a b", "-p", "a/b", "(env)", "x" * 65, ".."):
        with pytest.raises(SettingError, match="profile name"):
            save_profile(files, Profile(name, "a", "b", region="uk-1"))
    assert not files.config.exists()


def test_what_cannot_be_changed_in_place_is_left_alone(files: Files) -> None:
    text = 'profiles = {prod = {region = "uk-1", account_id = "a", project_id = "b"}}\n'
    saved(files, text)
    with pytest.raises(ConfigError, match="edit it by hand"):
        save_profile(files, Profile("new", "a", "b", region="uk-1"))
    assert files.config.read_text() == text
    save_profile(files, Profile("prod", "a", "b", region="uk-1", limit=3))
    assert load_config(files.config).profile("prod").limit == 3


def test_dotted_keys_are_changed_in_place(files: Files) -> None:
    saved(files, '[profiles]\np.region = "uk-1"\np.account_id = "a"\np.project_id = "b"\n')
    save_profile(files, Profile("p", "a", "c", region="uk-1", limit=4))
    assert load_config(files.config).profile("p").limit == 4
    remove_profile(files, "p")
    assert load_config(files.config).names == ()


def test_a_failed_replacement_leaves_the_old_and_no_rest(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(files)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="was not written: No space left on device"):
        save_profile(files, PROD.__class__("new", "a", "b", region="uk-1"), Secret(MARKER))
    assert files.config.read_text() == USERS_OWN
    assert [each.name for each in files.config.parent.iterdir()] == ["config.toml"]


def test_a_target_that_cannot_be_replaced_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").touch()
    with pytest.raises(ConfigError, match="was not written"):
        file_access.write(tmp_path / "folder", "x", private=True)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(ConfigError, match="was not written: File exists"):
        file_access.write(tmp_path / "folder" / "inside" / "x", "x", private=True)


def test_a_linked_file_is_written_where_it_is(tmp_path: Path, files: Files) -> None:
    real = tmp_path / "dotfiles" / "polytop.toml"
    real.parent.mkdir()
    real.write_text(USERS_OWN)
    real.chmod(0o640)
    keys = tmp_path / "dotfiles" / "keys.toml"
    files.config.parent.mkdir()
    files.config.symlink_to(real)
    files.credentials.symlink_to(keys)
    save_profile(files, PROD, Secret(MARKER))
    use_profile(files.config, "test")
    assert files.config.is_symlink()
    assert files.credentials.is_symlink()
    assert 'default_profile = "test"' in real.read_text()
    assert (mode(real), mode(keys)) == (0o640, 0o600)
    assert read_key(PROD, {}, files.credentials) == Secret(MARKER)


def test_an_edited_copy_does_not_undo_what_others_changed(files: Files) -> None:
    saved(files)
    use_profile(files.config, "test")
    with pytest.raises(ConfigError, match="changed by somebody else"):
        replace_config(files.config, USERS_OWN, USERS_OWN + "# more\n")
    assert "# more" not in files.config.read_text()
    seen = files.config.read_text()
    replace_config(files.config, seen, seen + "# more\n")
    assert files.config.read_text() == seen + "# more\n"
