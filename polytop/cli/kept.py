"""The table's columns, kept from one run to the next."""

from polytop.config.errors import ConfigError
from polytop.config.paths import screen_file
from polytop.config.screen import load_columns, save_columns
from polytop.ui.columns import DEFAULT, known
from polytop.ui.feed import FeedError


def kept_columns() -> tuple[str, ...]:
    """Those that the user has chosen, else the usual ones; unknown names are left out."""
    found = load_columns(screen_file())
    if found is None or (found and not known(found)):
        return DEFAULT
    return known(found)


def keep_columns(columns: tuple[str, ...]) -> None:
    """Have them again at the next start. Raises FeedError where they cannot be written."""
    try:
        save_columns(screen_file(), columns)
    except ConfigError as error:
        raise FeedError(error.as_problem()) from None
