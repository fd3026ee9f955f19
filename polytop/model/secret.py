"""A secret value that is in no repr, format, traceback or pickle."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import NoReturn
from weakref import WeakValueDictionary

_NAMES = re.compile("KEY|SECRET|TOKEN|PASSW", re.IGNORECASE)
"""What a variable that holds a secret has in its name."""

_SHORTEST = 6
"""A shorter value is not searched for in a text: it could be a part of any word."""

_LONGEST = 64
"""Of a longer value the beginning is searched for, and the word that it begins goes as a whole."""

_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot"}
"""The characters that have a name in HTML."""


class Secret:
    """Holds an API key. Only :meth:`reveal` returns it."""

    __slots__ = ("__pattern", "__value", "__weakref__")

    def __init__(self, value: str) -> None:
        self.__value = value
        self.__pattern: re.Pattern[str] | None = None
        _held[id(self)] = self

    def reveal(self) -> str:
        """The value itself, for the one header that carries it."""
        return self.__value

    def redact(self, text: str) -> str:
        """`text` with ``…`` for the secret, in either case, plain or encoded.

        Encoded is what URLs, JSON, HTML, hexadecimal digits and base64 make of it. Redact first
        and cut then: a part of the secret is not found.
        """
        if len(self.__value) < _SHORTEST:
            return text
        if self.__pattern is None:
            self.__pattern = _pattern(self.__value)
        return self.__pattern.sub("…", text)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


_held: "WeakValueDictionary[int, Secret]" = WeakValueDictionary()
"""Every secret of this process.

To look for them among all objects (gc) would disturb other threads: a tuple that is being built
fails where anybody else holds it.
"""


def redact_all(text: str, environ: Mapping[str, str]) -> str:
    """`text` without any secret that this process holds, and without the keys of `environ`."""
    held = [each for each in (known() for known in _held.valuerefs()) if each is not None]
    named = (value for name, value in environ.items() if _NAMES.search(name))
    for secret in (*held, *map(Secret, named)):
        text = secret.redact(text)
    return text


def _pattern(value: str) -> re.Pattern[str]:
    head = value[:_LONGEST]
    data = head.encode("utf-8", "surrogatepass")
    forms = ["".join(map(_char_pattern, head)), data.hex(), *_base64_patterns(data)]
    rest = rf"[\w{re.escape(value)}%&#;=+/\\-]*" if len(value) > _LONGEST else ""
    return re.compile(f"(?:{'|'.join(forms)}){rest}", re.IGNORECASE)


def _char_pattern(char: str) -> str:
    """The forms of one character, each also encoded twice and more."""
    code, name = ord(char), _ENTITIES.get(char)
    entities = rf"#0{{0,5}}{code}|#x0{{0,5}}{code:x}" + (f"|{name}" if name else "")
    return (
        rf"(?:\\{{0,4}}(?:{re.escape(char)}|u{code:04x}|x{code:02x})|%(?:25){{0,3}}{code:02x}"
        rf"|&(?:amp;){{0,3}}(?:{entities});)"
    )


def _base64_patterns(data: bytes) -> list[str]:
    """Base64 of `data` at each place in a longer text, without the letters at the ends.

    Those depend on what stands before and after.
    """
    patterns = []
    for before in range(3):
        size = before + len(data)
        encoded = b64encode(bytes(before) + data).decode()[-(-before * 8 // 6) : size * 8 // 6]
        patterns.append(encoded.replace("+", "[+-]").replace("/", "[/_]"))
    return patterns
