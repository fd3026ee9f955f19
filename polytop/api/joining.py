"""One answer out of those to the pieces of a long range."""

from collections.abc import Sequence

from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, Cost, Part, Row
from polytop.model.series import GAP, Series


def joined(pieces: Sequence[Query], answers: Sequence[Answer]) -> Answer:
    """The answer over the whole range of `pieces`, which follow each other, newest first.

    `answers` are theirs, in the same order. A part that a piece does not know has gaps there; its
    name is the newest one. Costs are added.
    """
    if len(answers) == 1:
        return answers[0]
    start = pieces[-1].start
    cost = sum((answer.cost for answer in answers), Cost())
    ignored = sum(answer.ignored for answer in answers)
    if pieces[0].slice_by is not None:
        return Answer(None, _rows(pieces, answers), ignored, cost)
    totals = [answer.total.values for answer in reversed(answers) if answer.total is not None]
    values = tuple(value for total in totals for value in total)
    return Answer(Series(start, values), (), ignored, cost)


def _rows(pieces: Sequence[Query], answers: Sequence[Answer]) -> tuple[Row, ...]:
    found = [{row.part: row for row in answer.rows} for answer in answers]
    parts = sorted(
        {part for rows in found for part in rows}, key=lambda part: (not part.absent, part.id or "")
    )
    return tuple(_row(part, pieces, found) for part in parts)


def _row(part: Part, pieces: Sequence[Query], found: Sequence[dict[Part, Row]]) -> Row:
    values: list[int] = []
    name = None
    for piece, rows in zip(reversed(pieces), reversed(found), strict=True):
        row = rows.get(part)
        if row is None:
            values += [GAP] * grid.count(piece.start, piece.end)
        else:
            values += row.series.values
            name = row.name or name
    return Row(part, name, Series(pieces[-1].start, tuple(values)))
