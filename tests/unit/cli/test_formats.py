"""The formats of an export: every number and name is found again, in every one of them."""

import csv
import io
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.api.decoding import decode_answer
from polytop.api.query import Query
from polytop.cli.formats import (
    ENDINGS,
    FORMATS,
    METRIC,
    PART_METRIC,
    ExportSubject,
    cell,
    count,
    label,
)
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.target import ClientEnv, Filters, SliceBy, Target
from polytop.model.text import printable

TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
START = 1_790_000_100
VALUES = st.one_of(st.sampled_from([GAP, UNKNOWN, 0]), st.integers(0, 10**9))
HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from("=+-@\t\r\n\",;'\\{}\x1b #\u202e")))
NAMES = st.one_of(st.none(), HOSTILE.filter(bool))
SAMPLE = re.compile(rf'{PART_METRIC}\{{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\}} (\d+) (\d+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Intervals = list[tuple[str, int, str | None, str | None]]


@st.composite
def sliced(draw: st.DrawFn) -> list[Answer]:
    """Answers to one to three pieces that follow each other, sliced by variant."""
    ids = draw(st.lists(NAMES, max_size=4, unique=True))
    start, pieces = START, []
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.integers(1, 5))
        rows = [
            Row(
                Part(each),
                draw(NAMES) if each is not None else None,
                Series(start, tuple(draw(st.lists(VALUES, min_size=size, max_size=size)))),
            )
            for each in draw(st.permutations(ids))[: draw(st.integers(0, len(ids)))]
        ]
        pieces.append(Answer(None, tuple(rows)))
        start += size * grid.STEP
    return pieces


def text_of(name: str, pieces: list[Answer], subject: ExportSubject) -> str:
    form = FORMATS[name](subject)
    return form.begin() + "".join(map(form.piece, pieces)) + "".join(form.end())


def expected(pieces: list[Answer]) -> Intervals:
    """Return the exported values in the order of time."""
    found: Intervals = []
    for answer in pieces:
        rows = answer.rows if answer.total is None else (Row(Part(), None, answer.total),)
        each = [
            (time, value, row.part.id, row.name)
            for row in rows
            for time, value in row.series.known()
        ]
        found += [
            (grid.to_iso(time), *rest) for time, *rest in sorted(each, key=lambda one: one[0])
        ]
    return found


def from_json(text: str) -> Intervals:
    return [
        (
            row["time"],
            row["max_concurrent_conversations"],
            row.get("variant_id"),
            row.get("variant_name"),
        )
        for row in json.loads(text)["intervals"]
    ]


def from_jsonl(text: str) -> Intervals:
    return from_json(f'{{"intervals": [{",".join(text.splitlines())}]}}')


def by_variant() -> ExportSubject:
    return ExportSubject(TARGET, Filters(ClientEnv.LIVE), SliceBy.VARIANT)


@pytest.mark.parametrize(("name", "read"), [("json", from_json), ("jsonl", from_jsonl)])
@given(sliced())
def test_json_holds_exactly_what_the_api_said(
    name: str, read: Callable[[str], Intervals], pieces: list[Answer]
) -> None:
    text = text_of(name, pieces, by_variant())
    assert text.isascii()
    assert read(text) == expected(pieces)
    assert len(expected(pieces)) == sum(map(count, pieces))


@given(sliced())
def test_csv_holds_every_number_with_the_names_as_they_are_shown(pieces: list[Answer]) -> None:
    text = text_of("csv", pieces, by_variant())
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert head == ["time", "max_concurrent_conversations", "variant_id", "variant_name"]
    assert [(row[0], int(row[1])) for row in rows] == [each[:2] for each in expected(pieces)]
    shown = [[printable(name or "") for name in each[2:]] for each in expected(pieces)]
    for row, names in zip(rows, shown, strict=True):
        assert [name.removeprefix("'") for name in row[2:]] == [n.removeprefix("'") for n in names]
    assert text.count("\r\n") == len(rows) + 1
    assert text.count("\n") == len(rows) + 1


