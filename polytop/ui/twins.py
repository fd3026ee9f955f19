"""Variants of one name are told apart by their ids, also where only one of them is shown."""

from collections import Counter
from collections.abc import Iterable

from polytop.model.text import printable

_ALIKE = 34
"""Characters of a name that are sure to be seen where there is room; beyond, names look alike."""


def tails(names: Iterable[tuple[str | None, str]]) -> dict[str | None, str]:
    """What is to be said behind each name that looks like another one; `names` follow their ids.

    What has no id has nothing to be told by.
    """
    looks = [(id_, printable(name, _ALIKE)) for id_, name in names]
    times = Counter(look for _, look in looks)
    return {id_: f" · {id_}" for id_, look in looks if id_ and times[look] > 1}
