"""Filters, secrets, text from outside, lengths of time, and what a snapshot's data are worth."""

import copy
import io
import logging
import pickle
import traceback
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polytop.model import timeparse
from polytop.model.answer import Answer, Cost, Part
from polytop.model.problem import Kind, Problem
from polytop.model.secret import Secret
from polytop.model.series import Series
from polytop.model.snapshot import Fault, Snapshot, State, View
from polytop.model.stats import Summary
from polytop.model.target import ClientEnv, Filters
from polytop.model.text import printable

KEY = "k3y-that-must-not-show-4711"


# -- filters


def test_choosing_one_variant_filter_lets_the_other_go() -> None:
    by_id = Filters().with_changes(variant_id="v1")
    assert by_id.with_changes(variant_name="Main") == Filters(variant_name="Main")
    assert by_id.with_changes(variant_name="Main").with_changes(variant_id="v2") == Filters(
        variant_id="v2"
    )


def test_a_change_leaves_the_rest_alone() -> None:
    before = Filters(ClientEnv.SANDBOX, "v1", language="en-GB")
    after = before.with_changes(phone_number="+441", language=None)
    assert after == Filters(ClientEnv.SANDBOX, "v1", phone_number="+441")
    assert before.with_changes() == before
    assert before.with_changes(variant_id=None) == Filters(ClientEnv.SANDBOX, language="en-GB")


def test_active_names_what_is_set_without_the_environment() -> None:
    assert Filters(ClientEnv.SANDBOX).active() == ()
    filters = Filters(variant_name="Main", phone_number="+441")
    assert filters.active() == (("variant_name", "Main"), ("phone_number", "+441"))


# -- secrets


def test_a_secret_gives_itself_out_on_request_only() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    for form in ("{}", "{!r}", "{!s}", "{:>40}"):
        shown = form.format(secret)
        assert KEY not in shown
        assert "Secret" in shown


def test_a_secret_is_not_in_what_holds_it() -> None:
    held = {"key": Secret(KEY)}
    assert KEY not in f"{held} {[Secret(KEY)]!r}"
    assert not hasattr(held["key"], "__dict__")


@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_carried_off(carry: object) -> None:
    with pytest.raises(TypeError, match="not pickled") as caught:
        carry(Secret(KEY))  # type: ignore[operator]
    assert KEY not in str(caught.value)


def test_a_secret_is_in_no_traceback_and_no_log() -> None:
    secret = Secret(KEY)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    log = logging.Logger("of this test")
    log.addHandler(handler)
    try:
        raise ValueError(secret)
    except ValueError as error:
        log.exception("failed with %s", secret)
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "failed with" in out.getvalue()
    assert "secret" in "".join(shown.format())
    assert KEY not in out.getvalue() + "".join(shown.format())


def test_secrets_are_compared_by_value() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert Secret(KEY)
    assert not Secret("")


# -- text

HOSTILE = "\x1b[31m\u202eabc\u200b\x9b2J\r\n\t\ud800\ue000\u2028"


@given(st.text(st.characters()))
@example(HOSTILE)
@example("".join(map(chr, range(0x100))))
def test_nothing_unsafe_is_left(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(char) for char in shown} & {
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
    }  # fmt: skip
    assert printable(shown) == shown


