"""``polytop check``: a plug-in for Nagios, Icinga, Sensu, Zabbix and their kind.

Source: Monitoring Plugins Development Guidelines: one line on stdout, the state as exit status,
UNKNOWN (3) for whatever is not known, help and version included.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from polytop.cli.check.thresholds import parse as parse_threshold
from polytop.cli.group import Command, version_option
from polytop.cli.options import Number, Parsed, length, overrides, target_options
from polytop.config.errors import ConfigError

if TYPE_CHECKING:
    from polytop.cli.check.verdict import CheckOptions, CheckResult
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.one_shot import ProfileReading
    from polytop.config.profiles import Config
    from polytop.config.resolve import Overrides

UNKNOWN = 3
_MARGIN = 0.5
"""Seconds of the time limit kept for the start and for the line."""

_WINDOW = length(600, 7 * 86_400, "a window is between 10m and 7d")
_AGE = length(300, 86_400, "an age is between 5m and 1d")
_RANGE = Parsed("range", parse_threshold)


class Plugin(Command):
    """A command that follows the guidelines even for usage errors."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parse the arguments. A usage error is UNKNOWN, and so are help and version."""
        try:
            return super().make_context(*args, **extra)
        except click.UsageError as error:
            exit_for_usage(error)
        except click.ClickException as error:
            _report_unwritten(error.message)
        except (click.exceptions.Exit, BrokenPipeError):
            pass
        raise click.exceptions.Exit(UNKNOWN)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Any other error is one line too, and UNKNOWN."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            exit_for_usage(error)
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            _print_line(_crash_result(error).line)
            raise click.exceptions.Exit(UNKNOWN) from None


def exit_for_usage(error: click.UsageError) -> NoReturn:
    """Print a usage error as the plug-in's line and exit with UNKNOWN."""
    from polytop.cli.check.verdict import unknown_result

    _print_line(unknown_result(f"{error.format_message().rstrip('.')} (see polytop check -h)").line)
    raise click.exceptions.Exit(UNKNOWN)


@click.command("check", cls=Plugin)
@target_options
@click.option(
    "-w",
    "--warning",
    type=_RANGE,
    help="WARNING outside it: 80%, 100, 10:, ~:5, 10:20; inside it: @10:20.",
)
@click.option("-c", "--critical", type=_RANGE, help="The same for CRITICAL.")
@click.option(
    "-t",
    "--timeout",
    type=Number(1, 600),
    default=10.0,
    metavar="SECONDS",
    help="UNKNOWN if it takes longer.",
)
@click.option("--window", type=_WINDOW, default="1h", help="Span of peak and p95.")
@click.option(
    "--max-age",
    type=_AGE,
    default="10m",
    help="UNKNOWN if the last complete window with data ended earlier.",
)
@click.option(
    "-v",
    "--verbose",
    count=True,
    show_default=False,
    help="More on the line; -vv, -vvv: more on stderr.",
)
@version_option("-V", "--version", status=UNKNOWN)
def command(**options: Any) -> None:
    """Monitoring plug-in: one line with perfdata; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

    Without RANGES, the bands of the profile count (warning and critical, shares of the limit); a
    band begins with its level: 96 of 120 is 80 %, a WARNING. A range includes its ends: with
    -w 96, the 97th conversation is the first to alert. The running window can raise the state and
    never clears it.
    """
    result = _in_time(options)
    printed = _print_line(result.line)
    with suppress(OSError):
        click.echo("".join(f"{each}\n" for each in result.details), nl=False, err=True)
    # An OK without its line would look like a plug-in that never ran; an alert stays an alert.
    status = result.severity.exit_status if printed else result.severity.exit_status or UNKNOWN
    # Threads that still wait, perhaps for a name server, must not delay the end.
    os._exit(status)


def _print_line(line: str) -> bool:
    """Print `line`; return False if it cannot be written. A closed pipe is no error."""
    from polytop.cli.output import print_lines

    try:
        with suppress(BrokenPipeError):
            print_lines(line)
    except click.ClickException as error:
        _report_unwritten(error.message)
        return False
    return True


