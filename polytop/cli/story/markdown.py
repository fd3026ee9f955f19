"""A story as Markdown: CommonMark with the tables of GitHub.

The picture is an image whose address is its own data, at the end of the file. As an image it runs
no script and loads nothing wherever it is shown; inline SVG would be stripped by some viewers to
loose words and be live HTML in others. Where images of that kind are not shown, its words are.
"""

import re
from base64 import b64encode
from collections.abc import Iterator

from polytop.cli.story.blocks import (
    Block,
    Figures,
    Items,
    Paragraph,
    Picture,
    Quote,
    Story,
    Table,
    Text,
    pieces,
)
from polytop.cli.story.picture import STYLE
from polytop.model.text import defuse_formula, printable

_MEANING = re.compile(r"([\\`*_\[\]<>#|~$&])")
"""Characters that may mean something to a viewer: with a backslash in front they do not."""

_LINE_START = re.compile(r"^(\s*\d*)([-+.)=](?=\s|$)|[-=]+$)")
"""What begins a list or underlines a heading; ``>`` and ``#`` always have a backslash."""

_TICKS = re.compile(r"`+")
_LONGEST_FENCE = 20


def write(story: Story, *, picture: bool = True) -> str:
    """`story` as Markdown; without its `picture` the sparkline stands alone."""
    return "\n\n".join(_parts(story, picture=picture)) + "\n"


def _parts(story: Story, *, picture: bool) -> Iterator[str]:
    yield f"# {_text(story.title)}"
    yield _escape(story.subtitle)
    addresses = []
    for place, section in enumerate(story.sections):
        if place:
            yield f"## {_escape(section.title)}"
        for block in section.blocks:
            if isinstance(block, Picture) and picture:
                yield f"![{_escape(block.words)}][graph]"
                addresses.append(f"[graph]: {_address(block)}")
            yield _block(block)
    yield from addresses


def _escape(text: str, *, begins: bool = True) -> str:
    """Our own words as words: what may have a meaning has a backslash in front.

    `begins` is False of what does not begin a line.
    """
    words = _MEANING.sub(r"\\\1", printable(text))
    return _LINE_START.sub(r"\1\\\2", words) if begins else words


def quote(text: str) -> str:
    """Words from outside as code, in which nothing has a meaning: no link, no mention, no markup.

    The fence is longer than any within. Viewers do not agree on ``|`` in the code of a table, nor
    on very long fences: there a character that looks alike stands in.
    """
    shown = printable(text).replace("|", "¦") or " "
    longest = max((len(each) for each in _TICKS.findall(shown)), default=0)
    if longest > _LONGEST_FENCE:
        shown, longest = shown.replace("`", "ˋ"), 0
    blank = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{'`' * (longest + 1)}{blank}{shown}{blank}{'`' * (longest + 1)}"


def _text(text: Text) -> str:
    return "".join(
        quote(each.text) if isinstance(each, Quote) else _escape(each) for each in pieces(text)
    )


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return _text(text)
        case Figures(figures):
            rows = tuple((label, value, note) for label, value, note in figures)
            return _table(Table(("figure", "value", ""), rows))
        case Items(items):
            return "\n".join(f"- {_text(each)}" for each in items)
        case Picture():
            return f"    {block.sparkline}"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    def row(cells: tuple[Text, ...]) -> str:
        return f"| {' | '.join(_cell(each) for each in cells)} |"

    numbers = len(table.head) - table.words
    rule = ["---"] * min(table.words, len(table.head)) + ["--:"] * max(0, numbers)
    return "\n".join([row(table.head), f"| {' | '.join(rule)} |", *map(row, table.rows)])


def _cell(text: Text) -> str:
    """A cell; one of words from outside is no formula either."""
    first, *rest = pieces(text)
    if isinstance(first, Quote):
        text = (Quote(defuse_formula(first.text)), *rest)
    return _text(text)


def _address(block: Picture) -> str:
    width, height = block.size
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><style>{STYLE}</style>{block.svg}</svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(whole.encode()).decode()}"
