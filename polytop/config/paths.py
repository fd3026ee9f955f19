"""The paths of the files, by the rules of the operating system; XDG variables are honoured."""

from pathlib import Path
from typing import TYPE_CHECKING, Self

from polytop.model.frozen import frozen

if TYPE_CHECKING:
    from platformdirs.api import PlatformDirsABC


def _folders() -> "PlatformDirsABC":
    from platformdirs import PlatformDirs

    return PlatformDirs("polytop", appauthor=False)


def config_file() -> Path:
    """The file of profiles; it may not exist."""
    return _folders().user_config_path / "config.toml"


def credentials_file() -> Path:
    """The file of keys; it may not exist."""
    return _folders().user_config_path / "credentials.toml"


def data_dir() -> Path:
    """The folder of the local history; it may not exist."""
    return _folders().user_data_path


def history_file() -> Path:
    """The local history; it may not exist."""
    return data_dir() / "history.sqlite3"


def incidents_dir() -> Path:
    """The folder of the capsules of incidents; it may not exist."""
    return data_dir() / "incidents"


def log_file() -> Path:
    """The log; it may not exist."""
    return _folders().user_log_path / "polytop.log"


def screen_file() -> Path:
    """The file of the screen's preferences; it may not exist."""
    return _folders().user_state_path / "screen.json"


@frozen
class Files:
    """The two files that the user owns: profiles, and keys."""

    config: Path
    credentials: Path

    @classmethod
    def standard(cls) -> Self:
        """The files at their usual places."""
        folder = _folders().user_config_path
        return cls(folder / "config.toml", folder / "credentials.toml")
