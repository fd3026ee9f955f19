"""The monitor's data as a file: it reads back as it was shown."""

import csv
import io
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.cli.runtime.export import export_shown
from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import RowView, Snapshot, View
from polytop.model.stats import Summary
from polytop.model.target import Filters, Target
from polytop.ui.ports import FORMS, ExportWish, complete_range, default_path, path_for
from polytop.ui.render.context import Subject

START = 1_795_081_200
SUBJECT = Subject("prod", Target("ws-1", "PROJECT-1", "https://api.example", "uk-1"))
HOSTILE = '=HYPERLINK("http://evil")\x1b[31m, \n'

Told = dict[tuple[int, str | None], int]
"""Values by window and part."""


def shown(
    total: tuple[int, ...],
    rows: dict[str | None, tuple[int, ...]] | None = None,
    *,
    running: bool = True,
    names: Callable[[str | None], str | None] = lambda part: part and f"name of {part}",
) -> Snapshot:
    """A snapshot of these windows, the last of which runs now unless told otherwise."""
    end = START + len(total) * grid.STEP
    view = View(Filters(), end - START, None if running else end)
    return Snapshot(
        at=end - 100.0 if running else end + 86_400.0,
        view=view,
        wanted=view,
        start=START,
        end=end,
        total=Series(START, total),
        summary=Summary(),
        rows=rows
        and tuple(
            RowView(Part(part), names(part), Series(START, values), Summary())
            for part, values in rows.items()
        ),
    )


def wish(form: str, path: Path, *, sliced: bool = False, **changes: bool) -> ExportWish:
    return ExportWish(form, sliced, str(path), **changes)


