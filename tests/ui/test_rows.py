"""The rows of the table under keys and mouse: searching, columns, lines, copying, 500 of them."""

from rich.style import Style
from screen_text import screen_lines
from scripted_feed import RUNNING, made, scripted_stage

from polytop.cli.runtime.screen import chosen_columns, store_columns
from polytop.config.paths import screen_file
from polytop.model import grid
from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.ui.app import Options
from polytop.ui.ports import FeedError
from polytop.ui.view_state import DEFAULT_COLUMNS

LANGUAGES = {"en-GB": [20, 30, 25, 24], "de-DE": [5, 6, 7, 8], "fr-FR": [0, 0, 0, 0]}


# Searching


async def test_conditions_filter_while_typing_and_half_of_one_filters_nothing(make, run):
    async with run(make()) as stage:
        every = set(stage.rows())
        await stage.pilot.press("slash", *"now>")
        assert set(stage.rows()) == every
        await stage.pilot.press(*"10")
        values = {e.label: e.now for e in stage.home.board.table.rows}
        assert set(values) == {r.name for r in stage.snapshot.rows if r.summary.now.value > 10}
        await stage.pilot.press(*" share<30")
        await stage.pilot.press("enter")
        assert stage.rows() == ["Billing & refunds", "Reservations"]
        assert stage.home.search.value is None
        assert "2 of 8 · with “now>10 share<30”" in stage.table()
        await stage.pilot.press("escape")
        assert set(stage.rows()) == every


