"""A secret is shown nowhere and compared by its value."""

import copy
import io
import logging
import pickle
import traceback

import pytest

from polytop.model.secret import Secret

KEY = "k3y-that-must-not-show-4711"


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
