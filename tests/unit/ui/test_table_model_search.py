"""The grammar of the search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.ui.table_model import COLUMNS, VERSUS_SHARE, Condition, parse_filter

ROW = {
    "now": 26, "share": 32, "change": -5, "peak": 43, "p95": 43, "mean": 32.3, "versus": -2,
    VERSUS_SHARE: -6, "age": 150.0,
}  # fmt: skip


def keeps(text: str, name: str = "Main line", **changes: float | None) -> bool:
    return parse_filter(text).keeps((name.casefold(), "v-main"), (ROW | changes).get)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "main", "MAIN", "line main", "v-main", '"main line"', '"main', "now>20", "now > 20",
     "now>=26 share<40%", "share=32", "share=32 %", "15min<0", "change=-5", "change≤−5", "vs<0",
     "versus>-7%", "mean=32.3", "mean>.5", "age>2m", "age<3m", "age=150", "NOW>20", "now!=1 main",
     "p95==43", "main now>", "now>-", "foo>3", ">3", "now>x", "now>20%", "share>2m"],
)  # fmt: skip
def test_what_is_met_or_not_understood_keeps_the_row(text):
    assert keeps(text)


@pytest.mark.parametrize(
    "text",
    ["x", "main x", '"line main"', "now>26", "now<26", "now!=26", "share>32%", "versus>-2",
     "versus<-6%", "mean>32.3", "age>3m", "now>20 15min>0", '"now>20"', "main>", "mainline"],
)  # fmt: skip
def test_what_is_not_met_does_not(text):
    assert not keeps(text) or parse_filter(text).problem


@pytest.mark.parametrize("sign", ["<", "<=", "=", "!=", ">=", ">"])
def test_what_is_not_known_meets_no_condition(sign):
    assert not keeps(f"now{sign}5", now=None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("now>", "a number is needed after now>"),
        ("now>-", "“-” is no number"),
        ("now>1.2.3", "“1.2.3” is no number"),
        ("foo>3", "there is no column “foo”"),
        (">3", "a column is needed before >"),
        ("now>5%", "now is not counted in “%”"),
        ("age>5x", "age is not counted in “x”"),
        ("peak>5m", "peak is not counted in “m”"),
    ],
)
def test_what_is_not_understood_is_said_in_words_and_filters_nothing(text, words):
    found = parse_filter(text)
    assert found.problem == words
    assert (found.words, found.conditions) == ((), ())


def test_the_rest_of_a_search_with_a_fault_still_holds():
    found = parse_filter('refunds now>5 foo>3 "a b"')
    assert found.words == ("refunds", "a b")
    assert found.conditions == (Condition("now", ">", 5.0),)


@given(
    st.text(alphabet=st.sampled_from('now share15min%"<>=! .-−9\x00é≥'), max_size=30) | st.text()
)
def test_no_text_is_too_odd(text):
    found = parse_filter(text)
    found.keeps(("main line",), ROW.get)
    assert all(each.column in {*COLUMNS.values(), VERSUS_SHARE} for each in found.conditions)


@given(
    st.sampled_from(sorted(COLUMNS)),
    st.sampled_from(["<", "<=", "=", "!=", ">=", ">"]),
    st.integers(-999, 999),
    st.sampled_from(["", " ", "  "]),
)
def test_a_condition_is_read_as_it_was_written(column, sign, number, gap):
    found = parse_filter(f"{column}{gap}{sign}{gap}{number}")
    assert found.conditions == (Condition(COLUMNS[column], sign, float(number)),)


@given(st.lists(st.text(alphabet="abcdefgh &+–", min_size=1, max_size=9), max_size=4))
def test_words_in_quotes_are_found_whole(words):
    text = " ".join(f'"{word}"' for word in words)
    assert parse_filter(text).words == tuple(word.strip() for word in words if word.strip())


def test_a_long_search_takes_no_time():
    import time

    began = time.process_time()
    for text in ("a" * 50_000, "a " * 25_000, " " * 50_000, "now" + " " * 20_000, '"' * 50_000):
        parse_filter(text)
    assert time.process_time() - began < 2