@given(HOSTILE)
def test_no_cell_starts_a_formula_or_breaks_the_line(text: str) -> None:
    line = f"{cell(text)},{cell(text)}\r\n"
    rows = list(csv.reader(io.StringIO(line, newline=""), strict=True))
    assert len(rows) == 1
    first, second = rows[0]
    assert first == second
    assert first.lstrip()[:1] not in {*"=+-@＝＋－＠\t\r\n"} - {""}
    assert first in (printable(text), f"'{printable(text)}")


@pytest.mark.parametrize("start", "=+-@\t\r＝＋－＠")
def test_whatever_starts_a_formula_is_made_text(start: str) -> None:
    assert cell(f'{start}cmd|"x"').strip('"')[:1] in ("'", "␉", "␍")
    assert cell(f" {start}1")[:1] == "'" or start in "\t\r"


@given(sliced())
def test_openmetrics_holds_every_number_series_by_series(pieces: list[Answer]) -> None:
    text = text_of("openmetrics", pieces, by_variant())
    kind, *lines = text.split("\n")[1:]
    assert text.startswith(f"# HELP {PART_METRIC} ")
    assert kind == f"# TYPE {PART_METRIC} gauge"
    assert lines[-2:] == ["# EOF", ""]
    found, order = [], []
    for line in lines[:-2]:
        match = SAMPLE.fullmatch(line)
        assert match, line
        order.append(match[1])
        labels = {name: unescaped(value) for name, value in LABEL.findall(match[1])}
        assert labels["account_id"] == "ws-1"
        found.append((grid.to_iso(int(match[3])), int(match[2]), labels.get("variant_id")))
    wanted = [
        (time, value, None if id is None else printable(id))
        for time, value, id, _ in expected(pieces)
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert order == [one for series in dict.fromkeys(order) for one in order if one == series]


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value)


@given(HOSTILE)
def test_a_label_is_read_as_what_is_shown(text: str) -> None:
    assert "\n" not in label(text)
    assert re.fullmatch(r'(?:[^"\\]|\\[\\"n])*', label(text))
    assert unescaped(label(text)) == printable(text)


def test_the_samples_of_a_series_are_in_order_and_named_as_it_was_called_last() -> None:
    def piece(start: int, *rows: tuple[str, str | None]) -> Answer:
        return Answer(None, tuple(Row(Part(id), name, Series(start, (1, 2))) for id, name in rows))

    later = START + 2 * grid.STEP
    pieces = [piece(START, ("a", "Old"), ("b", "B")), piece(later, ("a", "New"), ("b", None))]
    lines = text_of("openmetrics", pieces, by_variant()).splitlines()[2:-1]
    named = [re.findall(r'variant_name="(\w+)"', line)[0] for line in lines]
    assert named == ["New"] * 4 + ["B"] * 4
    times = [int(line.split()[-1]) for line in lines]
    assert times[:4] == times[4:] == sorted(times[:4])


def test_the_total_has_the_shape_of_an_answer_that_is_not_sliced() -> None:
    subject = ExportSubject(TARGET, Filters(ClientEnv.SANDBOX, language="en-GB"))
    pieces = [Answer(Series(START, (7, GAP, 0, UNKNOWN)))]
    found = json.loads(text_of("json", pieces, subject))
    third = grid.to_iso(START + 600)
    assert found == {
        "account_id": "ws-1",
        "project_id": "PROJECT-1",
        "intervals": [
            {"time": grid.to_iso(START), "max_concurrent_conversations": 7},
            {"time": third, "max_concurrent_conversations": 0},
        ],
    }
    assert text_of("csv", pieces, subject).splitlines()[2] == f"{third},0,,"
    sample = text_of("openmetrics", pieces, subject).splitlines()[2]
    assert sample == (
        f'{PART_METRIC}{{account_id="ws-1",project_id="PROJECT-1",region="uk-1",'
        f'client_env="sandbox",language="en-GB"}} 7 {START}'
    )


