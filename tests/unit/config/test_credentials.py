import json
import os
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.config.credentials import check_key, locate, read_key
from polytop.config.errors import ConfigError, NoKey
from polytop.config.paths import Files
from polytop.config.profiles import AD_HOC, Profile
from polytop.model.secret import Secret

MARKER = "sk-MARKER-0123456789"
PROFILE = Profile("prod", "ws-1", "P-1", region="uk-1")
ADK = Profile("prod", "ws-1", "P-1", region="uk-1", api_key_source="adk")


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def refusal(
    files: Files,
    profile: Profile = PROFILE,
    environ: Mapping[str, str] | None = None,
    home: Path | None = None,
    seconds: float = 5.0,
) -> ConfigError:
    """The error of reading the key; neither it nor anything chained to it holds the marker."""
    with pytest.raises(ConfigError) as caught:
        read_key(profile, environ or {}, files.credentials, home, seconds)
    error: BaseException | None = caught.value
    assert MARKER not in "".join(traceback.format_exception(caught.value))
    while error is not None:
        assert MARKER not in f"{error}{error!r}{vars(error)}"
        error = error.__cause__ or error.__context__
    return caught.value


def test_the_variable_wins_then_the_file_then_the_vendors_places(
    files: Files, tmp_path: Path
) -> None:
    private(tmp_path / ".poly" / "credentials.json", json.dumps({"uk-1": "vendor"}))

    def key(environ: Mapping[str, str], profile: Profile = ADK) -> str:
        return read_key(profile, environ, files.credentials, tmp_path).reveal()

    assert key({}) == "vendor"
    private(files.credentials, '[profiles.prod]\napi_key = "mine"\n')
    assert key({}) == "mine"
    assert key({"POLYTOP_API_KEY": "variable"}) == "variable"
    assert key({"POLYTOP_API_KEY": ""}) == "mine"


def test_the_vendors_places_only_where_the_profile_says_so(files: Files, tmp_path: Path) -> None:
    private(tmp_path / ".poly" / "credentials.json", json.dumps({"uk-1": MARKER}))
    environ = {"POLY_ADK_KEY_UK": MARKER, "POLY_ADK_KEY": MARKER}
    error = refusal(files, PROFILE, environ, tmp_path)
    assert isinstance(error, NoKey)
    assert isinstance(refusal(files, ADK, {}, files.config.parent), NoKey)
    for way in ("POLYTOP_API_KEY", "--api-key-stdin", "--api-key-command"):
        assert way in error.advice


def test_the_order_of_the_vendors_places(files: Files, tmp_path: Path) -> None:
    environ = {"POLY_ADK_KEY": "general"}
    by_url = Profile("prod", "a", "b", base_url="https://x", api_key_source="adk")

    def found(profile: Profile = ADK) -> tuple[str, str]:
        place = locate(profile, environ, files.credentials, tmp_path)
        assert place is not None
        assert place.key is not None
        return place.origin, place.key.reveal()

    assert found() == ("POLY_ADK_KEY", "general")
    environ["POLY_ADK_KEY_UK"] = "regional"
    assert found() == ("POLY_ADK_KEY_UK", "regional")
    private(tmp_path / ".poly" / "credentials.json", json.dumps({"us-1": "elsewhere"}))
    assert found() == ("POLY_ADK_KEY_UK", "regional")
    private(tmp_path / ".poly" / "credentials.json", json.dumps({"uk-1": "from file"[:4]}))
    assert found() == ("~/.poly/credentials.json", "from")
    assert found(by_url) == ("POLY_ADK_KEY", "general")


@pytest.mark.parametrize("text", [f'{{"uk-1": "{MARKER}"', f'["{MARKER}"]', '{"uk-1": 3}'])
def test_a_broken_vendor_file_is_refused(files: Files, tmp_path: Path, text: str) -> None:
    private(tmp_path / ".poly" / "credentials.json", text)
    assert "not an object of region and key" in str(refusal(files, ADK, {}, tmp_path))


def test_a_vendor_file_open_to_others_is_refused(files: Files, tmp_path: Path) -> None:
    path = private(tmp_path / ".poly" / "credentials.json", f'{{"uk-1": "{MARKER}"}}', 0o644)
    assert f"run: chmod 600 {path}" in str(refusal(files, ADK, {}, tmp_path))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_open_to_others_is_refused_with_the_command_to_run(files: Files, mode: int) -> None:
    private(files.credentials, f'[profiles.prod]\napi_key = "{MARKER}"\n', mode)
    assert refusal(files).advice == f"run: chmod 600 {files.credentials}"


def test_the_command_to_run_is_quoted_for_the_shell(tmp_path: Path) -> None:
    files = Files(tmp_path / "c", tmp_path / "my keys" / "credentials.toml")
    private(files.credentials, "", 0o644)
    assert refusal(files).advice == f"run: chmod 600 '{files.credentials}'"


