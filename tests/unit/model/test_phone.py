"""Phone numbers as people write them."""

import pytest

from polytop.model.phone import calling_code, parse_number, strip_number

GENERIC = "write it like +447856838428"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+447856838428", "+447856838428"),
        ("+44 7856 838428", "+447856838428"),
        (" +44 (7856) 838-428 ", "+447856838428"),
        ("+1.202.555.0123", "+12025550123"),
        ("＋４４７８５６８３８４２８", "+447856838428"),
        ("+44\u00a07856\u2011838428", "+447856838428"),
    ],
)
def test_a_number_in_e164(text: str, number: str) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [
        ("07856 838428", "44", "+447856838428"),
        ("07856838428", None, None),
        ("0044 7856 838428", None, "+447856838428"),
        ("00447856838428", "1", "+447856838428"),
        ("0114 496 0999", "44", "+441144960999"),
        ("011 44 7856 838428", "1", "+447856838428"),
        ("447856838428", None, "+447856838428"),
        ("447856838428", "44", "+447856838428"),
        ("7856838428", "44", "+447856838428"),
        ("7856838428", None, None),
        ("(202) 555-0123", "1", "+12025550123"),
        ("12025550123", "1", "+12025550123"),
        ("06 12345678", "39", "+390612345678"),
        ("030 901820", "49", "+4930901820"),
        ("call me", "44", None),
        ("+", "44", None),
        ("+0447856838428", "44", None),
        ("+4478568384281234", "44", None),
        ("", "44", None),
        ("0", "44", None),
        ("+44785683842x", "44", None),
        ("٠٧٨٥٦٨٣٨٤٢٨", "44", None),
        ("9" * 100_000, "44", None),
    ],
)
def test_a_number_in_another_form_is_refused_with_the_one_to_write(
    text: str, code: str | None, meant: str | None
) -> None:
    with pytest.raises(ValueError, match=r"write") as caught:
        parse_number(text, code)
    said = str(caught.value)
    assert said.startswith(f"write {meant}:" if meant else GENERIC)
    if meant:
        assert parse_number(meant) == meant


@pytest.mark.parametrize(
    ("region", "languages", "numbers", "code"),
    [
        ("uk-1", (), (), "44"),
        ("us-1", (), (), "1"),
        ("euw-1", (), (), None),
        (None, (), (), None),
        ("uk-1", ("de", "en-IE"), (), "353"),
        ("uk-1", ("en-XX",), (), "44"),
        ("us-1", ("de-DE",), ("0123", "+35312345678"), "353"),
        ("us-1", (), ("+", "+999"), "1"),
    ],
)
def test_the_country_that_a_profile_tells(
    region: str | None, languages: tuple[str, ...], numbers: tuple[str, ...], code: str | None
) -> None:
    assert calling_code(region, languages, numbers) == code


def test_only_a_number_with_its_country_is_stripped() -> None:
    assert strip_number("+44 (0) 1-2") == "+44012"
    assert strip_number("0 1-2") == "0 1-2"
