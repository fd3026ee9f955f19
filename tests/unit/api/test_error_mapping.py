"""Refusals of the server, and their words for the user."""

import json
import logging
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import KEY, Serving, answer, query, reply, row

import polytop
from polytop.api import errors
from polytop.api.client import Client
from polytop.api.error_mapping import LONGEST, Envelope, map_refusal, read_envelope, retry_after
from polytop.model.problem import Kind
from polytop.model.secret import Secret
from polytop.model.target import Target

TARGET = Target("ws-a", "PROJECT-p", "https://api.example", "uk-1")
DATED = {"retry-after": "Fri, 20 Nov 2026 08:00:30 GMT", "date": "Fri, 20 Nov 2026 08:00:00 GMT"}


@pytest.mark.parametrize(
    ("status", "error", "kind", "words"),
    [
        (400, errors.BadRequest, Kind.REFUSED, "filters"),
        (401, errors.Unauthorized, Kind.REFUSED, "polytop profile test"),
        (403, errors.Forbidden, Kind.REFUSED, "Conversations data"),
        (404, errors.NotFound, Kind.REFUSED, "region is wrong (asked: uk-1)"),
        (418, errors.Refused, Kind.REFUSED, "base URL"),
        (429, errors.RateLimited, Kind.BUSY, "by itself"),
        (500, errors.ServerFailed, Kind.BROKEN, "correlation id c-1"),
        (501, errors.NotImplementedByServer, Kind.REFUSED, "breakdown"),
        (503, errors.ServerFailed, Kind.BROKEN, "by itself"),
        (599, errors.ServerFailed, Kind.BROKEN, "by itself"),
        (304, errors.Redirected, Kind.BROKEN, "not followed"),
        (202, errors.UnexpectedAnswer, Kind.BROKEN, "base URL"),
    ],
)
def test_each_status(status: int, error: type[errors.ApiError], kind: Kind, words: str) -> None:
    headers = {"x-polyai-correlation-id": "c-1"}
    found = map_refusal(status, headers, Envelope("said"), TARGET, 0.0)
    assert type(found) is error
    assert (found.problem.kind, found.problem.status) == (kind, status)
    assert (found.problem.error_message, found.problem.correlation_id) == ("said", "c-1")
    assert words in found.problem.advice
    assert str(status) in found.problem.summary


def test_every_error_is_an_api_error() -> None:
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, Exception):
            assert issubclass(error, errors.ApiError)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_web_page_that_refuses_is_not_the_api(status: int) -> None:
    found = map_refusal(status, {}, Envelope("Blocked", html=True), TARGET, 0.0)
    assert "gateway" in found.problem.advice


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1" * 400}, None),
        (DATED, 30.0),
        ({"retry-after": DATED["retry-after"]}, 20.0),
        ({"retry-after": DATED["date"], "date": DATED["retry-after"]}, 0.0),
        ({"retry-after": "Fri, 99 Nov 2026 08:00:30 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], wait: float | None) -> None:
    now = 1_795_161_610.0
    assert retry_after(headers, now) == wait


def test_the_wait_is_told() -> None:
    found = map_refusal(429, {"retry-after": "7.2"}, Envelope(), TARGET, 0.0)
    assert found.problem.retry_after == 7.2
    assert "in 8 s" in found.problem.advice


FULL = {"success": False, "error": "E", "error_id": "id-9", "error_code": 3, "data": None}


@pytest.mark.parametrize(
    ("body", "message", "error_id", "html"),
    [
        ({"error_message": "no such variant"}, "no such variant", None, False),
        (FULL | {"error_message": "out of order"}, "out of order", "id-9", False),
        (FULL, "E", "id-9", False),
        ({"message": "Forbidden"}, "Forbidden", None, False),
        ({"message": "Bad", "errors": ["a", {"message": "b"}]}, "Bad: a; b", None, False),
        ({"errors": [{"detail": "deep"}, 3, None]}, "deep", None, False),
        ({"message": {"a": 1}, "errors": "x"}, None, None, False),
        ({"error_message": "  \n"}, None, None, False),
        ({"error_message": "a\x1b[31m\nb"}, "a␛[31m b", None, False),
        ({"error_message": "x" * 999}, "x" * (LONGEST - 1) + "…", None, False),
        ([1, 2], None, None, False),
        (b"", None, None, False),
        (b"upstream connect error\nmore", "upstream connect error", None, False),
        (b'{"account_id": "ws-', None, None, False),
        (
            b"<html><TITLE lang=en> 502 Bad\nGateway &lt;b></title>",
            "502 Bad Gateway <b>",
            None,
            True,
        ),
        (b"\n<!DOCTYPE html><p>hello", None, None, True),
    ],
)
def test_envelopes(body: object, message: str | None, error_id: str | None, html: bool) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert read_envelope(raw) == Envelope(message, error_id, html)


def test_a_page_is_known_by_its_type_too() -> None:
    assert read_envelope(b"Sign in", "text/html; charset=utf-8").html


@given(st.binary(max_size=300))
def test_no_body_is_too_strange(body: bytes) -> None:
    message = read_envelope(body).message
    assert message is None or (message.isprintable() and len(message) <= 2000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "errors", "error", "error_message", "error_id"]), inner
        )
    ),
    max_leaves=8,
)


