"""The keys that the user has given to commands: checked, and put into the table."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys, _character_to_key, key_to_character

from polytop.config.errors import SettingError, nearest
from polytop.model.text import printable
from polytop.ui.commands import USUAL, Command, CommandTable

_SHORT = {
    "esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert",
}  # fmt: skip
_LABELS = {
    "escape": "Esc", "enter": "Enter", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home",
    "end": "End", "left": "←", "right": "→", "up": "↑", "down": "↓",
}  # fmt: skip
_NAMED = frozenset(
    key.value
    for keys in ANSI_SEQUENCES_KEYS.values()
    if isinstance(keys, tuple) and len(keys) == 1 and isinstance(key := keys[0], Keys)
) - {"tab", "shift+tab", "ctrl+@"}
"""Keys with a name that a terminal sends; Tab moves the focus."""

_ADVICE = (
    'write a character as it is typed, "R" or "?", or a name: "F5", "space", "enter", "esc", '
    '"home", "pgup", "left", "ctrl+r", "shift+left"'
)


def apply_keys(keys: Mapping[str, tuple[str, ...]]) -> CommandTable:
    """The table in which each command of `keys` has these keys alone, or none.

    Raises SettingError for a command or a key that is not known, for two commands of one screen
    with one key, and where no key is left to quit.
    """
    bound = {name: _bind(name, texts) for name, texts in keys.items()}
    table = CommandTable(*(
        tuple(bound.get(each.id, each) for each in commands)
        for commands in (USUAL.app, USUAL.monitor, USUAL.wall)
    ))  # fmt: skip
    for screen in (table.monitor, table.wall):
        _refuse_conflict((*table.app, *screen), keys)
    if not next(each for each in table.app if each.id == "quit").keys:
        raise SettingError("quit", "has no key", "leave it one, or take the setting out")
    # Both of these close the open filters.
    closing = [each for each in table.monitor if each.id in {"sidebar", "back"}]
    label = next((each.label for each in reversed(closing) if each.label), "")
    sidebar = tuple(
        replace(each, label=label) if each.id == "close_sidebar" else each for each in table.sidebar
    )
    return replace(table, sidebar=sidebar)


def _bind(name: str, texts: tuple[str, ...]) -> Command:
    """The command called `name` with the keys that `texts` write."""
    known = {each.id: each for each in (*USUAL.app, *USUAL.monitor, *USUAL.wall)}
    if name not in known:
        close = nearest(name, known)
        advice = f"did you mean {close}?" if close else "the README lists them under Keys"
        raise SettingError(printable(name, 40), "no such command", advice)
    bound = tuple(dict.fromkeys(_read(name, text) for text in texts))
    return replace(known[name], keys=",".join(bound), label=" ".join(map(_label, bound)))


def _read(name: str, text: str) -> str:
    """Textual's name of the key that `text` writes."""
    if len(text) == 1 and text.isprintable() and not text.isspace():
        return _character_to_key(text)
    *before, last = text.lower().split("+")
    key = "+".join((*sorted(before), _SHORT.get(last, last)))
    if key not in _NAMED:
        shown = printable(text, 20)
        raise SettingError(name, f'"{shown}" is no key that a terminal can send', _ADVICE)
    return key


def _label(key: str) -> str:
    """A key as people write it."""
    character = key_to_character(key)
    if character is not None and character.isprintable() and character != " ":
        return character
    *before, last = key.split("+")
    function = last[0] == "f" and last[1:].isdecimal()
    return "+".join((*before, last.upper() if function else _LABELS.get(last, last)))


def _refuse_conflict(commands: tuple[Command, ...], keys: Mapping[str, tuple[str, ...]]) -> None:
    """Raise SettingError if two of the `commands` have one key; a setting of the user is named."""
    owners: dict[str, str] = {}
    for key, name in _pairs(commands):
        other = owners.setdefault(key, name)
        if other == name:
            continue
        mine, other = (name, other) if name in keys else (other, name)
        problem = f"takes {_label(key)}, which is a key of {other} too"
        advice = f"give {mine} or {other} another key"
        if other not in keys:
            advice = f"give {mine} another key, or set those of {other} as well: {other} = [...]"
        raise SettingError(mine, problem, advice)


def _pairs(commands: tuple[Command, ...]) -> Iterator[tuple[str, str]]:
    for command in commands:
        for key in filter(None, command.keys.split(",")):
            yield key, command.id
