"""The memory of the commands: one for all who ask, and who keeps it within its bounds."""

import threading
from pathlib import Path

import pytest

from polytop.cli.runtime.history import SharedHistory, shared_history
from polytop.config.paths import history_file
from polytop.config.settings import HistorySettings


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
