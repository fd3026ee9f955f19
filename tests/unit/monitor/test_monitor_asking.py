"""One round of questions: what is asked side by side, and what the answers come to."""

from monitor_world import NOW, TARGET

from polytop.api.errors import ServerFailed
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, Cost, NotOffered, Part, Row
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.target import Filters, SliceBy
from polytop.monitor.asking import ask_all, questions
from polytop.monitor.picture import Picture

END = grid.floor(NOW) + grid.STEP
START = END - 900
BLANK = Picture.blank(Filters(), NOW)
ASKED = questions(TARGET, BLANK, START, END, backfill=False)
FAILED = Problem(Kind.BROKEN, "It failed", "Wait.", status=500)
TOTAL = Answer(Series(START, (1, 2, 3)), (), 2, Cost(1, 100, 0.5))
SLICED = Answer(None, (Row(Part("a"), "A", Series(START, (1, 1, 2))),), 3, Cost(2, 50, 0.25))


async def answer(query: Query) -> Answer | NotOffered:
    return SLICED if query.slice_by else TOTAL


async def no_slices(query: Query) -> Answer | NotOffered:
    if query.slice_by is None:
        return TOTAL
    return NotOffered(query.slice_by, "not yet", Cost(1, 10, 0.1))


async def failure(query: Query) -> Answer | NotOffered:
    raise ServerFailed(FAILED)


def test_the_total_and_the_breakdown_are_asked_for() -> None:
    assert [(one.start, one.end, one.slice_by) for one in ASKED] == [
        (START, END, None),
        (START, END, SliceBy.VARIANT),
    ]


def test_a_picture_that_lacks_nothing_has_no_question_for_older_weeks() -> None:
    full = BLANK.with_total(TOTAL).with_rows((), START, END)
    assert questions(TARGET, full, START, END, backfill=True) == ()
    assert questions(TARGET, full, START, END, backfill=False) == ASKED
    half = BLANK.with_total(TOTAL)
    assert questions(TARGET, half, START, END, backfill=True) == ASKED[1:]


async def test_answers_are_laid_in_and_their_costs_added() -> None:
    outcome = await ask_all(answer, ASKED, BLANK)
    assert outcome.picture.total.values == (1, 2, 3)
    assert [row.name for row in outcome.picture.rows] == ["A"]
    assert (outcome.cost, outcome.ignored) == (Cost(3, 150, 0.5), 5)
    assert (outcome.problem, outcome.breakdown_problem) == (None, None)


async def test_a_breakdown_that_is_not_offered_is_said_so() -> None:
    outcome = await ask_all(no_slices, ASKED, BLANK)
    assert outcome.picture.total.values == (1, 2, 3)
    assert outcome.problem is None
    assert outcome.breakdown_problem is not None
    assert (outcome.breakdown_problem.kind, outcome.breakdown_problem.status) == (Kind.REFUSED, 501)
    assert outcome.breakdown_problem.error_message == "not yet"
    assert outcome.cost == Cost(2, 110, 0.5)


async def test_what_fails_changes_nothing_of_the_picture() -> None:
    held = BLANK.with_total(TOTAL)
    outcome = await ask_all(failure, ASKED, held)
    assert outcome.picture == held
    assert (outcome.problem, outcome.breakdown_problem) == (FAILED, FAILED)
    assert outcome.cost == Cost(requests=2)


async def test_of_no_question_nothing_comes() -> None:
    outcome = await ask_all(failure, (), BLANK)
    assert (outcome.picture, outcome.cost, outcome.problem) == (BLANK, Cost(), None)
