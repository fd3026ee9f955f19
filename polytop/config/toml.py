"""Reading TOML so that a fault can be found: its line, its reason, and never a secret."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
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

_MOST_TRIES = 200
"""How many lines are tried as the end of one value."""

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
    where = show_line(path, found.line)
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


@lru_cache(maxsize=2)
def spans(text: str) -> Mapping[tuple[str, ...], Sequence[tuple[int, int]]]:
    """First and last line, from 1, of each statement by the entries that it sets or opens.

    An entry is named by its keys from the outside in. Of a table, these are the lines of its
    headers. What stands after a value of very many lines is not found.
    """
    found: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    table: tuple[str, ...] = ()
    lines, at = text.split("\n"), 0
    while (statement := _statement(lines, at)) is not None:
        last, data = statement
        header = lines[at].lstrip().startswith("[")
        paths = list(_paths(data, () if header else table))
        for path in paths:
            found.setdefault(path, []).append((at + 1, last))
        table = paths[-1] if header else table
        at = last
    return found


def _statement(lines: Sequence[str], at: int) -> tuple[int, dict[str, object]] | None:
    """The number of the last line of the statement that begins at index `at`, and what it sets."""
    tries = 0
    for last in range(at + 1, len(lines) + 1):
        # No value of several lines ends without a bracket or three quotes.
        if last > at + 1 and not any(sign in lines[last - 1] for sign in ("]", '"""', "'''")):
            continue
        data = data_of("\n".join(lines[at:last]) + "\n")
        if not isinstance(data, TomlFault):
            return last, data
        tries += 1
        if tries > _MOST_TRIES:
            break
    return None


def _paths(data: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The entries in `data`, each after the one that holds it."""
    for key, value in data.items():
        yield (*above, key)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, key))


def span_of(text: str, path: Sequence[str]) -> tuple[int, int] | None:
    """Return first and last line, from 1, of the entry at `path`; of a table, of its header."""
    return next(iter(spans(text).get(tuple(path), ())), None)


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line, from 1, on which the entry at `path` begins, or None where it is not found."""
    span = span_of(text, path)
    return None if span is None else span[0]


def show_path(path: Path) -> str:
    """A path as it can be shown."""
    return printable(str(path))


def show_place(path: Path, text: str, keys: Sequence[str]) -> str:
    """The path, with the line of the entry at `keys` of its `text` if it is found."""
    return show_line(path, line_of(text, keys))


def show_line(path: Path, line: int | None) -> str:
    """The path, with the number of the line if it is known."""
    return show_path(path) if line is None else f"{show_path(path)}, line {line}"
