"""The limit on the screen: bands, headroom, touched windows, a plateau."""

from polytop.model import grid


async def test_headroom_in_calls_and_percent_and_touched_windows(make, run):
    async with run(make()) as stage:
        shown, text = stage.snapshot, stage.text()
        now = shown.summary.now.value
        assert f"FREE {120 - now} ({(120 - now) / 120 * 100:.0f} %)" in text
        values = [value for _, value in shown.total.known()]
        touched = sum(value >= 96 for value in values)
        assert touched > 0
        assert f"96 or more for up to {5 * touched} min" in text
        assert "last 6 h " in text
        for name in ("limit 120", "critical 108", "warning 96"):
            assert name in text


async def test_a_plateau_at_the_limit_is_said(make, run):
    async with run(make()) as stage:
        assert "plateau" not in stage.text()
        stage.service.set_scenario("launch")
        stage.hand.seconds += 3_000
        await stage.polled()
        shown = stage.snapshot
        assert shown.summary.plateau is not None
        start, end = shown.summary.plateau
        assert all(shown.total.at(window) == 120 for window in grid.windows(start, end))
        assert "▲ plateau at the limit" in stage.text()
        assert "demand beyond it is not in the data" in stage.text()
        assert "FREE 0 (0 %)" in stage.text()
        assert "⠒ a week before" in stage.text()


async def test_a_plateau_ages_out(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("launch")
        seen = []
        for minutes in range(30, 600, 15):
            stage.hand.seconds = 60 * minutes
            await stage.polled()
            plateau = stage.snapshot.summary.plateau
            old = plateau is None or plateau[1] <= stage.snapshot.running - 3_600
            seen.append("plateau at the limit" in stage.text())
            assert seen[-1] is not old
        assert True in seen
        assert seen[-1] is False


async def test_values_over_the_limit_question_the_limit_and_are_no_plateau(make, run):
    async with run(make(limit=60)) as stage:
        text = stage.text()
        assert "plateau" not in text
        assert "is over the limit 60: is the profile's limit right?" in text
        assert "⠒ a week before" in text


async def test_without_a_limit_nothing_is_held_against_one(make, run):
    async with run(make(limit=None)) as stage:
        text = stage.text()
        assert "FREE" not in text
        assert "no limit stated" in text
        assert "warning" not in text


async def test_a_selection_is_not_held_against_the_limit(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("enter")
        await stage.shows("limit applies to all calls, not this selection")
        text = stage.text()
        assert "FREE" not in text
        assert "limit 120" not in text
