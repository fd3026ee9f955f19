"""Files that others could change are refused, with the command that mends it."""

import os
import subprocess

import pytest

from polytop.config.credentials import read_key
from polytop.config.errors import ConfigError
from polytop.config.file_access import read, write
from polytop.config.profiles import Profile, load_config
from polytop.config.trust import refuse_untrusted

CONFIG = '[profiles.prod]\nregion = "uk-1"\naccount_id = "ws-a"\nproject_id = "PROJECT-a"\n'
SOMEBODY = 12_345


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a configuration in the usual place."""
    home = tmp_path / "home"
    (home / ".config" / "polytop").mkdir(mode=0o755, parents=True)
    monkeypatch.setenv("HOME", str(home))
    for name, text in (("config", CONFIG), ("credentials", '[profiles.prod]\napi_key = "k-1"\n')):
        path = home / ".config" / "polytop" / f"{name}.toml"
        path.write_text(text)
        path.chmod(0o600)
    return home


def load(home):
    folder = home / ".config" / "polytop"
    load_config(folder / "config.toml")
    return read_key(Profile("prod", "", ""), {}, folder / "credentials.toml", home).reveal()


def test_what_only_the_user_can_change_is_read(home):
    assert load(home) == "k-1"


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o722, 0o702])
@pytest.mark.parametrize("place", ["", ".config", ".config/polytop"])
def test_a_folder_that_others_can_write_is_refused(home, place, mode):
    (home / place).chmod(mode)
    refused_and_mended(home, home / place)


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602, 0o664])
@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
def test_a_file_that_others_can_write_is_refused(home, name, mode):
    path = home / ".config" / "polytop" / name
    path.chmod(mode)
    with pytest.raises(ConfigError) as refused:
        load(home)
    run_advice(refused.value)
    path.chmod(path.stat().st_mode & 0o700)
    assert load(home) == "k-1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("place", ["", ".config/polytop", ".config/polytop/config.toml"])
def test_what_belongs_to_somebody_else_is_refused(home, place):
    os.chown(home / place, SOMEBODY, SOMEBODY)
    with pytest.raises(ConfigError, match=r"belongs to somebody else.*chown"):
        load(home)


def test_what_is_above_the_home_is_the_business_of_root(home, tmp_path):
    tmp_path.chmod(0o777)
    assert load(home) == "k-1"


def test_outside_the_home_all_folders_count_but_sticky_ones(tmp_path, home):
    common = tmp_path / "common"
    own = common / "own"
    own.mkdir(parents=True)
    (own / "config.toml").write_text(CONFIG)
    common.chmod(0o1777)
    refuse_untrusted(own / "config.toml")
    common.chmod(0o777)
    with pytest.raises(ConfigError, match="common can be changed by others; run: chmod go-w"):
        refuse_untrusted(own / "config.toml")


def test_what_a_link_leads_to_counts_and_so_does_the_place_of_the_link(home, tmp_path):
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    target = open_to_all / "config.toml"
    target.write_text(CONFIG)
    config = home / ".config" / "polytop" / "config.toml"
    config.unlink()
    config.symlink_to(target)
    with pytest.raises(ConfigError, match="open can be changed by others"):
        load(home)
    link = open_to_all / "link"
    link.symlink_to(home / ".config")
    with pytest.raises(ConfigError, match="open can be changed by others"):
        read(link / "polytop" / "credentials.toml")


def test_nothing_is_written_where_others_could_change_it(home):
    folder = home / ".config" / "polytop"
    folder.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod go-w"):
        write(folder / "credentials.toml", "", private=True)
    assert load_after(folder) == "k-1"


def load_after(folder):
    folder.chmod(0o700)
    return load(folder.parents[1])


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device"])
@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
def test_what_is_no_file_is_refused_at_once(home, kind, name):
    path = home / ".config" / "polytop" / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as listening:
            os.chdir(path.parent)
            listening.bind(name)
    elif kind == "folder":
        path.mkdir(mode=0o700)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match=r"check the file|chmod"):
        load(home)


def refused_and_mended(home, place):
    with pytest.raises(ConfigError) as refused:
        load(home)
    assert str(place) in str(refused.value)
    run_advice(refused.value)
    assert load(home) == "k-1"


def run_advice(error):
    """Run the command that the error gives."""
    command = error.advice.removeprefix("run: ")
    assert command.startswith("chmod")
    subprocess.run(["sh", "-c", command], check=True)
