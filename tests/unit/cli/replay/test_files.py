"""Files that are replayed: what an export wrote comes back, and nothing else gets in."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from polytop.cli.formats import FORMATS, ExportSubject, cell
from polytop.cli.replay.files import FileError, Recording, load_recording
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import GAP, Series
from polytop.model.target import Filters, SliceBy, Target
from polytop.model.text import printable

START = 1_789_997_700
HEAD = "time,max_concurrent_conversations,variant_id,variant_name\r\n"
LINE = "2026-09-21T13:35:00Z,4,,\r\n"
TARGET = Target("ws-one", "PROJECT-one", "https://simulator.invalid")

values = st.lists(st.integers(GAP, 10**9), min_size=1, max_size=20).filter(lambda v: max(v) >= 0)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
texts |= st.sampled_from(["=1+1", "'=x", "-", "@a,b", '"', "\ta", "ünder", "'", "' =y", "a\r\nb"])


def written(form: str, answer: Answer, slice_by: SliceBy | None) -> bytes:
    made = FORMATS[form](ExportSubject(TARGET, Filters(), slice_by))
    return (made.begin() + made.piece(answer) + "".join(made.end())).encode()


def saved(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def known(series: Series | None) -> list[tuple[int, int]]:
    assert series is not None
    return list(series.known())


def read(folder: Path, *contents: bytes | str) -> Recording:
    return load_recording([saved(folder, f"{n}.dat", data) for n, data in enumerate(contents)])


def refused(folder: Path, *contents: bytes | str) -> str:
    with pytest.raises(FileError) as caught:
        read(folder, *contents)
    words = caught.value.format_message()
    assert words.isprintable()
    assert words.startswith(("0.dat", "1.dat"))
    return words


# -- round trips

shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@shared
@given(st.sampled_from(["csv", "json", "jsonl"]), values, st.booleans())
def test_a_total_comes_back(tmp_path: Path, form: str, found: list[int], packed: bool) -> None:
    series = Series(START, tuple(found))
    data = written(form, Answer(series), None)
    back = read(tmp_path, gzip.compress(data) if packed else data)
    assert known(back.total) == known(series)
    assert back.rows is None
    assert back.doubled == 0
    assert (back.start, back.end) == (known(series)[0][0], known(series)[-1][0] + 300)
    assert back.project_id == ("PROJECT-one" if form == "json" else None)


@shared
@given(
    st.sampled_from(["csv", "json", "jsonl"]),
    st.dictionaries(st.none() | texts, st.tuples(texts, values), min_size=1, max_size=5),
)
def test_a_breakdown_comes_back(
    tmp_path: Path, form: str, parts: dict[str | None, tuple[str, list[int]]]
) -> None:
    def told(text: str) -> str:
        return printable(text) if form == "csv" else text

    shown = {None if key is None else told(key) for key in parts}
    guarded = {text for text in shown if text and text.startswith("'")}
    # A total; ids that CSV cannot tell apart; and a ' that may be the export's own.
    assume(shown != {None} and len(shown) == len(parts) and not guarded)
    size = max(len(each) for _, each in parts.values())
    rows = tuple(
        Row(
            Part(key),
            None if key is None else name,
            Series(START, tuple(each + [GAP] * size)[:size]),
        )
        for key, (name, each) in parts.items()
    )
    back = read(tmp_path, written(form, Answer(None, rows), SliceBy.VARIANT))
    assert back.total is None
    assert {row.part.id: known(row.series) for row in back.rows or ()} == {
        None if row.part.id is None else told(row.part.id): known(row.series) for row in rows
    }
    for row in back.rows or ():
        names = {
            told(each.name)
            for each in rows
            if each.name and told(each.part.id or "") == row.part.id
        }
        assert (row.name is None) == (not names)
        assert row.name is None or cell(row.name) in {cell(name) for name in names} | names


def test_the_quote_before_a_formula_goes_and_no_other(tmp_path: Path) -> None:
    names = ["=1+1", "-5", " @x", "'quoted'", "it's", "+4478", '="a"']
    rows = tuple(Row(Part(f"V{n}"), name, Series(START, (n,))) for n, name in enumerate(names))
    back = read(tmp_path, written("csv", Answer(None, rows), SliceBy.VARIANT))
    assert [row.name for row in back.rows or ()] == names


def test_a_total_and_its_variants_are_replayed_together(tmp_path: Path) -> None:
    total = Series(START, (5, 6, 7))
    row = Row(Part("V1"), "one", Series(START + 600, (3, GAP, 0)))
    for order in (1, -1):
        both = [
            written("json", Answer(total), None),
            written("csv", Answer(None, (row,)), SliceBy.VARIANT),
        ][::order]
        back = read(tmp_path, *both)
        assert back.total == Series(START, (5, 6, 7, GAP, GAP))
        assert back.rows == (Row(Part("V1"), "one", Series(START, (GAP, GAP, 3, GAP, 0))),)
        assert back.account_id == "ws-one"


def test_what_curl_or_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    rows = [
        {"time": "2026-09-21T15:40:00+02:00", "max_concurrent_conversations": 3.0, "more": [1]},
        {"time": "2026-09-21T13:35:00Z", "max_concurrent_conversations": 0, "variant_id": None},
    ]
    document = {"account_id": "ws-a", "project_id": "P", "intervals": rows, "trace": 1}
    want = [(START, 0), (START + 300, 3)]
    assert known(read(tmp_path, json.dumps(document)).total) == want
    assert known(read(tmp_path, "\r\n" + json.dumps(document, indent=1)).total) == want
    table = "max_concurrent_conversations,time\n3,2026-09-21T13:40:00Z\n\n0,2026-09-21T13:35:00Z"
    assert known(read(tmp_path, table).total) == want
    assert known(read(tmp_path, "\ufeff" + table).total) == want
    assert known(read(tmp_path, table.encode("utf-16")).total) == want
    lines = "\n\n".join(json.dumps(row) for row in rows)
    assert known(read(tmp_path, lines).total) == want


def test_a_window_told_twice_is_the_higher_one(tmp_path: Path) -> None:
    again = HEAD + LINE + LINE.replace(",4,", ",9,") + LINE
    assert read(tmp_path, again).total == Series(START, (9,))
    assert read(tmp_path, again).doubled == 2
    assert read(tmp_path, HEAD + LINE + LINE, HEAD + LINE).doubled == 0


def test_a_variant_has_its_newest_name(tmp_path: Path) -> None:
    early, late = "2026-09-21T13:35:00Z,4,V1,{}\n", "2026-09-21T13:40:00Z,4,V1,{}\n"
    back = read(
        tmp_path, HEAD + late.format("new") + early.format("old"), HEAD + early.format("zz")
    )
    assert [(row.part.id, row.name) for row in back.rows or ()] == [("V1", "new")]
    nameless = read(tmp_path, HEAD + "2026-09-21T13:35:00Z,4,,Front desk\n")
    assert [(row.part.id, row.name) for row in nameless.rows or ()] == [
        ("Front desk", "Front desk")
    ]


# -- what is not right

INTERVAL = '{"time": "2026-09-21T13:35:00Z", "max_concurrent_conversations": %s}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (HEAD, "no interval"),
        ('{"intervals": []}', "no interval"),
        ("hello", "no column time"),
        ("\x00\x01", "no column time"),
        (b"\x80abc\n", "line 1: neither JSON nor CSV in UTF-8"),
        (HEAD.encode() + b"2026,\xff", "line 2: neither JSON nor CSV"),
        ("<html>", "web page"),
        ("[1]", "list"),
        ("# HELP x\n", "openmetrics"),
        (b"\x1f\x8b\x08\x00rubbish", "damaged"),
        (gzip.compress(b"x" * 999, mtime=0)[:-12], "damaged"),
        ('{"error_message": "no such key"}', "the API said: no such key"),
        ('{"intervals": 5}', "not in the shape"),
        ('{"intervals": [' + INTERVAL % 1, "breaks off"),
        ('{"intervals": [\n' + INTERVAL % 1 + "\n" + INTERVAL % 2 + "]}", "line 3: not JSON"),
        ('{"intervals": [' + INTERVAL % 1 + ", 7]}", "intervals[1]: not an interval"),
        ('{"intervals": [' + INTERVAL % '"5"' + "]}", "intervals[0]: not an interval"),
        (INTERVAL % 1 + "\n" + INTERVAL % -1, "line 2: -1 is not a possible"),
        (INTERVAL % 1 + "\n" + INTERVAL % 1.5, "line 2: 1.5 is not a possible"),
        (INTERVAL % 1 + "\n" + INTERVAL % 10**10, "line 2: 10000000000 is not a possible"),
        (INTERVAL % 1 + "\n" + INTERVAL % 1 + "x", "line 2: not JSON"),
        (INTERVAL % 1 + "\n" + (INTERVAL % 1)[:-1], "line 2: not JSON"),
        ((INTERVAL % 1)[:-1] + ', "language": "en-GB"}', "sliced by language"),
        (HEAD.strip() + ",phone_number\n", "sliced by phone_number"),
        (HEAD + LINE.replace("35:00", "35:01"), "line 2: time is not the start of a window"),
        (HEAD + LINE.replace("Z", ""), "line 2: time is not a date with an offset"),
        (HEAD + LINE.replace("2026", "1026"), "line 2: time is out of the calendar"),
        (HEAD + LINE + LINE.replace(",4,", ",4.5,"), "line 3: max_concurrent_conversations is no"),
        (HEAD + LINE + LINE.replace(",4,", ",−4,"), "line 3: max_concurrent_conversations is no"),
        (HEAD + LINE + "2026-09-21T13:35:00Z,4\n", "line 3: 2 cells where the head has 4"),
        (HEAD + LINE + '2026-09-21T13:35:00Z,4,"a"b,\n', "line 3: not CSV"),
        (HEAD + LINE.replace("2026", "1971") + LINE.replace("2026", "2970"), "more than can be"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, content: bytes | str, said: str
) -> None:
    words = refused(tmp_path, content)
    assert said in words
    assert "; " in words


def test_files_of_two_projects_are_refused(tmp_path: Path) -> None:
    row = INTERVAL % 1
    one, two = (f'{{"account_id": "a", "project_id": "{p}", "intervals": [{row}]}}' for p in "pq")
    assert "1.dat: of another project than 0.dat" in refused(tmp_path, one, two)
    assert read(tmp_path, row, one).project_id == "p"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="folder"):
        load_recording([tmp_path])
    with pytest.raises(FileError, match="no such file"):
        load_recording([tmp_path / "gone.csv"])
    with pytest.raises(FileError, match="cannot be read"):
        load_recording([Path("a\0b")])
    hostile = saved(tmp_path, "a\x1b[31m\n.csv", "x")
    with pytest.raises(FileError) as caught:
        load_recording([hostile])
    assert caught.value.format_message().isprintable()


pieces = st.sampled_from(
    ["{", "}", "[", "]", '"', ",", "\n", "\r", "'", "=", " ", "\x00", HEAD, LINE, INTERVAL % 1,
     '{"intervals": [', "]}", '"time":', "null", "1e999", "\ud800", "2026-09-21T13:35:00Z", "-1"]
)  # fmt: skip


@settings(shared, max_examples=300)
@given(st.lists(pieces | st.text(max_size=5), max_size=8), st.binary(max_size=8), st.booleans())
def test_garbage_is_refused_and_never_more(
    tmp_path: Path, parts: list[str], more: bytes, packed: bool
) -> None:
    data = "".join(parts).encode(errors="surrogatepass") + more
    words, back = "", None
    try:
        back = read(tmp_path, gzip.compress(data) if packed else data)
    except FileError as error:
        words = error.format_message()
    assert words.isprintable()
    assert bool(words) is (back is None)
    assert back is None or back.end > back.start


# -- CSV that another program wrote again

BACK = "time,max_concurrent_conversations,variant_id,variant_name\n"
ROWS = (("2026-09-21T13:35:00Z", 36, "v-1", "Café, main"), ("2026-09-21T13:40:00Z", 0, "v-1", "x"))


def again(
    separator: str = ",",
    number: str = "{}",
    time: str = "{}T{}Z",
    ends: str = "\n",
    quote: bool = False,
    before: str = "",
    more: str = "",
) -> str:
    """The rows in the way that a program writes them."""
    lines = [["time", "max_concurrent_conversations", "variant_id", "variant_name"]]
    for moment, count, *variant in ROWS:
        day, clock = moment.rstrip("Z").split("T")
        lines.append([time.format(day, clock), number.format(count), *map(str, variant)])

    def cell(text: str) -> str:
        return f'"{text}"' if quote or separator in text else text

    return before + "".join(separator.join(map(cell, line)) + more + ends for line in lines)


@pytest.mark.parametrize(
    "content",
    {
        "as exported": again(ends="\r\n"),
        "pandas: floats": again(number="{}.0"),
        "pandas: times": again(time="{} {}+00:00"),
        "pandas: quoted": again(quote=True, time="{} {}+00:00", number="{}.0"),
        "byte order mark": "\ufeff" + again(),
        "Excel: semicolons": again(";", ends="\r\n", before="\ufeff"),
        "Excel: decimal commas": again(";", number="{},0", ends="\r\n", quote=True),
        "Excel: its first line": again(";", before="sep=;\r\n", ends="\r\n"),
        "Excel: empty cells and lines": again(";", more=";;", before="\n") + ";;;;;\n\n",
        "Excel: tabs in UTF-16": again("\t", ends="\r\n").encode("utf-16"),
        "blanks around": again(time=" {}T{}Z ", number=" {} "),
        "a blank before the offset": again(time="{} {} +00:00"),
        "a blank and a zone": again(time="{} {} UTC"),
        "another offset": again(time="{} {}+0000"),
        "exponents": again(number="{}E+00"),
        "old line ends": again(ends="\r"),
    }.items(),
    ids=lambda item: item[0],
)
def test_csv_that_another_program_wrote_is_replayed(
    tmp_path: Path, content: tuple[str, str | bytes]
) -> None:
    found = read(tmp_path, content[1])
    assert found.rows is not None
    (only,) = found.rows
    assert (only.part.id, only.name) == ("v-1", "x")
    assert only.series.values == (36, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    {
        "half a call": (
            again(number="{}.5"),
            "line 2: max_concurrent_conversations is not a whole",
        ),
        "thousands": (again(number="1,{}", quote=True), "line 2: max_concurrent_conversations is"),
        "no value": (again(number=""), "line 2: max_concurrent_conversations is not a whole"),
        "NaN": (again(number="nan"), "line 2: max_concurrent_conversations is not a whole"),
        "too many": (again(number="{}E+99"), "line 2: 3"),
        "negative": (again(number="-{}"), "line 2: max_concurrent_conversations is not a whole"),
        "Excel's date": (again(time="21/09/2026 13:35"), "line 2: time is not a date with an"),
        "no offset": (again(time="{} {}"), "line 2: time is not a date with an offset"),
        "a serial number": (again(time="46286.5659"), "line 2: time is not a date with an offset"),
        "a long time": (again(time="{}T{}Z" + "0" * 100_000), "line 2: time is not a date"),
        "bars": (again("|"), "line 1: no column time"),
    }.values(),
)
def test_csv_that_cannot_be_read_is_refused_with_line_and_reason(
    tmp_path: Path, content: str, said: str
) -> None:
    words = refused(tmp_path, content)
    assert any(each in words for each in said.split("|"))
    assert len(words) < 400


def test_a_long_name_is_cut_and_its_id_kept(tmp_path: Path) -> None:
    line = "2026-09-21T13:35:00Z,4,v-1," + "n" * 100_000 + "\n"
    found = read(tmp_path, HEAD + line)
    assert found.rows is not None
    (only,) = found.rows
    assert (only.part.id, only.name) == ("v-1", "n" * 1_000)
