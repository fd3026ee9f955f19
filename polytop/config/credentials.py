"""Credentials: finding and reading a profile's API key. No error and no repr holds a key."""

import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from polytop.config import file_access, paths, toml
from polytop.config.errors import ConfigError, NoKey, SettingError, nearest
from polytop.config.profiles import Profile
from polytop.model.frozen import frozen
from polytop.model.secret import Secret
from polytop.model.text import compose, printable

_SUFFIXES = {"us-1": "US", "euw-1": "EUW", "uk-1": "UK"}

_VARIABLE = "POLY_ADK_KEY"


def find(region: str | None, environ: Mapping[str, str], home: Path) -> tuple[str, str] | None:
    """Return the vendor's place of a key for `region` and the key, or None.

    `home` holds the folder of its command line. Raises ConfigError where the file of keys in it
    cannot be trusted or read.
    """
    path = home / ".poly" / "credentials.json"
    text = file_access.read(path, private=True)
    if text is not None and region is not None:
        key = _keys(text, path).get(region)
        if key:
            return "~/.poly/credentials.json", key
    names = [f"{_VARIABLE}_{_SUFFIXES[region]}"] if region in _SUFFIXES else []
    for name in (*names, _VARIABLE):
        if environ.get(name):
            return name, environ[name]
    return None


def _keys(text: str, path: Path) -> Mapping[str, str]:
    """The keys by region. The parser's error holds the whole text, so it is not chained."""
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()):
        return data
    advice = "write it again with poly login, or take out api_key_source"
    raise ConfigError(f"{toml.show_path(path)}: not an object of region and key", advice)


MOST_OUTPUT = 65_536
"""Bytes of either stream after which a command is stopped."""

_SLICE = 0.1
"""Seconds between two checks for the end of the command."""


def output_of(command: Secret, seconds: float = 30.0) -> Secret:
    """Return the output of `command`, without white space around it.

    Raises ConfigError where it cannot be run, fails, prints too much or takes longer than
    `seconds`. The text shows the last line of its standard error, never its output.
    """
    problem = ""
    with _start(command) as process:
        try:
            out, errors = _read(process, time.monotonic() + seconds)
        except BaseException as error:
            # The whole group: a child that holds the pipes must not outlive the limit.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, TimeoutError | OverflowError):
                raise
            late = isinstance(error, TimeoutError)
            problem = f"did not end within {seconds:g} s" if late else "prints more than 64 KiB"
    if problem:
        raise _command_error(problem, "run it by hand; it must print the key and end")
    if process.returncode:
        raise _command_error(_ending(process.returncode, out, errors), "run it by hand to see why")
    return Secret(out.decode("utf-8", "replace").strip())


def _command_error(problem: str, advice: str) -> ConfigError:
    return ConfigError(f"api_key_command {problem}", advice)


def _start(command: Secret) -> subprocess.Popen[bytes]:
    try:
        words = [os.path.expanduser(word) for word in shlex.split(command.reveal())]  # noqa: PTH111
    except ValueError:
        words = []
    if not words or any("\0" in word for word in words):
        raise _command_error("is no command", "check its quotes")
    try:
        return subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or "it cannot be run"
    # The words stay untold: a key may have been pasted in the command's place.
    raise _command_error(f"was not started: {reason}", "check the name of its program")


