"""CSV as polytop, pandas or a spreadsheet writes it: one rule for every table that is read.

Such tables have semicolons or tabs between the cells, commas in the decimals, counts such as
``36.0``, a byte order mark or UTF-16, and other ways to write a time.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from polytop.model.text import printable

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_TIME = 60
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,20})?(?:[eE]\+?\d{1,2})?", re.ASCII)
_OFFSET = re.compile(r"\s+(?=(?:[+-]\d\d:?\d\d|Z|UTC)$)")


class CsvError(ValueError):
    """The table cannot be read: `problem` at `line`, counted from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line, self.problem = line, problem


class CsvRow(NamedTuple):
    """A row that is not empty. `line` counts from 1; `decimal_comma` is True if ``36,5`` is 36.5.

    A cell is as it stands in the file.
    """

    line: int
    cells: list[str]
    decimal_comma: bool

    def number(self, column: int) -> float | None:
        """The number in a cell, not negative; None for anything else."""
        text = self.cells[column].strip()
        if self.decimal_comma:
            text = text.replace(",", ".", 1)
        return float(text) if _NUMBER.fullmatch(text) else None

    def time(self, column: int) -> str:
        """The time in a cell with its offset written as ISO 8601 has it: ``Z``, or no blank."""
        text = _OFFSET.sub("", self.cells[column].strip()[:_LONGEST_TIME])
        return text.removesuffix("UTC") + "Z" * text.endswith("UTC")


def to_utf8(data: bytes) -> bytes:
    """`data` in UTF-8 without a byte order mark. Raises UnicodeError for broken UTF-16."""
    if data.startswith(_UTF_16):
        return data.decode("utf-16").encode()
    return data.removeprefix(_BYTE_ORDER_MARK)


def line_at(data: bytes, offset: int) -> int:
    """The line of the byte at `offset`, counted from 1."""
    return data.count(b"\n", 0, offset) + 1


def read_csv(text: str, *, pad: bool = False) -> Iterator[CsvRow]:
    """Yield the rows of `text`; the first has as many cells as all.

    With `pad` a row may have fewer: what is missing is empty. Raises CsvError while rows are read.
    """
    # A spreadsheet may say on a line of its own what stands between the cells.
    text = re.sub(r"\Asep=.(?=[\r\n])", "", text, flags=re.IGNORECASE)
    head = next(iter(text.lstrip().splitlines()), "")
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    width = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CsvError(reader.line_num, f"not CSV: {printable(str(error), 160)}") from None
        if not any(cells):
            continue
        width = width or len(cells)
        if (len(cells) < width and not pad) or any(cells[width:]):
            problem = f"{len(cells)} cells where the head has {width}"
            raise CsvError(reader.line_num, problem)
        cells += [""] * (width - len(cells))
        yield CsvRow(reader.line_num, cells, separator != ",")