@pytest.mark.parametrize(
    ("filters", "slice_by", "metric"),
    [
        (Filters(), None, METRIC),
        (Filters(ClientEnv.SANDBOX), None, METRIC),
        (Filters(), SliceBy.VARIANT, PART_METRIC),
        (Filters(language="en-GB"), None, PART_METRIC),
        (Filters(variant_name="Main line"), None, PART_METRIC),
        (Filters(phone_number="+44123"), None, PART_METRIC),
    ],
)
def test_all_calls_and_parts_of_them_are_two_families(
    filters: Filters, slice_by: SliceBy | None, metric: str
) -> None:
    total = Series(START, (7,))
    answer = Answer(total) if slice_by is None else Answer(None, (Row(Part("a"), None, total),))
    text = text_of("openmetrics", [answer], ExportSubject(TARGET, filters, slice_by))
    assert {line.split("{")[0] for line in text.splitlines() if not line.startswith("#")} == {
        metric
    }
    assert f"# TYPE {metric} gauge" in text
    assert "Do not sum." in text


def test_no_two_selections_are_one_series_of_parts() -> None:
    """Calls without a variant are not all calls of a filter, which has the same other labels."""
    values, seen = Series(START, (7,)), set()
    sliced = Answer(None, (Row(Part("a"), None, values), Row(Part(None), None, values)))
    for filters in (Filters(language="en-GB"), Filters(phone_number="+44123"), Filters()):
        for slice_by, answer in ((None, Answer(values)), (SliceBy.VARIANT, sliced)):
            text = text_of("openmetrics", [answer], ExportSubject(TARGET, filters, slice_by))
            names = {each.split(" ")[0] for each in text.splitlines() if each[0] != "#"}
            assert len(names) == (1 if slice_by is None else 2)
            assert names.isdisjoint(seen)
            seen |= names


@pytest.mark.parametrize("slice_by", [SliceBy.LANGUAGE, SliceBy.PHONE_NUMBER])
def test_a_slice_that_a_server_may_offer_one_day_has_its_own_name(slice_by: SliceBy) -> None:
    subject = ExportSubject(TARGET, Filters(), slice_by)
    pieces = [Answer(None, (Row(Part("+44"), None, Series(START, (3,))),))]
    assert json.loads(text_of("jsonl", pieces, subject))[slice_by.value] == "+44"
    head, row = text_of("csv", pieces, subject).splitlines()
    assert head.split(",")[2:] == ["variant_id", "variant_name", slice_by.value]
    assert row.split(",")[2:] == ["", "", "'+44"]
    assert f'{slice_by.value}="+44"' in text_of("openmetrics", pieces, subject)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_a_whole_document_too(name: str) -> None:
    text = text_of(name, [Answer(None, ())], by_variant())
    if name == "json":
        assert json.loads(text)["intervals"] == []
    assert len(text.splitlines()) == {"csv": 1, "json": 2, "jsonl": 0, "openmetrics": 3}[name]


def test_every_ending_stands_for_a_format() -> None:
    assert set(ENDINGS.values()) == set(FORMATS)


def test_a_renamed_variant_has_the_name_that_the_api_gave_each_interval() -> None:
    names = ["old", "old", None, "new", "old"]
    rows = [
        {
            "time": grid.to_iso(START + at * grid.STEP),
            "max_concurrent_conversations": at,
            "variant_id": "v1",
            **({} if name is None else {"variant_name": name}),
        }
        for at, name in enumerate(names)
    ]
    for sent in (rows, rows[::-1]):
        end = START + len(names) * grid.STEP
        query = Query(TARGET, Filters(), START, end, SliceBy.VARIANT)
        body = {"account_id": "ws-1", "project_id": "PROJECT-1", "intervals": sent}
        answer = decode_answer(json.dumps(body).encode(), query)
        subject = ExportSubject(TARGET, Filters(), SliceBy.VARIANT)
        written = FORMATS["json"](subject)
        text = written.begin() + written.piece(answer) + "".join(written.end())
        assert json.loads(text)["intervals"] == rows
        assert answer.rows[0].name == "old"
        lines = FORMATS["csv"](subject).piece(answer).splitlines()
        assert [line.rpartition(",")[2] for line in lines] == [name or "" for name in names]
