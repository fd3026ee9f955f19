"""Saving profiles and keys, each file whole or not at all, with the user's comments kept."""

import os
from pathlib import Path

from polytop.config import file_access, toml_edit
from polytop.config.credentials import SETTINGS, check_key, parse_credentials
from polytop.config.errors import ConfigError, SettingError
from polytop.config.paths import Files
from polytop.config.profiles import Profile, parse_config
from polytop.config.settings import CHECKS, check_name
from polytop.model.secret import Secret


def save_profile(
    files: Files,
    profile: Profile,
    key: Secret | None = None,
    command: Secret | None = None,
) -> None:
    """Add `profile` or change the one of its name; `key` or `command` goes to the credentials.

    The first profile becomes the default. Both files are read and changed in memory before
    either is written; without key and command the credentials stay as they are. Raises
    ConfigError where a file does not parse (it is then left alone) or cannot be written.
    """
    check_name(profile.name)
    text = file_access.read(files.config) or ""
    config = parse_config(text, files.config)
    old, wanted = config.profiles.get(profile.name), profile.settings()
    there = old.settings() if old else None
    changes = {
        name: wanted.get(name)
        for name in CHECKS
        if there is None or there.get(name) != wanted.get(name)
    }
    new = toml_edit.with_profile(text, files.config, profile.name, changes)
    if not config.names and config.default_profile is None:
        new = toml_edit.with_top(new, files.config, {"default_profile": profile.name})
    parse_config(new, files.config).profile(profile.name)
    # The key first: a key without a profile does no harm, a profile without its key does.
    if key is not None or command is not None:
        save_key(files.credentials, profile.name, key, command)
    _write_config(files.config, text, new)


def save_key(
    path: Path, name: str, key: Secret | None = None, command: Secret | None = None
) -> None:
    """Make `key`, or the `command` that prints it, what `path` holds for the profile `name`.

    Raises ConfigError where both or neither is given, or as save_profile does.
    """
    if (key is None) == (command is None):
        raise ConfigError("a profile has one key", "give the key or a command that prints it")
    values = dict.fromkeys(SETTINGS)
    if key is not None:
        values["api_key"] = check_key(key.reveal(), "the input").reveal()
    elif command is not None:
        text = command.reveal().strip()
        if not text or not text.isprintable():
            problem = "is empty or more than one line"
            raise SettingError("api_key_command", problem, "give one command")
        values["api_key_command"] = text
    text = _credentials_text(path)
    file_access.write(path, toml_edit.with_profile(text, path, name, values), private=True)


def use_profile(path: Path, name: str) -> None:
    """Make `name` the default profile. Raises UnknownProfile, or as save_profile does."""
    text = file_access.read(path) or ""
    config = parse_config(text, path)
    if name not in config.names:
        config.profile(name)
    _write_config(path, text, toml_edit.with_top(text, path, {"default_profile": name}))


def remove_profile(files: Files, name: str) -> None:
    """Remove the profile `name` and its key from both files.

    Where it was the default, the only profile that is left becomes it, or none. Raises
    UnknownProfile, or as save_profile does.
    """
    text = file_access.read(files.config) or ""
    config = parse_config(text, files.config)
    if name not in config.names:
        config.profile(name)
    keys = _credentials_text(files.credentials)
    left = [each for each in config.names if each != name]
    new = toml_edit.without_profile(text, files.config, name)
    if config.default_profile == name:
        default = left[0] if len(left) == 1 else None
        new = toml_edit.with_top(new, files.config, {"default_profile": default})
    keys_left = toml_edit.without_profile(keys, files.credentials, name)
    _write_config(files.config, text, new)
    if keys_left != keys:
        file_access.write(files.credentials, keys_left, private=True)


def replace_config(path: Path, seen: str, text: str) -> None:
    """Replace `seen`, the file's text when editing began, by `text`.

    Raises ConfigError where somebody else changed the file meanwhile.
    """
    if (file_access.read(path) or "") != seen:
        message = "the file was changed by somebody else meanwhile"
        raise ConfigError(message, "edit it again")
    _write_config(path, seen, text)


def _write_config(path: Path, old: str, new: str) -> None:
    if new != old:
        file_access.write(path, new, private=False)


def _credentials_text(path: Path) -> str:
    """The text of the credentials, which parses and which nobody else can read."""
    # A dangling link is no file yet, but writing goes through it all the same.
    text = file_access.read(Path(os.path.realpath(path)), private=True) or ""
    parse_credentials(text, path)
    return text
