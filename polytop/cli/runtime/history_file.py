"""The history as a command opens it: its words on stderr, its errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from polytop.history.store import History


@contextmanager
def open_history(path: Path, command: str) -> Iterator["History"]:
    """The history at `path`, made where it is not there; `command` says who speaks.

    What happened to the file, such as that it was damaged and is set aside, is said on stderr.
    Raises ClickException (exit status 1) where it cannot be used.
    """
    from polytop.history.store import History, HistoryError

    history = History(path)
    try:
        history.open()
        yield history
    except HistoryError as error:
        raise click.ClickException(str(error)) from None
    finally:
        history.close()
        if history.note is not None:
            click.echo(f"polytop {command}: {history.note}", err=True)


def exists(path: Path) -> bool:
    """Whether something is at `path`, be it damaged or out of reach."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
