"""Questions of capacity from the command line, and from a measured peak."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from simulated_profiles import OFFLINE, shown

from polytop.cli.capacity import (
    Load,
    WhatIf,
    command,
    document,
    lines,
    load_of_arrivals,
    load_of_peak,
    measured_peak,
    share_text,
)
from polytop.model.erlang import blocking_probability
from polytop.model.series import GAP


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("POLYTOP_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def called(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def as_json(*arguments: str) -> dict[str, object]:
    result = called(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) == {
        *("source", "load", "growth", "offered", "measured", "blocking_target", "limit_needed"),
        *("limit", "blocking_at_limit", "carried_at_limit", "load_at_limit"),
    }
    return dict(found)


def test_from_a_peak() -> None:
    found = as_json("--peak", "84.06", "--limit", "100")
    assert found["limit_needed"] == 100
    assert found["blocking_at_limit"] == pytest.approx(0.01, abs=1e-4)
    assert found["load_at_limit"] == pytest.approx(84.0642, abs=1e-4)
    assert found["source"] == "peak"
    assert found["measured"] is None


def test_from_arrivals_with_growth_and_another_target() -> None:
    found = as_json(
        *("--calls-per-hour", "1200", "--length", "4m", "--growth", "1.2", "--blocking", "0.1%")
    )
    assert (found["load"], found["offered"]) == (80, 96)
    assert found["blocking_target"] == pytest.approx(0.001)
    needed = found["limit_needed"]
    assert isinstance(needed, int)
    assert blocking_probability(96, needed) <= 0.001 < blocking_probability(96, needed - 1)
    assert found["limit"] is None
    assert found["blocking_at_limit"] is None


def test_the_words_for_people() -> None:
    result = called("--peak", "87", "--limit", "90", "--growth", "1.2")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "offered load              87 erlangs (given)",
        "with growth × 1.2         104.4 erlangs",
        "limit for 1 % blocking    122",
        "blocking at limit 90      17.5 % (1 call in 6), 95.7 % in use",
        "load that limit 90 takes  74.68 erlangs at 1 % blocking",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--calls-per-hour", "5"], "go together"),
        (["--length", "5m"], "go together"),
        (["--peak", "5", "--calls-per-hour", "5", "--length", "5m"], "cannot be given together"),
        (["--peak", "5", "--blocking", "0"], "not a share"),
        (["--peak", "5", "--blocking", "100%"], "not a share"),
        (["--peak", "5", "--blocking", "nan"], "not a share"),
        (["--peak", "-5"], "not in the range"),
        (["--peak", "nan"], "'nan' is not a number"),
        (["--peak", "5", "--growth", "0"], "not in the range"),
        (["--peak", "5", "--growth", "nan"], "'nan' is not a number"),
        (["--peak", "900000", "--growth", "2"], "at most 1 000 000 erlangs"),
        (["--calls-per-hour", "1e9", "--length", "1d"], "between 0 and"),
        (["--calls-per-hour", "10", "--length", "soon"], "not a duration"),
    ],
)
def test_bad_questions_are_usage_errors(arguments: list[str], words: str) -> None:
    result = called(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words in " ".join(result.stderr.split())


def test_a_measured_peak_is_called_a_maximum() -> None:
    found = measured_peak(shown((40, 87, 60), 120))
    assert found is not None
    assert (found.value, found.at_limit) == (87, False)
    text = "\n".join(lines(WhatIf(load_of_peak(found), 0.01, limit=120)))
    assert "measured: prod, last 15 min, peak at 2026-09-21T14:10:00Z" in text
    assert "not a mean" in text
    assert "turned away" not in text


def test_a_peak_at_the_limit_may_hide_more() -> None:
    found = measured_peak(shown((40, 120, 60), 120))
    assert found is not None
    assert found.at_limit
    assert "turned away" in "\n".join(lines(WhatIf(load_of_peak(found), 0.01)))
    measured = document(WhatIf(load_of_peak(found), 0.01))["measured"]
    assert measured["at_limit"] is True
    assert measured["peak"] == {"time": "2026-09-21T14:10:00Z", "value": 120}


def test_without_data_there_is_no_peak() -> None:
    assert measured_peak(shown((GAP, GAP))) is None
    assert measured_peak(shown((40, 50), problem=OFFLINE)) is None


@given(
    st.floats(0, 300), st.floats(0.0001, 0.9), st.floats(0.1, 3), st.integers(1, 400) | st.none()
)
def test_any_question_has_an_answer(
    load: float, target: float, growth: float, limit: int | None
) -> None:
    asked = WhatIf(Load(load, "peak", "given"), target, growth, limit)
    assert all(text.isprintable() for text in lines(asked))
    json.dumps(document(asked), allow_nan=False)


def test_small_shares_are_told_from_none() -> None:
    assert share_text(0.0) == "0 %"
    assert share_text(1e-9) == "under 0.0001 %"
    assert share_text(0.00005) == "0.0050 %"
    assert share_text(0.1234) == "12.3 %"
    assert share_text(0.9999) == "over 99.9 %"
    assert share_text(1.0) == "100 %"
    assert load_of_arrivals(30, 120).erlangs == 1


@pytest.mark.parametrize(
    ("peak", "limit", "words"),
    [
        ("100", "20", "(4 calls in 5)"),
        ("100", "40", "(3 calls in 5)"),
        ("87", "90", "(1 call in 16)"),
        ("180", "3", "(all but 1 call in 60)"),
        ("100", "1", "(all but 1 call in 101)"),
        ("17", "1", "(all but 1 call in 18)"),
        ("100", "90", "(1 call in 7)"),
    ],
)
def test_a_share_of_the_calls_is_told_in_whole_calls_that_fit(
    peak: str, limit: str, words: str
) -> None:
    result = called("--peak", peak, "--limit", limit)
    assert words in result.stdout
