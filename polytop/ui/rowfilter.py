"""What is typed to find rows: words, and conditions such as ``now>20``. All of them must hold.

::

    text      = { item }                  blanks between items may be left out beside a quote
    item      = '"' anything '"'          a word with blanks in it; the last quote may lack
              | column sign number        blanks around the sign are allowed
              | word
    column    = now | share | change | 15min | peak | p95 | mean | versus | vs | age
    sign      = < | <= | = | != | >= | >
    number    = digits, with a sign and a point; % for share and versus; s, m, h, d for age

A word is found in the name or in the id, whatever its case. Numbers are compared as they are
shown: shares in whole percents, means to one place. What is not known meets no condition.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

COLUMNS = {
    "now": "now",
    "share": "share",
    "change": "change",
    "15min": "change",
    "peak": "peak",
    "p95": "p95",
    "mean": "mean",
    "versus": "versus",
    "vs": "versus",
    "age": "age",
}
"""The names that conditions know, with the columns they are of."""

VERSUS_SHARE = "versus %"
"""The comparison in percents, beside the one in conversations."""

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "≤": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "≠": operator.ne,
    ">=": operator.ge,
    "≥": operator.ge,
    ">": operator.gt,
}
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}

_ITEM = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r'|(?P<name>[^\s"<>=!≤≥≠]*)\s*(?P<sign><=|>=|!=|==|[<>=≤≥≠])\s*'
    r'(?P<value>[^\s"<>=!≤≥≠]*(?:\s*%)?)'
    r'|(?P<word>[^\s"]+)'
)
_LONGEST = 500
"""Characters that are read: the time it takes grows with their square."""

_NUMBER = re.compile(r"([+\-−]?)([0-9]+\.?[0-9]*|\.[0-9]+)\s*([a-z%]?)")


@dataclass(frozen=True, slots=True)
class Condition:
    """`column` is a value of :data:`COLUMNS`, or :data:`VERSUS_SHARE`."""

    column: str
    sign: str
    number: float

    def holds(self, value: float | None) -> bool:
        """Whether `value` meets it; None does not."""
        return value is not None and _SIGNS[self.sign](value, self.number)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What must hold of a row. `problem` says what could not be understood, which filters nothing.

    `words` are casefolded.
    """

    words: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    problem: str | None = None

    def keeps(self, texts: tuple[str, ...], value: Callable[[str], float | None]) -> bool:
        """Whether a row that has these casefolded `texts`, and `value` in a column, is shown."""
        return all(any(word in text for text in texts) for word in self.words) and all(
            each.holds(value(each.column)) for each in self.conditions
        )


@lru_cache(maxsize=64)
def parsed(text: str) -> RowFilter:
    """What `text` asks for; never raises."""
    words: list[str] = []
    conditions: list[Condition] = []
    problem = None
    for match in _ITEM.finditer(text[:_LONGEST]):
        if match["sign"] is None:
            words.append((match["quoted"] or match["word"] or "").strip().casefold())
            continue
        found = _condition(match["name"].casefold(), match["sign"], match["value"].casefold())
        if isinstance(found, Condition):
            conditions.append(found)
        else:
            problem = problem or found
    return RowFilter(tuple(filter(None, words)), tuple(conditions), problem)


def _condition(name: str, sign: str, value: str) -> Condition | str:
    """The condition, or why it is none."""
    column, match = COLUMNS.get(name), _NUMBER.fullmatch(value)
    if name == "at":
        return "times of the peak can be sorted, not searched"
    if column is None:
        return f"there is no column “{name}”" if name else f"a column is needed before {sign}"
    if match is None:
        return f"“{value}” is no number" if value else f"a number is needed after {name}{sign}"
    number, unit = float(match[2]) * (-1 if match[1] in {"-", "−"} else 1), match[3]
    if unit == "%" and column in {"share", "versus"}:
        column = "share" if column == "share" else VERSUS_SHARE
    elif column == "age" and unit in _UNITS:
        number *= _UNITS[unit]
    elif unit:
        return f"{name} is not counted in “{unit}”"
    return Condition(column, sign, number)
