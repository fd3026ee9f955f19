"""Changing single entries of a TOML text, so that comments and order stay the user's."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytop.config import toml
from polytop.config.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Values = Mapping[str, Any]
"""Settings and what they are to be; None takes a setting out."""


def with_top(text: str, path: Path, changes: Values) -> str:
    """Return `text` with `changes` to the settings above all tables. Raises ConfigError."""
    expected = _parse(text)
    _apply(expected, changes)
    return _first_match(expected, path, [_by_tomlkit(text, [], changes)])


def with_profile(text: str, path: Path, name: str, changes: Values) -> str:
    """Return `text` with `changes` to the table ``[profiles.NAME]``, which is added if missing.

    Raises ConfigError where that cannot be done without touching anything else.
    """
    expected = _parse(text)
    table = expected.setdefault("profiles", {}).setdefault(name, {})
    new = [key for key, value in changes.items() if value is not None and key not in table]
    known = name in _parse(text).get("profiles", {})
    _apply(table, changes)
    if not known:
        return _first_match(expected, path, [_append(text, name, changes)])
    old = {key: value for key, value in changes.items() if key not in new}
    kept = _by_tomlkit(text, ["profiles", name], old) if old else text
    added = {key: changes[key] for key in new}
    choices = [_insert(kept, name, added), _by_tomlkit(kept, ["profiles", name], added)]
    return _first_match(expected, path, choices)


def without_profile(text: str, path: Path, name: str) -> str:
    """Return `text` without the table ``[profiles.NAME]``. Raises ConfigError."""
    expected = _parse(text)
    if name not in expected.get("profiles", {}):
        return text
    del expected["profiles"][name]
    choices = [_cut(text, name), _by_tomlkit(text, ["profiles"], {name: None})]
    return _first_match(expected, path, choices)


def _parse(text: str) -> dict[str, Any]:
    data = toml.data_of(text)
    return {} if isinstance(data, toml.TomlFault) else copy.deepcopy(data)


def _apply(table: dict[str, Any], changes: Values) -> None:
    for key, value in changes.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def _first_match(expected: dict[str, Any], path: Path, choices: list[str]) -> str:
    """The first text that says exactly what is expected; an empty table may stay or go."""
    for text in choices:
        data = toml.data_of(text)
        if not isinstance(data, toml.TomlFault) and _without_empty(data) == _without_empty(
            expected
        ):
            return text
    message = f"{toml.show_path(path)} is written in a way that cannot be changed in place"
    raise ConfigError(message, "write each profile as [profiles.NAME], or edit it by hand")


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "profiles" or value}


def line(key: str, value: Any) -> str:
    """Return a setting as written: ``key = value``; a list of tables has a line for each."""
    import tomlkit

    written = tomlkit.item(value).as_string() if not _is_tables(value) else _list_tables(value)
    return f"{tomlkit.key(key).as_string()} = {written}"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _list_tables(tables: list[Mapping[str, Any]]) -> str:
    """A list of tables as one value, which may stand among other settings."""
    import tomlkit

    found = []
    for table in tables:
        inline = tomlkit.inline_table()
        inline.update(table)
        found.append(f"  {inline.as_string()},\n")
    return f"[\n{''.join(found)}]"


def _lines(changes: Values) -> list[str]:
    return [line(key, value) for key, value in changes.items() if value is not None]


def _append(text: str, name: str, changes: Values) -> str:
    import tomlkit

    header = f"[profiles.{tomlkit.key(name).as_string()}]"
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return before + "\n".join([header, *_lines(changes)]) + "\n"


def _span(text: str, name: str) -> tuple[int, int] | None:
    """Return first and last line of the table, from 1: its header to its last setting.

    Tables inside it, such as ``[[profiles.NAME.alerts]]``, come after that.
    """
    keys = ["profiles", name]
    header = toml.span_of(text, keys)
    if header is None:
        return None
    lines = text.split("\n")
    settings = _parse(text)["profiles"][name]
    spans = [toml.span_of(text, [*keys, key]) for key in settings]
    own = [span for span in spans if span and not lines[span[0] - 1].lstrip().startswith("[")]
    return header[0], max([header[1], *(span[1] for span in own)])


def _insert(text: str, name: str, added: Values) -> str:
    span = _span(text, name)
    if span is None or not added:
        return text
    lines = text.split("\n")
    return "\n".join([*lines[: span[1]], *_lines(added), *lines[span[1] :]])


def _cut(text: str, name: str) -> str:
    span = _span(text, name)
    if span is None:
        return text
    lines = text.split("\n")
    before, after = lines[: span[0] - 1], lines[_end(text, name) :]
    while before and after and not before[-1].strip() and not after[0].strip():
        del after[0]
    return "\n".join([*before, *after])


def _end(text: str, name: str) -> int:
    """The last line of the table and all tables in it."""
    inside = (found for path, found in toml.spans(text).items() if path[:2] == ("profiles", name))
    return max(last for found in inside for _, last in found)


def _by_tomlkit(text: str, keys: list[str], changes: Values) -> str:
    """Return `text` changed by tomlkit, or unchanged if tomlkit cannot do it."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        _change(document, keys, changes)
        return tomlkit.dumps(document)
    except (TOMLKitError, KeyError, ValueError, TypeError):
        return text


def _change(document: "TOMLDocument", keys: list[str], changes: Values) -> None:
    table: Any = document
    for key in keys:
        table = table[key]
    for key, value in changes.items():
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = value
