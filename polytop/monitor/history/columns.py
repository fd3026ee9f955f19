"""What comes out of a table, as the type that was put in: a damaged file may hold anything."""

from polytop.monitor.history.errors import Damaged


def number(value: object) -> int:
    """`value` where it is an integer. Raises Damaged."""
    if isinstance(value, int):
        return value
    raise Damaged("a number is none")


def text(value: object) -> str:
    """`value` where it is text. Raises Damaged."""
    if isinstance(value, str):
        return value
    raise Damaged("a text is none")


def text_or_none(value: object) -> str | None:
    """`value` where it is text or nothing. Raises Damaged."""
    return None if value is None else text(value)


def within(day: object, span: range) -> int:
    """`day` where it is one of `span`. Raises Damaged."""
    if number(day) in span:
        return number(day)
    raise Damaged("a day is out of order")
