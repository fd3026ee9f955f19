"""Faults on the running screen: never blank, in words, and over when they are over."""

import pytest

WORDS = {
    "401": "key",
    "403": "permission",
    "404": "region",
    "400": "400",
    "500": "500",
    "429": "slow down",
    "html": "gateway",
    "drop": "connection",
    "truncated": "answer",
    "nonjson": "JSON",
}
HARMLESS = ("nulls", "unordered", "dupes", "gaps", "late", "revised", "hostile-names", "empty")


@pytest.mark.parametrize("name", WORDS)
async def test_a_fault_keeps_the_picture_says_what_to_do_and_passes(make, run, name):
    async with run(make()) as stage:
        rows, total = stage.rows(), stage.snapshot.total
        stage.service.set_scenario(name)
        await stage.pilot.press("r")
        await stage.until(lambda: stage.snapshot.fault is not None)
        await stage.drawn()
        text = stage.text()
        problem = stage.snapshot.fault.problem
        assert " ! " in text
        assert problem.advice
        assert WORDS[name].casefold() in f"{problem.summary} {problem.advice}".casefold()
        assert "live" not in text.split("\n")[0].replace("LIVE", "")
        assert stage.rows() == rows
        assert stage.snapshot.total == total
        assert stage.area() > 100
        stage.service.set_scenario(None)
        await stage.polled()
        await stage.shows("● live")
        assert stage.snapshot.fault is None
        assert "last error" in stage.text()


@pytest.mark.parametrize("name", [*WORDS, *HARMLESS, "flaky"])
async def test_any_scenario_from_the_start_shows_a_screen_and_recovers(make, run, name):
    async with run(make(scenario=name), data=False) as stage:
        await stage.until(lambda: stage.snapshot is not None)
        assert stage.text().strip()
        stage.service.set_scenario(None)
        await stage.polled()
        await stage.shows("● live")
        await stage.shows("Main line")


@pytest.mark.parametrize("name", HARMLESS)
async def test_odd_answers_are_no_faults(make, run, name):
    async with run(make()) as stage:
        stage.service.set_scenario(name)
        await stage.polled()
        assert stage.snapshot.fault is None
        assert "● live" in stage.text()


async def test_a_breakdown_that_is_not_offered_is_said_and_the_total_goes_on(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("501")
        await stage.polled()
        assert stage.snapshot.fault is None
        assert stage.snapshot.breakdown_problem.status == 501
        assert len(stage.rows()) == 8
        await stage.shows("● live")
        await stage.shows("501")


async def test_impossible_rows_are_counted_on_the_screen(make, run):
    async with run(make(scenario="nulls")) as stage:
        assert stage.snapshot.ignored > 0
        await stage.shows(f"{stage.snapshot.ignored} rows ignored")


async def test_hostile_names_are_data(make, run):
    async with run(make(scenario="hostile-names"), (160, 50)) as stage:
        text = stage.text()
        assert "\x1b" not in text
        assert not set(text) & {"\u202e", "\u200f", "\x07", "\r"}
        assert "[/b] closes what was never open" in text
        assert "␛[31mred␛[2J" in text
        assert all(line.cell_length == 160 for line in stage.home.board.table.buffer.lines)
        labels = stage.rows()
        assert len(set(labels)) == len(labels)


async def test_a_breakdown_that_fails_alone_leaves_the_total_live(make, run):
    broken = []

    def around(service):
        async def no_slices(scope, receive, send):
            if broken and b"slice_by" in scope.get("query_string", b""):
                service.set_scenario("500")
            await service(scope, receive, send)
            if broken:
                service.set_scenario(None)

        return no_slices

    async with run(make(around=around), data=False) as stage:
        await stage.until(lambda: stage.home.session.latest is not None)
        broken.append(True)
        await stage.polled()
        await stage.until(lambda: stage.snapshot.breakdown_problem is not None)
        await stage.shows("● live")
        await stage.shows(" ! ")


async def test_an_outage_takes_the_ok_away_and_dates_the_number_until_it_is_over(make, run):
    async with run(make()) as stage:
        header, figures = stage.text().split("\n")[:2]
        assert " OK " in header
        assert " NOW ≥ " in figures
        number = stage.first_figure()
        stage.service.set_scenario("drop")
        for minutes in (1, 6, 21):
            stage.hand.seconds = 60 * minutes
            await stage.pilot.press("r")
            await stage.until(lambda: stage.snapshot.fault is not None)
            await stage.until(lambda seconds=stage.hand.seconds: stage.snapshot.at >= seconds)
            await stage.pilot.pause()
            header, figures, window = stage.text().split("\n")[:3]
            assert " UNKNOWN " in header
            assert " OK " not in header
            assert "NOW" not in figures
            assert "FREE" not in figures
            assert f" LAST SEEN ≥ {number} at 15:42 of 120" in figures
            assert window.startswith(" last 5 min " if minutes == 1 else " at 15:35 ")
        # Looking back into the outage: what has ended and was not fetched is not to come.
        await stage.answer("g", "15:50")
        await stage.shows("not fetched")
        assert "to come" not in stage.text()
        await stage.pilot.press("n")
        stage.service.set_scenario(None)
        await stage.pilot.press("r")
        await stage.until(lambda: stage.snapshot.fault is None)
        await stage.drawn()
        header, figures = stage.text().split("\n")[:2]
        assert " UNKNOWN " not in header
        assert " NOW ≥ " in figures


async def test_r_during_a_request_says_so_and_gives_a_long_one_up(make, run):
    async with run(make(), notifications=True) as stage:
        stage.service.set_scenario("hang")
        asked = stage.service.count
        await stage.pilot.press("r")
        await stage.until(lambda: stage.service.count == asked + 2)
        stage.hand.seconds += 2
        await stage.pilot.press("r")
        await stage.until(lambda: stage.toasts() == ["A request is running, for 2 s now"])
        assert stage.service.count == asked + 2
        stage.hand.seconds += 2
        await stage.pilot.press("r")
        await stage.until(lambda: stage.toasts()[-1] == "No answer for 4 s: given up, asking anew")
        await stage.until(lambda: stage.service.count == asked + 4)
