"""The memory of the commands: one for all who ask, and who keeps it within its bounds."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import pytest
from history_data import TARGET

from polytop.cli.runtime.history import (
    SharedHistory,
    export_history,
    history_cache,
    open_history,
    shared_history,
)
from polytop.config.paths import history_file
from polytop.config.settings import HistorySettings
from polytop.history import database
from polytop.history.errors import HistoryError


def tidying() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "polytop-tidying"}


@pytest.mark.parametrize(
    ("path", "settings", "tidied"),
    [(True, HistorySettings(), True), (True, None, False), (False, HistorySettings(), False)],
)
def test_only_a_file_with_bounds_is_tidied(
    tmp_path: Path, path: bool, settings: HistorySettings | None, tidied: bool
) -> None:
    before = tidying()
    file = tmp_path / "history.sqlite3"
    kept = SharedHistory((lambda: file) if path else None, settings)
    assert tidying() == before
    assert kept() is kept()
    new = tidying() - before
    assert len(new) == tidied
    assert all(thread.daemon for thread in new)
    kept().close()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_configuration_says_whether_there_is_a_file(tmp_path: Path, enabled: bool) -> None:
    settings = HistorySettings(enabled=enabled)
    before = tidying()
    memory = shared_history(settings)()
    memory.forget_future(1.0)
    assert history_file().exists() is enabled
    assert len(tidying() - before) == enabled
    memory.close()


def _glance() -> str:
    memory = history_cache(HistorySettings())
    assert memory is not None
    with closing(memory):
        memory.forget_future(1.0)
        memory.marks(TARGET, 0, 300)
        return "" if memory.problem is None else memory.problem.summary


def _export() -> str:
    history = export_history(HistorySettings(), lambda: 1.0)
    assert history is not None
    with closing(history), pytest.raises(HistoryError) as caught:
        history.open()
    return str(caught.value)


def _mark() -> str:
    with pytest.raises(click.ClickException) as caught, open_history(history_file(), "mark"):
        pass
    return str(caught.value)


@pytest.mark.parametrize("ask", [_glance, _export, _mark])
def test_a_command_does_not_wait_long_for_another_program(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], str]
) -> None:
    with open_history(history_file(), "mark") as history:
        history.add_mark(TARGET, 1.0, "there")
    # What the monitor waits: a command that did so would not end.
    monkeypatch.setattr(database, "PATIENCE", 1e6)
    with closing(sqlite3.connect(history_file(), isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        assert "is in use by another program for too long" in ask()
