"""The client over real loopback sockets: what goes out, what comes back, what is kept."""

import asyncio
import codecs
import contextlib
import gc
import gzip
import json
import threading
import tracemalloc
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from patience import PATIENCE
from scripted_api import KEY, START, Server, Serving, Step, answer, query, reply, row

from polytop import __version__
from polytop.api import client as client_module
from polytop.api import transport
from polytop.api.client import Client
from polytop.api.errors import (
    ApiError,
    BadRequest,
    ServerFailed,
    TimedOut,
    TooLarge,
    UnexpectedAnswer,
)
from polytop.api.limits import Timeouts
from polytop.api.query import Query, QueryError
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.secret import Secret
from polytop.model.series import GAP
from polytop.model.server_clock import ServerClock
from polytop.model.target import Filters, SliceBy, Target

GOOD = reply(answer(row(0, 3), row(1, 4)))


def client(server: Server, **options: object) -> Client:
    return Client(query(server.url).target, Secret(KEY), **options)  # type: ignore[arg-type]


async def fetched(server: Server, **filters: str) -> Answer:
    async with client(server) as one:
        found = await one.fetch(query(server.url, **filters))
    assert isinstance(found, Answer)
    return found


async def test_the_request_as_it_arrives(serving: Serving) -> None:
    server = await serving(GOOD)
    await fetched(server, variant_name="Main line & co", phone_number="+447856838428")
    assert server.lines == [
        "GET /v1/ws-a/PROJECT-p/conversations/concurrency"
        "?start_time=2026-09-21T14%3A15%3A00Z&end_time=2026-09-21T14%3A35%3A00Z&client_env=live"
        "&variant_name=Main%20line%20%26%20co&phone_number=%2B447856838428 HTTP/1.1"
    ]
    head = server.heads[0].decode().lower().split("\r\n")
    assert f"x-api-key: {KEY}" in head
    assert "accept: application/json" in head
    assert "accept-encoding: gzip" in head
    assert f"user-agent: polytop/{__version__}" in head
    assert "connection: keep-alive" in head
    assert len(head) == 9


async def test_odd_ids_stay_in_their_place_on_the_path(serving: Serving) -> None:
    server = await serving(reply(answer(account="a/../b", project="c%2F d")))
    target = Target("a/../b", "c%2F d", server.url)
    async with Client(target, Secret(KEY)) as one:
        await one.fetch(Query(target, Filters(), START, START + 300))
    assert server.lines[0].startswith("GET /v1/a%2F..%2Fb/c%252F%20d/conversations/concurrency?")


async def test_the_answer_and_its_cost(serving: Serving) -> None:
    server = await serving(GOOD)
    ticks = iter([10.0, 10.25])
    async with client(server, clock=lambda: next(ticks)) as one:
        found = await one.fetch(query(server.url))
    assert isinstance(found, Answer)
    assert found.total is not None
    assert found.total.values == (3, 4, GAP, GAP)
    assert (found.cost.requests, found.cost.seconds) == (1, 0.25)
    assert found.cost.received == len(GOOD) - len("HTTP/1.1 200 Some Phrase\r\n\r\n")


async def test_one_connection_serves_many_requests(serving: Serving) -> None:
    server = await serving(GOOD, reply(status=404), GOOD)
    async with client(server) as one:
        await one.fetch(query(server.url))
        with pytest.raises(ApiError):
            await one.fetch(query(server.url))
        await one.fetch(query(server.url))
    assert (server.connections, len(server.heads)) == (1, 3)


async def test_a_kept_connection_that_the_server_has_dropped_costs_nothing(
    serving: Serving,
) -> None:
    async def drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await serving(GOOD, drop, GOOD)
    async with client(server) as one:
        await one.fetch(query(server.url))
        assert isinstance(await one.fetch(query(server.url)), Answer)
    assert (server.connections, len(server.heads)) == (2, 3)


async def test_a_packed_answer(serving: Serving) -> None:
    body = json.dumps(answer(*[row(0, n % 9, padding=n) for n in range(3000)])).encode()
    packed = gzip.compress(body)
    server = await serving(reply(packed, headers=("Content-Encoding: gzip",)))
    found = await fetched(server)
    assert found.total is not None
    assert found.total.values[0] == 8
    assert found.cost.received < len(packed) + 100 < len(body) / 4


async def test_a_chunked_answer(serving: Serving) -> None:
    body = json.dumps(answer(row(0, 3))).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[n : n + 1]) for n in range(len(body)))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert (await fetched(await serving(head + chunks + b"0\r\n\r\n"))).ignored == 0


