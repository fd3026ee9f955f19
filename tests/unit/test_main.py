"""What ends the program ends it in words."""

import asyncio

import pytest

from polytop import __main__ as program
from polytop.cli import root


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """The program sets up its environment and the collector; those of the tests stay."""
    monkeypatch.setattr("os.environ", {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)})
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr("sys.argv", ["polytop"])


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, GeneratorExit])
def test_whatever_ends_the_program_is_told_in_words(monkeypatch, capfd, error) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(root, "main", fail)
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 70
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert error.__name__ in told


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(130)])
def test_an_end_that_was_asked_for_is_no_fault(monkeypatch, capfd, error) -> None:
    def leave() -> None:
        raise error

    monkeypatch.setattr(root, "main", leave)
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 130
    assert capfd.readouterr().err == ""
