"""A key that a server repeats in every place and form, and the search for it everywhere."""

import base64
import gzip
import html
import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from fault_matrix import altered, reply, send
from faulty_server import Act, Fault

KEY = "sk-CANARY.f3b1+c07a/95d2"

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "URL": lambda key: quote(key, safe=""),
    "URL, each": lambda key: "".join(f"%{ord(char):02x}" for char in key),
    "URL twice": lambda key: quote(quote(key, safe="")),
    "JSON": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "HTML": lambda key: "".join(f"&#{ord(char)};" for char in key),
    "hexadecimal": lambda key: key.encode().hex(),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 of more": lambda key: base64.b64encode(f"id:{key}".encode()).decode(),
}
_ALL = " ".join(form(KEY) for form in FORMS.values())
_SOUGHT = {
    each.lower().encode()
    for form in FORMS.values()
    for each in (form(KEY), form(KEY)[:12], form(KEY)[-12:])
} | {html.escape(KEY).lower().encode(), KEY[10:].encode()}


def found_in(data: bytes) -> bool:
    """True if the key, or a good part of it, is in `data` in any form."""
    text = data.lower()
    return any(each in text for each in _SOUGHT)


# -- the places of an answer


def _rows(**changes: Callable[[str], object]) -> Act:
    """The simulator's rows, each with one form of the key in the fields of `changes`."""

    def change(body: bytes) -> bytes:
        document = json.loads(body)
        for number, row in enumerate(document["intervals"]):
            form = list(FORMS.values())[number % len(FORMS)](KEY)
            row.update({name: make(form) for name, make in changes.items()})
        return json.dumps(document).encode().replace(b"\\\\u", b"\\u")

    return altered(change)


def _document(**changes: object) -> Act:
    return altered(lambda body: json.dumps(json.loads(body) | changes).encode())


def _refusal(status: int, body: bytes) -> Act:
    names = (
        "X-PolyAI-Correlation-Id", "Retry-After", "Location", "Content-Type", "Server", "Via",
        "Set-Cookie", "WWW-Authenticate", "Content-Language",
    )  # fmt: skip
    return send(reply(body, *(f"{name}: {_ALL}" for name in names), status=status))


_MESSAGE = json.dumps(
    {"error_message": _ALL, "error_id": KEY, "errors": [_ALL, {"message": _ALL}]}
).encode()
_PAGE = f"<html><title>{_ALL}</title><body>{_ALL}</body></html>".encode()

PLACES: dict[str, Act] = {
    "ids and names": _rows(
        variant_id=str, variant_name="Line {}".format, language=str, phone_number=str
    ),
    "times": _rows(time=str),
    "counts": _rows(max_concurrent_conversations=str),
    "other fields": _rows(**{KEY: str, "note": str}),
    "the account": _document(account_id=f"ws-{KEY}"),
    "the project": _document(project_id=f"PROJECT-{_ALL}"),
    "the rows": _document(intervals=[KEY, {"time": KEY}, [KEY]]),
    "no rows": _document(intervals=KEY),
    **{f"a refusal, {code}": _refusal(code, _MESSAGE) for code in (301, 400, 401, 403, 429, 500)},
    "a page": _refusal(502, _PAGE),
    "a page with data's status": send(reply(_PAGE)),
    "text": send(reply(_ALL.encode(), f"Content-Type: text/{KEY}")),
    "the reason": send(f"HTTP/1.1 403 {_ALL}\r\nContent-Length: 0\r\n\r\n".encode()),
    "the name of a header": altered(lambda body: body, "X-CANARY-f3b1: 1", f"X-A: {_ALL}"),
    "the date": altered(lambda body: body, f"Date: {_ALL}", f"Age: {KEY}"),
    "no HTTP": send(f"{KEY}\r\n{_ALL}\r\n\r\n".encode()),
    "a bad header": send(f"HTTP/1.1 200 OK\r\n{_ALL}\r\n\r\n".encode()),
    "the length": send(f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n".encode()),
    "a chunk": send(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode()),
    "the packing": altered(lambda body: body, f"Content-Encoding: {KEY}"),
}
"""Where the server repeats the key."""


def echo(place: str) -> Fault:
    """The server that repeats the key in that place."""
    return Fault("plain", PLACES[place], None)


# -- the search

_DEBUG = """
import logging
logging.INFO = logging.DEBUG  # the log takes everything
from polytop.__main__ import main
main()
"""
_CRASH = """
import polytop.api.client as client
def boom(body, *rest):
    secret = bytes(body)
    raise RuntimeError("boom", secret, rest)
client.decode_answer = boom
"""
PROGRAM = [sys.executable, "-c", _DEBUG]
CRASHING = [sys.executable, "-c", _CRASH + _DEBUG]
"""The program with a log of everything; the second one breaks as it reads an answer."""

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", "-vvv", "-t", "60"),
    ("glance",),
    ("glance", "--json"),
    ("glance", "--line"),
    ("profile", "test"),
    ("profile", "show"),
    ("profile", "list"),
    ("history", "info"),
    ("report", "--start", "-1h"),
    ("report", "--start", "-1h", "--force", "-o", "{home}/story.html"),
    ("report", "--start", "-1h", "--format", "json"),
    ("export", "--slice-by", "variant", "--start", "-1h"),
    ("export", "--slice-by", "variant", "--start", "-1h", "--format", "openmetrics"),
    ("export", "--slice-by", "variant", "--start", "-1h", "--force", "-o", "{home}/rows.jsonl"),
    ("export", "--slice-by", "variant", "--start", "-1h", "--force", "-o", "{home}/rows.json.gz"),
)


def run(
    home: Mapping[str, str], commands: Collection[tuple[str, ...]], program: list[str] = PROGRAM
) -> Iterator[str]:
    """Run `commands` on the profile ``plain``; yield the places where the key is found."""
    for words in commands:
        arguments = [word.format(home=home["HOME"]) for word in words]
        if words[:2] == ("profile", "test") or words[:2] == ("profile", "show"):
            arguments.append("plain")
        elif words[0] not in ("profile", "history"):
            arguments += ["-p", "plain"]
        process = subprocess.run(
            [*program, *arguments], env=dict(home), capture_output=True, check=False
        )
        for name, data in (("stdout", process.stdout), ("stderr", process.stderr)):
            if found_in(data):
                yield f"{name} of {' '.join(words)}: {data[-300:]!r}"
        if b"Traceback" in process.stderr:
            yield f"{' '.join(words)} breaks: {process.stderr[-300:]!r}"
    yield from in_files(Path(home["HOME"]))


def in_files(folder: Path) -> Iterator[str]:
    """Yield the files under `folder` that hold the key, but for the credentials."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "credentials.toml":
            data = path.read_bytes()
            if path.suffix == ".gz":
                data = gzip.decompress(data)
            if found_in(data):
                yield str(path)
