"""Where an export goes: whole or not at all, over nothing that was not meant."""

import gzip
import os
import signal
import stat
from io import StringIO
from pathlib import Path

import click
import pytest

from polytop.cli.export.progress import ProgressLine, unwind_on_signals
from polytop.cli.output_file import OutputError, open_output


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def written(path: Path, text: str = "new", *, force: bool = False) -> None:
    with open_output(str(path), force) as write:
        write(text)


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    with open_output(str(tmp_path / "a.csv"), False) as write:
        write("one\r\n")
        assert not (tmp_path / "a.csv").exists()
        write("two – é\n")
    assert (tmp_path / "a.csv").read_bytes() == "one\r\ntwo – é\n".encode()
    assert len(files(tmp_path)) == 1


def broken_off(path: Path, error: type[BaseException], *, force: bool) -> None:
    with open_output(str(path), force) as write:
        write("half")
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_stays_of_one_that_broke_off(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a").write_text("old")
    for name, force in (("a", True), ("b", False)):
        with pytest.raises(error):
            broken_off(tmp_path / name, error, force=force)
    assert files(tmp_path) == {"a": "old"}


def test_a_file_is_replaced_by_force_alone_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o640)
    with pytest.raises(click.UsageError, match="--force"):
        written(path)
    assert path.read_text() == "old"
    written(path, force=True)
    assert files(tmp_path) == {"a": "new"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_came_in_the_meantime_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    written(tmp_path / "b", "fine")
    with pytest.raises(click.UsageError, match="already"):
        overtaken(tmp_path / "a")
    assert files(tmp_path) == {"a": "theirs", "b": "fine"}


def overtaken(path: Path) -> None:
    with open_output(str(path), False) as write:
        write("new")
        path.write_text("theirs")


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    written(tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.parametrize("name", ["x.csv.gz", "x.GZ"])
def test_a_file_of_gzip_is_packed_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    written(path, "text")
    first = path.read_bytes()
    assert gzip.decompress(first) == b"text"
    written(path, "text", force=True)
    assert path.read_bytes() == first
    with pytest.raises(ZeroDivisionError):
        break_off(path)
    assert path.read_bytes() == first


def break_off(path: Path) -> None:
    with open_output(str(path), True) as write:
        write("new")
        raise ZeroDivisionError


def test_a_device_is_written_and_not_replaced(tmp_path: Path) -> None:
    written(Path(os.devnull))
    assert Path(os.devnull).is_char_device()
    with pytest.raises(OutputError, match="no space left"):
        written(Path("/dev/full"), "x" * 100_000)


def test_what_is_in_the_way_is_said(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="is a folder"):
        written(tmp_path, force=True)
    with pytest.raises(OutputError, match="no such file or directory"):
        written(tmp_path / "nowhere" / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="not a directory"):
        written(tmp_path / "file" / "a")
    with pytest.raises(OutputError, match=r"^a␛/b cannot be written"):
        written(Path("a\x1b/b"))


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    progress = ProgressLine(screen)
    progress.clear()
    assert screen.getvalue() == ""
    progress.show("one " * 100)
    assert len(screen.getvalue()) < 90
    progress.clear()
    progress.clear()
    assert screen.getvalue().count("\r\x1b[K") == 2
    assert "\n" not in screen.getvalue()


@pytest.mark.parametrize("stream", [None, StringIO(), Screen()])
def test_no_progress_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, stream: StringIO | None
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    progress = ProgressLine(stream)
    progress.show("one")
    progress.clear()
    assert not progress.visible
    assert stream is None or stream.getvalue() == ""


def test_signals_unwind_and_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    for number, error in (
        (signal.SIGINT, KeyboardInterrupt),
        (signal.SIGTERM, SystemExit),
        (signal.SIGHUP, SystemExit),
    ):
        with pytest.raises(error) as caught, unwind_on_signals():
            os.kill(os.getpid(), number)
        if error is SystemExit:
            assert caught.value.code == 128 + number
    assert signal.getsignal(signal.SIGTERM) == before
