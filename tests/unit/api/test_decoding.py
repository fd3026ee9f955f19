"""From bytes to series: whatever the API may do, and whatever it should not."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import START, answer, query, row

from polytop.api import decoding
from polytop.api.client import join_answers
from polytop.api.decoding import decode_answer
from polytop.api.errors import AnotherProject, UnexpectedAnswer
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, Part
from polytop.model.series import GAP
from polytop.model.target import SliceBy

WINDOWS = 6

rows = st.lists(
    st.builds(
        lambda slot, count, key: row(slot, count, variant_id=key, variant_name=f"Site {key}"),
        st.integers(0, WINDOWS - 1),
        st.integers(0, 1000),
        st.sampled_from(["a", "b", "ü"]),
    ),
    max_size=30,
)
garbage = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def read(*given_rows: object, slice_by: SliceBy | None = None, windows: int = WINDOWS) -> Answer:
    body = json.dumps(answer(*given_rows)).encode()
    return decode_answer(body, query(windows=windows, slice_by=slice_by))


def total(found: Answer) -> tuple[int, ...]:
    assert found.total is not None
    return found.total.values


def by_id(found: Answer) -> dict[str | None, tuple[int, ...]]:
    return {one.part.id: one.series.values for one in found.rows}


def test_missing_windows_are_gaps_and_zero_is_a_value() -> None:
    found = read(row(1, 0), row(3, 7))
    assert total(found) == (GAP, 0, GAP, 7, GAP, GAP)
    assert found.total is not None
    assert (found.total.start, found.ignored, found.rows) == (START, 0, ())


def test_an_empty_answer_is_all_gaps() -> None:
    assert total(read()) == (GAP,) * WINDOWS
    assert read(slice_by=SliceBy.VARIANT).rows == ()


@given(rows, st.randoms(use_true_random=False))
def test_neither_order_nor_doubles_nor_unknown_fields_nor_the_form_of_time_matter(
    given_rows: list[dict[str, Any]], random: Any
) -> None:
    mixed = [dict(one) for one in given_rows + random.sample(given_rows, len(given_rows) // 2)]
    random.shuffle(mixed)
    for one in mixed:
        ending = random.choice(["Z", ".000Z", "+00:00", ".000000+00:00"])
        one["time"] = one["time"].replace("Z", ending)
        one[random.choice(["language", "new_field"])] = random.choice(["x", None, 3, {"a": []}])
        if random.random() < 0.5:
            one["max_concurrent_conversations"] = float(one["max_concurrent_conversations"])
    for slice_by in (None, SliceBy.VARIANT):
        assert read(*mixed, slice_by=slice_by) == read(*given_rows, slice_by=slice_by)


@given(rows)
def test_doubles_are_merged_by_maximum(given_rows: list[dict[str, Any]]) -> None:
    expected = [GAP] * WINDOWS
    for one in given_rows:
        slot = (int(grid.from_iso(one["time"])) - START) // grid.STEP
        expected[slot] = max(expected[slot], one["max_concurrent_conversations"])
    assert total(read(*given_rows)) == tuple(expected)
    sliced = by_id(read(*given_rows, slice_by=SliceBy.VARIANT)).values()
    assert [max(column) for column in zip(*sliced, strict=True)] in (expected, [])


@given(st.lists(garbage, max_size=8), rows)
def test_garbage_never_raises_and_never_harms_good_rows(
    bad: list[object], given_rows: list[dict[str, Any]]
) -> None:
    for slice_by in (None, SliceBy.VARIANT, SliceBy.LANGUAGE):
        found = read(*bad, *given_rows, *bad, slice_by=slice_by)
        clean = read(*given_rows, slice_by=slice_by)
        assert (found.total, found.rows) == (clean.total, clean.rows)
        assert found.ignored == 2 * len(bad)


@given(st.dictionaries(st.sampled_from(["time", "max_concurrent_conversations"]), garbage))
def test_rows_of_garbage_are_left_out_or_within_the_range(bad: dict[str, object]) -> None:
    found = read(bad)
    assert found.ignored == 1
    assert set(total(found)) == {GAP}


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        (None, "$.intervals[1]: is no object: None"),
        ([1], "$.intervals[1]: is no object: list"),
        ({"max_concurrent_conversations": 1}, "$.intervals[1].time: is no text: None"),
        (row(1, None), "$.intervals[1].max_concurrent_conversations: is no number: None"),
        (row(1, "3"), "$.intervals[1].max_concurrent_conversations: is no number: '3'"),
        (row(1, True), "$.intervals[1].max_concurrent_conversations: is no number: True"),
        (row(1, -1), "$.intervals[1].max_concurrent_conversations: is no possible count: -1"),
        (row(1, 1.5), "$.intervals[1].max_concurrent_conversations: is no possible count: 1.5"),
        (row(1, 10**12), "$.intervals[1].max_concurrent_conversations: is no possible count"),
        (row(0) | {"time": "2026-01-01T00:00:00"}, "$.intervals[1].time: is no date with an"),
        (row(0) | {"time": "yesterday\x1b"}, "$.intervals[1].time: is no date with an"),
        (row(0) | {"time": 1_790_000_100}, "$.intervals[1].time: is no text: 1790000100"),
        (row(0) | {"time": "2026-09-21T14:15:01Z"}, "$.intervals[1].time: is off the 5-minute"),
        (row(-1), "$.intervals[1].time: is outside the range asked for"),
        (row(WINDOWS), "$.intervals[1].time: is outside the range asked for"),
        (row(1, variant_id=7), "$.intervals[1].variant_id: is no text: 7"),
    ],
)
def test_an_impossible_row_is_left_out_counted_and_logged_with_its_path(
    bad: object, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = read(
        row(0, 5, variant_id="a"), bad, row(2, 6, variant_id="a"), slice_by=SliceBy.VARIANT
    )
    assert by_id(found) == {"a": (5, GAP, 6, GAP, GAP, GAP)}
    assert found.ignored == 1
    assert line in caplog.text
    assert "\x1b" not in caplog.text
    assert all(record.levelno == logging.WARNING for record in caplog.records)


@pytest.mark.parametrize("number", ["1e999", "1" + "0" * 5000, "-1e999"])
def test_numbers_beyond_all_bounds(number: str) -> None:
    body = json.dumps(answer(row(0, 4), row(1, 424242))).replace("424242", number)
    found = decode_answer(body.encode(), query(windows=2))
    assert (total(found), found.ignored) == ((4, GAP), 1)


def test_at_most_twenty_rows_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert read(*[None] * 50).ignored == 50
    assert len(caplog.records) == 21
    assert "50 rows ignored" in caplog.records[-1].getMessage()


def test_counts_with_a_zero_fraction_pass() -> None:
    assert total(read(row(0, 25.0), row(1, -0.0)))[:2] == (25, 0)


def test_variants_are_told_apart_by_id_and_named_by_their_newest_window() -> None:
    found = read(
        row(3, 3, variant_id="b", variant_name="new"),
        row(0, 1, variant_id="b", variant_name="old"),
        row(1, 2, variant_id="a", variant_name="old"),
        slice_by=SliceBy.VARIANT,
    )
    assert [(one.part.id, one.name) for one in found.rows] == [("a", "old"), ("b", "new")]
    assert found.total is None


def test_rows_without_an_id() -> None:
    found = read(
        row(0, 1),
        row(1, 2, variant_id=None),
        row(2, 3, variant_id=""),
        row(3, 4, variant_name="only a name"),
        slice_by=SliceBy.VARIANT,
    )
    assert [(one.part, one.name) for one in found.rows] == [
        (Part(None), None),
        (Part("only a name"), "only a name"),
    ]
    assert found.rows[0].series.values == (1, 2, 3, GAP, GAP, GAP)


def test_a_name_that_is_no_text_costs_the_name_alone() -> None:
    found = read(row(0, 1, variant_id="a", variant_name=5), slice_by=SliceBy.VARIANT)
    assert (found.rows[0].name, found.ignored) == (None, 0)


@pytest.mark.parametrize("slice_by", [SliceBy.LANGUAGE, SliceBy.PHONE_NUMBER])
@pytest.mark.parametrize("count", [2, 2.0])
def test_other_slices_use_their_own_field(slice_by: SliceBy, count: float) -> None:
    one = row(0, count, variant_id="a", variant_name="A", language="en-GB", phone_number="+44")
    found = read(one, slice_by=slice_by)
    assert found.rows[0].part.id == {"language": "en-GB", "phone_number": "+44"}[slice_by]
    assert found.rows[0].name is None


def test_the_vendors_own_example() -> None:
    document = {
        "account_id": "ACCOUNT-t53y16r3",
        "project_id": "PROJECT-p",
        "intervals": [
            {"variant_id": "x", "language": "en-GB", "time": "2026-09-21T14:15:00Z"}
            | {"max_concurrent_conversations": 25, "variant_name": "one"},
            {"variant_id": "x", "language": "en-US", "time": "2026-09-21T14:20:00Z"}
            | {"max_concurrent_conversations": 20, "variant_name": "one"},
            {"variant_id": "y", "language": "en-GB", "time": "2026-09-21T14:15:00.000Z"}
            | {"max_concurrent_conversations": 5, "variant_name": "two"},
        ],
    }
    assert grid.to_iso(START) == "2026-09-21T14:15:00Z"
    found = decode_answer(json.dumps(document).encode(), query(windows=2, slice_by=SliceBy.VARIANT))
    assert by_id(found) == {"x": (25, 20), "y": (5, GAP)}


def test_long_answers_are_read_in_batches_whatever_the_names_look_like() -> None:
    nasty = '},{"time":"},  {' * 40
    many = [
        row(slot, slot % 50, variant_id=f"v{part}", variant_name=nasty)
        for part in range(8)
        for slot in range(300)
    ]
    found = read(*many, None, slice_by=SliceBy.VARIANT, windows=300)
    assert len(json.dumps(answer(*many))) > 1_000_000
    assert by_id(found) == {f"v{part}": tuple(s % 50 for s in range(300)) for part in range(8)}
    assert {one.name for one in found.rows} == {nasty}
    assert found.ignored == 1


def test_the_path_of_a_bad_row_in_a_later_batch(caplog: pytest.LogCaptureFixture) -> None:
    good = [row(slot % 100, 1, padding="x" * 200) for slot in range(3000)]
    good[2500] = row(0, -5)
    assert read(*good, windows=100).ignored == 1
    assert "$.intervals[2500]." in caplog.text


def test_white_space_between_rows() -> None:
    body = json.dumps(answer(*[row(slot, slot) for slot in range(2016)]), indent=8).encode()
    assert total(decode_answer(body, query(windows=2016))) == tuple(range(2016))


def test_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_PARTS", 3)
    found = read(*[row(0, 1, variant_id=str(n)) for n in range(5)], slice_by=SliceBy.VARIANT)
    assert (len(found.rows), found.ignored) == (3, 2)


GOOD = json.dumps(answer(row(0), row(1))).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"not json", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (GOOD[:-20], "broke off"),
        (GOOD + GOOD, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"[]", "not one of this API"),
        (b"null", "not one of this API"),
        (b"{}", "not one of this API"),
        (b'{"account_id":"a","project_id":"b"}', "intervals"),
        (b'{"account_id":"a","project_id":"b","intervals":null}', "intervals is no list"),
        (b'{"account_id":"a","project_id":"b","intervals":{}}', "intervals is no list"),
        (b'{"account_id":1,"project_id":"b","intervals":[]}', "account_id"),
        (b"<!doctype html><title>Sign in</title>", "web page"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_what_is_no_answer_at_all(body: bytes, words: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=words) as caught:
        decode_answer(body, query())
    assert caught.value.__context__ is None


@given(st.integers(0, len(GOOD) - 1))
def test_no_truncation_passes_for_an_answer(length: int) -> None:
    with pytest.raises(UnexpectedAnswer):
        decode_answer(GOOD[:length], query())


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        decode_answer(body, query())


def test_what_an_envelope_at_200_says_is_kept() -> None:
    body = json.dumps({"success": False, "error_message": "out\x1bof order"}).encode()
    with pytest.raises(UnexpectedAnswer) as caught:
        decode_answer(body, query())
    assert caught.value.problem.error_message == "out␛of order"


@pytest.mark.parametrize(
    ("account", "project", "passes"),
    [
        ("ws-a", "PROJECT-p", True),
        ("ACCOUNT-zzz", "PROJECT-p", True),
        ("acme", "voice-agent", True),
        ("ws-b", "PROJECT-p", False),
        ("ws-a", "PROJECT-q", False),
    ],
)
def test_another_projects_answer(account: str, project: str, passes: bool) -> None:
    body = json.dumps(answer(row(0, 9), account=account, project=project)).encode()
    if passes:
        assert total(decode_answer(body, query(windows=1))) == (9,)
    else:
        with pytest.raises(AnotherProject, match="another project"):
            decode_answer(body, query(windows=1))


@pytest.mark.parametrize("bad", [False, True])
def test_no_call_reads_much_at_once(bad: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    read_batch = decoding.read_batch

    def measured(text: bytes, slice_by: SliceBy | None) -> object:
        sizes.append(len(text))
        return read_batch(text, slice_by)

    monkeypatch.setattr(decoding, "read_batch", measured)
    many: list[object] = [row(slot % 100, slot % 7, padding="x" * 60) for slot in range(8000)]
    assert read(*many, *[None] * bad, windows=100).ignored == bad
    assert sum(sizes) > 900_000
    assert max(sizes) < 135_000


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.integers(0, 9), st.sampled_from("abc")), max_size=40
    ),
    st.sampled_from([None, SliceBy.VARIANT]),
)
def test_pieces_join_into_what_one_answer_would_be(
    points: list[tuple[int, int, str]], slice_by: SliceBy | None
) -> None:
    whole = query(windows=5001, slice_by=slice_by)
    pieces = whole.pieces()
    assert len(pieces) == 3

    def answered(part: Query) -> Answer:
        within = [
            row(slot, count, variant_id=key, variant_name=f"{key} {slot}")
            for slot, count, key in points
            if part.start <= START + slot * grid.STEP < part.end
        ]
        return decode_answer(json.dumps(answer(*within)).encode(), part)

    assert join_answers(pieces, [answered(piece) for piece in pieces]) == answered(whole)
