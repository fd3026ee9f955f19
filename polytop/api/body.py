"""The body of an answer: unpacked within bounds."""

import zlib

from polytop.api.errors import TooLarge, UnexpectedAnswer
from polytop.api.limits import LARGEST_BODY
from polytop.model.problem import Kind, Problem

_GZIP = b"\x1f\x8b"


def unpacked(raw: bytes | bytearray, encoding: str, at_most: int = LARGEST_BODY) -> bytes:
    """`raw` as it was before the server packed it with ``Content-Encoding: encoding``.

    Raises TooLarge beyond `at_most` bytes, and UnexpectedAnswer where it is damaged, cut off or
    packed in a way that was not asked for.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _bounded(bytes(raw), at_most)
    if name not in ("gzip", "x-gzip"):
        raise no_answer("The answer is packed in a way that was not asked for")
    try:
        return _bounded(_gunzipped(raw, at_most), at_most)
    except zlib.error:
        pass
    raise no_answer("The packed answer is damaged")


def no_answer(summary: str, detail: str | None = None) -> UnexpectedAnswer:
    """The error for an answer that is none, for the reason that `summary` gives."""
    advice = (
        "The monitor asks again by itself. If it lasts, check the base URL and any proxy between."
    )
    return UnexpectedAnswer(Problem(Kind.BROKEN, summary, advice, 200, detail))


def too_large(at_most: int) -> TooLarge:
    """The error for an answer of more than `at_most` bytes."""
    return TooLarge(
        Problem(
            kind=Kind.BROKEN,
            summary=f"The answer is larger than {at_most / 2**20:g} MiB",
            advice="Ask for a shorter range, or narrow it to a variant.",
            status=200,
        )
    )


def _bounded(body: bytes, at_most: int) -> bytes:
    if len(body) > at_most:
        raise too_large(at_most)
    return body


def _gunzipped(raw: bytes | bytearray, at_most: int) -> bytes:
    """All members of `raw` unpacked, at most one byte more than `at_most`."""
    parts: list[bytes] = []
    room = at_most + 1
    rest = bytes(raw)
    while True:
        # 16 selects the gzip format; unpacking lets other threads run.
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        parts.append(member.decompress(rest, room))
        room -= len(parts[-1])
        if room <= 0:
            break
        if not member.eof:
            raise no_answer("The packed answer broke off before its end")
        rest = member.unused_data
        if not rest.startswith(_GZIP):
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)