@given(json_values)
def test_no_envelope_is_too_strange(document: object) -> None:
    assert len(read_envelope(json.dumps(document).encode()).message or "") <= 8 * LONGEST


async def failed(serving: Serving, step: bytes, key: str = KEY) -> errors.ApiError:
    server = await serving(step)
    async with Client(query(server.url).target, Secret(key)) as client:
        with pytest.raises(errors.ApiError) as caught:
            await client.fetch(query(server.url))
    return caught.value


async def test_a_failed_request_is_logged_with_its_message(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    headers = ("X-PolyAI-Correlation-Id: abc-\x1b-123", "Retry-After: 5")
    found = await failed(serving, reply({"error_message": "too\x07 fast"}, 429, headers=headers))
    assert found.problem.retry_after == 5.0
    (record,) = [one for one in caplog.records if one.name == "polytop.api"]
    assert record.levelno == logging.WARNING
    for words in ("429", "too␇ fast", "/v1/ws-a/PROJECT-p/conversations/concurrency"):
        assert words in record.getMessage()
    assert "127.0.0.1" not in record.getMessage()


@pytest.mark.parametrize(
    "step",
    [
        reply({"error_message": f"bad key {KEY}!", "error_id": KEY}, 401),
        reply({"error_message": f"bad key {KEY}!"}, 200),
        reply(answer(row(0), account=f"ws-{KEY}")),
        reply(("x" * (LONGEST - 15) + KEY).encode(), 400),
        reply(f"<title>{KEY}</title>".encode(), 502),
        reply(status=500, headers=(f"X-PolyAI-Correlation-Id: {KEY}",)),
        reply(status=302, headers=(f"Location: https://x.example/{KEY}",)),
        b"HTTP/1.1 " + KEY.encode() + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n" + KEY.encode() + b"\r\n\r\n",
    ],
    ids=range(9),
)
async def test_the_key_never_shows_even_where_the_server_repeats_it(
    serving: Serving, step: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="polytop")
    caplog.set_level(logging.INFO, logger="httpx")
    found = await failed(serving, step)
    told = repr(found) + str(found) + repr(found.problem) + caplog.text
    assert KEY not in told
    assert KEY[:9] not in told


async def test_no_frame_of_an_error_holds_the_key(serving: Serving) -> None:
    for step in (reply(status=401), b"garbage\r\n\r\n", reply(b"{")):
        found = await failed(serving, step)
        assert found.__cause__ is None
        assert found.__context__ is None
        captured = traceback.TracebackException.from_exception(found, capture_locals=True)
        told = "".join(
            f"{name}={value}\n"
            for frame in captured.stack
            if Path(polytop.__file__).parent in Path(frame.filename).parents
            for name, value in (frame.locals or {}).items()
        )
        assert "connection=" in told or "self=" in told
        assert KEY not in told


@pytest.mark.parametrize("key", ["", "ключ", "a b", "a\r\nx-evil: 1", "a\x00"])
async def test_a_key_that_cannot_be_sent(serving: Serving, key: str) -> None:
    found = await failed(serving, reply(answer()), key)
    assert isinstance(found, errors.Unauthorized)
    assert "polytop profile edit" in found.problem.advice
    assert not key or key not in str(found)
