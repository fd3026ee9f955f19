"""The table ``[history]`` of config.toml."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.config import save
from polytop.config.errors import ConfigError
from polytop.config.paths import Files, data_dir, history_file
from polytop.config.profiles import Profile, load_config, parse_config
from polytop.config.settings import (
    MOST_SIZE,
    HistorySettings,
    parse_age,
    parse_size,
)

PATH = Path("/etc/config.toml")
FILE = """\
default_profile = "one"  # the usual one

[history]
max_age = "90d"   # a quarter
max_size = "1.5GB"

[profiles.one]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
"""


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, PATH)
    return str(caught.value)


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    usual = HistorySettings(enabled=True, max_age=400 * 86_400, max_size=200_000_000)
    assert load_config(tmp_path / "none.toml").history == usual
    assert parse_config("[profiles]\n", PATH).history == usual
    assert parse_config("[history]\n", PATH).history == usual


def test_the_table_is_read() -> None:
    config = parse_config(FILE, PATH)
    assert config.history == HistorySettings(True, 90 * 86_400, 1_500_000_000)
    assert config.names == ("one",)
    assert not parse_config("history.enabled = false", PATH).history.enabled


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[history]\nmaxage = '1d'", "line 2, history: maxage: no such setting; did you mean max"),
        ("\n\n[history]\nmax_age = '1h'", "line 4, history: max_age: does not fit; write an age"),
        ("[history]\nmax_age = 90", "line 2, history: max_age: does not fit; write an age"),
        ("[history]\nmax_age = '99999d'", "to 36500d"),
        ("[history]\nmax_size = '9 apples'", "line 2, history: max_size: does not fit; write a"),
        ("[history]\nmax_size = '100kB'", "from 1MB to 1TB"),
        ("[history]\nmax_size = true", "write a size like 200MB"),
        ("[history]\nenabled = 'no'", "line 2, history: enabled: does not fit; write true"),
        ("history = 5", "line 1, history: history: is not a table; write it as [history]"),
        ("[histroy]", "line 1: histroy: no such setting; did you mean history?"),
        ("[history]\n\"a\\u001bb\" = 1", "a␛b: no such setting"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_its_line(text: str, said: str) -> None:
    assert said in refused(text)


@given(st.integers(1, 999_999), st.sampled_from(["kB", "MB", "GB", "TB"]))
def test_a_size_is_what_it_says(number: int, unit: str) -> None:
    size = number * {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}[unit]
    if 10**6 <= size <= MOST_SIZE:
        assert parse_size(f"{number}{unit}") == parse_size(f" {number} {unit.lower()} ") == size
    else:
        with pytest.raises(ValueError, match="from 1MB to 1TB"):
            parse_size(f"{number}{unit}")


@given(st.text(max_size=12))
def test_any_other_text_is_neither_size_nor_age(text: str) -> None:
    for parse in (parse_size, parse_age):
        try:
            found = parse(text)
        except ValueError as error:
            assert str(error).startswith("write a")  # noqa: PT017 - most texts, though not all
        else:
            assert found > 0


def test_profiles_come_and_go_beside_the_table(tmp_path: Path) -> None:
    files = Files(tmp_path / "config.toml", tmp_path / "credentials.toml")
    files.config.write_text(FILE)
    table = FILE[FILE.index("[history]") : FILE.index("[profiles")]
    save.save_profile(files, Profile("two", "ws-2", "P-2", "us-1", limit=9))
    save.save_profile(files, Profile("one", "ws-1", "P-1", "uk-1", limit=5))
    save.use_profile(files.config, "two")
    save.remove_profile(files, "one")
    text = files.config.read_text()
    assert table.strip() in text
    config = load_config(files.config)
    assert (config.names, config.default_profile) == (("two",), "two")
    assert config.history.max_age == 90 * 86_400
    # The table last, right behind the profile that goes.
    files.config.write_text(text.replace(table, "") + "\n" + table)
    save.remove_profile(files, "two")
    assert table.strip() in files.config.read_text()


def test_the_file_is_in_the_folder_of_data() -> None:
    assert history_file() == data_dir() / "history.sqlite3"
