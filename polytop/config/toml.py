"""Reading TOML so that a fault can be found: its line, its reason, and never a secret."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from polytop.config.errors import ConfigError
from polytop.model.text import printable

LARGEST = 1_000_000
"""The largest file that is read, bytes."""

_SAFE_REASONS = (
    "Expected '=' after a key in a key/value pair",
    "Expected newline or end of document after a statement",
    "Expected ']' at the end of a table declaration",
    "Expected ']]' at the end of an array declaration",
    "Invalid statement",
    "Invalid initial character for a key part",
    "Invalid value",
    "Unclosed array",
    "Unclosed inline table",
    "Unterminated string",
    "Illegal character",
    "Cannot declare",
    "Cannot overwrite a value",
    "Cannot mutate immutable namespace",
    "Cannot redefine namespace",
    "Duplicate inline table key",
    "Unescaped '\\' in a string",
    "Invalid hex value",
)
"""The beginnings of the parser's messages that repeat nothing of the file."""

_SECRET = re.compile(r"key|secret|token|passw", re.IGNORECASE)


class TomlFault(NamedTuple):
    """Why a text is not TOML; `line` counts from 1."""

    line: int | None
    reason: str


def data_of(text: str) -> dict[str, object] | TomlFault:
    """The tables of `text`, or why there are none. Raises nothing, so nothing is chained."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    except (ValueError, RecursionError):
        return TomlFault(None, "a value is too long or nested too deep")
    at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)\Z", message)
    if at is None:
        return TomlFault(None, message)
    line = int(at[1]) if at[1] else max(1, len(text.rstrip().split("\n")))
    return TomlFault(line, message[: at.start()])


def parse(text: str, path: Path, *, secret: bool = False) -> dict[str, object]:
    """The tables of `text`, which stands in `path`.

    Raises ConfigError with line and reason; the line is quoted unless the file is `secret`.
    """
    found = data_of(text)
    if not isinstance(found, TomlFault):
        return found
    where = show_path(path) if found.line is None else f"{show_path(path)}, line {found.line}"
    line = "" if found.line is None else text.split("\n")[found.line - 1]
    reason = printable(found.reason, 200)
    if secret or _SECRET.search(line):
        safe = (each for each in _SAFE_REASONS if found.reason.startswith(each))
        reason = next(safe, "not valid TOML")
    quoted = "" if secret or found.line is None else f": {_quotable(line)}"
    raise ConfigError(f"{where}{quoted}: {reason}", "mend that line; the file is left as it is")


def _quotable(line: str) -> str:
    """The line as it can be shown: what may be a key pasted into the wrong file is cut off."""
    if _SECRET.search(line):
        return f"`{printable(line.partition('=')[0].strip(), 40)} …`" if "=" in line else "`…`"
    return f"`{printable(line.strip(), 80)}`"


def decode(content: bytes, path: Path) -> str:
    """The text of a file. Raises ConfigError where it is too large or not UTF-8."""
    if len(content) > LARGEST:
        raise ConfigError(
            f"{show_path(path)} is larger than 1 MB", "check that it is the right file"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    raise ConfigError(f"{show_path(path)}, line {line}: not UTF-8", "save the file as UTF-8")


def span_of(text: str, path: Sequence[str]) -> tuple[int, int] | None:
    """Return first and last line, from 1, of the entry at `path` (keys from the outside in).

    Of a table, these are the lines of its header. A prefix of a TOML file that ends with a
    line parses wherever no value is open, so the entry ends with the first such prefix that
    holds it.
    """
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if path[-1] not in line:
            continue
        for last in range(index + 1, len(lines) + 1):
            data = data_of("\n".join(lines[:last]) + "\n")
            if not isinstance(data, TomlFault):
                if _holds(data, path):
                    return index + 1, last
                break
    return None


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line, from 1, on which the entry at `path` begins, or None where it is not found."""
    span = span_of(text, path)
    return None if span is None else span[0]


def _holds(data: object, path: Sequence[str]) -> bool:
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return False
        data = data[key]
    return True


def show_path(path: Path) -> str:
    """A path as it can be shown."""
    return printable(str(path))


def show_place(path: Path, text: str, keys: Sequence[str]) -> str:
    """The path, with the line of the entry at `keys` of its `text` if it is found."""
    line = line_of(text, keys)
    return show_path(path) if line is None else f"{show_path(path)}, line {line}"