@given(st.text(st.characters()), st.integers(1, 12))
@example(HOSTILE, 10)
def test_at_most_so_many_characters(text: str, at_most: int) -> None:
    shown = printable(text, at_most)
    whole = printable(text)
    assert len(shown) <= at_most
    if len(whole) <= at_most:
        assert shown == whole
    else:
        assert shown.endswith("…")
        assert whole.startswith(shown[:-1])
    assert printable(shown, at_most) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 東京 · +44", "Grüße, 東京 · +44"),
        ("[/b] uk [prod]", "[/b] uk [prod]"),
        ("\x1b]0;pwned\x07", "␛]0;pwned␇"),
        ("a\x7f\x85", "a␡⟨0085⟩"),
        ("a\u202eb\u200f", "a⟨202E⟩b⟨200F⟩"),
        ("one\ntwo", "one␊two"),
        ("\udcff", "�"),
        ("👩\u200d💻", "👩⟨200D⟩💻"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


# -- lengths of time


@given(st.integers(0, 10**6), st.sampled_from([("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]))
def test_a_length_with_its_unit(number: int, unit: tuple[str, int]) -> None:
    assert timeparse.parse_duration(f"{number}{unit[0]}") == number * unit[1]


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_length_in_several_units(hours: int, minutes: int, seconds: int) -> None:
    expected = hours * 3_600 + minutes * 60 + seconds
    assert timeparse.parse_duration(f" {hours}H{minutes}m {seconds} s ") == expected


@pytest.mark.parametrize(("text", "seconds"), [("1.5h", 5_400), ("2w", 1_209_600), ("0.1s", 0)])
def test_lengths(text: str, seconds: int) -> None:
    assert timeparse.parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "90", "-2h", "1h-", "1.h", ".5h", "6 hours", "1.2.3h", "1e3s"]
)
def test_no_length(text: str) -> None:
    with pytest.raises(ValueError, match="write 90m, 6h or 7d"):
        timeparse.parse_duration(text)


def test_a_length_beyond_every_number() -> None:
    with pytest.raises(ValueError, match="write 90m, 6h or 7d"):
        timeparse.parse_duration("9" * 400 + "d")


_UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


@given(st.floats(0, 10**8))
def test_brief_rounds_down_by_less_than_half(seconds: float) -> None:
    number, unit = timeparse.brief_duration(seconds).split(" ")
    shown = int(number) * _UNITS[unit]
    assert shown <= seconds
    assert seconds - shown < max(1, _UNITS[unit])
    assert seconds < 120 or seconds - shown <= seconds / 2


@given(st.integers(0, 10**8))
def test_exact_loses_nothing(seconds: int) -> None:
    number, unit = timeparse.exact_duration(seconds).split(" ")
    assert int(number) * _UNITS[unit] == seconds


@pytest.mark.parametrize(
    ("seconds", "brief", "exact"),
    [
        (0, "0 s", "0 s"),
        (-5, "0 s", None),
        (59.9, "59 s", None),
        (60, "1 min", "1 min"),
        (119, "119 s", "119 s"),
        (125, "2 min", "125 s"),
        (5_400, "90 min", "90 min"),
        (86_400, "1 d", "24 h"),
        (7 * 86_400, "7 d", "7 d"),
    ],
)
def test_lengths_as_they_are_shown(seconds: float, brief: str, exact: str | None) -> None:
    assert timeparse.brief_duration(seconds) == brief
    if exact is not None:
        assert timeparse.exact_duration(int(seconds)) == exact


# -- snapshots and answers


@pytest.mark.parametrize(
    ("kind", "fetched_at", "state"),
    [
        (None, None, State.CONNECTING),
        (None, 5.0, State.LIVE),
        (Kind.OFFLINE, None, State.OFFLINE),
        (Kind.OFFLINE, 5.0, State.OFFLINE),
        (Kind.BUSY, None, State.NO_DATA),
        (Kind.BUSY, 5.0, State.STALE),
        (Kind.BROKEN, None, State.NO_DATA),
        (Kind.BROKEN, 5.0, State.STALE),
        (Kind.REFUSED, None, State.NO_DATA),
        (Kind.REFUSED, 5.0, State.STALE),
    ],
)
def test_state(kind: Kind | None, fetched_at: float | None, state: State) -> None:
    view = View(Filters(), 3_600)
    fault = Fault(Problem(kind, "it failed", "try again"), 4.0) if kind else None
    snapshot = Snapshot(
        615.0, view, view, 0, 900, Series(0), Summary(), fault=fault, fetched_at=fetched_at
    )
    assert snapshot.state is state
    assert snapshot.running == 600


def test_costs_add_up_but_for_time_that_passed_side_by_side() -> None:
    assert Cost(1, 100, 0.5) + Cost(2, 10, 0.25) == Cost(3, 110, 0.5)


def test_a_part_is_its_id() -> None:
    assert Part().absent
    assert not Part("v1").absent
    assert Part("v1") == Part("v1") != Part("v2")
    assert Answer().cost == Cost()
