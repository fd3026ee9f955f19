"""Random keys, pastes, mouse events, resizes and noise for a program in a terminal."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from terminal import POLYTOP, Terminal

PLACES = {"monitor": ("demo",), "wall": ("demo", "--all"), "set-up": ()}
"""Where keys are struck, and the arguments that lead there."""

ESC = b"\x1b"
KEYS = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in "qQ"]
CONTROLS = [chr(code) for code in (*range(0x20), 0x7F) if chr(code) not in "\x03\x11\x1b"]
NAMED = [
    "\r", "\r\r", "\x1b", "\t", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F",
    "\x1b[5~", "\x1b[6~", "\x1b[3~", "\x1b[Z", "\x1b[1;2D", "\x1b[1;2C", "\x1b[1;5H", "\x1b[1;5F",
    "\x1bOP", "\x1b[15~", "\x1b[I", "\x1b[O", "\x1b[97;5u", "\x10",
]  # fmt: skip
OPENERS = ["m", "g", "C", "y", "e", "M", "L", "?", "w", "/", "f", "\x10", ":", "\x10theme\r"]
TEXTS = ["", "x", "14:30", "-2h", "now>20", "ä€😀", "[bold]", "\x1b[31m", "a" * 2_000, "%s{}\\"]
NOISE = [
    b"\xff",
    b"\xc3",
    b"\xe2\x82",
    b"\x80\x80",
    b"\x1b[",
    b"\x1b[<",
    b"\x1b]52;",
    b"\x1bP",
    b"\x9b",
]
SIZES = [(120, 40), (80, 24), (60, 15), (20, 3), (1, 1), (300, 80), (41, 12)]


def strokes(seed: int, *, esc: bool = True) -> Iterator[bytes | tuple[int, int]]:
    """Yield what a hand in haste does, without end: bytes to send, and sizes of the terminal.

    There are no ctrl+c and ctrl+q among the keys, no ``q`` and ``Q``, which find *Quit* in the
    palette, and no Esc without `esc`.
    """
    chance = random.Random(seed)
    while True:
        kind = chance.choices(
            ("key", "named", "control", "dialog", "paste", "mouse", "noise", "size"),
            (40, 25, 5, 15, 5, 8, 1, 1),
        )[0]
        text = chance.choice(TEXTS)
        if kind == "size":
            yield chance.choice(SIZES)
            continue
        if kind == "noise":
            noise = chance.choice(NOISE)
            if esc or ESC not in noise:
                yield noise
            continue
        stroke = {
            "key": lambda: chance.choice(KEYS),
            "named": lambda: chance.choice(NAMED),
            "control": lambda: chance.choice(CONTROLS),
            "dialog": lambda text=text: (
                f"{chance.choice(OPENERS)}{text[:20]}{chance.choice(NAMED)}"
            ),
            "paste": lambda text=text: (
                f"\x1b[200~{text}{chance.choice(('', chr(10), chr(13)))}\x1b[201~"
            ),
            "mouse": lambda: _mouse(chance),
        }[kind]()
        if "q" not in stroke and (esc or not stroke.endswith("\x1b")):
            yield stroke.encode()


def _mouse(chance: random.Random) -> str:
    button = chance.choice((0, 0, 0, 2, 32, 35, 64, 65))
    at = f"{chance.randint(1, 130)};{chance.randint(1, 45)}"
    return f"\x1b[<{button};{at}M" + (f"\x1b[<{button};{at}m" if button < 32 else "")


def strike(terminal: Terminal, seed: int, number: int, *, esc: bool = True) -> None:
    """Send `number` strokes, many in one write; fails where the program ends."""
    _wait_for_screen(terminal)
    chance = random.Random(seed)
    pending, left = b"", chance.randint(1, 12)
    for at, stroke in zip(range(number), strokes(seed, esc=esc), strict=False):
        if isinstance(stroke, tuple):
            terminal.resize(*stroke)
        else:
            pending += stroke
        left -= 1
        if left == 0 or len(pending) > 512:
            terminal.send_bytes(pending)
            terminal.pump(0.01)
            pending, left = b"", chance.randint(1, 12)
        if at % 100 == 0:
            calm(terminal)
        assert not terminal.ended(), f"ended with {terminal.status} at stroke {at}"
    terminal.send_bytes(pending)
    calm(terminal)


def calm(terminal: Terminal) -> None:
    """Read until the program has worked on all that was sent: it sleeps and writes nothing.

    A busy machine leaves it little CPU time; when it has had 10 s of it, it only draws its clock.
    """
    with suppress(OSError):  # it ends meanwhile
        ends, quiet = terminal.cpu() + 10, 0
        while quiet < 5 and terminal.cpu() < ends:
            wrote = terminal.pump_for(0.03)
            quiet = 0 if wrote or terminal.busy() else quiet + 1


def leave(terminal: Terminal) -> None:
    """Leave by the keys of a user who does not know where he is."""
    terminal.draws = True  # what is left where it does not end
    for size in ((100, 30), (120, 40)):
        terminal.resize(*size)
        calm(terminal)
    for _ in range(12):
        for key in ("\x1b", "\x1b", "q"):  # a set-up with typed words asks for a second Esc
            if terminal.ended():
                return
            terminal.send(key)
            terminal.pump_for(1)  # a q too soon after Esc could be of the same sequence
            calm(terminal)


def press_at_random(place: str, home: dict[str, str], seed: int, number: int) -> None:
    """Strike keys in one of :data:`PLACES`; fails where it ends, or does not end well."""
    with _started(place, home) as terminal:
        strike(terminal, seed, number, esc=place != "set-up")
        leave(terminal)
        _check_end(terminal, home)


DIALOGS = {
    b"m": b"x",
    b"g": b"14:30",
    b"C": b"j ",
    b"e": b"",
    b"\x10": b"zoom",
    b"/": b"now>20",
} | dict.fromkeys((b"t", b"A", b"L", b"?", b"y", b"M", b"f"), b"")
"""Keys that open something on the monitor, and what may be typed into it."""


def open_and_close(home: dict[str, str], seed: int, times: int) -> None:
    """Open and close each dialog `times` times amid resizes; one ``q`` must do then."""
    chance = random.Random(seed)
    openers = [*DIALOGS] * times
    chance.shuffle(openers)
    with _started("monitor", home) as terminal:
        _wait_for_screen(terminal)
        for opener in openers:
            terminal.send_bytes(opener + DIALOGS[opener] * chance.randint(0, 1))
            terminal.resize(chance.randint(20, 200), chance.randint(3, 60))
            calm(terminal)
            assert not terminal.ended(), f"ended with {terminal.status}"
            terminal.send_bytes(ESC)
            terminal.pump_for(0.3)  # what comes too soon after Esc could be of the same sequence
            calm(terminal)
        terminal.send("q")
        _check_end(terminal, home)


@contextmanager
def _started(place: str, home: dict[str, str]) -> Iterator[Terminal]:
    """Start polytop in `home`, where an export writes; a failure tells what was sent last."""
    command = ["sh", "-c", 'cd "$HOME" && exec "$@"', "sh", *POLYTOP, *PLACES[place]]
    with Terminal(command, home, draws=False) as terminal:
        try:
            yield terminal
        except AssertionError as error:
            error.add_note(f"The last input: {[*terminal.sent]}")
            for report in Path(home["HOME"]).rglob("crash-*"):
                error.add_note(report.read_text())
            raise


def _wait_for_screen(terminal: Terminal) -> None:
    while b"\x1b[?1049h" not in terminal.output:
        assert terminal.pump(30), "no screen"
    calm(terminal)


def _check_end(terminal: Terminal, home: dict[str, str]) -> None:
    status = terminal.wait_exit()
    assert status == 0, terminal.output[-2_000:].decode(errors="replace")
    assert b"Traceback" not in terminal.output
    assert terminal.modes_left() == set()
    assert not list(Path(home["HOME"]).rglob("crash-*"))