async def test_what_is_not_understood_is_said_on_enter_and_never_while_typing(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("slash")
        for letter in "foo>3":
            await stage.pilot.press(letter)
            assert "not understood" not in stage.text()
        await stage.pilot.press("enter")
        await stage.shows("The search is not understood: there is no column “foo”")
        assert "Write now>20" in stage.text()
        assert stage.home.search.value is not None
        await stage.pilot.press("backspace")
        assert "not understood" not in stage.text()
        await stage.pilot.press("escape")
        assert len(stage.rows()) == 8


async def test_searching_is_about_the_moment_that_is_looked_at(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("p", "slash", *"now>=30")
        at = stage.state.cursor_at
        wanted = {r.name for r in stage.snapshot.rows if r.series.at(at) >= 30}
        assert set(stage.rows()) == wanted


# Columns


async def test_columns_are_chosen_ordered_kept_and_there_at_the_next_start():
    options = Options(utc=True, columns=chosen_columns(), keep_columns=store_columns)
    shot = made((9, 9), {"a": (1, 2)})
    async with scripted_stage(shot, options=options) as it:
        await it.press("C", "space", "down", "greater_than_sign", "k", "k", "shift+down")
        listed = it.options()
        assert [line.split()[:2] for line in listed[:3]] == [
            ["●", "SHARE"], ["○", "NOW"], ["●", "LAST"],
        ]  # fmt: skip
        await it.press("enter")
        assert it.pane.buffer.text().split("\n")[1].split()[:4] == ["VARIANT", "SHARE", "LAST", "5"]
        assert it.home.store.state.sort == "share"
        await it.pilot.pause(0.1)
    assert chosen_columns() == ("share", "last", *DEFAULT_COLUMNS[3:])
    options = Options(utc=True, columns=chosen_columns())
    async with scripted_stage(shot, options=options) as it:
        assert it.pane.buffer.text().split("\n")[1].split()[:4] == ["VARIANT", "SHARE", "LAST", "5"]


async def test_escape_changes_no_columns_and_r_has_the_usual_ones_again():
    kept = []
    options = Options(utc=True, columns=("peak",), keep_columns=kept.append)
    async with scripted_stage(made((9, 9), {"a": (1, 2)}), options=options) as it:
        await it.press("C", "space", "escape")
        assert it.home.store.state.columns == ("peak",)
        await it.press("C", "r", "enter")
        assert it.home.store.state.columns == DEFAULT_COLUMNS
        await it.pilot.pause(0.1)
    assert kept == [DEFAULT_COLUMNS]


async def test_columns_that_cannot_be_kept_are_shown_and_the_reason_is_told():
    def refuse(_):
        raise FeedError(Problem(Kind.REFUSED, "x was not written: disk full", "Check the disk."))

    options = Options(utc=True, keep_columns=refuse)
    shot = made((9, 9), {"a": (1, 2)})
    async with scripted_stage(shot, options=options, notifications=True) as it:
        await it.press("C", "space", "enter")
        await it.until(it.toasts)
        assert it.toasts() == ["x was not written: disk full. Check the disk."]
        assert "now" not in it.home.store.state.columns
    assert not screen_file().exists()


async def test_a_click_on_a_head_sorts_whatever_the_columns_are():
    rows = {"a": (1, 9, 2), "b": (4, 4, 3)}
    async with scripted_stage(
        made((9, 9, 9), rows), options=Options(columns=("mean", "peak"))
    ) as it:
        head = it.pane.buffer.text().split("\n")[1]
        for word, first in (("PEAK", "a"), ("MEAN", "a"), ("MEAN", "b"), ("VARIANT", "a")):
            await it.pilot.click("#table", offset=(head.index(word) + 1, 1))
            await it.settled()
            assert it.rows()[0] == first


async def test_ages_have_their_place_from_the_start_and_sort():
    asked = {"en-GB": 10.0, "de-DE": 300.0, "fr-FR": 150.0}
    values = tuple(LANGUAGES)
    fresh = made([30] * 4, LANGUAGES, Breakdown.LANGUAGE, values=values)
    old = made([30] * 4, LANGUAGES, Breakdown.LANGUAGE, values=values, asked=asked)
    async with scripted_stage(fresh) as it:
        fresh_head = it.pane.buffer.text().split("\n")[1]
        await it.put(old)
        head, *rows = it.pane.buffer.text().split("\n")[1:]
        assert "AGE" in head.split()
        assert head == fresh_head
        assert "5 min" in next(row for row in rows if "de-DE" in row)
        await it.pilot.click("#table", offset=(head.index(" AGE ") + 2, 1))
        assert it.rows() == ["de-DE", "fr-FR", "en-GB"]
        await it.press("slash", *"age>2m", "enter")
        assert it.rows() == ["de-DE", "fr-FR"]


# Lines


def digits(stage):
    """The digits within the graph and its axes, each with its style."""
    for strip in stage.home.board.graph.buffer.lines[1:]:
        for part in strip:
            style = part.style and Style(color=part.style.color, bold=part.style.bold)
            yield from ((char, style) for char in part.text if char.isdigit())


def drawn(stage):
    """Digits on the graph that are part of a line."""
    return {char for char, style in digits(stage) if style in stage.app.palette().lines}


async def test_x_draws_the_rows_line_and_takes_it_away(make, run):
    async with run(make(limit=None)) as stage:
        before = stage.graph(), stage.table()
        await stage.pilot.press("x", "j", "j", "x")
        await stage.drawn()
        assert drawn(stage) == {"1", "2"}
        first, second = stage.rows()[0], stage.rows()[2]
        assert f" 1 {first}" in stage.table()
        assert f"▸2 {second}" in stage.table()
        await stage.pilot.press("S")
        assert f" 1 {first}" in stage.table()
        stage.hand.seconds += 600
        await stage.polled()
        assert drawn(stage) == {"1", "2"}
        assert f"▸2 {second}" in stage.table()
        await stage.pilot.press("x")
        await stage.drawn()
        assert drawn(stage) == {"1"}
        stage.hand.seconds -= 600
        await stage.polled()
        await stage.pilot.press("X", "S", "ctrl+home")
        await stage.drawn()
        assert drawn(stage) == set()
        assert (stage.graph(), stage.table()) == before


async def test_the_colour_of_the_line_is_that_of_the_sign(make, run):
    async with run(make(limit=None)) as stage:
        await stage.pilot.press("j", "x", "j", "x", "k", "k")
        await stage.drawn()
        colours = stage.app.palette().lines
        signs = {}
        for strip in stage.home.board.table.buffer.lines[3:5]:
            part = next(each for each in strip if each.text.strip() in {"1", "2"})
            signs[part.text.strip()] = part.style
        assert signs == {"1": colours[0], "2": colours[1]}
        lines = [each for each in digits(stage) if each[1] in stage.app.palette().lines]
        for sign, style in signs.items():
            assert {each[1] for each in lines if each[0] == sign} == {style}


async def test_a_tenth_line_is_refused_in_words(make, run):
    async with run(make(variants=12)) as stage:
        await stage.pilot.press(*["x", "j"] * 10)
        assert len(stage.state.chosen) == 9
        await stage.shows("9 lines are drawn already")
        await stage.pilot.press("X", "x")
        assert len(stage.state.chosen) == 1
        assert "drawn already" not in stage.text()


async def test_ascii_tells_the_lines_apart_too(make, run):
    stage = make(limit=None, options=Options(utc=True, ascii_only=True))
    async with run(stage):
        await stage.pilot.press("x", "j", "x")
        await stage.drawn()
        graph = screen_lines(stage.app)[4:24]
        assert all(line.isascii() for line in graph)
        assert any("1" in line and "-" in line for line in graph)


async def test_a_row_that_is_gone_has_no_line_and_its_sign_stays_its_own():
    rows = {"a": [9] * 40, "b": [5] * 40, "c": [2] * 40}
    async with scripted_stage(made([20] * 40, rows)) as it:
        await it.press("x", "j", "x", "j", "x")
        await it.put(made([20] * 40, {"a": [9] * 40, "c": [2] * 40}))
        assert drawn(it) == {"1", "3"}
        assert "3 c" in it.pane.buffer.text()


# Breakdowns


def by(breakdown):
    """The options of a monitor that begins with `breakdown`."""
    return Options(utc=True, breakdown=breakdown)


async def test_a_list_of_languages_with_its_rest():
    rows = {"en-GB": [20] * 40, "de-DE": [5] * 40}
    shot = made([30] * 40, rows, Breakdown.LANGUAGE, values=tuple(rows))
    async with scripted_stage(shot, options=by(Breakdown.LANGUAGE)) as it:
        text = it.pane.buffer.text().split("\n")
        assert "By language · 2 " in text[0]
        assert text[4].split() == ["other", "≥", "5"]
        assert text[5].split()[:2] == ["All", "conversations"]
        assert "other at 15:35: at least 5, at most 30 (the total)" in it.foot()
        await it.press("G", "x")
        assert it.home.store.state.chosen == ("de-DE",)
        await it.press("j")
        assert it.pane.row.id == "de-DE"
        await it.pilot.click("#table", offset=(5, 4))
        assert it.pane.row.id == "de-DE"


async def test_environments_are_counted_apart():
    rows = {"live": [30] * 40, "pre-release": [90] * 40, "sandbox": [0] * 40}
    shot = made([30] * 40, rows, Breakdown.CLIENT_ENV)
    async with scripted_stage(shot, options=by(Breakdown.CLIENT_ENV)) as it:
        assert "By environment · 3 · counted apart" in it.pane.buffer.text()
        assert "All conversations" not in it.pane.buffer.text()
        assert "environments are counted apart" in it.foot()
        await it.press("x")
        assert drawn(it) == {"1"}
        assert it.home.board.graph.plot.scale.top >= 90


async def test_the_next_breakdown_begins_at_its_first_row_and_without_lines(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("x", "j", "j", "x")
        assert len(stage.state.chosen) == 2
        for by, title in (("language", "By language · 6"), ("phone_number", "By number · 11")):
            await stage.pilot.press("b")
            await stage.until(lambda by=by: stage.snapshot.view.breakdown == by)
            await stage.until(lambda title=title: title in stage.table())
            await stage.drawn()
            assert stage.state.chosen == ()
            assert drawn(stage) == set()
            assert stage.cursor_row == 0
            await stage.pilot.press("x", "j")
            await stage.drawn()
            assert drawn(stage) == {"1"}


async def test_the_foot_says_where_parts_exceed_the_total():
    rows = {"a": [10, 31, 10, 10] * 10, "b": [20] * 40}
    async with scripted_stage(made([30] * 40, rows)) as it:
        assert "a variant is above the total in 10 windows" in it.foot()


async def test_the_cursor_begins_in_the_first_row_even_where_one_has_no_variant():
    async with scripted_stage(made((9, 9), {None: (1, 1), "a": (5, 5)})) as it:
        assert it.pane.row.id == "a"
        await it.press("j")
        await it.put(made((9, 9), {None: (7, 7), "a": (5, 5)}))
        assert it.pane.row.id is None
        assert it.cursor_row == 0


# Many rows


async def test_500_rows_are_weighed_beside_the_loop_and_shown_when_done():
    rows = {f"v-{n:03}": [n % 7] * 72 for n in range(500)}
    async with scripted_stage(made([400] * 72, rows)) as it:
        assert f"true maximum 400 · sum of row peaks {sum(n % 7 for n in range(500))}" in it.foot()
        assert "By variant · 1–18 of 500 " in it.pane.buffer.text()
        await it.press("G")
        assert it.cursor_row == 499
        changed = rows | {"v-000": [450] * 72}
        await it.put(made([400] * 72, changed))
        assert "a variant is above the total in 72 windows" in it.foot()


# Copying


async def copied(stage, key):
    stage.app.copy_to_clipboard("")
    await stage.pilot.press("y", key)
    await stage.until(lambda: bool(stage.app.clipboard))
    return stage.app.clipboard


async def test_what_is_copied_is_of_the_cursors_moment(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("p")
        await stage.drawn()
        at, shown = stage.state.cursor_at, stage.snapshot
        entry = stage.home.board.table.row
        total = shown.total.at(at)
        row = await copied(stage, "r")
        assert row.startswith(f"{entry.label}: at 11:10 {entry.view.series.at(at)} (")
        assert f"({entry.view.series.at(at) / total * 100:.0f} % of the total)" in row
        moment = await copied(stage, "m")
        lines = moment.split("\n")
        assert lines[0] == f"{grid.to_iso(at)} demo (live): {total} concurrent conversations"
        values = {row.name: row.series.at(at) for row in shown.rows}
        assert dict(line.strip().rsplit(": ", 1) for line in lines[1:]) == {
            name: str(value) for name, value in values.items() if value >= 0
        }
        summary = await copied(stage, "s")
        assert f"at 11:10 {total}, " in summary
        assert f"headroom {120 - total} " in summary


async def test_a_row_of_another_environment_is_copied_as_such():
    rows = {"live": [30] * 40, "pre-release": [90] * 40}
    async with scripted_stage(made([30] * 40, rows, Breakdown.CLIENT_ENV)) as it:
        await it.press("y", "r")
        assert it.app.clipboard.startswith("pre-release: now 90 so far, last 5 min 90, ")
        assert "live" not in it.app.clipboard


async def test_a_range_that_is_past_is_said_as_it_is(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("shift+left")
        await stage.until(lambda: not stage.snapshot.following)
        await stage.drawn()
        row = await copied(stage, "r")
        assert "last 6 h" not in row
        assert "08:15 – 14:15" in row
        assert "so far" not in row
        assert "last 6 h" not in await copied(stage, "s")


async def test_now_is_copied_as_so_far(make, run):
    async with run(make()) as stage:
        assert "last 6 h" in await copied(stage, "r")
        assert "Main line: now 26 so far, last 5 min 29 (34 % of the total)" in await copied(
            stage, "r"
        )
        moment = await copied(stage, "m")
        assert moment.startswith(f"{grid.to_iso(RUNNING)} demo (live): 82 so far")


async def test_rows_that_do_not_fit_are_counted_in_the_title(make, run):
    async with run(make(), (80, 24)) as stage:
        # A title, the heads and the total are no rows.
        shown = len(stage.table().splitlines()) - 3
        assert shown < len(stage.rows()) == 8
        assert f"By variant · 1–{shown} of 8" in stage.table()
        await stage.press("G")
        assert f"By variant · {9 - shown}–8 of 8" in stage.table()
    async with run(make(), (120, 40)) as stage:
        assert "By variant · 8 " in stage.table()
