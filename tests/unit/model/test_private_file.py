"""Files and folders for the user alone, whatever the umask; reading that never waits."""

import os
import stat

import pytest

from polytop.model.private_file import make_folder, open_private, read_regular


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_and_files_are_for_the_user_alone_whatever_the_umask(tmp_path, umask):
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    assert [mode(each) for each in (folder, folder.parent)] == [0o700, 0o700]
    os.close(open_private(folder / "file", os.O_WRONLY))
    assert mode(folder / "file") == 0o600


def test_what_is_there_keeps_its_mode(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o640)
    tmp_path.chmod(0o750)
    make_folder(tmp_path)
    os.close(open_private(tmp_path / "file", os.O_RDWR))
    assert (mode(tmp_path), mode(tmp_path / "file")) == (0o750, 0o640)


def test_a_file_in_the_folders_place_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "more"):
        with pytest.raises((FileExistsError, NotADirectoryError)):
            make_folder(path)


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY | os.O_APPEND, os.O_RDWR])
def test_a_pipe_in_the_files_place_is_an_error_at_once(tmp_path, flags):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"not a file|No such device"):
        os.close(open_private(tmp_path / "pipe", flags))


def test_a_part_of_a_file_is_read_and_nothing_of_a_device_or_a_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"abcdef")
    assert read_regular(tmp_path / "file", 4) == b"abcd"
    for path in ("/dev/zero", tmp_path):
        with pytest.raises(OSError, match=r"not a file|directory"):
            read_regular(path, 4)
