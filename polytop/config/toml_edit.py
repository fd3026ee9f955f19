"""Changing single entries of a TOML text, so that comments and order stay the user's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polytop.config import toml
from polytop.config.errors import ConfigError
from polytop.model.text import compose

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
    name = _as_written(expected, name)
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
    name = _as_written(expected, name)
    if name not in expected.get("profiles", {}):
        return text
    del expected["profiles"][name]
    choices = [_cut(text, name), _by_tomlkit(text, ["profiles"], {name: None})]
    return _first_match(expected, path, choices)


def _as_written(data: dict[str, Any], name: str) -> str:
    """The name of the profile in the normal form that the file has it in."""
    return next((each for each in data.get("profiles", {}) if compose(each) == name), name)


def _parse(text: str) -> dict[str, Any]:
    data = toml.data_of(text)
    return {} if isinstance(data, toml.TomlFault) else data


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

    written = tomlkit.item(value).as_string()
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        # As one value, which may stand among other settings.
        tables = []
        for each in value:
            inline = tomlkit.inline_table()
            inline.update(each)
            tables.append(f"  {inline.as_string()},\n")
        written = f"[\n{''.join(tables)}]"
    return f"{tomlkit.key(key).as_string()} = {written}"


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
    header = toml.span_of(text, ["profiles", name])
    if header is None:
        return None
    lines = text.split("\n")
    ends = [
        last
        for path, spans in toml.spans(text).items()
        for first, last in spans
        if path[:-1] == ("profiles", name) and not lines[first - 1].lstrip().startswith("[")
    ]
    return header[0], max([header[1], *ends])


def _insert(text: str, name: str, added: Values) -> str:
    span = _span(text, name)
    if span is None or not added:
        return text
    lines = text.split("\n")
    return "\n".join([*lines[: span[1]], *_lines(added), *lines[span[1] :]])


def _cut(text: str, name: str) -> str:
    """Return `text` without the table and all tables in it."""
    spans = toml.spans(text).items()
    inside = [each for path, found in spans if path[:2] == ("profiles", name) for each in found]
    if not inside:
        return text
    lines = text.split("\n")
    before, after = lines[: min(inside)[0] - 1], lines[max(last for _, last in inside) :]
    while before and after and not before[-1].strip() and not after[0].strip():
        del after[0]
    return "\n".join([*before, *after])


def _by_tomlkit(text: str, keys: list[str], changes: Values) -> str:
    """Return `text` changed by tomlkit, or unchanged if tomlkit cannot do it."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        table: Any = document
        for key in keys:
            table = table[key]
        for key, value in changes.items():
            if value is None:
                table.pop(key, None)
            elif table.get(key) != value:
                table[key] = value
        return tomlkit.dumps(document)
    except (TOMLKitError, KeyError, ValueError, TypeError):
        return text
