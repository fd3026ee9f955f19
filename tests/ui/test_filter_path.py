"""The filters of the screen: their names on it, and the way back."""

from dataclasses import replace

import pytest

from polytop.model.breakdown import Breakdown
from polytop.model.target import ClientEnv, Filters
from polytop.ui.view_state import ViewState, narrow, set_filters, widen
from polytop.ui.widgets.sidebar import choices


def watching(**filters):
    """The change to a watch that begins under `filters`."""
    return lambda watch: replace(watch, filters=Filters(**filters))


def chosen(stage, *fields):
    """Labels of the lines that hold, of those fields."""
    lines = (line for line in stage.sidebar_options() if line.field in fields)
    return [line.label for line in lines if line.chosen]


async def narrow_screen(stage, name):
    """Put the cursor on a row, and Enter."""
    await stage.until(lambda: name in stage.rows())
    await stage.pilot.press("ctrl+home", *["down"] * stage.rows().index(name), "enter")


# -- filters from outside


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("variant_name", "Main line"),
        ("variant_id", "v-main"),
        ("language", "en-GB"),
        ("phone_number", "+442079460100"),
    ],
)
async def test_esc_leads_from_a_filter_of_the_command_line_to_all(make, run, name, value):
    async with run(make(change=watching(**{name: value}))) as stage:
        await stage.shows("· All › ")
        before = stage.snapshot.total
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.snapshot.view.filters == Filters())
        await stage.drawn()
        assert "› " not in stage.text().split("sorted by")[0]
        assert len(stage.rows()) == 8
        assert stage.snapshot.total != before
        await stage.pilot.press("escape")
        assert stage.state.filters == Filters()


async def test_every_step_that_the_crumbs_show_is_one_back(make, run):
    start = watching(variant_name="Main line", language="en-GB", client_env=ClientEnv.SANDBOX)
    async with run(make(change=start)) as stage:
        await stage.shows("· All › Main line › en-GB")
        await stage.pilot.press("b")
        await narrow_screen(stage, "+442079460100")
        await stage.shows("· All › Main line › en-GB › +442079460100")
        for crumbs in ("· All › Main line › en-GB ", "· All › Main line "):
            await stage.pilot.press("escape")
            await stage.shows(crumbs)
        await stage.pilot.press("escape")
        await stage.until(
            lambda: stage.snapshot.view.filters == Filters(client_env=ClientEnv.SANDBOX)
        )


async def test_the_sidebar_shows_a_variant_by_its_name_and_lets_it_go(make, run):
    async with run(make(change=watching(variant_name="Main line"))) as stage:
        await stage.pilot.press("f")
        assert chosen(stage, "variant_id", "variant_name") == ["Main line"]
        at = next(
            at
            for at, line in enumerate(stage.sidebar_lines())
            if line and line.field == "variant_id" and line.label == "all"
        )
        stage.home.filters.sidebar.highlighted = at
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.snapshot.view.filters == Filters())
        assert chosen(stage, "variant_id", "variant_name") == ["all"]


async def test_another_variant_takes_the_place_of_the_one_by_name(make, run):
    async with run(make(change=watching(variant_name="Main line"))) as stage:
        stage.home.session.names["v-billing"] = "Billing & refunds"
        await stage.choose("Billing & refunds")
        await stage.until(lambda: stage.snapshot.view.filters == Filters(variant_id="v-billing"))


def test_a_name_of_none_or_of_several_known_variants_has_a_line_of_its_own(make):
    state = ViewState(Filters(variant_name="Twins"))
    watch = make().profile
    for known in ((), (("1", "Twins · 1"), ("2", "Twins · 2")), (("1", "Other"),)):
        group = next(g for g in choices(state, watch, ("a",), known) if g.head == "VARIANT")
        assert [c.label for c in group.choices if c.chosen] == ["Twins"]
        assert len(group.choices) == len(known) + 3


def test_back_goes_the_way_one_came_then_through_the_filters_from_the_last_one():
    state = narrow(
        ViewState(Filters(variant_id="v", phone_number="+44")),
        Filters(variant_id="v", phone_number="+44", language="en-GB"),
    )
    found = []
    while (wider := widen(state)) != state:
        state = wider
        found.append(state.filters)
    start = Filters(variant_id="v", phone_number="+44")
    assert found == [start, Filters(variant_id="v"), Filters()]
    sandbox = set_filters(state, Filters(ClientEnv.SANDBOX, language="en-GB"))
    assert widen(sandbox).filters == Filters(ClientEnv.SANDBOX)


# -- words


async def test_b_says_why_there_is_nothing_else_to_break_down_by(make, run):
    async with run(make()) as stage:
        await narrow_screen(stage, "Main line")
        for name in ("en-GB", "+442079460100"):
            await stage.pilot.press("b")
            await narrow_screen(stage, name)
        await stage.pilot.press("b")
        await stage.shows("By environment")
        await stage.pilot.press("b")
        await stage.shows(
            "The screen is narrowed to one variant, language and number: "
            "there is nothing else to break down by. Esc goes back."
        )
        assert "Add " not in stage.text()


