"""Variants of one name are told apart by their ids, also where only one of them is shown."""

from collections import Counter
from collections.abc import Mapping

from rich.cells import cell_len

from polytop.model.text import printable
from polytop.ui.paint.line import fitted

_ALIKE = 34
"""Characters of a name that are sure to be seen where there is room; beyond, names look alike."""


def tails(names: Mapping[str, str]) -> dict[str, str]:
    """What is to be said behind each name that looks like another one; `names` are by their ids."""
    looks = {id_: printable(name, _ALIKE) for id_, name in names.items()}
    times = Counter(looks.values())
    return {id_: f" · {id_}" for id_, look in looks.items() if times[look] > 1}


def ended(label: str, tail: str, width: int) -> str:
    """`label` and `tail` in `width` cells; where they are cut, the end of the tail stays."""
    whole = label + tail
    if not tail or cell_len(printable(whole, 4 * width + 8)) <= width:
        return fitted(whole, width)
    # Ids of one kind begin alike: their ends tell them apart.
    most = max(0, width - 6)
    tail = printable(tail)
    while tail and cell_len(tail) > most:
        tail = tail[1:]
    return fitted(label, width - cell_len(tail)) + tail
