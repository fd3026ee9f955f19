"""A secret is shown nowhere and compared by its value."""

import base64
import copy
import gc
import html
import io
import json
import logging
import pickle
import sys
import threading
import traceback
from urllib.parse import quote

import pytest

from polytop.model.secret import Secret, redact_all

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


def escaped(text: str) -> str:
    """JSON that escapes what it may."""
    return "".join(f"\\u{ord(char):04X}" for char in text)


def base64_between(before: str, after: str) -> str:
    return base64.b64encode(f"{before}{SIGNS}{after}".encode()).decode()


SIGNS = "k3y/+&\"'<=>\\%\x7e-Zz9"
"""A key that every encoding changes."""

FORMS = {
    "plain": SIGNS,
    "upper case": SIGNS.upper(),
    "URL": quote(SIGNS, safe=""),
    "URL twice": quote(quote(SIGNS, safe=""), safe=""),
    "URL of every character": "".join(f"%{ord(char):02x}" for char in SIGNS),
    "JSON": json.dumps(SIGNS)[1:-1],
    "JSON in JSON": json.dumps(json.dumps(SIGNS))[3:-3],
    "JSON of every character": escaped(SIGNS),
    "repr": repr(SIGNS)[1:-1],
    "HTML": html.escape(SIGNS),
    "HTML twice": html.escape(html.escape(SIGNS)),
    "HTML of every character": "".join(f"&#{ord(char)};" for char in SIGNS),
    "HTML in hexadecimal": "".join(f"&#x{ord(char):X};" for char in SIGNS),
    "hexadecimal": SIGNS.encode().hex(),
    "base64": base64_between("", ""),
    "base64 after a letter": base64_between("u", ""),
    "base64 of user and key": base64_between("me:", "."),
    "base64 inside a text": base64_between("4 in", "side"),
    "base64 for URLs": base64_between("x", "y").translate(str.maketrans("+/", "-_")),
    "mixed": f"{SIGNS[:5]}{quote(SIGNS[5:9], safe='')}{escaped(SIGNS[9:])}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("before", ["", "key ", "\\", "%", "&"])
def test_a_text_is_redacted_in_every_form(form: str, before: str) -> None:
    shown = Secret(SIGNS).redact(f"{before}{form} is wrong")
    assert "…" in shown
    assert shown.endswith(" is wrong")
    # Base64 keeps the letters that hold bits of the text around it.
    assert len(shown) <= len(before) + len("… is wrong") + 16
    assert SIGNS[:4] not in shown


def test_every_place_is_redacted_and_the_rest_stays() -> None:
    secret = Secret(KEY)
    assert secret.redact(f"{KEY}, {KEY} é") == "…, … é"
    assert secret.redact("k3y-that-must") == "k3y-that-must"
    assert Secret("abc").redact("abc") == "abc"
    assert Secret("").redact("abc") == "abc"


@pytest.mark.parametrize("encode", [str, lambda key: base64.b64encode(key.encode()).decode()])
def test_a_long_secret_goes_as_a_whole(encode: object) -> None:
    key = "".join(f"{number:x}" for number in range(1000))
    assert Secret(key).redact(f"not {encode(key)} good") == "not … good"  # type: ignore[operator]


def test_what_the_process_holds_is_taken_out_whenever_it_was_made() -> None:
    early = Secret("k-early-000111")
    gc.freeze()
    try:
        late, twin = Secret("k-late-222333"), Secret("k-late-222333")
        del twin
        text = redact_all("k-early-000111 k-late-222333 k-env-444555", {"API_KEY": "k-env-444555"})
    finally:
        gc.unfreeze()
    assert text == "… … …"
    assert early
    assert late


def test_no_other_thread_is_disturbed() -> None:
    """A drawing builds tuples while an exception is logged."""
    done = threading.Event()
    failed: list[BaseException] = []

    def draw() -> None:
        try:
            while not done.is_set():
                assert len(tuple([at] for at in range(500))) == 500
        except BaseException as error:
            failed.append(error)

    before = sys.getswitchinterval()
    drawing = threading.Thread(target=draw)
    sys.setswitchinterval(1e-5)
    try:
        drawing.start()
        for _ in range(40):
            redact_all("what is said", {})
    finally:
        done.set()
        drawing.join()
        sys.setswitchinterval(before)
    assert not failed
