"""A file is there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from polytop.model.atomic_file import write_atomic


def put(path: Path, content: bytes, **how: object) -> None:
    with write_atomic(path, **how) as file:  # type: ignore[arg-type]
        file.write(content)


def break_off(path: Path) -> None:
    with write_atomic(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_a_new_file_has_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    put(tmp_path / "a", b"new", mode=0o600)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    before = os.umask(0o027)
    try:
        put(tmp_path / "b", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o640


def test_a_reader_sees_the_old_content_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with write_atomic(tmp_path / "a", mode=0o600) as file:
        file.write(b"new")
        file.flush()
        (beside,) = (path for path in tmp_path.iterdir() if path.name != "a")
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
        assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_an_error_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        break_off(tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    put(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_file_that_exists_may_be_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        put(tmp_path / "a", b"new", overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"
