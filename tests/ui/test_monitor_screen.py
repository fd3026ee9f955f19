"""The home screen under keys, mouse and sizes."""

import re

import pytest
from screen_text import screen_colours, screen_text

from polytop.model.series import UNKNOWN


def number(text: str) -> int:
    """The first figure of the screen."""
    found = re.search(r" NOW (?:≥ )?(\d+)\s", text.split("\n")[1])
    assert found, text
    return int(found[1])


async def test_first_screen_shows_figures_graph_and_every_variant(make, run):
    async with run(make()) as stage:
        text = stage.text()
        assert "● live" in text
        assert "LIVE" in text
        assert " NOW ≥ " in text
        assert " FREE " in text
        assert "limit 120" in text
        assert stage.area() > 100
        assert len(stage.rows()) == 8
        assert "All conversations" in text
        assert "2 requests" in text


async def test_the_true_total_is_shown_and_not_the_sum_of_the_parts(make, run):
    async with run(make()) as stage:
        shown = stage.snapshot
        now = shown.summary.now.value
        assert number(stage.text()) == now
        parts = sum(row.summary.now.value for row in shown.rows)
        assert now <= parts
        assert re.search(rf"All conversations\s+{now}\s", stage.table())
        bound = sum(row.summary.peak.value for row in shown.rows)
        assert f"sum of row peaks {bound}" in stage.text()


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60), (60, 15), (40, 10), (20, 3)])
async def test_every_size_shows_the_number_and_fits(make, run, size):
    async with run(make(), size) as stage:
        text = stage.text()
        now = stage.snapshot.summary.now.value
        assert re.search(rf"\b{now}\b", text)
        assert "● " in text
        assert "OK" in text
        lines = text.split("\n")
        assert len(lines) <= size[1]
        assert all(len(line) <= size[0] for line in lines)
        if size[1] >= 15:
            assert stage.area() > 100
        assert ("Main line" in text) == (size[1] >= 20)


async def test_resizing_back_and_forth_loses_nothing(make, run):
    async with run(make()) as stage:
        before = stage.text()
        await stage.pilot.resize_terminal(20, 3)
        await stage.shows(" of 120")
        assert "Main line" not in stage.text()
        await stage.pilot.resize_terminal(120, 40)
        await stage.until(lambda: stage.text() == before)


async def test_r_asks_again_and_only_for_the_last_hour(make, run):
    async with run(make()) as stage:
        assert stage.service.count == 4  # the range, and a week before it
        await stage.polled()
        last = stage.service.requests[-2:]
        starts = {dict(asked.query)["start_time"] for asked in last}
        assert starts == {"2026-11-19T14:40:00Z"}


async def test_values_move_with_the_clock(make, run):
    async with run(make()) as stage:
        before = stage.table()
        stage.hand.seconds += 900
        await stage.polled()
        assert stage.table() != before
        assert "15:57" in stage.text()


async def test_s_goes_through_the_columns_and_capital_s_turns_round(make, run):
    async with run(make()) as stage:
        assert stage.rows()[0] == "Main line"
        await stage.pilot.press("S")
        assert "sorted by now ▲" in stage.table()
        assert stage.rows()[-1] == "Main line"
        for _ in range(9):
            await stage.pilot.press("s")
        assert "sorted by name ▲" in stage.table()
        assert stage.rows() == sorted(stage.rows(), key=str.casefold)


