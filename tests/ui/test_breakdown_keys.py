"""Breakdowns on the screen: choosing one, adding rows to it, narrowing by it, and the way back."""

from dataclasses import replace
from pathlib import Path

import pytest

from polytop.model.breakdown import Breakdown
from polytop.model.target import ClientEnv, Filters
from polytop.ui.render.title import filter_path
from polytop.ui.view_state import ViewState, narrow, next_breakdown, useful_breakdowns

LANGUAGES = ["ca-ES", "de-DE", "en-GB", "en-US", "es-ES", "es-US"]
CONFIG = """\
# The projects of the contact centre.
default_profile = "prod"

[profiles.prod]
base_url = "https://api.example"  # a proxy
account_id = "ws-1"
project_id = "PROJECT-1"
client_env = "live"
languages = ["en-GB"]  # the main ones
"""


async def typed(stage, label, value):
    """Choose a line that asks, and answer."""
    await stage.choose(label)
    await stage.pilot.press(*value, "enter")
    await stage.pilot.pause()


async def rows_are(stage, expected):
    """Wait until the table has exactly these rows, whatever their order."""
    await stage.until(lambda: sorted(stage.rows()) == sorted(expected))


async def to_row(stage, name):
    """Put the cursor on a row and narrow to it."""
    await stage.until(lambda: name in stage.rows())
    await stage.pilot.press("ctrl+home", *["down"] * stage.rows().index(name), "enter")


def asked(stage):
    """Return the queries of all requests so far, oldest first."""
    return [dict(each.query) for each in stage.service.requests]


def by(breakdown):
    """The option ``--breakdown``."""
    from polytop.ui.app import Options

    return Options(utc=True, breakdown=breakdown)


# -- choosing


async def test_b_goes_through_all_that_says_something_and_comes_back(make, run):
    async with run(make()) as stage:
        for title in ("By language", "By number", "By environment", "By variant"):
            await stage.pilot.press("b")
            await stage.shows(title)
            await stage.until(lambda: bool(stage.rows()))


async def test_b_passes_over_what_is_not_listed_and_what_is_narrowed(make, run):
    def nothing(watch):
        return replace(watch, languages=(), phone_numbers=())

    async with run(make(change=nothing)) as stage:
        await stage.pilot.press("b")
        await stage.shows("By environment")
        await stage.pilot.press("b")
        await stage.shows("By variant")
        await to_row(stage, "Main line")
        await stage.shows("All › Main line")
        await stage.pilot.press("b")
        await stage.shows("By environment")
        await stage.pilot.press("b")
        await stage.shows("there is nothing else to break down by")
        await stage.shows("By environment")


def test_what_is_useful_follows_from_filters_and_lists():
    state = ViewState(Filters())
    assert useful_breakdowns(state) == (Breakdown.VARIANT, Breakdown.CLIENT_ENV)
    full = replace(state, languages=("en",), phone_numbers=("+44",))
    assert useful_breakdowns(full) == tuple(Breakdown)
    for change in ({"variant_id": "v"}, {"variant_name": "V"}):
        assert Breakdown.VARIANT not in useful_breakdowns(replace(full, filters=Filters(**change)))
    only = replace(full, filters=Filters(variant_id="v", language="en", phone_number="+44"))
    assert useful_breakdowns(only) == (Breakdown.CLIENT_ENV,)
    assert next_breakdown(replace(only, breakdown=Breakdown.CLIENT_ENV)).breakdown == "client_env"
    assert next_breakdown(replace(full, search="x")).search == ""


@pytest.mark.parametrize(
    ("breakdown", "expected"),
    [
        (Breakdown.LANGUAGE, LANGUAGES),
        (Breakdown.CLIENT_ENV, ["live", "pre-release", "sandbox"]),
    ],
)
async def test_it_may_be_chosen_from_the_start(make, run, breakdown, expected):
    async with run(make(options=by(breakdown))) as stage:
        await rows_are(stage, expected)
        assert {each.get("slice_by") for each in asked(stage)} <= {None, breakdown.value}


async def test_the_sidebar_offers_all_four_and_marks_the_present_one(make, run):
    async with run(make()) as stage:
        await stage.choose("by environment")
        await stage.shows("By environment")
        lines = stage.sidebar_options()
        marked = [each.label for each in lines if each.field == "breakdown" and each.chosen]
        offered = [each.label for each in lines if each.field == "breakdown"]
        assert marked == ["by environment"]
        assert offered == ["by variant", "by language", "by number", "by environment"]
        await stage.until(lambda: len(stage.rows()) == 3)
        # Environments are no variants, whatever the rows are.
        known = [each.label for each in lines if each.field == "variant_id" and each.value]
        assert "sandbox" not in known