def inside(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def read(form: str, text: str) -> Told:
    """Return the content of a file."""
    if form == "openmetrics":
        assert text.endswith("# EOF\n")
        lines = re.findall(r"^polyai\w+{(.*)} (\d+) (\d+)$", text, re.MULTILINE)
        parts = [re.search(r'variant_id="(\w+)"', labels) for labels, _, _ in lines]
        return {
            (int(at), part and part[1]): int(value)
            for (_, value, at), part in zip(lines, parts, strict=True)
        }
    if form == "csv":
        found = list(csv.DictReader(io.StringIO(text, newline="")))
    elif form == "json":
        found = json.loads(text)["intervals"]
    else:
        found = [json.loads(line) for line in text.splitlines()]
    return {
        (int(grid.from_iso(each["time"])), each.get("variant_id") or None): int(
            each["max_concurrent_conversations"]
        )
        for each in found
    }


def known(part: str | None, series: Series, before: int) -> Told:
    return {(at, part): value for at, value in series.known() if at < before}


VALUES = st.lists(st.integers(UNKNOWN, 9), min_size=2, max_size=30).map(tuple)
DATA = st.sampled_from(["csv", "json", "jsonl", "openmetrics"])


@given(VALUES, DATA, st.booleans())
def test_the_total_reads_back_as_it_was_shown(
    values: tuple[int, ...], form: str, running: bool
) -> None:
    snapshot = shown(values, running=running)
    expected = known(None, snapshot.total, complete_range(snapshot)[1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        if not expected and (not running or values[-1] < 0):
            with pytest.raises(ValueError, match="nothing is known"):
                export_shown(snapshot, wish(form, path), SUBJECT)
            assert not path.exists()
            return
        words = export_shown(snapshot, wish(form, path), SUBJECT)
        found = read(form, path.read_text("utf-8"))
    assert found == (expected or known(None, snapshot.total, snapshot.end))
    plural = "" if len(found) == 1 else "s"
    assert words.startswith(f"{len(found)} interval{plural} written to ")
    lacking = values[: len(values) - running if expected else None].count(UNKNOWN)
    assert (f"; {lacking} window" in words) == bool(lacking)
    assert ("only the window that runs now is known" in words) == (not expected)
    assert ("the window that runs now is left out" in words) == (running and bool(expected))


def test_after_an_outage_the_export_says_what_is_left_out_and_why(tmp_path: Path) -> None:
    snapshot = shown((1, 2, 3, 4, UNKNOWN, UNKNOWN, UNKNOWN))
    last = frozenset({START + 3 * grid.STEP})
    snapshot = replace(snapshot, total=replace(snapshot.total, provisional=last))
    path = tmp_path / "x"
    words = export_shown(snapshot, wish("csv", path), SUBJECT)
    assert [*read("csv", path.read_text("utf-8")).values()] == [1, 2, 3]
    assert "the window that was fetched while it ran is left out" in words
    assert "2 windows not fetched, left out" in words
    assert "runs now" not in words


@given(
    st.integers(2, 20).flatmap(
        lambda size: st.dictionaries(
            st.sampled_from(["a", "b", "c", None]),
            st.lists(st.integers(UNKNOWN, 9), min_size=size, max_size=size).map(tuple),
            min_size=1,
        )
    ),
    DATA,
)
def test_every_row_reads_back_as_it_was_shown(
    rows: dict[str | None, tuple[int, ...]], form: str
) -> None:
    size = len(next(iter(rows.values())))
    snapshot = shown((5,) * size, rows)
    expected: Told = {}
    for part, values in rows.items():
        expected |= known(part, Series(START, values), snapshot.running)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        if not expected:
            return
        export_shown(snapshot, wish(form, path, sliced=True), SUBJECT)
        assert read(form, path.read_text("utf-8")) == expected


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "openmetrics"])
def test_months_are_written_whole(tmp_path: Path, form: str) -> None:
    size = 5_000
    snapshot = shown(tuple(at % 97 for at in range(size)), {"a": tuple(range(size))})
    export_shown(snapshot, wish(form, tmp_path / "t"), SUBJECT)
    export_shown(snapshot, wish(form, tmp_path / "r", sliced=True), SUBJECT)
    before = snapshot.running
    total = read(form, (tmp_path / "t").read_text())
    assert total == known(None, snapshot.total, before)
    assert list(total) == sorted(total)
    assert read(form, (tmp_path / "r").read_text()) == known(
        "a", Series(START, tuple(range(size))), before
    )


def test_names_are_data(tmp_path: Path) -> None:
    snapshot = shown((1, 2, 3), {"a": (1, 2, 3)}, names=lambda _: HOSTILE)
    for form in ("csv", "json", "jsonl", "openmetrics"):
        path = tmp_path / form
        export_shown(snapshot, wish(form, path, sliced=True), SUBJECT)
        text = path.read_text("utf-8")
        assert "\x1b" not in text
        assert read(form, text) == {(START, "a"): 1, (START + 300, "a"): 2}
    with (tmp_path / "csv").open(newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    assert row["variant_name"].startswith("'=HYPERLINK")


def test_filters_are_those_that_are_shown(tmp_path: Path) -> None:
    snapshot = shown((1, 2))
    filters = Filters(language="en-GB")
    snapshot = replace(snapshot, view=replace(snapshot.view, filters=filters))
    export_shown(snapshot, wish("openmetrics", tmp_path / "x"), SUBJECT)
    assert 'language="en-GB"' in (tmp_path / "x").read_text()


def test_a_file_that_is_there_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "there.csv"
    path.write_text("precious")
    path.chmod(0o600)
    with pytest.raises(FileExistsError, match=r"there\.csv is there already"):
        export_shown(shown((1, 2)), wish("csv", path), SUBJECT)
    assert path.read_text() == "precious"
    export_shown(shown((1, 2)), wish("csv", path, replace=True), SUBJECT)
    assert read("csv", path.read_text()) == {(START, None): 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert inside(tmp_path) == ["there.csv"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    snapshot = shown((1, 2))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for path, error, words in (
        (str(tmp_path), ValueError, "is a folder"),
        (str(tmp_path / "pipe"), ValueError, "not a regular file"),
        ("/dev/null", ValueError, "not a regular file"),
        (str(tmp_path / "missing" / "x"), OSError, "cannot be written: no such file"),
        (str(tmp_path / "file" / "x"), OSError, "cannot be written: not a directory"),
        (str(tmp_path / ("x" * 300)), OSError, "cannot be written: file name too long"),
        ("~nobody-of-that-name/x", ValueError, "an unknown user"),
        ("a\0b", ValueError, "null"),
        ("", ValueError, "name the file"),
        ("-", ValueError, "name the file"),
    ):
        for replaced in (False, True):
            with pytest.raises(error, match=words) as caught:
                export_shown(snapshot, ExportWish("csv", False, path, replaced), SUBJECT)
            assert "--" not in str(caught.value)
    assert inside(tmp_path) == ["file", "pipe"]


def test_a_name_like_an_option_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    export_shown(shown((1, 2)), ExportWish("csv", False, "./-"), SUBJECT)
    assert inside(tmp_path) == ["-"]
    assert capsys.readouterr() == ("", "")


def test_a_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    words = export_shown(shown((1, 2)), ExportWish("csv", False, "~/x.csv"), SUBJECT)
    assert words.startswith("1 interval written to ~/x.csv")
    assert inside(tmp_path) == ["x.csv"]


def test_a_breakdown_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for rows in (None, {}):
        with pytest.raises(ValueError, match="no breakdown"):
            export_shown(shown((1, 2), rows), wish("csv", tmp_path / "x", sliced=True), SUBJECT)
    assert inside(tmp_path) == []


def test_gaps_alone_are_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wait for data"):
        export_shown(shown((GAP, GAP)), wish("csv", tmp_path / "x"), SUBJECT)


def test_a_picture_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    words = export_shown(shown((GAP,)), wish("svg", path), SUBJECT, "<svg>é</svg>")
    assert path.read_text("utf-8") == "<svg>é</svg>"
    assert words == f"picture written to {path}"
    with pytest.raises(ValueError, match="no picture"):
        export_shown(shown((1,)), wish("svg", path, replace=True), SUBJECT)


# -- names of files


@given(st.text(max_size=80), st.sampled_from(list(FORMS)))
def test_default_names_are_safe_and_tell_the_range(profile: str, form: str) -> None:
    name = default_path(profile, shown((1,) * 73), form)
    assert re.fullmatch(r"polytop-\w[\w.]*-\d{8}T\d{4}Z-\d{8}T\d{4}Z\.\w+", name, re.ASCII)
    assert name.endswith(FORMS[form])
    assert len(name) < 100


def test_default_names_by_hand() -> None:
    past = shown((1,) * 12, running=False)
    assert default_path("prod", past, "csv") == "polytop-prod-20261119T0940Z-20261119T1040Z.csv"
    now = shown((1,) * 12)
    assert default_path("../e\x1b", now, "svg") == "polytop-e-20261119T0940Z-20261119T1035Z.svg"


@pytest.mark.parametrize(
    ("path", "expected"), [("x.csv", "x.json"), ("x.txt", "x.txt"), (".csv", ".csv"), ("", "")]
)
def test_an_ending_follows_the_form_where_it_was_its_own(path: str, expected: str) -> None:
    assert path_for(path, "csv", "json") == expected
