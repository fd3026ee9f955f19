"""The sidebar: every filter gives what the service itself answers, and refusals are taken back."""

import pytest

from polytop.model import grid
from polytop.model.target import ClientEnv


async def choose(stage, label: str) -> None:
    """Open the sidebar where it is closed, and choose the line `label`."""
    if stage.home._sidebar is None:
        await stage.pilot.press("f")
    sidebar = stage.home._sidebar
    at = next(at for at, choice in enumerate(sidebar._choices) if choice and choice.label == label)
    sidebar.highlighted = at
    await stage.pilot.press("enter")
    await stage.pilot.pause()


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
        await choose(stage, label)
        await stage.until(lambda: getattr(stage.home._shown.view.filters, field) == value)
        shown = stage.home._shown
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
        await choose(stage, "sandbox")
        await choose(stage, "en-GB")
        await stage.pilot.press("f")
        await stage.shows("SANDBOX")
        await stage.shows("· All › en-GB")


async def test_a_value_may_be_typed(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("f")
        sidebar = stage.home._sidebar
        sidebar.highlighted = max(
            at
            for at, choice in enumerate(sidebar._choices)
            if choice and choice.asks and choice.field == "language"
        )
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        await stage.pilot.press(*"de-DE", "enter")
        await stage.shows("· All › de-DE")
        assert stage.home._shown.view.filters.language == "de-DE"


async def test_a_refused_filter_says_why_and_the_last_picture_stays(make, run):
    async with run(make()) as stage:
        before = stage.home._shown.total
        stage.service.set_scenario("400")
        await choose(stage, "sandbox")
        await stage.until(lambda: stage.home._notice is not None)
        text = stage.text()
        assert " ! " in text
        assert "LIVE" in text
        assert "SANDBOX" not in text
        assert stage.home._shown.total == before
        assert len(stage.rows()) == 8
        assert stage.home.filters.client_env is ClientEnv.LIVE
        stage.service.set_scenario(None)
        await choose(stage, "sandbox")
        await stage.shows("SANDBOX")
        assert stage.home._notice is None


async def test_a_typed_value_that_cannot_be_sent_is_refused_with_a_reason(make, run):
    async with run(make()) as stage:
        count = stage.service.count
        stage.home.choose_filters(stage.home.filters.changed(phone_number="not a number"))
        await stage.until(lambda: stage.home._notice is not None)
        assert "not sent" in stage.text()
        assert stage.service.count == count
        assert stage.home.filters.phone_number is None


async def test_filters_apply_at_once_even_while_an_answer_hangs(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("hang")
        await stage.pilot.press("r")
        await stage.until(lambda: stage.service.count >= 4)
        stage.service.set_scenario(None)
        await choose(stage, "sandbox")
        await stage.until(lambda: stage.home._shown.view.filters.client_env == "sandbox")


async def test_no_room_for_the_sidebar_is_said(make, run):
    async with run(make(), (60, 24)) as stage:
        await stage.pilot.press("f")
        await stage.shows("No room for the filters")


async def test_the_screen_says_what_it_waits_for_and_what_it_shows(make, run):
    async with run(make()) as stage:
        before = stage.home._shown.total
        stage.service.set_scenario("drop")
        await choose(stage, "sandbox")
        await stage.shows("waiting for sandbox")
        assert " LIVE " in stage.text().split("\n")[0]
        assert stage.home._shown.total == before
        stage.service.set_scenario(None)
        await stage.pilot.press("escape")
        await stage.pilot.press("r")
        await stage.shows(" SANDBOX ")
        assert "waiting for" not in stage.text()