async def test_b_says_what_could_be_added(make, run):
    def unlisted(watch):
        return replace(watch, languages=(), phone_numbers=(), filters=Filters(variant_id="v-main"))

    async with run(make(change=unlisted)) as stage:
        await stage.pilot.press("b", "b")
        await stage.shows("The screen is narrowed to one variant: there is nothing else")
        await stage.shows("Or add languages and numbers in the sidebar (f).")


async def test_the_last_row_is_called_what_it_is(make, run):
    async with run(make()) as stage:
        assert "All conversations" in stage.table()
        await narrow_screen(stage, "Main line")
        await stage.pilot.press("b")
        await stage.shows("This selection")
        assert "All conversations" not in stage.table()
        await stage.pilot.press("escape", "escape", "escape")
        await stage.shows("All conversations")
        stage.home.filters.choose(Filters(ClientEnv.SANDBOX))
        await stage.shows(" SANDBOX ")
        assert "All conversations" in stage.table()


async def test_enter_on_the_row_that_is_the_filter_says_so(make, run):
    async with run(make()) as stage:
        await narrow_screen(stage, "Main line")
        await stage.until(lambda: stage.rows() == ["Main line"])
        await stage.pilot.press("enter")
        await stage.shows("The screen shows this row alone already. Esc goes back")
        assert len(stage.state.trail) == 1
    async with run(make(), (120, 40)) as stage:
        stage.home.filters.set_breakdown(Breakdown.CLIENT_ENV)
        await narrow_screen(stage, "live")
        await stage.shows("The screen shows this row alone already. b breaks it down.")
    async with run(make(change=watching(variant_name="Main line"))) as stage:
        await stage.pilot.press("enter")
        await stage.shows("The screen shows this row alone already")
        assert stage.state.filters == Filters(variant_name="Main line")


# -- variants of one name


async def test_twins_are_told_apart_inside_one_of_them(make, run):
    twins = ["Twins · v-twin-1", "Twins · v-twin-2"]
    async with run(make(scenario="hostile-names", variants=14)) as stage:
        assert set(twins) <= set(stage.rows())
        for name in twins:
            await narrow_screen(stage, name)
            await stage.shows(f"· All › {name} ")
            await stage.until(lambda name=name: stage.rows() == [name])
            assert f"▸ {name} " in stage.table()
            await stage.pilot.press("escape")
            await stage.until(lambda: len(stage.rows()) > 2)
        await stage.pilot.press("f")
        labels = [line.label for line in stage.sidebar_options()]
        assert [each for each in labels if each.startswith("Twins")] == twins
        stage.service.set_scenario("drop")
        await stage.choose(twins[1])
        await stage.shows(f"waiting for variant {twins[1]}")


async def test_a_name_of_its_own_stays_as_it_is(make, run):
    async with run(make()) as stage:
        await narrow_screen(stage, "Main line")
        await stage.until(lambda: stage.rows() == ["Main line"])
        await stage.shows("· All › Main line · ")


async def test_where_there_is_little_room_the_end_that_tells_twins_apart_stays():
    from polytop.ui.render.text import fit_label
    from polytop.ui.table_model import disambiguate

    names = {"variant-0001": "T" * 60, "variant-0002": "T" * 60, "b": "B"}
    ends = disambiguate(names.items())
    assert set(ends) == {"variant-0001", "variant-0002"}
    for width in (12, 16, 28):
        assert len({fit_label(names[id_], end, width) for id_, end in ends.items()}) == 2
    assert fit_label("B", "", 4) == "B   "


# -- what is said of one breakdown


async def test_a_slice_that_is_not_offered_is_told_of_the_variants_alone(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("501")
        await stage.pilot.press("r")
        await stage.shows("slicing is not implemented")
        await stage.pilot.press("b")
        await stage.shows("By language")
        assert "not implemented" not in stage.text()
        await stage.drawn()
        assert "not implemented" not in stage.text()


# -- numbers as people write them


@pytest.mark.parametrize(
    "text",
    ["+44 7700 900250", "+44 (7700) 900-250", "+44.7700.900250", "+44\u00a07700\u2011900250"],
)
async def test_a_number_may_be_written_as_people_do(make, run, text):
    async with run(make()) as stage:
        await stage.choose("add a number …")
        await stage.pilot.press(*text, "enter")
        await stage.shows("By number")
        await stage.until(lambda: "+447700900250" in stage.rows())
        assert stage.state.phone_numbers.count("+447700900250") == 1
        stage.home.filters.set_filter("phone_number", text)
        await stage.shows("· All › +447700900250")


async def test_a_refused_value_stays_to_be_corrected(make, run):
    async with run(make()) as stage:
        await stage.choose("add a number …")
        await stage.pilot.press(*"+44 call", "enter")
        assert "write it like" in stage.dialog()
        assert "+44 call" in stage.dialog()
        await stage.pilot.press(*["backspace"] * 4, *"7700 900250", "enter")
        await stage.until(lambda: "+447700900250" in stage.rows())