async def test_the_budget_is_told_where_rows_are_asked_for_one_by_one(make, run):
    async with run(make()) as stage:
        assert "requests/min" not in stage.text()
        await stage.pilot.press("b")
        await stage.shows(" of 120 requests/min")


# -- adding rows


async def test_a_value_that_is_added_is_a_row(make, run):
    async with run(make()) as stage:
        await typed(stage, "add a language …", "fr-FR")
        await rows_are(stage, [*LANGUAGES, "fr-FR"])
        assert stage.state.breakdown is Breakdown.LANGUAGE
        await typed(stage, "add a number …", "+33100000000")
        await stage.shows("By number")
        await stage.until(lambda: "+33100000000" in stage.rows())


@pytest.mark.parametrize(
    ("label", "value"), [("add a language …", "en GB!"), ("add a number …", "call me")]
)
async def test_a_value_that_cannot_be_asked_for_is_refused_with_a_reason(make, run, label, value):
    async with run(make()) as stage:
        count = stage.service.count
        await typed(stage, label, value)
        assert "must look like" in stage.dialog() or "write it like" in stage.dialog()
        await stage.pilot.press("escape")
        assert stage.service.count == count
        assert stage.state.breakdown is Breakdown.VARIANT


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "polytop" / "config.toml"
    path.parent.mkdir()
    path.write_text(CONFIG)
    return path


def stored(watch):
    """The watch with the lists of the file's profile, and the way to keep them there."""
    from polytop.cli.runtime.profiles import StoredProfiles
    from polytop.config.paths import config_file
    from polytop.config.profiles import load_config

    own = StoredProfiles(load_config(config_file()), 30.0, {}).get("prod")
    return replace(
        watch,
        languages=own.languages,
        phone_numbers=own.phone_numbers,
        keep_values=own.keep_values,
    )


async def test_added_values_are_kept_in_the_profile_on_request_and_comments_survive(
    make, run, config
):
    async with run(make(change=stored)) as stage:
        await stage.pilot.press("b")
        await rows_are(stage, ["en-GB"])
        assert "keep these in the profile" not in labels(await opened(stage))
        await typed(stage, "add a language …", "es-ES")
        await rows_are(stage, ["en-GB", "es-ES"])
        assert config.read_text() == CONFIG
        await stage.choose("keep these in the profile")
        await stage.until(lambda: config.read_text() != CONFIG)
        await stage.until(
            lambda: "keep these in the profile" not in labels(stage.home.filters.sidebar)
        )
    expected = CONFIG.replace('languages = ["en-GB"]', 'languages = ["en-GB", "es-ES"]')
    assert config.read_text() == expected


async def test_what_cannot_be_kept_is_told_and_stays_on_the_screen(make, run, config):
    async with run(make(change=stored)) as stage:
        await typed(stage, "add a number …", "+442079460100")
        broken = CONFIG.replace('"ws-1"', "ws-1")
        config.write_text(broken)
        await stage.choose("keep these in the profile")
        await stage.shows("line 6")
        assert config.read_text() == broken
        await stage.until(lambda: stage.rows() == ["+442079460100"])
        assert "keep these in the profile" in labels(stage.home.filters.sidebar)


async def opened(stage):
    if stage.home.filters.sidebar is None:
        await stage.pilot.press("f")
    return stage.home.filters.sidebar


def labels(sidebar):
    return [choice.label for choice in sidebar.option_lines if choice]


# -- narrowing


@pytest.mark.parametrize(
    ("breakdown", "row", "field", "value"),
    [
        (Breakdown.VARIANT, "Billing & refunds", "variant_id", "v-billing"),
        (Breakdown.LANGUAGE, "es-ES", "language", "es-ES"),
        (Breakdown.PHONE_NUMBER, "+442079460120", "phone_number", "+442079460120"),
    ],
)
async def test_enter_narrows_the_whole_screen_and_escape_goes_back(
    make, run, breakdown, row, field, value
):
    async with run(make(options=by(breakdown))) as stage:
        await stage.until(lambda: row in stage.rows())
        before, total = sorted(stage.rows()), stage.snapshot.total
        await to_row(stage, row)
        await stage.shows(f"· All › {row}")
        await rows_are(stage, [row])
        assert value in {each.get(field) for each in asked(stage)}
        assert stage.snapshot.total != total
        await stage.pilot.press("escape")
        await rows_are(stage, before)
        assert stage.snapshot.total == total
        assert "All ›" not in stage.text()


