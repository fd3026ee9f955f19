"""The forecast in the graph: past now alone, and the past stays as it is."""

from dataclasses import replace

import pytest
from render_scene import column, drawn, scene, snap, text_of

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.forecast import (
    Absence,
    Forecast,
    LimitCall,
    Method,
    Outlook,
    TimeToLimit,
)
from polytop.ui.render.figures import figures_block, number_block
from polytop.ui.render.overlays import highest_value
from polytop.ui.render.scale import graph_frame
from polytop.ui.render.text import BAND

HELD = TimeToLimit(LimitCall.NOT_WITHIN, 1, 18, 9, 10)


def outlook_for(shot, *, top: float = 90.0, limit: TimeToLimit | None = HELD) -> Outlook:
    first = shot.running
    windows = tuple(grid.windows(first, first + 18 * grid.STEP))
    found = Forecast(0, Method.RATIO, (70.0,) * 18, (50.0,) * 18, (top,) * 18, (), 0.9, limit)
    return Outlook(found, windows, first - grid.STEP)


def shots(hours: int = 6, **changes):
    plain = snap([60] * 12 * hours, compare=Compare.NONE)
    return plain, replace(plain, outlook=outlook_for(plain, **changes))


@pytest.mark.parametrize("hours", [1, 3, 6, 12, 24])
def test_the_frame_is_longer_at_the_right_and_begins_where_it_did(hours: int) -> None:
    plain, shot = shots(hours)
    before, frame = graph_frame(plain), graph_frame(shot)
    assert frame.start == before.start
    assert frame.end >= shot.end + min(5_400, hours * 3_600)
    assert frame.end <= before.end + 3 * 3_600


def test_it_moves_when_it_would_without() -> None:
    plain, shot = shots()
    starts = set()
    for minutes in range(0, 120, 5):
        later = {"at": shot.at + 60 * minutes, "start": shot.start + 60 * minutes}
        later["end"] = shot.end + 60 * minutes
        one, two = replace(plain, **later), replace(shot, **later)
        assert graph_frame(one).start == graph_frame(two).start
        starts.add(graph_frame(two))
    assert len(starts) <= 5


def test_the_shade_is_past_now_and_within_the_range() -> None:
    _, shot = shots()
    lines, plot = drawn(shot, scene(shot))
    now = plot.column(shot.running)
    for at in range(plot.width):
        cells = column(lines, plot, at)
        rows = [row for row, char in enumerate(cells) if char == BAND]
        if at <= now:
            assert rows == []
        elif plot.column(shot.end) < at < plot.column(shot.end + 16 * grid.STEP):
            assert min(rows) == plot.row(90)
            assert max(rows) == plot.row(50)
            assert cells[plot.row(70)] == "─"
    assert BAND not in text_of(drawn(shots()[0], scene(shot))[0])


def test_the_scale_shows_all_of_it() -> None:
    plain, shot = shots(top=155.5)
    assert highest_value(plain, None) == 60
    assert highest_value(shot, None) == 156


@pytest.mark.parametrize(
    ("limit", "absence", "said"),
    [
        (HELD, None, "limit not within 90 min · such calls held 9 of 10 times"),
        (TimeToLimit(LimitCall.REACHED, 2, 4, 3, 4), None, "such calls held 3 of 4 times"),
        (TimeToLimit(LimitCall.REACHED, 2, 4, 38, 40), None, "held 38 of the last 40 times"),
        (TimeToLimit(LimitCall.POSSIBLE, 2, 4), None, "limit possible from"),
        (TimeToLimit(LimitCall.NOW, 0, 0), None, "limit reached"),
        (None, None, "░ forecast"),
        (None, Absence.TOO_LITTLE, "no forecast: too little history"),
        (None, Absence.NOT_BETTER, "no forecast: no method beats last week's value"),
    ],
)
def test_the_title_says_what_is_forecast_or_why_nothing_is(limit, absence, said) -> None:
    _, shot = shots(limit=limit)
    if absence is not None:
        nothing = Forecast(0, Method.LAST_WEEK, (), (), (), (), None, absence=absence)
        shot = replace(shot, outlook=Outlook(nothing))
    lines, _ = drawn(shot, scene(shot), 140)
    assert said in lines[0].text
    narrow, _ = drawn(shot, scene(shot), 80)
    assert "last 6 h" in narrow[0].text


def test_figures_and_the_smallest_screen_are_those_without_it() -> None:
    plain, shot = shots(top=999.0)
    for width, height in ((120, 3), (80, 3), (60, 2)):
        assert text_of(figures_block(shot, scene(shot), width, height)) == text_of(
            figures_block(plain, scene(plain), width, height)
        )
    for size in ((20, 3), (40, 9)):
        assert text_of(number_block(shot, scene(shot), *size)) == text_of(
            number_block(plain, scene(plain), *size)
        )
