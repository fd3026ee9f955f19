"""Options that commands share, and what they say as values."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

from polytop.config.errors import one_of
from polytop.model.breakdown import Breakdown
from polytop.model.timeparse import Moment, moment, parse

if TYPE_CHECKING:
    from polytop.config.resolve import Overrides


__all__ = ["Moment", "MomentType", "moment"]


class MomentType(click.ParamType[Moment]):
    """An option that is a moment."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Moment:
        """The moment, or a usage error that says how to write one."""
        if isinstance(value, Moment):
            return value
        try:
            return moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


F = TypeVar("F", bound=Callable[..., Any])

_SHORTEST, _LONGEST = 1_800, 90 * 86_400
_FASTEST, _SLOWEST = 5, 3_600


class Length(click.ParamType[int]):
    """A length of time between two bounds, seconds."""

    name = "length"

    def __init__(self, least: int, most: int, bounds: str) -> None:
        self._least, self._most, self._bounds = least, most, bounds

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Seconds; a usage error that says how to write it."""
        if isinstance(value, int):
            return value
        try:
            seconds = parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not self._least <= seconds <= self._most:
            self.fail(f"{value!r} is out of bounds: {self._bounds}", param, ctx)
        return seconds


class Number(click.FloatRange):
    """A number between two bounds: neither infinite nor none at all."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; a usage error that says what is no number, or out of bounds."""
        try:
            known = isfinite(float(value))
        except ValueError:
            known = False
        if not known:
            self.fail(f"{value!r} is not a number", param, ctx)
        return super().convert(value, param, ctx)


WINDOW = Length(_SHORTEST, _LONGEST, "a window is between 30m and 90d")
INTERVAL = Length(_FASTEST, _SLOWEST, "an interval is between 5s and 1h")


def _one(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> str | None:
    """The one profile that is named; the same one may be named again."""
    different = tuple(dict.fromkeys(names))
    if len(different) > 1:
        raise click.UsageError(f"give one profile: {one_of(f'-p {each}' for each in different)}")
    return different[0] if different else None


_PROFILE = click.option(
    "-p", "--profile", metavar="NAME", multiple=True, callback=_one, help="Profile to use."
)
_PROFILES = click.option(
    "-p", "--profile", "profiles", metavar="NAME", multiple=True, help="Profile; repeatable."
)
_TARGET = (
    click.option("--region", metavar="NAME", help="us-1, uk-1 or euw-1."),
    click.option("--base-url", metavar="URL", help="Instead of a region: where the API is."),
    click.option("--account-id", metavar="ID", help="Workspace ID."),
    click.option("--project-id", metavar="ID", help="Agent ID."),
    click.option("--client-env", metavar="ENV", help="live, pre-release or sandbox."),
    click.option("--variant-id", metavar="ID", help="Only this variant."),
    click.option("--variant-name", metavar="NAME", help="Only the variant of this name."),
    click.option("--language", metavar="CODE", help="Only this language, such as en-GB."),
    click.option("--phone-number", metavar="NUMBER", help="Only this number, such as +4478…"),
    click.option(
        "--limit", type=click.IntRange(min=1), metavar="N", help="Contracted concurrency."
    ),
)
_MONITOR = (
    click.option(
        "--window", type=WINDOW, default="6h", metavar="SPAN", show_default=True,
        help="What is shown: 90m, 6h, 7d.",
    ),
    click.option(
        "--interval", type=INTERVAL, default="30s", metavar="SPAN", show_default=True,
        help="How often the API is asked.",
    ),
    click.option(
        "--breakdown", type=click.Choice([each.value for each in Breakdown]), default="variant",
        show_default=True, help="What the rows are.",
    ),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters."),
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    click.option("--theme", metavar="NAME", help="polytop, polytop-light, or another."),
    click.option("--utc", is_flag=True, help="Show UTC rather than local time."),
)  # fmt: skip
_WALL = click.option(
    "--all", "every", is_flag=True, help="The wall: a tile for each profile, least headroom first."
)


def _with(options: tuple[Callable[[F], F], ...], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def target_options(function: F) -> F:
    """The options that say what to watch."""
    return _with((_PROFILE, *_TARGET), function)


def place_options(function: F) -> F:
    """The options that say which project it is, whatever of it is watched."""
    return _with((_PROFILE, *_TARGET[:4]), function)


def targets_options(function: F) -> F:
    """The same for several profiles at once: `profiles` is a tuple of names."""
    return _with((_PROFILES, *_TARGET), function)


def monitor_options(function: F) -> F:
    """The options that say how to show it."""
    return _with(_MONITOR, function)


def wall_option(function: F) -> F:
    """The option that asks for the wall."""
    return _WALL(function)


def overrides(options: Mapping[str, Any]) -> "Overrides":
    """What the target options say."""
    from polytop.config.resolve import Overrides

    names = Overrides.__dataclass_fields__
    return Overrides(**{name: options.get(name) for name in names})
