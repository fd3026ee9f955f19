"""Edit the configuration file in the user's editor: on a copy, checked before it is used."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import click

from polytop.config import file_access
from polytop.config.errors import ConfigError
from polytop.config.profiles import parse_config
from polytop.config.save import replace_config
from polytop.model.text import printable


def edit_in_editor(path: Path, name: str) -> None:
    """Open a copy of `path` in $VISUAL or $EDITOR and put it in place once it is valid.

    An invalid copy is edited again or kept, and the file stays as it was. Raises ConfigError if
    there is no such profile, the editor fails, or an invalid copy is kept.
    """
    before = file_access.read(path) or ""
    broken = _broken_before(before, path, name)
    descriptor, copied = tempfile.mkstemp(prefix="polytop-", suffix=".toml")
    copy = Path(copied)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(before)
    while True:
        _open(copy)
        text = file_access.read(copy) or ""
        try:
            _check(text, path, broken)
            if text != before:
                replace_config(path, before, text)
        except ConfigError as error:
            if _again(error):
                continue
            kept = f"nothing was changed; your copy is {printable(str(copy))}"
            raise ConfigError(error.message, f"{error.advice}; {kept}") from None
        break
    copy.unlink(missing_ok=True)
    click.echo("nothing was changed" if text == before else f"changed {path}", err=True)


def _broken_before(text: str, path: Path, name: str) -> Collection[str]:
    """Names of the profiles that were broken before, without `name`; none if it is not TOML."""
    try:
        config = parse_config(text, path)
    except ConfigError:
        return ()
    if name not in config.names:
        config.profile(name)
    return set(config.broken) - {name}


def _check(text: str, path: Path, broken: Collection[str]) -> None:
    config = parse_config(text, path)
    for each, error in config.broken.items():
        if each not in broken:
            raise error
    if config.default_profile is not None and config.default_profile not in config.names:
        problem = f"default_profile: no profile is called {printable(config.default_profile, 64)}"
        raise ConfigError(problem, "name one that is there, or take it out")


def _open(copy: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        status = subprocess.call([*shlex.split(editor), str(copy)])  # noqa: S603 - the user's own
    except (OSError, ValueError):
        status = None
    if status != 0:
        end = "was not started" if status is None else f"ended with status {status}"
        advice = f"set VISUAL or EDITOR; nothing was changed, your copy is {printable(str(copy))}"
        raise ConfigError(f"the editor {end}", advice)


def _again(error: ConfigError) -> bool:
    if not sys.stdin.isatty():
        return False
    click.echo(str(error), err=True)
    return click.confirm("Edit again?", default=True, err=True)
