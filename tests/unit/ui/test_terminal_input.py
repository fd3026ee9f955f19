"""Keys and sequences from a terminal, whole and torn at every place."""

from itertools import combinations, pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from polytop.ui.commands import USUAL
from polytop.ui.terminal_input import (
    ESCAPE,
    LOCAL_DELAY,
    REMOTE_DELAY,
    SequenceReader,
    escape_delay,
    messages_of,
)

SEQUENCES = {
    "up": "\x1b[A",
    "shift left": "\x1b[1;2D",
    "application up": "\x1bOA",
    "end": "\x1b[4~",
    "f1": "\x1bOP",
    "f5": "\x1b[15~",
    "f12": "\x1b[24~",
    "console f1": "\x1b[[A",
    "press": "\x1b[<0;101;25M",
    "release": "\x1b[<0;101;25m",
    "wheel": "\x1b[<64;1;5M",
    "paste": "\x1b[200~A[1q\x1b[201~",
    "focus": "\x1b[I",
    "blur": "\x1b[O",
    "kitty": "\x1b[97;5u",
    "mode": "\x1b[?2026;2$y",
    "colour": "\x1b]11;rgb:1212/3434/5656\x1b\\",
    "alt": "\x1bA",
}
whole = st.sampled_from([*SEQUENCES.values(), "a", "A", "[", "é", "q"])


def received(*pieces: str, pause: float, delay: float = LOCAL_DELAY) -> list[str]:
    """The parts of a text whose pieces come with pauses between them."""
    reader, now, found = SequenceReader(delay, USUAL.guarded_keys()), 100.0, []
    for piece in pieces:
        found += reader.read(piece, now)
        for _ in range(10):
            now += pause / 10
            found += reader.wait(now)
    found += reader.wait(now + 10)
    return found


@pytest.mark.parametrize("text", ["a", "\x1b[A", "\x1b[200~x\x1b[201~", "\x1bOP", "\x1b[<0;1"])
def test_the_reader_awaits_no_moment_that_brings_nothing(text: str) -> None:
    reader = SequenceReader(LOCAL_DELAY, USUAL.guarded_keys())
    assert reader.due == inf
    list(reader.read(text, 100.0))
    assert reader.due == inf


@pytest.mark.parametrize(
    ("text", "found"), [("\x1b", [ESCAPE]), ("\x1b[200~x", []), ("\x1b]1", [])]
)
def test_the_reader_says_when_what_has_begun_is_over(text: str, found: list[str]) -> None:
    reader = SequenceReader(LOCAL_DELAY, USUAL.guarded_keys())
    assert list(reader.read(text, 100.0)) == []
    due = reader.due
    assert 100.0 < due < inf
    assert list(reader.wait(due - 0.001)) == []
    assert list(reader.wait(due)) == found
    assert reader.due == inf


def tears(text: str, most: int) -> list[tuple[str, ...]]:
    """Every way to tear `text` at up to `most` places."""
    found = []
    for number in range(1, most + 1):
        for at in combinations(range(1, len(text)), number):
            edges = (0, *at, len(text))
            found.append(tuple(text[a:b] for a, b in pairwise(edges)))
    return found


@pytest.mark.parametrize("pause", [0.12, 0.3, 0.6])
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_torn_sequence_is_itself_or_at_worst_the_key_esc(name: str, pause: float) -> None:
    sequence = SEQUENCES[name]
    for pieces in tears(sequence, 2):
        expected = [ESCAPE] if pieces[0] == ESCAPE else [sequence]
        assert received(*pieces, pause=pause) == expected, pieces


@pytest.mark.parametrize("name", SEQUENCES)
def test_over_ssh_a_short_pause_tears_nothing(name: str) -> None:
    for pieces in tears(SEQUENCES[name], 2):
        assert received(*pieces, pause=0.12, delay=REMOTE_DELAY) == [SEQUENCES[name]], pieces


