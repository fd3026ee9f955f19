"""The sidebar: every filter gives what the service itself answers, and refusals are taken back."""

from dataclasses import replace

import pytest

from polytop.model import grid
from polytop.model.target import ClientEnv


@pytest.mark.parametrize(
    ("label", "field", "value"),
    [
        ("sandbox", "client_env", "sandbox"),
        ("pre-release", "client_env", "pre-release"),
        ("Billing & refunds", "variant_id", "v-billing"),
        ("Spanish – ES", "variant_id", "v-spanish"),
        ("en-GB", "language", "en-GB"),
        ("+442079460120", "phone_number", "+442079460120"),
    ],
)
async def test_a_choice_gives_what_the_service_counts(make, run, label, field, value):
    async with run(make()) as stage:
        await stage.choose(label)
        await stage.until(lambda: getattr(stage.snapshot.view.filters, field) == value)
        shown = stage.snapshot
        assert shown.fault is None
        query = {
            "start_time": grid.to_iso(shown.start),
            "end_time": grid.to_iso(shown.end),
            field: value,
        }
        expected = await fetched(stage, query)
        assert shown.total.values == expected
        assert grid.count(shown.start, shown.end) == len(expected)


async def fetched(stage, query: dict[str, str]) -> tuple[int, ...]:
    """The same question asked by httpx alone."""
    import httpx

    transport = httpx.ASGITransport(app=stage.service)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        reply = await client.get(
            "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency",
            params=query,
            headers={"x-api-key": "any"},
        )
    return tuple(row["max_concurrent_conversations"] for row in reply.json()["intervals"])


async def test_choices_are_seen_with_the_sidebar_closed(make, run):
    async with run(make()) as stage:
        await stage.choose("sandbox")
        await stage.choose("en-GB")
        await stage.pilot.press("f")
        await stage.shows("SANDBOX")
        await stage.shows("· All › en-GB")


async def test_a_value_may_be_typed(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("f")
        stage.home.filters.sidebar.highlighted = max(
            at
            for at, choice in enumerate(stage.sidebar_lines())
            if choice and choice.asks and choice.field == "language"
        )
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        await stage.pilot.press(*"de-DE", "enter")
        await stage.shows("· All › de-DE")
        assert stage.snapshot.view.filters.language == "de-DE"


async def test_a_refused_filter_says_why_and_the_last_picture_stays(make, run):
    async with run(make()) as stage:
        before = stage.snapshot.total
        stage.service.set_scenario("400")
        await stage.choose("sandbox")
        await stage.until(lambda: stage.notice is not None)
        text = stage.text()
        assert " ! " in text
        assert "LIVE" in text
        assert "SANDBOX" not in text
        assert stage.snapshot.total == before
        assert len(stage.rows()) == 8
        assert stage.state.filters.client_env is ClientEnv.LIVE
        stage.service.set_scenario(None)
        await stage.choose("sandbox")
        await stage.shows("SANDBOX")
        assert stage.notice is None


async def test_a_typed_value_that_cannot_be_sent_is_refused_with_a_reason(make, run):
    async with run(make()) as stage:
        count = stage.service.count
        stage.home.filters.choose(stage.state.filters.with_changes(phone_number="not a number"))
        await stage.until(lambda: stage.notice is not None)
        assert "not sent" in stage.text()
        assert stage.service.count == count
        assert stage.state.filters.phone_number is None


async def test_filters_apply_at_once_even_while_an_answer_hangs(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("hang")
        await stage.pilot.press("r")
        await stage.until(lambda: stage.service.count >= 4)
        stage.service.set_scenario(None)
        await stage.choose("sandbox")
        await stage.until(lambda: stage.snapshot.view.filters.client_env == "sandbox")


async def test_no_room_for_the_sidebar_is_said(make, run):
    async with run(make(), (60, 24)) as stage:
        await stage.pilot.press("f")
        await stage.shows("No room for the filters")


async def test_the_screen_says_what_it_waits_for_and_what_it_shows(make, run):
    async with run(make()) as stage:
        before = stage.snapshot.total
        stage.service.set_scenario("drop")
        await stage.choose("sandbox")
        await stage.shows("waiting for sandbox")
        assert " LIVE " in stage.text().split("\n")[0]
        assert stage.snapshot.total == before
        stage.service.set_scenario(None)
        await stage.pilot.press("escape")
        await stage.pilot.press("r")
        await stage.shows(" SANDBOX ")
        assert "waiting for" not in stage.text()


async def test_what_there_is_room_for_now_is_no_longer_refused(make, run):
    async with run(make(), (60, 24)) as stage:
        await stage.pilot.press("f")
        await stage.shows("No room for the filters")
        await stage.pilot.resize_terminal(67, 24)
        await stage.pilot.pause()
        assert "No room for the filters" in stage.text()
        await stage.pilot.resize_terminal(120, 40)
        await stage.pilot.pause()
        assert "No room" not in stage.text()


def seen(sidebar):
    """The lines that are on the screen, without their marks."""
    top = sidebar.scroll_offset.y
    lines = sidebar.option_lines[top : top + sidebar.size.height]
    return [line.label if line else None for line in lines]


@pytest.mark.parametrize("size", [(120, 24), (120, 40)])
async def test_the_list_stands_still_under_the_pointer(make, run, size):
    async with run(make(), size) as stage:
        await stage.pilot.press("f", "G")
        sidebar = stage.home.filters.sidebar
        await stage.until(lambda: sidebar.scroll_offset.y > 0)
        for label in ("+442079460120", "+442079460100", "es-ES", "en-GB"):
            row = next(row for row, text in enumerate(seen(sidebar)) if text == label)
            await stage.pilot.click("#sidebar", offset=(5, row))
            await stage.until(
                lambda label=label: label in dict(stage.state.filters.active()).values()
            )
            await stage.drawn()
            assert seen(sidebar)[row] == label
            assert sidebar.option_lines[sidebar.highlighted].label == label


async def test_lines_that_come_above_leave_the_one_that_is_chosen_where_it_is(make, run):
    async with run(make(), (120, 24)) as stage:
        await stage.pilot.press("f", "G", "k", "k")
        sidebar = stage.home.filters.sidebar
        label = sidebar.option_lines[sidebar.highlighted].label
        row = seen(sidebar).index(label)
        stage.home.session.names |= {f"v-new-{n}": f"New {n}" for n in range(7)}
        stage.home.filters.refill()
        await stage.pilot.pause()
        assert sidebar.option_lines[sidebar.highlighted].label == label
        assert seen(sidebar).index(label) == row


async def test_what_is_done_once_does_not_look_like_a_choice(make, run):
    def keeps(watch):
        return replace(watch, keep_values=lambda languages, numbers: None)

    async with run(make(change=keeps)) as stage:
        await stage.choose("add a language …")
        await stage.pilot.press(*"fr-FR", "enter")
        await stage.until(
            lambda: "keep these in the profile" in [c.label for c in shown(stage) if c]
        )
        sidebar = stage.home.filters.sidebar
        options = [sidebar.get_option_at_index(at) for at in range(sidebar.option_count)]
        assert "→ keep these in the profile" in [str(option.prompt) for option in options]


def shown(stage):
    return stage.sidebar_lines()
