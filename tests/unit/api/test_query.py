"""Queries: which are allowed, and their form on the wire."""

from dataclasses import replace
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.api.query import Query, QueryError
from polytop.model import grid
from polytop.model.target import ClientEnv, Filters, SliceBy, Target

TARGET = Target("ws-a", "PROJECT-p", "https://api.uk-1.platform.polyai.app", "uk-1")
MOMENTS = st.integers(0, 4_000_000_000)


def test_the_range_is_widened_to_the_grid() -> None:
    query = Query(TARGET, Filters(), 1_000_000_001, 1_000_000_301)
    assert (query.start, query.end) == (999_999_900, 1_000_000_500)


def test_fractions_of_seconds_are_widened_too() -> None:
    query = Query(TARGET, Filters(), 299.9, 300.1)  # type: ignore[arg-type]
    assert (query.start, query.end) == (0, 600)
    assert isinstance(query.start, int)


@given(MOMENTS, st.integers(1, 40 * 86_400))
def test_pieces_cover_the_range_newest_first_and_none_is_longer_than_a_week(
    start: int, length: int
) -> None:
    query = Query(TARGET, Filters(variant_id="a"), start, start + length, SliceBy.VARIANT)
    pieces = query.pieces()
    assert pieces[0].end == query.end
    assert pieces[-1].start == query.start
    assert all(newer.start == older.end for newer, older in pairwise(pieces))
    assert all(0 < piece.end - piece.start <= grid.WEEK for piece in pieces)
    assert {replace(piece, start=0, end=300) for piece in pieces} == {
        replace(query, start=0, end=300)
    }


def test_a_week_that_is_off_the_grid_is_two_requests() -> None:
    assert len(Query(TARGET, Filters(), 7, 7 + grid.WEEK).pieces()) == 2
    assert len(Query(TARGET, Filters(), 300, 300 + grid.WEEK).pieces()) == 1


def test_the_whole_url() -> None:
    filters = Filters(ClientEnv.SANDBOX, variant_name="Main line & co")
    assert Query(TARGET, filters, 0, 300, SliceBy.VARIANT).url() == (
        "https://api.uk-1.platform.polyai.app/v1/ws-a/PROJECT-p/conversations/concurrency"
        "?start_time=1970-01-01T00%3A00%3A00Z&end_time=1970-01-01T00%3A05%3A00Z"
        "&client_env=sandbox&variant_name=Main%20line%20%26%20co&slice_by=variant"
    )


def test_ids_are_quoted_in_the_path() -> None:
    target = replace(TARGET, account_id="a/b?c", project_id="d e#f")
    query = Query(target, Filters(), 0, 300)
    assert query.path() == "/v1/a%2Fb%3Fc/d%20e%23f/conversations/concurrency"
    assert urlsplit(query.url()).path == query.path()


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40))
def test_any_name_comes_back_as_it_was(name: str) -> None:
    if not name.strip():
        return
    url = Query(TARGET, Filters(variant_name=name), 0, 300).url()
    assert url.isascii()
    assert "+" not in url
    assert dict(parse_qsl(urlsplit(url).query))["variant_name"] == name


def test_a_plus_is_escaped() -> None:
    assert "phone_number=%2B447856838428" in (
        Query(TARGET, Filters(phone_number="+447856838428"), 0, 300).url()
    )


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(variant_id="a", variant_name="b"), "not both"),
        (Filters(variant_id=""), "variant_id is empty"),
        (Filters(variant_name="  "), "variant_name is empty"),
        (Filters(variant_name="a\nb"), "control character"),
        (Filters(variant_name="\ud800"), "control character"),
        (Filters(variant_name="a" * 1001), "longer than"),
        (Filters(language="en_GB"), "en-GB"),
        (Filters(language="en-"), "en-GB"),
        (Filters(phone_number="+44 7856"), "phone_number"),
        (Filters(phone_number="tel"), "phone_number"),
        (Filters(phone_number="+٣٣"), "phone_number"),
        (Filters(client_env="prod"), "sandbox"),  # type: ignore[arg-type]
        (Filters(variant_id=3), "must be text"),  # type: ignore[arg-type]
    ],
)
def test_what_the_api_would_refuse_is_refused_here(filters: Filters, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        Query(TARGET, filters, 0, 300)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(language="en"),
        Filters(language="zh-Hant-TW"),
        Filters(language="es-419"),
        Filters(phone_number="+447856838428"),
        Filters(phone_number="07856838428"),
        Filters(ClientEnv.PRE_RELEASE, variant_id="satdt"),
    ],
)
def test_what_the_api_knows_passes(filters: Filters) -> None:
    assert Query(TARGET, filters, 0, 300).filters == filters


@pytest.mark.parametrize(
    ("start", "end"),
    [(300, 300), (600, 300), (-1, 300), (0, 10**12), (float("nan"), 300), (0, float("inf"))],
)
def test_impossible_ranges(start: float, end: float) -> None:
    with pytest.raises(QueryError, match=r"start and end|end must be later"):
        Query(TARGET, Filters(), start, end)  # type: ignore[arg-type]


@pytest.mark.parametrize("account_id", ["", ".", "..", "a\r\nb", " "])
def test_ids_that_would_change_the_path_are_refused(account_id: str) -> None:
    with pytest.raises(QueryError, match="account_id"):
        Query(replace(TARGET, account_id=account_id), Filters(), 0, 300)


def test_an_unknown_slice_is_refused() -> None:
    with pytest.raises(QueryError, match="variant, language, phone_number"):
        Query(TARGET, Filters(), 0, 300, "colour")  # type: ignore[arg-type]