async def test_enter_on_an_environment_changes_the_badge_and_escape_changes_it_back(make, run):
    async with run(make(options=by(Breakdown.CLIENT_ENV))) as stage:
        head = stage.text().split("\n")[0]
        assert " LIVE " in head
        await to_row(stage, "sandbox")
        await stage.shows(" SANDBOX ")
        await stage.shows("· All › sandbox")
        assert stage.snapshot.view.filters.client_env is ClientEnv.SANDBOX
        # The three stay: there is always one of them, and yet they are compared.
        await rows_are(stage, ["live", "pre-release", "sandbox"])
        await stage.pilot.press("escape")
        await stage.shows(" LIVE ")
        assert "All ›" not in stage.text()


async def test_narrowing_goes_from_variant_to_language_to_number_and_all_is_sent(make, run):
    async with run(make()) as stage:
        await to_row(stage, "Main line")
        await stage.shows("· All › Main line")
        await stage.pilot.press("b")
        await to_row(stage, "en-GB")
        await stage.shows("· All › Main line › en-GB")
        await stage.pilot.press("b")
        await stage.shows("By number")
        await to_row(stage, "+442079460100")
        await stage.shows("· All › Main line › en-GB › +442079460100")
        wanted = {"variant_id": "v-main", "language": "en-GB", "phone_number": "+442079460100"}
        assert any(wanted.items() <= each.items() for each in asked(stage))
        assert stage.snapshot.view.filters == Filters(**wanted)
        for path in ("· All › Main line › en-GB", "· All › Main line"):
            await stage.pilot.press("escape")
            await stage.until(lambda path=path: f"{path} " in stage.text())
        await stage.pilot.press("escape")
        await stage.until(lambda: "All ›" not in stage.text())


async def test_the_way_can_be_read_in_80_columns(make, run):
    async with run(make(), (80, 24)) as stage:
        for name, key in (("Main line", "b"), ("en-GB", "b"), ("+442079460100", None)):
            await to_row(stage, name)
            await stage.shows(f"› {name}")
            if key:
                await stage.pilot.press(key)
        await stage.shows("Conversations · last 6 h · All › Main line › en-GB › +442079460100")


async def test_what_cannot_be_done_is_said(make, run):
    async with run(make(scenario="hostile-names", variants=14)) as stage:
        await to_row(stage, "(no variant)")
        await stage.shows("These calls carry no variant")

    def nothing(watch):
        return replace(watch, languages=(), phone_numbers=())

    async with run(make(change=nothing)) as stage:
        await stage.choose("by number")
        await stage.shows("No numbers are listed")
        await stage.pilot.press("f")
        await stage.shows("or phone_numbers = […] in the profile")
        stage.home.filters.choose(Filters(language="en-GB"))
        await stage.shows("· All › en-GB")
        stage.home.filters.set_breakdown(Breakdown.LANGUAGE)
        await stage.shows("The screen is narrowed to one language")
        await stage.until(lambda: stage.rows() == ["en-GB"])


# -- the way


def test_crumbs_are_in_the_order_in_which_one_came():
    state = ViewState(Filters(language="en-GB"))
    for step in (
        {"phone_number": "+44"},
        {"client_env": ClientEnv.SANDBOX},
        {"variant_id": "v-1"},
    ):
        state = narrow(state, state.filters.with_changes(**step))
    assert filter_path(state.filters, state.trail) == (
        ("language", "en-GB"),
        ("phone_number", "+44"),
        ("client_env", "sandbox"),
        ("variant_id", "v-1"),
    )
    assert filter_path(state.trail[-1], state.trail[:-1])[-1] == ("client_env", "sandbox")


def test_crumbs_without_a_way_are_the_filters_and_what_was_left_is_none():
    filters = Filters(ClientEnv.SANDBOX, variant_id="v", phone_number="+44")
    assert filter_path(filters, ()) == (("variant_id", "v"), ("phone_number", "+44"))
    assert filter_path(Filters(), (filters,)) == (("client_env", "live"),)
    assert filter_path(Filters(), ()) == ()
