"""The message inside a refusal, whichever of the vendor's envelopes it comes in."""

import re
from dataclasses import dataclass
from html import unescape

from polytop.model.text import printable

LONGEST = 300
"""Characters of a message that are kept."""

_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})", re.IGNORECASE)
_MARKUP = re.compile(r"\s*(<!doctype|<html|<head|<body|<\?xml|<!--)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a body that is no answer says: `message` and `error_id` are safe to show.

    `html` tells that it is a web page, which the API itself never sends.
    """

    message: str | None = None
    error_id: str | None = None
    html: bool = False


def opened(body: bytes, content_type: str = "") -> Envelope:
    """What `body` says. Never raises.

    Knows ``{error_message}``, ``{success, error, error_id, error_code, error_message, data}``,
    ``{message, errors[]}``, HTML (its title alone) and plain text (its first line).
    """
    document = _json(body)
    if isinstance(document, dict):
        return Envelope(_message(document), _text(document.get("error_id"), 100))
    text = body[: 64 * 2**10].decode("utf-8", "replace")
    if "html" in content_type.lower() or _MARKUP.match(text):
        title = _TITLE.search(text)
        return Envelope(_text(unescape(title[1])) if title else None, html=True)
    if text.lstrip().startswith(("{", "[")):
        # JSON that holds no message, or is cut off, says nothing to a person.
        return Envelope()
    lines = text.strip().splitlines()
    return Envelope(_text(lines[0]) if lines else None)


def _json(body: bytes) -> object:
    import msgspec

    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _text(value: object, at_most: int = LONGEST) -> str | None:
    """`value` on one line and safe to show; None where it is not text or is empty."""
    if not isinstance(value, str):
        return None
    return printable(" ".join(value.split()), at_most) or None


def _message(document: dict[str, object]) -> str | None:
    for name in ("error_message", "message", "error", "detail"):
        message = _text(document.get(name))
        if message is not None:
            details = _details(document.get("errors"))
            return _text(": ".join(part for part in (message, details) if part))
    return _text(_details(document.get("errors")))


def _details(errors: object) -> str:
    """The texts in a list of errors, each of which is a text or an object with one."""
    if not isinstance(errors, list):
        return ""
    found = []
    for error in errors[:10]:
        inner = _message(error) if isinstance(error, dict) and "errors" not in error else error
        text = _text(inner)
        if text is not None:
            found.append(text)
    return "; ".join(found)
