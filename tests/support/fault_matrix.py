"""The table of faults: what goes wrong on the way to the API, and what a user is told.

A row is a name, what happens on the wire, and the words; rows without words bring data all the
same. Where the simulator has a scenario for it, that is played.
"""

import asyncio
import gzip
import re
from collections.abc import Callable, Iterable
from email.utils import formatdate

from faulty_server import Act, Exchange, Fault, tunnel

# -- what happens on the wire


def scenario(name: str) -> Act:
    """What the simulator's scenario does."""

    async def act(exchange: Exchange) -> None:
        exchange.simulator.set_scenario(name)
        try:
            await exchange.write(await exchange.answer())
        finally:
            exchange.simulator.set_scenario(None)

    return act


def send(data: bytes) -> Act:
    """The bytes, and the end of the connection."""
    return lambda exchange: exchange.write(data)


def reply(body: bytes, *headers: str, status: int = 200) -> bytes:
    """A whole answer."""
    lines = (f"HTTP/1.1 {status} Phrase", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status(code: int, *headers: str) -> Act:
    """An answer of that status, with the API's envelope."""
    body = b'{"error_message": "said by the server"}'
    date = f"Date: {formatdate(usegmt=True)}"
    return send(reply(body, date, *headers, status=code))


def altered(change: Callable[[bytes], bytes], *headers: str) -> Act:
    """The simulator's answer with another body."""

    async def act(exchange: Exchange) -> None:
        body = change(await exchange.body())
        await exchange.write(reply(body, f"Date: {formatdate(usegmt=True)}", *headers))

    return act


def redirect(code: int, place: str) -> Act:
    """A redirect; ``TRAP`` in `place` is the address of another host that listens."""

    async def act(exchange: Exchange) -> None:
        await exchange.write(
            reply(b"", f"Location: {place.replace('TRAP', exchange.trap)}", status=code)
        )

    return act


def then(first: bytes, last: Act) -> Act:
    """Some bytes, and then something else."""

    async def act(exchange: Exchange) -> None:
        await exchange.write(first)
        await last(exchange)

    return act


def dripping(first: bytes, drop: bytes) -> Act:
    """Some bytes, and then a drop every tenth of a second, without end."""

    async def act(exchange: Exchange) -> None:
        await exchange.write(first)
        while True:
            await exchange.write(drop)
            await asyncio.sleep(0.1)

    return act


async def reset(exchange: Exchange) -> None:
    """Reset the connection."""
    await asyncio.sleep(0.05)  # what was written goes out before
    exchange.reset()


async def cut_off(exchange: Exchange) -> None:
    """Close the connection, and leave out the end that TLS has for it."""
    await asyncio.sleep(0.05)
    exchange.writer.transport.abort()


async def hang(exchange: Exchange) -> None:
    """Say nothing any more."""
    await asyncio.sleep(3_600)


async def half_closed(exchange: Exchange) -> None:
    """Close the sending half, without an answer, and listen on."""
    exchange.writer.write_eof()
    await exchange.reader.read()


async def half_an_answer(exchange: Exchange) -> None:
    """Half of the simulator's answer."""
    answer = await exchange.answer()
    await exchange.write(answer[: len(answer) // 2])


async def short_length(exchange: Exchange) -> None:
    """A Content-Length that ends within the body."""
    answer = await exchange.answer()
    head, _, body = answer.partition(b"\r\n\r\n")
    head = re.sub(rb"content-length: \d+", b"content-length: %d" % (len(body) // 2), head)
    await exchange.write(head + b"\r\n\r\n" + body)


# -- bodies


def _each_row(name: bytes, value: bytes) -> Callable[[bytes], bytes]:
    return lambda body: re.sub(rb'"' + name + rb'":("[^"]*"|\d+)', b'"%s":%s' % (name, value), body)


def _with_field(field: bytes) -> Callable[[bytes], bytes]:
    return lambda body: b"{" + field + b"," + body[1:]


def _as_text(encoding: str) -> Callable[[bytes], bytes]:
    return lambda body: (
        body.decode().replace('"variant_name":"', '"variant_name":"é').encode(encoding)
    )


_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_PART = _OK + b"Content-Length: 999\r\n\r\n{"
_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>portal</body></html>"
_COUNT = b"max_concurrent_conversations"
_BOMB = gzip.compress(b" " * 200 * 2**20, 1)

_LOST = "Cannot reach 127.0.0.1: the connection was dropped"
_BROKEN = "The answer broke off before its end"
_NO_HTTP = "What answered does not speak HTTP"
_NO_JSON = "The answer is not JSON"


def _status_words(code: int) -> str:
    if code in (400, 401, 403, 404, 501):
        raise ValueError("a scenario of the simulator")
    if code == 429:
        return "The API asked to slow down (429"
    if code < 400:
        return f"The server redirects elsewhere ({code}"
    return f"The {'request was refused' if code < 500 else 'server failed'} ({code}"


def _statuses(codes: Iterable[int]) -> dict[str, Fault]:
    return {str(code): Fault("plain", status(code), _status_words(code)) for code in codes}


def _plain(act: Act | None, words: str | None, *, endless: bool = False) -> Fault:
    return Fault("plain", act, words, endless=endless)


def _proxy(act: Act | None, words: str, *, endless: bool = False) -> Fault:
    return Fault("proxy", act, words, endless=endless)


def _tls(certificate: str, words: str, act: Act = hang) -> Fault:
    return Fault("tls", act, words, tls=certificate)


def _waits(seconds: str) -> Act:
    return status(429, f"Retry-After: {seconds}")


# -- the table

_NO_TLS = "The secure connection to localhost could not be made: "
_TLS_BEHIND = "The secure connection to api.polytop.test could not be made: "
_LOST_TLS = "Cannot reach localhost: the connection was dropped"
_NO_PROXY = "did not let the request through: "
NOT_IN_TIME = "within"
UNREADABLE = "could not be read"
"""What is said where an answer came and none of its rows can be read."""

MATRIX: dict[str, dict[str, Fault]] = {
    "status": {
        "400": _plain(scenario("400"), "The request was refused as wrong (400"),
        "401": _plain(scenario("401"), "The API key was not accepted (401"),
        "403": _plain(scenario("403"), "The API key may not read this project (403"),
        "404": _plain(scenario("404"), "No such account or project here (404"),
        **_statuses((402, 405, 406, 408, 409, 410, 413, 414, 415, 418, 421, 422, 423, 425, 426)),
        **_statuses((431, 451, 499)),
        "429": _plain(scenario("429"), "The API asked to slow down (429"),
        "429 without Retry-After": _plain(status(429), "The API asked to slow down (429"),
        "429 for seconds": _plain(_waits("2"), "The API asked to slow down (429"),
        "429 until a date": _plain(_waits(formatdate(0, usegmt=True)), "slow down (429"),
        "429 for half a second": _plain(_waits("0.5"), "The API asked to slow down (429"),
        "429 for less than nothing": _plain(_waits("-1"), "The API asked to slow down (429"),
        "429 for nonsense": _plain(_waits("soon ☃"), "The API asked to slow down (429"),
        "429 for digits": _plain(_waits("9" * 5_000), "The API asked to slow down (429"),
        "500": _plain(scenario("500"), "The server failed (500"),
        "501": _plain(status(501), "The server does not offer this (501"),
        "502, a page": _plain(scenario("html"), "The server failed (502"),
        **_statuses((502, 503, 504, 505, 507, 508, 511, 520, 522, 529, 599)),
        "503 with Retry-After": _plain(status(503, "Retry-After: 1"), "The server failed (503"),
        "204": _plain(status(204), "The server sent no answer (204"),
        "206": _plain(status(206), "The server sent no answer (206"),
        "999": _plain(status(999), "The server failed (999"),
        **_statuses((300, 303, 304, 305)),
        "301 to another host": _plain(redirect(301, "TRAP/v1/x"), "redirects elsewhere (301"),
        "302 to a path": _plain(redirect(302, "/login"), "redirects elsewhere (302"),
        "307 to another host": _plain(redirect(307, "TRAP/"), "redirects elsewhere (307"),
        "308 to https": _plain(redirect(308, "https://other.test/"), "redirects elsewhere (308"),
        "302 to nonsense": _plain(redirect(302, "http://[::1"), "redirects elsewhere (302"),
        "302 to nowhere": _plain(send(reply(b"", status=302)), "redirects elsewhere (302"),
    },
    "transport": {
        "refused": _plain(None, "Cannot reach 127.0.0.1: connection refused"),
        "closed before the head": _plain(scenario("drop"), _LOST),
        "reset before the head": _plain(reset, _LOST),
        "reset within the head": _plain(then(_OK, reset), _LOST),
        "reset within the body": _plain(then(_PART, reset), _BROKEN),
        "closed within the head": _plain(send(_OK), _LOST),
        "closed within the body": _plain(scenario("truncated"), _BROKEN),
        "half an answer": _plain(half_an_answer, _BROKEN),
        "half-closed": _plain(half_closed, _LOST),
        "no answer": _plain(hang, NOT_IN_TIME, endless=True),
        "no end of the head": _plain(then(_OK, hang), NOT_IN_TIME, endless=True),
        "no end of the body": _plain(then(_PART, hang), NOT_IN_TIME, endless=True),
        "a dripping head": _plain(dripping(_OK + b"X-A: ", b"a"), NOT_IN_TIME, endless=True),
        "a dripping body": _plain(
            dripping(_OK + b"Content-Length: 9999\r\n\r\n{", b" "), NOT_IN_TIME, endless=True
        ),
        "dripping chunks": _plain(
            dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            NOT_IN_TIME,
            endless=True,
        ),
        "1xx without end": _plain(
            dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), NOT_IN_TIME, endless=True
        ),
        "1xx alone": _plain(send(b"HTTP/1.1 100 Continue\r\n\r\n"), _LOST),
        "Content-Length too long": _plain(send(_OK + b"Content-Length: 99\r\n\r\n{}"), _BROKEN),
        "Content-Length too short": _plain(short_length, _BROKEN),
        "Content-Length of nonsense": _plain(send(_OK + b"Content-Length: x\r\n\r\n"), _NO_HTTP),
        "Content-Length twice": _plain(
            send(_OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}"), _NO_HTTP
        ),
        "Content-Length without end": _plain(
            send(_OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}"), _NO_HTTP
        ),
        "chunks of nonsense": _plain(
            send(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"), _BROKEN
        ),
        "a chunk without end": _plain(
            send(_OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 5_000), _BROKEN
        ),
        "no last chunk": _plain(
            send(_OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), _BROKEN
        ),
        "a head of 10 MB": _plain(send(_OK + b"X-A: " + b"a" * 10 * 2**20), _NO_HTTP),
        "garbage": _plain(send(bytes(range(256)) * 8), _NO_HTTP),
        "HTTP/0.9": _plain(send(b"<html>an old server</html>\r\n\r\n"), _NO_HTTP),
        "HTTP/0.9, a line": _plain(send(b"<html>an old server</html>\r\n"), _LOST),
        "HTTP/2": _plain(send(b"\0\0\x12\4\0\0\0\0\0" + bytes(18)), _NO_HTTP),
        "another protocol": _plain(send(b"SSH-2.0-OpenSSH_9.9\r\n"), _LOST),
        "gzip cut off": _plain(
            altered(lambda body: gzip.compress(body)[:-99], "Content-Encoding: gzip"),
            "The packed answer broke off before its end",
        ),
        "gzip of nothing": _plain(
            altered(lambda _: b"", "Content-Encoding: gzip"),
            "The packed answer broke off before its end",
        ),
        "no gzip at all": _plain(
            altered(lambda body: body, "Content-Encoding: gzip"), "The packed answer is damaged"
        ),
        "gzip with an error": _plain(
            altered(lambda body: gzip.compress(body)[:-8] + bytes(8), "Content-Encoding: gzip"),
            "The packed answer is damaged",
        ),
        "another packing": _plain(
            altered(lambda body: body, "Content-Encoding: br"), "packed in a way that was not asked"
        ),
        "a gzip bomb": _plain(
            altered(lambda _: _BOMB, "Content-Encoding: gzip"), "The answer is larger than 32 MiB"
        ),
    },
    "encoding": {
        "a BOM": _plain(altered(lambda body: b"\xef\xbb\xbf" + body), None),
        "blanks around": _plain(altered(lambda body: b"\r\n\t " + body + b" \n\n"), None),
        "duplicate keys": _plain(altered(_with_field(b'"account_id":"x"')), None),
        "more fields": _plain(altered(_with_field(b'"more":{"a":[1,null,true]}')), None),
        "latin-1": _plain(altered(_as_text("latin-1"), "X-Rows: variants"), None),
        "UTF-16": _plain(altered(_as_text("utf-16")), _NO_JSON),
        "UTF-32": _plain(altered(_as_text("utf-32-le")), _NO_JSON),
        "invalid UTF-8": _plain(altered(_with_field(b'"\xff\xfe":"\xc3("')), None),
        "invalid UTF-8 as the owner": _plain(
            altered(_each_row(b"account_id", b'"ws-\xff"')), _NO_JSON
        ),
        "deep nesting": _plain(altered(lambda _: b"[" * 200_000), "is not one of this API"),
        "deep nesting in a field": _plain(
            altered(_with_field(b'"a":' + b"[" * 200_000 + b"]" * 200_000)), _NO_JSON
        ),
        "huge numbers": _plain(altered(_each_row(_COUNT, b"9" * 5_000)), UNREADABLE),
        "huge exponents": _plain(altered(_each_row(_COUNT, b"1e999999")), UNREADABLE),
        "NaN": _plain(altered(_each_row(_COUNT, b"NaN")), _NO_JSON),
        "Infinity": _plain(altered(_each_row(_COUNT, b"-Infinity")), _NO_JSON),
        "null for all": _plain(altered(_each_row(_COUNT, b"null")), UNREADABLE),
        "HTML": _plain(
            send(reply(_PAGE, "Content-Type: text/html")), "A web page answered rather than the API"
        ),
        "HTML that says JSON": _plain(
            send(reply(_PAGE, "Content-Type: application/json")), "A web page answered"
        ),
        "text": _plain(scenario("nonjson"), _NO_JSON),
        "nothing": _plain(send(reply(b"")), "The answer is empty"),
        "JSON cut off": _plain(altered(lambda body: body[: len(body) // 2]), _BROKEN),
        "another document": _plain(send(reply(b'{"a": 1}')), "The answer is not one of this API"),
        "a list": _plain(send(reply(b"[1, 2]")), "The answer is not one of this API"),
        "a number": _plain(send(reply(b"1")), "The answer is not one of this API"),
        "rows of nonsense": _plain(
            send(reply(b'{"account_id":"","project_id":"","intervals":{}}')),
            "intervals is no list",
        ),
        "two documents": _plain(altered(lambda body: body + body), _NO_JSON),
        "an unknown charset": _plain(
            altered(lambda body: body, "Content-Type: application/json; charset=x-☃"), None
        ),
    },
    "TLS": {
        "self-signed": _tls("self-signed", _NO_TLS + "self-signed certificate"),
        "expired": _tls("expired", _NO_TLS + "certificate has expired"),
        "wrong host": _tls("wrong host", _NO_TLS + "Hostname mismatch"),
        "an old protocol": _tls("old protocol", _NO_TLS),
        "plain HTTP on the TLS port": _tls("none", _NO_TLS, send(reply(b"{}"))),
        "garbage on the TLS port": _tls("none", _NO_TLS, send(b"no TLS here")),
        "refused on the TLS port": Fault("tls", None, "Cannot reach localhost: connection refused"),
        "closed within the handshake": _tls("none", "localhost", send(b"")),
        "reset within the handshake": _tls("none", _LOST_TLS, reset),
        "closed after the handshake": _tls("good", _LOST_TLS, send(b"")),
        "reset after the handshake": _tls("good", _LOST_TLS, reset),
        "reset within the body, over TLS": _tls("good", _BROKEN, then(_PART, reset)),
        "cut off within the body, over TLS": _tls("good", _BROKEN, then(_PART, cut_off)),
    },
    "proxy": {
        "no proxy there": _proxy(None, "Cannot reach the proxy http://127.0.0.1"),
        "407": _proxy(send(reply(b"", status=407)), _NO_PROXY + "407"),
        "403 of the proxy": _proxy(send(reply(b"", status=403)), _NO_PROXY + "403"),
        "502 of the proxy": _proxy(send(reply(_PAGE, status=502)), _NO_PROXY + "502"),
        "garbage of the proxy": _proxy(send(b"\0\1\2\r\n\r\n"), _NO_HTTP),
        "CONNECT is dropped": _proxy(send(b""), "Cannot reach the proxy http://127.0.0.1"),
        "CONNECT is reset": _proxy(reset, "Cannot reach the proxy http://127.0.0.1"),
        "CONNECT hangs": _proxy(hang, NOT_IN_TIME, endless=True),
        **{
            f"{name} behind CONNECT": Fault("proxy", tunnel, _TLS_BEHIND, tls=name)
            for name in ("self-signed", "expired", "wrong host", "old protocol")
        },
        "closed behind CONNECT": _proxy(
            send(b"HTTP/1.1 200 Connection established\r\n\r\n"), "api.polytop.test"
        ),
        "garbage behind CONNECT": _proxy(
            send(b"HTTP/1.1 200 OK\r\n\r\nno TLS here either"), "api.polytop.test"
        ),
    },
}
"""Every fault by its name, by kind."""

FAULTS = {name: fault for faults in MATRIX.values() for name, fault in faults.items()}
