"""How fast a week of 50 variants is decoded, and how long the event loop waits meanwhile.

Run ``python tests/benchmarks/bench_decode.py``. Plain ``json.loads`` and ``msgspec`` read the same
bytes in the same run; the fetches go over a loopback socket, plain and packed, the first of each
with everything that a first request loads. One more answer has an impossible row in every batch.
"""

import asyncio
import contextlib
import gzip
import json
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec

from polytop.api.client import Client
from polytop.api.decoding import decode_answer
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer
from polytop.model.secret import Secret
from polytop.model.target import Filters, SliceBy, Target

START = grid.floor(1_790_000_000)
VARIANTS = 50


def body(*, with_bad_rows: bool = False) -> bytes:
    """The JSON of a week of `VARIANTS` variants, some 13 MB."""
    rows = [
        {
            "variant_id": f"variant-{variant:04d}",
            "variant_name": f"Site number {variant}",
            "time": grid.to_iso(window).replace("Z", ".000Z"),
            "max_concurrent_conversations": (window // 300 * (variant + 3)) % 97,
        }
        for variant in range(VARIANTS)
        for window in grid.windows(START, START + grid.WEEK)
    ]
    if with_bad_rows:
        for row in rows[::500]:
            row["max_concurrent_conversations"] = None
    head = {"account_id": "ws-bench", "project_id": "PROJECT-bench"}
    return json.dumps({**head, "intervals": rows}).encode()


def best(run: Callable[[], object], times: int = 5) -> float:
    """The shortest of `times` runs, milliseconds."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        found.append((time.perf_counter() - started) * 1e3)
    return min(found)


async def lateness(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Milliseconds that `work` took, and the most that a 1 ms tick beside it came late."""
    worst = 0.0

    async def tick() -> None:
        nonlocal worst
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - started - 0.001)

    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    started = time.perf_counter()
    await work()
    took = time.perf_counter() - started
    ticker.cancel()
    return took * 1e3, worst * 1e3


async def fetches(label: str, content: bytes, head: str) -> None:
    """Fetch `content` four times from a server in this loop, and print each."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                size = f"Content-Length: {len(content)}"
                writer.write(f"HTTP/1.1 200 OK\r\n{head}{size}\r\n\r\n".encode())
                for at in range(0, len(content), 65_536):
                    writer.write(content[at : at + 65_536])
                    await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = Target("ws-bench", "PROJECT-bench", f"http://127.0.0.1:{port}")
    query = Query(target, Filters(), START, START + grid.WEEK, SliceBy.VARIANT)
    async with Client(target, Secret("benchmark")) as client:
        for number in range(4):
            took, worst = await lateness(lambda: client.fetch(query))
            print(f"{label} {number + 1}: {took:6.1f} ms, loop late by at most {worst:5.1f} ms")
    await asyncio.sleep(0.05)
    server.close()


def main() -> None:
    """Print the figures."""
    logging.getLogger("polytop.api").disabled = True
    plain, bad = body(), body(with_bad_rows=True)
    packed = gzip.compress(plain, 6)
    target = Target("ws-bench", "PROJECT-bench", "https://api.example")
    query = Query(target, Filters(), START, START + grid.WEEK, SliceBy.VARIANT)
    answer: Answer = decode_answer(plain, query)
    print(f"{len(plain) / 1e6:.1f} MB, {len(packed) / 1e6:.2f} MB packed, {len(answer.rows)} rows")
    asyncio.run(fetches("packed", packed, "Content-Encoding: gzip\r\n"))
    asyncio.run(fetches("plain ", plain, ""))
    asyncio.run(fetches("bad   ", bad, ""))
    print(f"json.loads            {best(lambda: json.loads(plain)):6.1f} ms, one call")
    print(f"msgspec.json.decode   {best(lambda: msgspec.json.decode(plain)):6.1f} ms, one call")
    print(f"decoded               {best(lambda: decode_answer(plain, query)):6.1f} ms")
    print(f"decoded, bad rows     {best(lambda: decode_answer(bad, query)):6.1f} ms")


if __name__ == "__main__":
    main()
