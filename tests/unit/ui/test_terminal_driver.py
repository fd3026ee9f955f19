"""The terminal is read without waiting, and stays as the shell wants it."""

import os
import pty

from polytop.ui.terminal_driver import open_keyboard


def test_a_read_of_what_another_reader_took_does_not_wait() -> None:
    master, terminal = pty.openpty()
    try:
        with open_keyboard(terminal) as keyboard:
            os.write(master, b"x\n")
            assert keyboard.read(10) == b"x\n"
            assert keyboard.read(10) is None
            assert os.get_blocking(terminal)
        os.write(master, b"y\n")
        assert os.read(terminal, 10) == b"y\n"
    finally:
        os.close(master)
        os.close(terminal)


def test_what_has_no_name_is_read_nevertheless() -> None:
    source, sink = os.pipe()
    try:
        with open_keyboard(source) as keyboard:
            os.write(sink, b"x")
            assert keyboard.read(10) == b"x"
    finally:
        os.close(source)
        os.close(sink)
