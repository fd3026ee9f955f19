"""The blocks that a story is made of. All of it is plain text: each form escapes every word."""

from typing import NamedTuple


class Quote(NamedTuple):
    """Words from outside: names, texts of marks, errors. They stand apart from our own."""

    text: str


Text = str | Quote | tuple[str | Quote, ...]


class Paragraph(NamedTuple):
    """Sentences."""

    text: Text


class Figures(NamedTuple):
    """The few numbers that matter most: a label, a value, and what is to be said of it."""

    figures: tuple[tuple[str, str, str], ...]


class Table(NamedTuple):
    """A table. The first `words` columns are words, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    words: int = 1


class Items(NamedTuple):
    """A list."""

    items: tuple[Text, ...]


class Picture(NamedTuple):
    """The graph as the inside of an SVG element of `size`, and what it shows in words."""

    svg: str
    size: tuple[int, int]
    words: str
    sparkline: str


Block = Paragraph | Figures | Table | Items | Picture


class Section(NamedTuple):
    """A heading and its blocks."""

    title: str
    blocks: tuple[Block, ...]


class Story(NamedTuple):
    """A title, a line below it, and sections; the first has no heading."""

    title: Text
    subtitle: str
    sections: tuple[Section, ...]


def pieces(text: Text) -> tuple[str | Quote, ...]:
    """The pieces of `text`."""
    return text if isinstance(text, tuple) and not isinstance(text, Quote) else (text,)


def plain(text: Text) -> str:
    """`text` without a form."""
    return "".join(each if isinstance(each, str) else each.text for each in pieces(text))