async def test_the_window_changes_at_once_and_is_filled(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("right_square_bracket")
        await stage.shows("last 12 h")
        await stage.until(lambda: UNKNOWN not in stage.snapshot.total.values)
        assert len(stage.snapshot.total) == 144
        await stage.pilot.press(*["left_square_bracket"] * 4)
        await stage.shows("last 30 min")
        for _ in range(3):
            await stage.pilot.press("left_square_bracket")
        await stage.shows("last 30 min")


async def test_a_window_beyond_a_week_is_filled_in_pieces(make, run):
    async with run(make(variants=3)) as stage:
        stage.home.span.set_span(14 * 86_400)
        await stage.until(
            lambda: (
                stage.snapshot.view.span == 14 * 86_400
                and UNKNOWN not in stage.snapshot.total.values
            )
        )
        weeks = [dict(asked.query) for asked in stage.service.requests[2:]]
        assert len(weeks) >= 4


async def test_slash_filters_while_typing_enter_keeps_escape_clears(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("slash", *"re")
        assert set(stage.rows()) == {"Reservations", "Billing & refunds", "Roadside + recovery"}
        await stage.pilot.press("enter")
        assert "3 of 8" in stage.table()
        await stage.pilot.press("escape")
        assert len(stage.rows()) == 8
        await stage.pilot.press("slash", *"zzz")
        assert "No variant matches" in stage.table()
        await stage.pilot.press("escape")
        assert len(stage.rows()) == 8


async def test_keys_typed_into_the_search_are_text(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("slash", "q", "question_mark", "t", "space")
        assert stage.state.search == "q?t "
        assert stage.app.is_running


async def test_enter_narrows_to_the_row_and_escape_widens(make, run):
    async with run(make()) as stage:
        total = stage.snapshot.summary.now.value
        await stage.pilot.press("enter")
        await stage.shows("· All › Main line")
        await stage.until(lambda: stage.snapshot.view.filters.variant_id == "v-main")
        assert stage.rows() == ["Main line"]
        assert stage.snapshot.summary.now.value < total
        assert "limit applies to all calls, not this selection" in stage.text()
        await stage.pilot.press("escape")
        await stage.until(lambda: len(stage.rows()) == 8)
        assert stage.snapshot.summary.now.value == total


async def test_space_freezes_the_screen_and_polling_goes_on(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("space")
        await stage.shows("‖ frozen at 15:42:30")
        before = stage.table()
        stage.hand.seconds += 900
        await stage.polled()
        assert stage.table() == before
        assert "frozen" in stage.text()
        await stage.pilot.press("space")
        await stage.until(lambda: stage.table() != before)
        await stage.shows("● live")


async def test_u_turns_to_local_time(make, run):
    from dataclasses import replace
    from zoneinfo import ZoneInfo

    stage = make(change=lambda watch: replace(watch, zone=ZoneInfo("Asia/Kolkata")))
    async with run(stage):
        assert "15:42:30 UTC" in stage.text()
        await stage.pilot.press("u")
        await stage.shows("21:12:30 IST")
        await stage.pilot.press("u")
        await stage.shows("15:42:30 UTC")


async def test_t_changes_the_theme_and_the_picture_stays(make, run):
    async with run(make(), notifications=True) as stage:
        before = stage.text()
        await stage.pilot.press("t")
        assert stage.app.theme == "polytop-light"
        assert stage.toasts() == ["Theme: polytop-light"]
        await stage.pilot.press("t")
        await stage.pilot.press("t")
        assert stage.app.theme == "polytop"
        await stage.drawn()
        assert stage.text() == before


async def test_cursor_keeps_its_row_through_a_new_order(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("j", "j")
        row = stage.home.board.table.row.label
        await stage.pilot.press("S")
        assert stage.home.board.table.row.label == row
        stage.hand.seconds += 1_800
        await stage.polled()
        assert stage.home.board.table.row.label == row
        await stage.pilot.press("G")
        assert stage.cursor_row == 7
        await stage.pilot.press("ctrl+home")
        assert stage.cursor_row == 0


async def test_many_rows_scroll_with_the_cursor(make, run):
    async with run(make(variants=60)) as stage:
        assert "By variant · 1–18 of 60 " in stage.table()
        await stage.pilot.press("ctrl+end")
        last = stage.rows()[-1]
        assert f"▸ {last}" in stage.table()
        await stage.pilot.press("pageup", "ctrl+home")
        assert f"▸ {stage.rows()[0]}" in stage.table()


async def test_mouse_sorts_moves_chooses_and_scrolls(make, run):
    async with run(make()) as stage:
        head = stage.table().split("\n")[1]
        await stage.pilot.click("#table", offset=(head.index("PEAK") + 1, 1))
        assert "sorted by peak ▼" in stage.table()
        await stage.pilot.click("#table", offset=(head.index("PEAK") + 1, 1))
        assert "sorted by peak ▲" in stage.table()
        await stage.pilot.click("#table", offset=(5, 4))
        assert stage.cursor_row == 2
        await stage.scroll("#table", (5, 4), -1)
        assert stage.cursor_row == 3
        chosen = stage.rows()[4]
        await stage.pilot.click("#table", offset=(5, 6), times=2)
        await stage.shows(f"· All › {chosen}")


async def test_help_opens_and_closes(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("question_mark")
        assert type(stage.app.screen).__name__ == "HelpScreen"
        await stage.pilot.press("q")
        assert stage.app.screen is stage.home


def test_every_line_of_the_help_fits_into_80_columns():
    from rich.cells import cell_len

    from polytop.ui.commands import APP, MONITOR, WALL, help_lines
    from polytop.ui.dialogs.help import FIGURES, SIGNS

    keys = [line[1:] for line in help_lines((*APP, *MONITOR, *WALL))]
    rows = (*keys, *SIGNS, *FIGURES)
    assert [name for name, _ in rows if cell_len(name) > 15] == []
    assert [words for _, words in rows if cell_len(words) > 55] == []


async def test_palette_offers_windows_and_applies_them(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("ctrl+p")
        await stage.pilot.pause()
        await stage.pilot.press(*"window: 24", "enter")
        await stage.shows("last 24 h")


async def test_q_leaves_with_status_0(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("q")
        await stage.pilot.pause()
    assert stage.app.return_value == 0


async def test_no_color_means_none(make, run, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with run(make()) as stage:
        assert screen_colours(stage.app) == set()
        assert "● live" in stage.text()


async def test_ascii_means_ascii_everywhere(make, run):
    from polytop.ui.app import Options

    stage = make(scenario="hostile-names", options=Options(utc=True, ascii_only=True))
    async with run(stage):
        await stage.pilot.press("f")
        shown = screen_text(stage.app)
        await stage.pilot.press("question_mark")
        await stage.pilot.pause()
        shown += screen_text(stage.app)
        assert "Concurrent conversations" in shown
        assert [char for char in shown if not char.isascii()] == []


async def test_the_header_says_polling_until_the_answer_is_there(make, run):
    async with run(make()) as stage:
        assert "polling" not in stage.text()
        stage.service.set_scenario("hang")
        await stage.pilot.press("r")
        await stage.shows(" polling")
        assert "● live · 0 s ago" in stage.text()


async def test_the_graph_is_solid_in_every_theme_of_colours(make, run):
    async with run(make()) as stage:
        for _ in range(4):
            assert "⣿" not in stage.graph()
            assert stage.area() > 300
            assert "limit 120" in stage.graph()
            await stage.press("t")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_nothing_in_the_graph_jumps_from_poll_to_poll(make, run, size):
    async with run(make(variants=2), size) as stage:
        before = None
        for _ in range(8):
            lines = stage.graph().split("\n")[1:-2]
            places = {
                word: (row, line.index(word))
                for row, line in enumerate(lines)
                for word in ("limit 120", "critical 108", "warning 96")
                if word in line
            }
            assert len(places) == 3
            frame = stage.home.board.graph.plot.frame
            cells = stage.home.board.graph.body.cells
            if before and before[1] == frame:
                assert places == before[0]
                edge = stage.home.board.graph.plot.columns(stage.snapshot.running - 600).start
                same = [one[:edge] == two[:edge] for one, two in zip(cells, before[2], strict=True)]
                assert all(same)
            before = places, frame, cells
            stage.hand.seconds += 150
            await stage.polled()
