"""Options that several commands share, the types of their values, and rules between them."""

from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

from polytop.config.errors import one_of
from polytop.model.breakdown import Breakdown
from polytop.model.text import compose
from polytop.model.timeparse import TimeInput, parse_duration, parse_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from polytop.config.resolve import Overrides


F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


_LONGEST = 200
"""The most characters of an option that are parsed."""


class Parsed(click.ParamType[T]):
    """What `parse` makes of the text of an option. Its ValueError becomes the usage error."""

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Parse `value`, unless it has been parsed already."""
        if isinstance(value, str) and len(value) > _LONGEST:
            self.fail(f"{len(value)} characters are too many for a {self.name}", param, ctx)
        try:
            return self._parse(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


def length(least: int, most: int, bounds: str) -> Parsed[int]:
    """A duration from `least` to `most` seconds; `bounds` tells both in words."""

    def parse(text: str) -> int:
        seconds = parse_duration(text)
        if not least <= seconds <= most:
            raise ValueError(f"{text!r} is out of bounds: {bounds}")
        return seconds

    return Parsed("span", parse)


class Number(click.FloatRange):
    """A number within two bounds; NaN and infinity are refused."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse `value`. A usage error says that it is not a number, or out of bounds."""
        try:
            known = len(str(value)) <= _LONGEST and isfinite(float(value))
        except ValueError:
            known = False
        if not known:
            self.fail(f"{str(value)[:_LONGEST]!r} is not a number", param, ctx)
        return super().convert(value, param, ctx)


TIME = Parsed("time", parse_time)
TIME_AHEAD = Parsed("time", partial(parse_time, ahead=True))
PROFILE_NAME = Parsed("name", compose)
WINDOW = length(1_800, 90 * 86_400, "a window is between 30m and 90d")
_INTERVAL = length(5, 3_600, "an interval is between 5s and 1h")


def _one(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> str | None:
    """The only profile that is named; naming the same one again is allowed."""
    different = tuple(dict.fromkeys(names))
    if len(different) > 1:
        raise click.UsageError(f"give one profile: {one_of(f'-p {each}' for each in different)}")
    return different[0] if different else None


_PROFILE = click.option(
    "-p",
    "--profile",
    type=PROFILE_NAME,
    metavar="NAME",
    multiple=True,
    callback=_one,
    help="Profile to use.",
)
_PROFILES = click.option(
    "-p",
    "--profile",
    "profiles",
    type=PROFILE_NAME,
    metavar="NAME",
    multiple=True,
    help="Profile; repeatable.",
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


def together(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """One decorator for all `options`, in the order of the help."""

    def add_all(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add_all


target_options = together(_PROFILE, *_TARGET)
"""What to watch: one project and filters."""

place_options = together(_PROFILE, *_TARGET[:4])
"""Which project it is, without filters."""

targets_options = together(_PROFILES, *_TARGET)
"""As :data:`target_options` for several profiles: `profiles` is a tuple of names."""

monitor_options = together(
    click.option("--window", type=WINDOW, default="6h", help="Span to show: 90m, 6h, 7d."),
    click.option(
        "--interval", type=_INTERVAL, default="30s", help="Time between two polls of the API."
    ),
    click.option(
        "--breakdown",
        type=click.Choice([each.value for each in Breakdown]),
        default="variant",
        help="What the rows stand for.",
    ),
    click.option(
        "--at", type=TIME, help="Open at this moment: 14:30, yesterday 9:00, 2026-11-20T08:15, -2h."
    ),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters."),
    click.option(
        "--low-bandwidth",
        is_flag=True,
        help="Spare a slow link: 16 colours, half the dots, a picture every 5 s.",
    ),
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    click.option("--theme", metavar="NAME", help="polytop, polytop-light, or another."),
    click.option("--utc", is_flag=True, help="Show UTC instead of local time."),
)
"""How the monitor shows it."""

range_options = together(
    click.option(
        "--start",
        type=TIME,
        show_default="-24h",
        help="Start: 2026-11-20T08:15, mon 9:00 or -2h; local time without an offset.",
    ),
    click.option(
        "--end", type=TIME, help="End, excluded; by default the end of the last complete window."
    ),
)
"""A range in the past; both are None where they are not given."""

output_options = together(
    click.option("-o", "--output", metavar="FILE", help="Write FILE, completely or not at all."),
    click.option("--force", is_flag=True, help="Replace FILE if it exists."),
)
"""Which file is written."""

wall_option = click.option(
    "--all", "every", is_flag=True, help="The wall: a tile for each profile, least headroom first."
)
"""Opens the wall."""


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