def _report_unwritten(words: str) -> None:
    """Say on stderr why there is no line on stdout."""
    with suppress(OSError):
        click.echo(f"polytop check: {words}", err=True)


def _in_time(options: Mapping[str, Any]) -> "CheckResult":
    """The result; the process exits with UNKNOWN when time is up."""
    from polytop.cli.check.verdict import CheckOptions
    from polytop.cli.logs import open_log
    from polytop.cli.runtime.config import user_config

    began = time.monotonic()
    _alarm(options["timeout"])
    open_log()
    names = ("warning", "critical", "max_age", "timeout", "verbose")
    ask = CheckOptions(**{name: options[name] for name in names})
    connection = _connection(options["timeout"], began)
    result = run_check(
        overrides(options), os.environ, options["window"], ask, connection, user_config
    )
    signal.setitimer(signal.ITIMER_REAL, 0)
    return result


def _margin(seconds: float) -> float:
    return min(_MARGIN, 0.1 * seconds)


def _connection(seconds: float, began: float) -> "Connection":
    """A connection that gives up before the alarm, so that the line can say why.

    `began` is when the alarm was set, seconds of the monotonic clock.
    """
    # Imported here because it takes time: the rest is left for the request.
    import polytop.api.client  # noqa: F401 - used by the request that follows
    from polytop.api.limits import Timeouts
    from polytop.cli.runtime.client import Connection

    left = seconds - 2 * _margin(seconds) - (time.monotonic() - began)
    within = max(0.1, round(left, 1))
    patience = Timeouts(connect=min(5.0, within), read=within, write=within, total=within)
    return Connection(timeouts=patience, key_seconds=within)


def _alarm(seconds: float) -> None:
    from polytop.cli.check.verdict import unknown_result

    line = unknown_result(
        f"no answer within {seconds:g} s: raise --timeout, or check the network"
    ).line
    # If stdout was closed, its number may belong to another file by now.
    stdout = -1 if sys.stdout is None else sys.stdout.fileno()

    def out_of_time(*_: object) -> None:
        output = f"{line}\n".encode()
        try:
            os.write(stdout, output)
        except OSError:
            with suppress(OSError):
                os.write(2, output)
        os._exit(UNKNOWN)

    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds - _margin(seconds))


def run_check(
    options: "Overrides",
    environ: Mapping[str, str],
    span: int,
    ask: "CheckOptions",
    connection: "Connection",
    config: "Callable[[], Config]",
) -> "CheckResult":
    """Check the last `span` seconds. Any failure is UNKNOWN; never raises."""
    from polytop.cli.check.verdict import build_ranges, build_result, unknown_result
    from polytop.cli.runtime.one_shot import read_profile, resolve_query
    from polytop.model.stats import Capacity

    try:
        query = resolve_query(options, environ, config())
        profile = query.profile
        assert profile is not None
        if query.filters.active() and ask.relative:
            raise ValueError(
                "a percentage is of the limit, which counts all: give a number, or no filter"
            )
        ranges = build_ranges(ask, Capacity(query.limit, profile.warning, profile.critical))
        reading = _run(read_profile(query, span, environ, connection, breakdown=False))
        return build_result(reading, ranges, ask)
    except (ConfigError, ValueError) as error:
        return unknown_result(str(error))
    except Exception as error:
        return _crash_result(error)


def _crash_result(error: Exception) -> "CheckResult":
    """The result on an error of our own, which is reported."""
    from polytop.cli.check.verdict import unknown_result
    from polytop.cli.crash import describe

    return unknown_result(describe(error))


def _run(reading: "Coroutine[Any, Any, ProfileReading]") -> "ProfileReading":
    """Run `reading` without waiting for the loop's threads: one may hang in a name look-up."""
    import asyncio

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(reading)
    finally:
        loop.close()