def _read(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """Read both streams until they or the process end; `deadline` is by the monotonic clock."""
    assert process.stdout
    assert process.stderr
    found = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for descriptor in found:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ended = process.poll() is not None
            ready = selector.select(min(left, _SLICE))
            if ended and not ready:
                break
            for key, _ in ready:
                chunk = os.read(key.fd, MOST_OUTPUT)
                found[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
                if len(found[key.fd]) > MOST_OUTPUT:
                    raise OverflowError
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    out, errors = found.values()
    return bytes(out), bytes(errors)


def _ending(status: int, out: bytes, errors: bytes) -> str:
    """Return how the command ended, with the last line of its standard error."""
    how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        return how
    last = lines[-1].strip()
    for word in out.decode("utf-8", "replace").split():
        last = Secret(word).redact(last)
    return f"{how}: {printable(last, 200)}"


KEY_VARIABLE = "POLYTOP_API_KEY"
SETTINGS = ("api_key", "api_key_command")

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LONGEST_KEY = 4096


@frozen
class Found:
    """A place that gives a key: the key itself, or the command that prints it."""

    origin: str
    key: Secret | None = None
    command: Secret | None = None


def check_key(text: str, origin: str) -> Secret:
    """Return `text`, stripped, as a key that fits a header.

    Raises ConfigError, which never shows it, where it is not one line of visible ASCII.
    """
    stripped = text.strip()
    if not stripped:
        raise ConfigError(f"the key from {origin} is empty", "give the key from Agent Studio")
    if not _VISIBLE.fullmatch(stripped) or len(stripped) > _LONGEST_KEY:
        problem = f"the key from {origin} is not one line of visible ASCII characters"
        raise ConfigError(problem, "copy it again from Agent Studio, API Keys")
    return Secret(stripped)


def locate(
    profile: Profile,
    environ: Mapping[str, str],
    path: Path | None = None,
    home: Path | None = None,
) -> Found | None:
    """The first place that gives a key for `profile`, or None; runs no command.

    `path` is credentials.toml and `home` the folder that holds ``.poly``; both have their usual
    values. Raises ConfigError where a place on the way is broken, or open to others.
    """
    if environ.get(KEY_VARIABLE):
        return Found(KEY_VARIABLE, check_key(environ[KEY_VARIABLE], KEY_VARIABLE))
    found = _in_file(profile.name, path or paths.credentials_file())
    if found is None and profile.api_key_source == "adk":
        place = find(profile.region, environ, home or Path.home())
        if place is not None:
            return Found(place[0], check_key(place[1], place[0]))
    return found


def read_key(
    profile: Profile,
    environ: Mapping[str, str],
    path: Path | None = None,
    home: Path | None = None,
    seconds: float = 30.0,
) -> Secret:
    """The API key for `profile`, from the first place that gives one.

    An ``api_key_command`` is run for at most `seconds`: call this where waiting hurts nobody.
    Raises NoKey where there is none, ConfigError where a place on the way is broken.
    """
    found = locate(profile, environ, path, home)
    name = printable(profile.name, 64)
    if found is None:
        advice = (
            f"set {KEY_VARIABLE}, or store one with: polytop profile edit {name} --api-key-stdin, "
            f"or name a command that prints it: polytop profile edit {name} --api-key-command CMD"
        )
        if profile.ad_hoc:
            advice = f"set {KEY_VARIABLE}, or choose a profile that has one with -p NAME"
        raise NoKey(f"no API key for profile {name}", advice)
    if found.command is None:
        return found.key or Secret("")
    try:
        output = output_of(found.command, seconds)
    except ConfigError as error:
        raise ConfigError(f"profile {name}: {error.message}", error.advice) from None
    return check_key(output.reveal(), "api_key_command")


def parse_credentials(text: str, path: Path) -> Mapping[str, object]:
    """The profiles' tables in `text`, which stands in `path`. Raises ConfigError."""
    data = toml.parse(text, path, secret=True)
    for setting in data:
        if setting != "profiles":
            problem = "stands outside a profile" if setting in SETTINGS else "no such setting"
            advice = "keep keys under [profiles.NAME]"
            raise SettingError(_safe(setting), problem, advice).inside(
                toml.show_place(path, text, [setting])
            )
    tables = data.get("profiles", {})
    if not isinstance(tables, dict):
        problem, advice = "is not a table", "write each as [profiles.NAME]"
        raise SettingError("profiles", problem, advice).inside(toml.show_path(path))
    return tables


def _in_file(name: str, path: Path) -> Found | None:
    text = file_access.read(path, private=True)
    if text is None:
        return None
    tables = parse_credentials(text, path)
    name = next((each for each in tables if compose(each) == name), name)
    table = tables.get(name)
    if table is None:
        return None
    keys = ["profiles", name]
    place = f"{toml.show_place(path, text, keys)}, profile {printable(name, 64)}"
    if not isinstance(table, dict):
        advice = 'write api_key = "…" under [profiles.NAME]'
        raise SettingError("profile", "is not a table", advice).inside(place)
    for setting, value in table.items():
        if setting not in SETTINGS:
            raise _unknown(setting).inside(toml.show_place(path, text, [*keys, setting]))
        if not isinstance(value, str) or not value.strip():
            problem, advice = "is empty or not text", "put it in quotes or take it out"
            raise SettingError(setting, problem, advice).inside(place)
    if len(table) > 1:
        problem, advice = "stands beside api_key_command", "keep one of the two"
        raise SettingError("api_key", problem, advice).inside(place)
    if "api_key_command" in table:
        return Found("api_key_command in credentials.toml", command=Secret(table[SETTINGS[1]]))
    if "api_key" in table:
        return Found("credentials.toml", check_key(table["api_key"], place))
    return None


def _unknown(setting: str) -> SettingError:
    close = nearest(setting, SETTINGS)
    advice = f"did you mean {close}?" if close else "use api_key or api_key_command"
    return SettingError(_safe(setting), "no such setting", advice)


def _safe(setting: str) -> str:
    """A setting's name, unless it may be a key that was pasted in the name's place."""
    plain = re.fullmatch(r"[a-z_]{1,24}", setting)
    return setting if plain else "a name that may be a key and is not shown"
