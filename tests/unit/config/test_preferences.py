"""The columns that are kept from one run to the next."""

import json
import logging
import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.cli.runtime.screen import chosen_columns, store_columns
from polytop.config.errors import ConfigError
from polytop.config.paths import screen_file
from polytop.config.preferences import load_columns, load_forecast, save_columns, save_forecast
from polytop.ui.ports import FeedError
from polytop.ui.view_state import (
    COLUMN_KEYS,
    DEFAULT_COLUMNS,
    known_columns,
    move_column,
    sort_keys,
)


def test_what_is_kept_is_found_again_by_its_owner_alone(tmp_path):
    path = tmp_path / "state" / "polytop" / "screen.json"
    save_columns(path, ("peak", "now"))
    assert load_columns(path) == ("peak", "now")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    save_columns(path, ())
    assert load_columns(path) == ()
    assert list(path.parent.iterdir()) == [path]


def test_each_choice_is_kept_beside_the_other(tmp_path):
    path = tmp_path / "screen.json"
    assert load_forecast(path) is False
    save_forecast(path, True)
    assert load_columns(path) is None
    save_columns(path, ("peak",))
    assert (load_forecast(path), load_columns(path)) == (True, ("peak",))
    save_forecast(path, False)
    assert (load_forecast(path), load_columns(path)) == (False, ("peak",))
    path.write_text("[]")
    assert load_forecast(path) is False
    save_forecast(path, True)
    assert load_forecast(path) is True


def test_without_a_file_nothing_is_kept_and_nothing_is_said(tmp_path, caplog):
    assert load_columns(tmp_path / "none.json") is None
    assert caplog.text == ""


BROKEN = (b"", b"{", b"[]", b"3", b'{"columns": 3}', b'{"columns": [1]}', b'{"colums": []}',
          b"\xff\xfe", b"[" * 60_000, b'{"columns": ["' + b"x" * 70_000 + b'"]}')  # fmt: skip


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_named_in_the_log_and_stays_until_one_chooses_anew(content, caplog):
    path = screen_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING, "polytop"):
        assert chosen_columns() == DEFAULT_COLUMNS
    assert str(path) in caplog.text
    assert path.read_bytes() == content
    store_columns(("mean",))
    assert chosen_columns() == ("mean",)


def test_a_folder_or_a_pipe_in_its_place_holds_nobody_up(tmp_path, caplog):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert load_columns(tmp_path / "folder") is None
    assert load_columns(tmp_path / "pipe") is None
    assert "folder is ignored" in caplog.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError):
        save_columns(tmp_path / "file" / "screen.json", ("now",))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(FeedError) as told:
        store_columns(("now",))
    assert "was not written" in told.value.problem.summary
    assert told.value.problem.advice


def test_xdg_is_honoured(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store_columns(("p95", "now"))
    kept = json.loads((tmp_path / "polytop" / "screen.json").read_text())
    assert kept == {"columns": ["p95", "now"]}


def test_columns_that_there_are_no_longer_are_left_out():
    save_columns(screen_file(), ("now", "was", "now", "age"))
    assert chosen_columns() == ("now", "age")
    save_columns(screen_file(), ("was",))
    assert chosen_columns() == DEFAULT_COLUMNS


@given(st.binary(max_size=200))
def test_no_content_is_too_odd(content):
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        found = load_columns(Path(file.name))
    assert found is None or all(isinstance(name, str) for name in found)


@given(st.permutations(COLUMN_KEYS), st.integers(0, 8), st.integers(-20, 20))
def test_moving_a_column_keeps_all_and_the_order_of_the_others(columns, at, by):
    found = move_column(columns, at, by)
    assert sorted(found) == sorted(columns)
    one = columns[at]
    assert [each for each in found if each != one] == [each for each in columns if each != one]
    assert found.index(one) == max(0, min(len(columns) - 1, at + by))


@given(st.lists(st.sampled_from([*COLUMN_KEYS, "other", 3, None])))
def test_what_is_known_is_each_column_once(names):
    found = known_columns(names)
    assert len(set(found)) == len(found)
    assert set(found) == set(names) & set(COLUMN_KEYS)


def test_what_s_goes_through_ends_with_the_name():
    assert sort_keys(DEFAULT_COLUMNS, ages=False) == (*DEFAULT_COLUMNS, "name")
    assert sort_keys(("peak",), ages=True) == ("peak", "age", "name")
    assert sort_keys(("age", "now"), ages=True) == ("age", "now", "name")
