"""Replies, and the three envelopes of errors."""

from enum import Enum
from typing import NamedTuple

JSON = "application/json"


class SendMode(Enum):
    """The way in which an answer is sent."""

    PROMPT = "prompt"
    SLOW = "slow"
    HANG = "hang"
    DROP = "drop"
    TRUNCATED = "truncated"


class Reply(NamedTuple):
    """One response: `headers` are those besides the headers of every response."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class RefusedError(Exception):
    """The request gets an error that the vendor's schema documents (or 501)."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()):
        super().__init__(message)
        self.reply = error_reply(status, message, headers)


class ConnectionDroppedError(ConnectionResetError):
    """The connection ends without a response; the server that runs the application closes it."""


def encode_json(value: object) -> bytes:
    """`value` as JSON."""
    from msgspec import json

    return json.encode(value)


def error_reply(status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """The envelope of the vendor's schema."""
    return Reply(status, encode_json({"error_message": message}), headers=headers)


def error_reply_with_code(status: int, code: str, message: str) -> Reply:
    """The envelope of the vendor's newer services."""
    return Reply(
        status,
        encode_json(
            {
                "success": False,
                "error": code.replace("_", " ").capitalize(),
                "error_id": "00000000-0000-4000-8000-000000000500",
                "error_code": code,
                "error_message": message,
                "data": None,
            }
        ),
    )


def error_reply_with_list(status: int, message: str, *errors: str) -> Reply:
    """The envelope of the vendor's gateway."""
    return Reply(status, encode_json({"message": message, "errors": errors}))
