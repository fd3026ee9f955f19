"""Phone numbers in the one form that the API knows, E.164: ``+447856838428``."""

import re
import unicodedata
from collections.abc import Iterable

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_ASIDE = re.compile(r"[\s()\[\]./\-‐‑‒–—−]")
"""The characters that people put between the digits of a number."""

_NORTH_AMERICA = "1"

_CODES = {
    "AT": "43", "AU": "61", "BE": "32", "BR": "55", "CA": "1", "CH": "41", "CZ": "420",
    "DE": "49", "DK": "45", "ES": "34", "FI": "358", "FR": "33", "GB": "44", "GR": "30",
    "HU": "36", "IE": "353", "IL": "972", "IN": "91", "IT": "39", "JP": "81", "KR": "82",
    "LU": "352", "MX": "52", "NL": "31", "NO": "47", "NZ": "64", "PL": "48", "PT": "351",
    "RO": "40", "SE": "46", "SG": "65", "TR": "90", "US": "1", "ZA": "27",
}  # fmt: skip
"""Calling codes by country (ITU-T E.164, annex)."""

_REGIONS = {"uk-1": "44", "us-1": "1"}
"""The calling code of the country that a region of the API serves."""

_KEEPS_ZERO = "39"
"""Italy's numbers keep their first zero abroad."""

_SHORTEST = 8
"""The least characters of a number that is proposed."""

_LONGEST_NATIONAL = 10
_LONGEST = 40
"""The most characters that are looked at."""


def calling_code(
    region: str | None, languages: Iterable[str], numbers: Iterable[str]
) -> str | None:
    """The calling code that a profile's numbers, languages or region tell; None if none does."""
    known = set(_CODES.values())
    for number in numbers:
        for size in (1, 2, 3):
            if number.startswith("+") and number[1 : size + 1] in known:
                return number[1 : size + 1]
    countries = (language.upper().partition("-")[2] for language in languages)
    told = (_CODES[country] for country in countries if country in _CODES)
    return next(told, _REGIONS.get(region or ""))


def strip_number(text: str) -> str:
    """`text` without blanks and punctuation if it begins with ``+``; else as it is."""
    return _ASIDE.sub("", text) if text.lstrip().startswith("+") else text


def parse_number(text: str, code: str | None = None) -> str:
    """`text` in E.164, without the blanks and the punctuation that people write.

    Raises ValueError, which says how to write it; a number of the country with the calling `code`
    is written out.
    """
    plain = _ASIDE.sub("", unicodedata.normalize("NFKC", text)) if len(text) <= _LONGEST else ""
    if _E164.fullmatch(plain):
        return plain
    meant = _guess(plain, code) if plain.isascii() and plain.isdigit() else ""
    if len(meant) >= _SHORTEST and _E164.fullmatch(meant):
        raise ValueError(f"write {meant}: + and the country first")
    raise ValueError("write it like +447856838428: digits alone, with + and the country first")


def _guess(digits: str, code: str | None) -> str:
    """The number that `digits` without a plus may stand for; perhaps none."""
    for prefix in ("011", "00") if code == _NORTH_AMERICA else ("00",):
        if digits.startswith(prefix):
            return f"+{digits.removeprefix(prefix)}"
    if digits.startswith("0"):
        return f"+{code}{digits if code == _KEEPS_ZERO else digits[1:]}" if code else ""
    if len(digits) > _LONGEST_NATIONAL or (code and digits.startswith(code)):
        return f"+{digits}"
    return f"+{code}{digits}" if code else ""
