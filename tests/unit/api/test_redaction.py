"""A server that repeats the key: it is in no answer, no error and no log."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from scripted_api import KEY, Serving, answer, query, reply, row

from polytop.api.client import Client
from polytop.api.errors import ApiError
from polytop.api.limits import LONGEST_TEXT
from polytop.model.answer import Answer
from polytop.model.secret import Secret
from polytop.model.series import GAP
from polytop.model.target import SliceBy

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "URL": lambda key: "".join(f"%{ord(char):02X}" for char in key),
    "JSON": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "cut by us": lambda key: "x" * 50 + key,
    "cut by us, longer": lambda key: "x" * 290 + key,
}

BODIES: dict[str, Callable[[str], tuple[bytes, SliceBy | None]]] = {
    "time": lambda key: (one(time=key), None),
    "time of a sliced row": lambda key: (one(time=key, variant_id="v"), SliceBy.VARIANT),
    "count": lambda key: (one(max_concurrent_conversations=key), None),
    "row": lambda key: (plain(answer(key)), None),
    "variant": lambda key: (one(variant_id=key, variant_name=key), SliceBy.VARIANT),
    "name alone": lambda key: (one(variant_name=f"Line {key}"), SliceBy.VARIANT),
    "language": lambda key: (one(language=key), SliceBy.LANGUAGE),
    "number": lambda key: (one(phone_number=key), SliceBy.PHONE_NUMBER),
    "account": lambda key: (plain(answer(row(0), account=f"ws-{key}")), None),
    "project": lambda key: (plain(answer(row(0), project=f"PROJECT-{key}")), None),
    "message": lambda key: (plain({"message": f"no {key}"}), None),
    "page": lambda key: (f"<html><title>{key}</title>".encode(), None),
    "text": lambda key: (f"what {key} is that".encode(), None),
}


def plain(document: object) -> bytes:
    return json.dumps(document).encode()


def one(**changes: object) -> bytes:
    return plain(answer(row(0, 7), row(1, 8) | changes))


def said(found: Answer | ApiError) -> str:
    """Everything that a user may come to see of what was fetched."""
    return f"{found.problem}{found}" if isinstance(found, ApiError) else repr(found)


async def fetch(url: str, slice_by: SliceBy | None = None) -> Answer | ApiError:
    asked = query(url, slice_by=slice_by)
    async with Client(asked.target, Secret(KEY)) as client:
        try:
            found = await client.fetch(asked)
        except ApiError as error:
            return error
    assert isinstance(found, Answer)
    return found


def is_clean(text: str, form: Callable[[str], str]) -> bool:
    """True if neither the key nor a good part of it is in `text`."""
    pieces = {KEY[:10], KEY[-10:], form(KEY)[-12:], form(KEY).strip("x")[:12]}
    pieces |= {quote(piece) for piece in pieces}
    return not any(piece.lower() in text.lower() for piece in pieces)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_key_in_an_answer(
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
    body: Callable[[str], tuple[bytes, SliceBy | None]],
    form: Callable[[str], str],
) -> None:
    caplog.set_level(logging.DEBUG, "polytop")
    document, slice_by = body(form(KEY))
    server = await serving(reply(document))
    shown = said(await fetch(server.url, slice_by)) + caplog.text
    assert is_clean(shown, form)
    assert "…" in shown


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 418, 429, 500, 501, 502])
async def test_a_key_in_a_refusal(
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
    status: int,
    form: Callable[[str], str],
) -> None:
    caplog.set_level(logging.DEBUG, "polytop")
    key = form(KEY)
    names = ("X-PolyAI-Correlation-Id", "Retry-After", "Date", "Location", "Content-Type")
    headers = tuple(f"{name}: {key}" for name in names)
    bodies = (
        plain({"error_message": f"not {key}", "error_id": key}),
        plain({"message": "no", "errors": [key, {"message": key}]}),
        f"<html><title>{key}</title>".encode(),
        f"what {key}".encode(),
    )
    server = await serving(*(reply(each, status, headers=headers) for each in bodies))
    shown = [said(await fetch(server.url)) for _ in bodies]
    assert is_clean("".join(shown) + caplog.text, form)
    assert all("…" in each for each in shown)


async def test_two_ids_that_hold_the_key_are_one(serving: Serving) -> None:
    rows = (row(0, 3, variant_id=KEY, variant_name="a"), row(1, 4, variant_id=KEY.upper()))
    server = await serving(reply(answer(*rows)))
    found = await fetch(server.url, SliceBy.VARIANT)
    assert isinstance(found, Answer)
    (only,) = found.rows
    assert (only.part.id, only.name) == ("…", "a")
    assert only.series.values == (3, 4, GAP, GAP)


async def test_an_id_that_holds_a_short_key_is_still_the_one_that_was_asked_for(
    serving: Serving,
) -> None:
    server = await serving(reply(answer(row(0, 3), account="ws-simulator")))
    asked = query(server.url)
    asked = replace(asked, target=replace(asked.target, account_id="ws-simulator"))
    async with Client(asked.target, Secret("simulator")) as client:
        found = await client.fetch(asked)
    assert isinstance(found, Answer)


async def test_a_long_name_is_cut_and_its_id_kept(serving: Serving) -> None:
    long = "n" * 100_000
    rows = (
        row(0, 3, variant_id="v" * LONGEST_TEXT, variant_name=long),
        row(0, 4, variant_id="w" * 100_000, variant_name="id that nobody can ask for"),
        row(1, 5, variant_name=long),
    )
    server = await serving(reply(answer(*rows)))
    found = await fetch(server.url, SliceBy.VARIANT)
    assert isinstance(found, Answer)
    kept = [(each.part.id, each.name) for each in found.rows]
    cut = "n" * LONGEST_TEXT
    assert kept == [(cut, cut), ("v" * LONGEST_TEXT, cut)]
    assert (found.ignored, found.losses.rows) == (1, 3)
    assert "more than 1000 characters" in found.losses.reason