def test_what_is_no_file_is_refused_and_holds_nothing_up(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert "is not a file" in str(refusal(Files(tmp_path / "c", pipe)))
    assert "is not a file" in str(refusal(Files(tmp_path / "c", tmp_path)))


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    theirs = Path("/proc/1/environ") if os.geteuid() else private(tmp_path / "theirs", "")
    if os.geteuid() == 0:
        os.chown(theirs, 12345, 12345)
    error = refusal(Files(tmp_path / "c", theirs))
    assert "somebody else" in str(error) or "Permission denied" in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'[profiles.prod]\napi_key = "{MARKER}\n', "line 2: Illegal character"),
        (f"[profiles.prod]\napi_key = {MARKER}\n", "line 2: Invalid value"),
        (f"[profiles.prod]\n{MARKER}\n", "line 2: Expected '=' after a key"),
        (f"x = {{'{MARKER}' = 1, '{MARKER}' = 2}}\n", "line 1: Duplicate inline table key;"),
        (f"[profiles.'{MARKER}']\n[profiles.'{MARKER}']\n", "line 2: Cannot declare;"),
        (f'api_key = "{MARKER}"\n', "line 1: api_key: stands outside a profile"),
        (f'{MARKER} = "x"\n', "line 1: a name that may be a key and is not shown: no such"),
        (f'[profiles.prod]\n{MARKER} = "x"\n', "line 2: a name that may be a key"),
        (f'[profiles.prod]\napikey = "{MARKER}"\n', "line 2: apikey: no such setting; did you"),
        (
            f'[profiles.prod]\napi_key = "{MARKER}"\napi_key_command = "{MARKER}"\n',
            "line 1, profile prod: api_key: stands beside api_key_command",
        ),
        ("[profiles.prod]\napi_key = 3\n", "profile prod: api_key: is empty or not text"),
        ('[profiles.prod]\napi_key = ""\n', "profile prod: api_key: is empty or not text"),
        (f'[profiles.prod]\napi_key = "{MARKER}\\n{MARKER}"\n', "is not one line of visible"),
        (f'[profiles.prod]\napi_key = "{MARKER} é"\n', "is not one line of visible"),
        (f'[profiles.prod]\napi_key = "{MARKER * 300}"\n', "is not one line of visible"),
        (f'profiles = "{MARKER}"\n', "profiles: is not a table"),
        (f'[profiles]\nprod = "{MARKER}"\n', "profile: is not a table"),
        (f'[profiles.prod]\napi_key_command = "{MARKER}"\n', "was not started: No such file"),
        (f'[profiles.prod]\napi_key_command = "\'{MARKER}"\n', "api_key_command is no command"),
        (f'[profiles.prod]\napi_key_command = "{MARKER}\\u0000"\n', "is no command"),
    ],
)
def test_no_way_of_failing_shows_the_key(files: Files, text: str, message: str) -> None:
    private(files.credentials, text)
    assert message in str(refusal(files))


def test_bytes_that_are_no_text_show_nothing(files: Files) -> None:
    private(files.credentials, "")
    files.credentials.write_bytes(b'[profiles.prod]\napi_key = "' + MARKER.encode() + b'\xff"')
    assert "line 2: not UTF-8" in str(refusal(files))


def test_another_profiles_fault_does_not_matter(files: Files) -> None:
    private(files.credentials, '[profiles.bad]\nx = 1\n[profiles.prod]\napi_key = " k \\n"\n')
    assert read_key(PROFILE, {}, files.credentials) == Secret("k")


def test_no_key_for_options_and_variables_alone(files: Files) -> None:
    error = refusal(files, Profile(AD_HOC, "a", "b", region="uk-1"))
    assert error.advice == "set POLYTOP_API_KEY, or choose a profile that has one with -p NAME"


def test_a_profile_without_settings_has_no_key(files: Files) -> None:
    private(files.credentials, "[profiles.prod]\n")
    assert isinstance(refusal(files), NoKey)
    private(files.credentials, "")
    assert isinstance(refusal(files), NoKey)


def test_what_is_found_keeps_its_secrets(files: Files) -> None:
    for setting in ("api_key", "api_key_command"):
        private(files.credentials, f'[profiles.prod]\n{setting} = "{MARKER}"\n')
        found = locate(PROFILE, {}, files.credentials)
        assert found is not None
        assert MARKER not in f"{found}{found!r}"


@settings(deadline=None)
@given(st.text())
def test_a_key_is_visible_ascii_or_refused(text: str) -> None:
    try:
        key = check_key(text, "here")
    except ConfigError as error:
        assert len(text) < 5 or text not in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert key.reveal() == text.strip()
        assert key.reveal().isascii()
        assert key.reveal().isprintable()
