"""Options that several commands share, the types of their values, and rules between them."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

from polytop.config.errors import one_of
from polytop.model.breakdown import Breakdown
from polytop.model.timeparse import TimeInput, parse_duration, parse_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from polytop.config.resolve import Overrides


class MomentType(click.ParamType[TimeInput]):
    """A moment in time."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> TimeInput:
        """Parse `value`. A usage error says how to write a moment."""
        if isinstance(value, TimeInput):
            return value
        try:
            return parse_time(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


F = TypeVar("F", bound=Callable[..., Any])

_SHORTEST, _LONGEST = 1_800, 90 * 86_400
_FASTEST, _SLOWEST = 5, 3_600


class Length(click.ParamType[int]):
    """A duration in seconds, within two bounds, both included."""

    name = "length"

    def __init__(self, least: int, most: int, bounds: str) -> None:
        self._least, self._most, self._bounds = least, most, bounds

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Parse `value` to seconds. A usage error says how to write a duration."""
        if isinstance(value, int):
            return value
        try:
            seconds = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not self._least <= seconds <= self._most:
            self.fail(f"{value!r} is out of bounds: {self._bounds}", param, ctx)
        return seconds


class Number(click.FloatRange):
    """A number within two bounds; NaN and infinity are refused."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse `value`. A usage error says that it is not a number, or out of bounds."""
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
    """The only profile that is named; naming the same one again is allowed."""
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
        help="Span to show: 90m, 6h, 7d.",
    ),
    click.option(
        "--interval", type=INTERVAL, default="30s", metavar="SPAN", show_default=True,
        help="Time between two polls of the API.",
    ),
    click.option(
        "--breakdown", type=click.Choice([each.value for each in Breakdown]), default="variant",
        show_default=True, help="What the rows stand for.",
    ),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters."),
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    click.option("--theme", metavar="NAME", help="polytop, polytop-light, or another."),
    click.option("--utc", is_flag=True, help="Show UTC instead of local time."),
)  # fmt: skip
_WALL = click.option(
    "--all", "every", is_flag=True, help="The wall: a tile for each profile, least headroom first."
)


def _with(options: tuple[Callable[[F], F], ...], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def target_options(function: F) -> F:
    """Add the options that say what to watch: one project and filters."""
    return _with((_PROFILE, *_TARGET), function)


def place_options(function: F) -> F:
    """Add the options that say which project it is, without filters."""
    return _with((_PROFILE, *_TARGET[:4]), function)


def targets_options(function: F) -> F:
    """As :func:`target_options` for several profiles: `profiles` is a tuple of names."""
    return _with((_PROFILES, *_TARGET), function)


def monitor_options(function: F) -> F:
    """Add the options that say how the monitor shows it."""
    return _with(_MONITOR, function)


def wall_option(function: F) -> F:
    """Add the option that opens the wall."""
    return _WALL(function)


def overrides(options: Mapping[str, Any]) -> "Overrides":
    """The values of the target options."""
    from polytop.config.resolve import Overrides

    names = Overrides.__dataclass_fields__
    return Overrides(**{name: options.get(name) for name in names})


def seconds_of(
    option: str, moment: TimeInput, now: float, zone: "tzinfo | None", *, last: bool = False
) -> float:
    """`moment` in epoch seconds. Raises UsageError that names `option`; see TimeInput.seconds."""
    try:
        return moment.seconds(now, zone, last=last)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


_ONE_PROFILE_ONLY = ("region", "base_url", "account_id", "project_id")


def check_names(options: Mapping[str, Any]) -> None:
    """Raises UsageError if ``--all`` and ``--profile`` are given together."""
    if options["every"] and options["profiles"]:
        raise click.UsageError("--all and --profile cannot be given together")


def check_several(options: Mapping[str, Any]) -> None:
    """Raises UsageError if an option is given that cannot be true of several profiles."""
    for name in _ONE_PROFILE_ONLY:
        if options[name] is not None:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} goes with one profile, not with several")
