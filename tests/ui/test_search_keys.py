"""The search line under fast hands: whose keys are whose, what it says of what it is given."""

from dataclasses import replace

import pytest
from scripted_feed import made, scripted_stage
from textual import events
from textual.keys import _character_to_key
from wall_stage import build, running

EVERY = 8
FOUND = ["Reservations"]


def burst(app, text):
    """Keys that come in one write of the terminal; a line end is Enter, \\x1b is Esc."""
    named = {"\r": "enter", "\x1b": "escape", "\x7f": "backspace"}
    for char in text:
        key = named.get(char) or _character_to_key(char)
        app.post_message(events.Key(key, None if char in named else char))


async def taken_in(stage, text):
    burst(stage.app, text)
    for _ in range(4):
        await stage.pilot.pause()


async def test_all_that_is_typed_after_the_slash_is_searched_for(make, run):
    async with run(make()) as stage:
        await taken_in(stage, "/qwertfusS/ [n?")
        assert stage.app.is_running
        assert stage.app.screen is stage.home
        assert stage.home.search.value == "qwertfusS/ [n?"
        assert stage.state.search == "qwertfusS/ [n?"
        assert stage.home.filters.sidebar is None


async def test_every_character_can_be_searched_for(make, run):
    every = "".join(map(chr, range(32, 127))) + "äßπ€日"
    async with run(make()) as stage:
        before = stage.state
        await taken_in(stage, "/" + every)
        assert stage.home.search.value == every
        assert stage.state == replace(before, search=every)


async def test_enter_and_what_follows_it_are_taken_in_their_order(make, run):
    async with run(make()) as stage:
        await taken_in(stage, "/serv\rx")
        assert stage.home.search.value is None
        assert stage.rows() == FOUND
        assert stage.state.filters.variant_id is None
        assert len(stage.state.chosen) == 1
        await taken_in(stage, "/x\x1bj")
        assert stage.home.search.value is None
        assert len(stage.rows()) == EVERY
        assert stage.home.focused is stage.home.board.table


@pytest.mark.parametrize("before", ["u", "x", "\r", "p", "\x1b"])
async def test_what_is_typed_before_the_slash_is_still_a_command(make, run, before):
    async with run(make()) as stage:
        home, alone = stage.home, stage.home.board.table.row.id
        await taken_in(stage, f"{before}/serv")
        assert home.search.value == "serv"
        assert {
            "u": home.store.state.utc is False,
            "x": home.store.state.chosen == (alone,),
            "\r": home.store.state.filters.variant_id == alone,
            "p": home.store.state.cursor_at is not None,
            "\x1b": home.store.state.search == "serv",
        }[before]


async def test_the_sidebar_gives_its_keys_to_the_search_too(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("f")
        await taken_in(stage, "/gG k")
        assert stage.home.search.value == "gG k"


async def test_pasted_text_is_searched_for(make, run):
    async with run(make()) as stage:
        burst(stage.app, "/")
        stage.app.post_message(events.Paste("serv\nwtq"))
        await stage.pilot.pause()
        await stage.pilot.pause()
        assert stage.home.search.value == "serv"
        assert stage.rows() == FOUND


async def test_a_search_can_be_opened_again_with_its_text_and_a_line_left_open_is_gone_back_to(
    make, run
):
    async with run(make()) as stage:
        await taken_in(stage, "/ser\r")
        await taken_in(stage, "/vat")
        assert stage.home.search.value == "servat"
        await stage.pilot.click("#table", offset=(5, 2))
        assert stage.home.focused is stage.home.board.table
        await taken_in(stage, "/io")
        assert stage.home.search.value == "servatio"


async def test_the_wall_too_searches_for_all_that_is_typed():
    stage = build(dict.fromkeys(["prod-uk", "prod-us"]))
    async with running(stage):
        burst(stage.app, "/wruq")
        for _ in range(4):
            await stage.pilot.pause()
        assert stage.wall.search.value == "wruq"
        assert stage.order() == []
        assert stage.app.screen is stage.wall
        burst(stage.app, "\x1bu")
        for _ in range(4):
            await stage.pilot.pause()
        assert sorted(stage.order()) == ["prod-uk", "prod-us"]
        assert stage.wall.search.value is None


# What is no search


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo>3", "no search yet: there is no column “foo”"),
        ("peak>abc", "no search yet: “abc” is no number"),
        ("now>", "no search yet: a number is needed after now>"),
        ("now<>3", "no search yet: a number is needed after now<"),
        ("at>16:00", "no search yet: times of the peak can be sorted, not searched"),
    ],
)
async def test_what_is_no_search_is_told_while_it_is_typed(text, said):
    async with scripted_stage(made([9] * 40, {"a": [5] * 40, "b": [1] * 40})) as it:
        await it.press("slash", *text)
        title = it.pane.buffer.text().split("\n")[0]
        assert said in title
        assert "2 of 2" not in title
        assert "with “" not in title
        await it.press(*["backspace"] * len(text), "a")
        assert "1 of 2 · with “a”" in it.pane.buffer.text()


async def test_the_words_of_a_search_that_is_no_search_yet_hold_already():
    async with scripted_stage(made([9] * 40, {"a": [5] * 40, "b": [1] * 40})) as it:
        await it.press("slash", *"a now>")
        title = it.pane.buffer.text().split("\n")[0]
        assert "By variant · 1 of 2 · no search yet: a number is needed after now>" in title


# The keys that are offered


async def test_keys_are_offered_that_do_what_they_say(make, run):
    async with run(make()) as stage:

        def keys():
            return stage.foot().split("\n")[-1]

        assert "q quit" in keys()
        await stage.pilot.press("slash")
        assert "Enter keep  Esc drop" in keys()
        assert "quit" not in keys()
        await stage.pilot.click("#table", offset=(5, 2))
        await stage.pilot.pause()
        assert "q quit" in keys()
        await stage.pilot.press("slash", "s", "enter")
        await stage.pilot.pause()
        assert "q quit" in keys()