async def test_no_cookie_is_kept(serving: Serving) -> None:
    server = await serving(reply(answer(), headers=("Set-Cookie: gateway=1; Path=/",)))
    async with client(server) as one:
        await one.fetch(query(server.url))
        await one.fetch(query(server.url))
    assert b"cookie" not in server.heads[1].lower()


async def test_a_redirect_is_not_followed(serving: Serving) -> None:
    elsewhere = await serving(GOOD)
    server = await serving(reply(status=302, headers=(f"Location: {elsewhere.url}/x",)))
    async with client(server) as one:
        with pytest.raises(ApiError) as caught:
            await one.fetch(query(server.url))
    assert type(caught.value).__name__ == "Redirected"
    assert "base URL" in caught.value.problem.advice
    assert elsewhere.connections == 0


@pytest.mark.parametrize("slice_by", [None, SliceBy.VARIANT])
async def test_a_long_range_is_asked_a_week_at_a_time_and_a_few_at_once(
    serving: Serving, slice_by: SliceBy | None
) -> None:
    at_once, most = 0, 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        start = server.lines[-1].split("start_time=")[1][:24].replace("%3A", ":")
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        moment = grid.from_iso(start.split("&")[0])
        name = f"name of {int(moment - START) // grid.WEEK}"
        one = {"time": grid.to_iso(moment), "max_concurrent_conversations": 7}
        writer.write(reply(answer(one | {"variant_id": "v", "variant_name": name})))

    server = await serving(serve)
    long = Query(query(server.url).target, Filters(), START, START + 4 * grid.WEEK, slice_by)
    async with client(server, at_once=2) as one:
        found = await one.fetch(long)
    assert isinstance(found, Answer)
    assert (most, len(server.heads), found.cost.requests) == (2, 4, 4)
    series = found.total if slice_by is None else found.rows[0].series
    assert series is not None
    assert (series.start, series.end) == (long.start, long.end)
    assert list(series.known()) == [(START + n * grid.WEEK, 7) for n in range(4)]
    assert [one.name for one in found.rows] == ([] if slice_by is None else ["name of 3"])


async def test_one_failing_piece_calls_off_the_others(serving: Serving) -> None:
    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await serving(never, reply({"error_message": "no"}, 400))
    long = Query(query(server.url).target, Filters(), START, START + 9 * grid.WEEK)
    async with client(server, at_once=2) as one:
        with pytest.raises(BadRequest):
            await one.fetch(long)
        others = [task for task in asyncio.all_tasks() if "Client." in repr(task.get_coro())]
        assert others == []
    assert len(server.heads) == 2


async def test_501_is_an_answer_to_a_slice_that_may_come(serving: Serving) -> None:
    server = await serving(reply({"error_message": "not implemented"}, 501))
    target = query(server.url).target
    long = Query(target, Filters(), START, START + 9 * grid.WEEK, SliceBy.LANGUAGE)
    async with client(server) as one:
        found = await one.fetch(long)
    assert isinstance(found, NotOffered)
    assert (found.slice_by, found.error_message) == ("language", "not implemented")
    assert len(server.heads) == found.cost.requests == 1


@pytest.mark.parametrize("slice_by", [None, SliceBy.VARIANT])
async def test_501_is_an_error_to_anything_else(serving: Serving, slice_by: SliceBy | None) -> None:
    server = await serving(reply(status=501))
    async with client(server) as one:
        with pytest.raises(ApiError) as caught:
            await one.fetch(query(server.url, slice_by=slice_by))
    assert type(caught.value).__name__ == "NotImplementedByServer"


async def test_a_slice_by_language_that_works_one_day(serving: Serving) -> None:
    server = await serving(reply(answer(row(0, 3, language="en-GB"))))
    target = query(server.url).target
    long = Query(target, Filters(), START, START + grid.WEEK + 300, SliceBy.LANGUAGE)
    async with client(server) as one:
        found = await one.fetch(long)
    assert isinstance(found, Answer)
    assert [one.part.id for one in found.rows] == ["en-GB"]
    assert len(server.heads) == 2


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("step", "timeouts", "words"),
    [
        (silent, Timeouts(read=0.05), r"No answer from 127\.0\.0\.1 within 0\.05 s"),
        (dripping, Timeouts(total=0.1), r"No complete answer from .* within 0\.1 s"),
    ],
)
async def test_time_limits(serving: Serving, step: Step, timeouts: Timeouts, words: str) -> None:
    server = await serving(step)
    async with client(server, timeouts=timeouts) as one:
        with pytest.raises(TimedOut, match=words):
            await one.fetch(query(server.url))
        server.steps[:] = [GOOD]
        assert isinstance(await one.fetch(query(server.url)), Answer)


