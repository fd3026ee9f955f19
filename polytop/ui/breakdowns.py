"""Breakdowns in words."""

from typing import NamedTuple

from polytop.model.breakdown import Breakdown


class Words(NamedTuple):
    """How one part is called, and several."""

    one: str
    several: str

    @property
    def head(self) -> str:
        """The head of the column of names."""
        return self.one.upper()


WORDS = {
    Breakdown.VARIANT: Words("variant", "variants"),
    Breakdown.LANGUAGE: Words("language", "languages"),
    Breakdown.PHONE_NUMBER: Words("number", "numbers"),
    Breakdown.CLIENT_ENV: Words("environment", "environments"),
}

SETTINGS = {Breakdown.LANGUAGE: "languages", Breakdown.PHONE_NUMBER: "phone_numbers"}
"""The settings of a profile that list the parts of a breakdown which the API does not list."""
