"""Progress and problems of the history in the status line."""

from dataclasses import replace

import pytest
from render_scene import scene, snap, text_of

from polytop.model.answer import Cost
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Fault, Progress
from polytop.ui.commands import FOOTER, Context
from polytop.ui.render.status import problem_lines, status_line


def test_the_progress_of_the_history_is_steady_in_width():
    shot = snap([10] * 9)
    texts = [
        status_line(replace(shot, backfill=Progress(done, 13)), scene(shot), 120).text
        for done in range(14)
    ]
    assert "fetching history ▓▓▓░░░░░░░  5 of 13" in texts[5]
    assert len({text.index(" of 13") for text in texts}) == 1
    assert texts[0].count("▓") == 0
    assert texts[13].count("░") == 0


def test_why_nothing_is_kept_is_told():
    problem = Problem(Kind.BROKEN, "The history is damaged", "It was set aside")
    shot = snap([10] * 9, history_problem=problem)
    assert "The history is damaged. It was set aside" in text_of(
        problem_lines(shot, scene(shot), 80)
    )


def hints(line) -> str:
    return line.text[line.text.index("? help") :]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_hint_goes_and_none_moves_whatever_the_first_words_say(width):
    shot = snap([10] * 9)
    fault = Fault(Problem(Kind.BROKEN, "It failed", "Wait", 500), shot.at - 60)
    cost = Cost(12, 98_765_432, 9.999)
    here = replace(scene(shot), hints=FOOTER[Context.LIVE])
    lines = [
        status_line(each, here, width)
        for each in (
            None, shot, replace(shot, cost=cost, ignored=3, recovered=fault),
            replace(shot, backfill=Progress(105, 113)),
        )
    ]  # fmt: skip
    lines.append(status_line(shot, replace(here, asking=True), width))
    assert len({hints(line) for line in lines}) == 1
    assert len({line.text.index("? help") for line in lines}) == 1
    assert "last error" in lines[2].text
    assert "polling" in lines[4].text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("slow", ["", "slow link (150 ms): ", "slow link (12345 ms): "])
def test_a_link_that_is_spared_is_told_at_any_width(width, slow):
    shot = snap([10] * 9)
    fault = Fault(Problem(Kind.BROKEN, "It failed", "Wait", 500), shot.at - 60)
    here = replace(scene(shot), hints=FOOTER[Context.LIVE], link=f"{slow}low bandwidth")
    for each in (shot, replace(shot, ignored=3, recovered=fault)):
        text = status_line(each, here, width).text
        assert "low bandwidth" in text
        assert slow in text or width < 100