@given(st.lists(whole, min_size=1, max_size=8), st.data())
def test_however_bytes_are_cut_without_a_pause_the_keys_are_the_same(
    keys: list[str], data: st.DataObject
) -> None:
    text = "".join(keys)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=6)))
    edges = (0, *cuts, len(text))
    pieces = [text[a:b] for a, b in pairwise(edges) if a < b]
    assert "".join(received(*pieces, pause=0.0)) == text


@given(st.text("\x1b[O]<;01Am~\\é", max_size=30), st.integers(1, 5))
def test_no_bytes_stop_the_keys_that_follow(noise: str, size: int) -> None:
    reader, now = SequenceReader(LOCAL_DELAY, USUAL.guarded_keys()), 0.0
    for at in range(0, len(noise), size):
        list(reader.read(noise[at : at + size], now))
        now += 0.01
    for _ in range(40):
        now += 0.1
        list(reader.wait(now))
    # Of a sequence that was broken off, one key may be taken for the end.
    assert [*reader.read("x", now), *reader.read("q", now + 1)][-1] == "q"


@pytest.mark.parametrize(
    "begun",
    ["\x1b[", "\x1b[1;", "\x1b[[", "\x1b[M", "\x1b[M  ", "\x1bO", "\x1bP", "\x1bPq", "\x1b]52;"],
)
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_after_one_that_was_broken_off_is_whole(begun: str, name: str) -> None:
    sequence = SEQUENCES[name]
    for at in range(len(sequence)):
        pieces = filter(None, (begun + sequence[:at], sequence[at:]))
        assert received(*pieces, pause=0.01) == [sequence]


@pytest.mark.parametrize("key", ["A", "a", "[", "]", "1", "5", "+", "-"])
def test_no_letter_after_an_escape_has_weight(key: str) -> None:
    assert received(ESCAPE, key, pause=0.12) == [ESCAPE]
    assert received(ESCAPE + key, pause=0.12) in ([], [ESCAPE + key])
    assert received(ESCAPE, "j", key, pause=0.12) == [ESCAPE, "j", key]


def test_esc_and_a_key_without_weight_are_two_keys() -> None:
    assert received(ESCAPE, "q", pause=0.12) == [ESCAPE, "q"]
    assert received(ESCAPE, ESCAPE, "q", pause=0.12) == [ESCAPE, ESCAPE, "q"]
    assert received(ESCAPE, "[", pause=1.0) == [ESCAPE, "["]


def test_a_paste_without_an_end_is_given_up() -> None:
    assert received("\x1b[200~abc", "q", pause=4.0) == ["q"]


def told(part: str) -> list[str]:
    """What the app is told of a part."""
    messages = messages_of(part, XTermParser())
    return [each.key if isinstance(each, events.Key) else type(each).__name__ for each in messages]


def test_parts_become_messages_and_unknown_sequences_none() -> None:
    assert told(ESCAPE) == ["escape"]
    assert told("aA") == ["a", "A"]
    assert told(SEQUENCES["up"]) == ["up"]
    assert told(SEQUENCES["press"]) == ["MouseDown"]
    assert told(SEQUENCES["focus"]) == ["AppFocus"]
    (paste,) = messages_of(SEQUENCES["paste"], XTermParser())
    assert isinstance(paste, events.Paste)
    assert paste.text == "A[1q"
    for unknown in (SEQUENCES["colour"], SEQUENCES["alt"], "\x1b[99;1X", "\x1b[?62;22c"):
        assert told(unknown) == []


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, LOCAL_DELAY),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, REMOTE_DELAY),
        ({"SSH_TTY": "/dev/pts/1"}, REMOTE_DELAY),
        ({"SSH_TTY": "/dev/pts/1", "ESCDELAY": "25"}, 0.025),
        ({"ESCDELAY": "soon"}, LOCAL_DELAY),
    ],
)
def test_the_delay_of_esc(environ: dict[str, str], seconds: float) -> None:
    assert escape_delay(environ) == seconds