async def test_a_refusal_whose_body_never_comes_is_still_a_refusal(serving: Serving) -> None:
    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 503 Down\r\nContent-Length: 10\r\n\r\n")
        await reader.read()

    server = await serving(stuck)
    async with client(server, timeouts=Timeouts(read=0.05)) as one:
        with pytest.raises(ServerFailed) as caught:
            await one.fetch(query(server.url))
    assert caught.value.problem.status == 503


async def broken_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(GOOD[:-5])
    await writer.drain()
    writer.close()


HOSTILE = {
    "broken off": (broken_off, "broke off"),
    "packed and cut": (
        reply(gzip.compress(b"{}" * 99)[:-9], headers=("Content-Encoding: gzip",)),
        "broke off",
    ),
    "not packed": (reply(b"{}", headers=("Content-Encoding: gzip",)), "damaged"),
    "packed otherwise": (reply(b"{}", headers=("Content-Encoding: br",)), "not asked for"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "does not speak HTTP"),
    "endless head": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "does not speak HTTP"),
    "html": (reply(b"<html><title>Hotel &amp; Spa</title>"), "web page"),
    "nothing": (reply(status=204), "no answer"),
    "empty": (reply(), "empty"),
    "another's": (reply(answer(project="PROJECT-q")), "another project"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_answer(serving: Serving, name: str) -> None:
    step, words = HOSTILE[name]
    server = await serving(step)
    async with client(server) as one:
        with pytest.raises(UnexpectedAnswer, match=words):
            await one.fetch(query(server.url))


async def test_an_answer_that_is_too_large_is_asked_for_in_halves(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LARGEST_BODY", 1000)
    server = await serving(
        reply(answer("x" * 1000)), reply(answer(row(288, 2))), reply(answer(row(0, 1)))
    )
    async with client(server) as one:
        found = await one.fetch(query(server.url, windows=2 * 288))
        assert isinstance(found, Answer)
        assert found.total is not None
        assert list(found.total.known()) == [(START, 1), (START + 86_400, 2)]
        server.steps[:] = [reply(answer("x" * 1000))]
        with pytest.raises(TooLarge, match="larger than"):
            await one.fetch(query(server.url, windows=288))


async def test_a_bomb_is_not_unpacked(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b" " * 80 * 2**20, 1)
    server = await serving(reply(bomb, headers=("Content-Encoding: gzip",)))
    async with client(server) as one:
        with pytest.raises(TooLarge, match="32 MiB"):
            await one.fetch(query(server.url))


async def test_a_cancelled_fetch_closes_its_connection(serving: Serving) -> None:
    server = await serving(silent)
    async with client(server) as one:
        task = asyncio.create_task(one.fetch(query(server.url)))
        await server.heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(PATIENCE):
            await server.closed.wait()
        server.steps[:] = [GOOD]
        assert isinstance(await one.fetch(query(server.url)), Answer)


async def test_a_transport_may_be_passed_in() -> None:
    seen: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=answer(row(0, 1)))

    asked = query("http://simulator.example")
    async with Client(asked.target, Secret(KEY), transport=httpx.MockTransport(serve)) as one:
        assert isinstance(await one.fetch(asked), Answer)
    assert seen[0].headers["x-api-key"] == KEY


async def test_an_asgi_app_may_be_passed_in() -> None:
    async def app(scope: dict[str, Any], receive: object, send: Any) -> None:
        body = gzip.compress(json.dumps(answer(row(0, 1))).encode())
        headers = [(b"content-encoding", b"gzip")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    asked = query("http://demo.example")
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with Client(asked.target, Secret(KEY), transport=transport) as one:
        assert isinstance(await one.fetch(asked), Answer)


async def test_a_transport_that_fails_is_asked_once() -> None:
    asked_for: list[str] = []

    def fail(request: httpx.Request) -> httpx.Response:
        asked_for.append(str(request.url))
        raise httpx.ReadError("dropped", request=request)

    asked = query("http://demo.example")
    async with Client(asked.target, Secret(KEY), transport=httpx.MockTransport(fail)) as one:
        with pytest.raises(ApiError, match="dropped"):
            await one.fetch(asked)
    assert asked_for == [asked.url()]


@pytest.mark.parametrize(
    "base_url",
    ["http://api.example", "ftp://127.0.0.1", "https://", "https://u:p@api.example", "//[", "x"],
)
def test_a_base_url_that_would_give_the_key_away(base_url: str) -> None:
    with pytest.raises(QueryError, match="base URL"):
        Client(Target("ws-a", "PROJECT-p", base_url), Secret(KEY))


async def test_the_key_goes_to_its_own_server_alone(serving: Serving) -> None:
    server, other = await serving(GOOD), await serving(GOOD)
    async with client(server) as one:
        with pytest.raises(QueryError, match="another server"):
            await one.fetch(query(other.url))
    assert other.connections == 0


async def test_a_large_answer_is_decoded_beside_the_loop(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    whole = client_module.decode_answer

    def noted(*given: object) -> Answer:
        threads.append(threading.current_thread().name)
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(client_module, "decode_answer", noted)
    small, large = (
        reply(answer(*[row(0, n, padding="x" * 100) for n in range(size)])) for size in (9, 2000)
    )
    server = await serving(small, large)
    async with client(server) as one:
        await one.fetch(query(server.url))
        await one.fetch(query(server.url))
    assert threads[0] == threading.main_thread().name
    assert threads[1] != threading.main_thread().name


def dripping(body: bytes, status: int = 200, *, ends: bool = True) -> Step:
    """An answer whose body comes at once, in chunks of one byte each."""

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} Phrase\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        writer.write(head + chunks + (b"0\r\n\r\n" if ends else b""))
        await writer.drain()

    return send


class Drops(httpx.AsyncByteStream):
    """A body of single bytes, all there at once; `turns` of others are noted at each."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.turns: list[int] = []
        self.turn = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for byte in self._body:
            self.turns.append(self.turn)
            yield bytes([byte])

    async def count(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)


@pytest.mark.parametrize("status", [200, 500])
async def test_a_body_in_tiny_chunks_leaves_others_their_turn(status: int) -> None:
    drops = Drops(json.dumps(answer(*[row(n % 4, 1) for n in range(50)])).encode())
    transport = httpx.MockTransport(lambda _: httpx.Response(status, stream=drops))
    asked = query("http://simulator.example")
    async with Client(asked.target, Secret(KEY), transport=transport) as one:
        counting = asyncio.create_task(drops.count())
        with contextlib.suppress(ApiError):
            await one.fetch(asked)
        counting.cancel()
    assert len(drops.turns) > 1000
    assert all(
        after > before for before, after in zip(drops.turns, drops.turns[100:], strict=False)
    )


async def test_a_body_that_never_ends_is_given_up(serving: Serving) -> None:
    server = await serving(dripping(b" " * 1000, ends=False))
    async with client(server, timeouts=Timeouts(total=0.5)) as one:
        with pytest.raises(TimedOut, match=r"No complete answer from 127\.0\.0\.1 within 0\.5 s"):
            await one.fetch(query(server.url))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("status", [200, 400])
async def test_a_byte_order_mark_is_skipped(serving: Serving, status: int, packed: bool) -> None:
    document = answer(row(0, 3)) if status == 200 else {"error_message": "read me"}
    body = codecs.BOM_UTF8 + json.dumps(document).encode()
    headers = ("Content-Encoding: gzip",) if packed else ()
    server = await serving(reply(gzip.compress(body) if packed else body, status, headers=headers))
    async with client(server) as one:
        if status == 200:
            found = await one.fetch(query(server.url))
            assert isinstance(found, Answer)
            assert found.total is not None
            assert found.total.values[0] == 3
        else:
            with pytest.raises(BadRequest) as caught:
                await one.fetch(query(server.url))
            assert caught.value.problem.error_message == "read me"


FORMS = ("NFC", "NFD", "NFKC", "NFKD")
CAFE = "Café ﬁn Ⅳ"


@pytest.mark.parametrize("given", FORMS)
@pytest.mark.parametrize("typed", FORMS)
async def test_a_variant_is_asked_for_by_the_form_of_its_name_that_the_api_gave(
    serving: Serving, given: str, typed: str
) -> None:
    name = unicodedata.normalize(given, CAFE)
    rows = (
        row(0, 1, variant_id="a", variant_name="other"),
        row(1, 2, variant_id="b", variant_name=name),
    )
    server = await serving(reply(answer(*rows)), GOOD)
    async with client(server) as one:
        asked = query(server.url, variant_name=unicodedata.normalize(typed, CAFE))
        for requests in (2, 1):
            found = await one.fetch(asked)
            assert isinstance(found, Answer)
            assert found.cost.requests == requests
    assert "slice_by=variant" in server.lines[0]
    assert len(server.lines) == 3
    assert all(f"variant_name={quote(name, safe='')} " in line for line in server.lines[1:])


@pytest.mark.parametrize("name", ["Main line", "日本"])
async def test_a_name_of_one_form_costs_no_further_request(serving: Serving, name: str) -> None:
    server = await serving(GOOD)
    await fetched(server, variant_name=name)
    assert len(server.lines) == 1


async def test_a_name_that_the_api_does_not_know_is_asked_for_as_it_was_typed(
    serving: Serving,
) -> None:
    server = await serving(reply(answer(row(0, 1, variant_id="a", variant_name="x"))), GOOD)
    await fetched(server, variant_name="Café")
    assert f"variant_name={quote('Café', safe='')} " in server.lines[1]


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(40):
        writer.write(b"9" * 2**20)
        await writer.drain()


LARGE = {
    "not JSON": reply(b"9" * 8 * 2**20),
    "nested": reply(b"[" * 8 * 2**20),
    "broken off": reply(answer(row(0)))[:-3] + b"9" * 8 * 2**20,
    "packed": reply(gzip.compress(b" " * 31 * 2**20, 1), headers=("Content-Encoding: gzip",)),
    "too large when unpacked": reply(
        gzip.compress(b" " * 40 * 2**20, 1), headers=("Content-Encoding: gzip",)
    ),
    "a page": reply(b"<html>" + b"x" * 8 * 2**20, 502),
    "names": reply(answer(*[row(n % 4, 1, variant_name="n" * 2**20) for n in range(8)])),
    "endless": endless,
}


@pytest.mark.parametrize("step", LARGE.values(), ids=LARGE)
async def test_nothing_large_is_left_of_a_bad_answer(serving: Serving, step: Step) -> None:
    server = await serving(step)
    async with client(server) as one:
        with contextlib.suppress(ApiError):
            await one.fetch(query(server.url))
        # What only the collector would find stays for long: it is not called here.
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            with contextlib.suppress(ApiError):
                await one.fetch(query(server.url, slice_by=SliceBy.VARIANT))
            # The thread that decoded it, and the server here, may hold it for a moment more.
            async with asyncio.timeout(PATIENCE):
                while tracemalloc.get_traced_memory()[0] - before > 2**20:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            tracemalloc.stop()
            gc.enable()


async def test_few_large_bodies_are_in_memory_at_a_time() -> None:
    """Of thirty connections, as the wall has them."""
    under_way, most = 0, 0

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal under_way, most
            yield b" " * 2**21
            under_way += 1
            most = max(most, under_way)
            for _ in range(5):
                await asyncio.sleep(0)
                yield b" " * 2**20
            under_way -= 1
            yield json.dumps(answer(row(0, 1))).encode()

    def client_of(_: int) -> Client:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Body()))
        return Client(asked.target, Secret(KEY), transport=transport)

    asked = query("http://simulator.example")
    found = await asyncio.gather(*(client_of(number).fetch(asked) for number in range(30)))
    assert all(isinstance(each, Answer) for each in found)
    assert most == 2


@pytest.mark.parametrize(
    ("status", "date", "learns"),
    [
        (200, "Mon, 21 Sep 2026 17:15:00 GMT", True),
        (400, "Mon, 21 Sep 2026 17:15:00 GMT", True),
        (302, "Mon, 21 Sep 2026 17:15:00 GMT", False),
        (502, "Mon, 21 Sep 2026 17:15:00 GMT", False),
        (200, "Thu, 01 Jan 1970 00:00:00 GMT", False),
        (200, "soon", False),
        (200, "9" * 10_000, False),
    ],
)
async def test_the_servers_time_is_learnt_from_answers_of_the_api_itself(
    serving: Serving, status: int, date: str, learns: bool
) -> None:
    server = await serving(reply(answer(row(0, 3)), status, headers=(f"Date: {date}",)))
    clock = ServerClock(lambda: float(START))
    async with client(server, now=clock) as one:
        with contextlib.suppress(ApiError):
            found = await one.fetch(query(server.url))
            assert isinstance(found, Answer)
            assert found.undated is not learns
            assert (found.asked_at is not None) is learns
    assert clock.known is learns
    assert abs(clock() - START - 3 * 3_600 * learns) < 2


async def test_an_answer_of_a_cache_is_as_old_as_it_says(serving: Serving) -> None:
    headers = ("Date: Mon, 21 Sep 2026 14:05:00 GMT", "Age: 600")
    server = await serving(reply(answer(row(0, 3)), headers=headers))
    clock = ServerClock(lambda: float(START))
    async with client(server, now=clock) as one:
        await one.fetch(query(server.url))
    assert clock() == START
