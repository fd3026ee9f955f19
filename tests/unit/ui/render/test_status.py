"""Progress and problems of the history in the status line."""

from dataclasses import replace

from render_scene import scene, snap, text_of

from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Progress
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
