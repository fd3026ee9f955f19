"""The command line: one group, whose commands are loaded when they are called."""

import gc
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from polytop.cli.group import Group, version_option
from polytop.cli.options import monitor_options, targets_options, wall_option
from polytop.config.errors import ConfigError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}

COMMANDS = {
    "capacity": (
        "capacity",
        "Erlang-B what-if: the limit a load needs, and what a limit turns away.",
    ),
    "check": ("check.command", "A monitoring plug-in: one line with perfdata, exit 0, 1, 2 or 3."),
    "demo": ("demo", "The monitor on the built-in simulator: no account, no key."),
    "export": ("export.command", "The series of any range as csv, json, jsonl or openmetrics."),
    "forecast": (
        "forecast.command",
        "The next 15 to 90 minutes, and when the limit is reached.",
    ),
    "glance": ("glance.command", "One look and out: now, peak, headroom, a small graph, top rows."),
    "history": ("history", "The local history: info, path, prune, vacuum."),
    "incident": (
        "incident",
        "What was known when an alert was raised and over: list, show, export.",
    ),
    "launch": (
        "launch",
        "The monitor with a T± clock and the plan of a launch beside what happens.",
    ),
    "mark": ("mark", "Marks on the graph, for scripts: add, list, remove."),
    "profile": ("profile.command", "List, show, add, edit, use, remove and test profiles."),
    "replay": ("replay.command", "An exported file in the same screen, without a network."),
    "report": (
        "report.command",
        "One file that tells the story of a range: Markdown, HTML or JSON.",
    ),
    "simulate": ("simulate", "Serve the simulator over HTTP on loopback."),
}
"""Every command: the module of :mod:`polytop.cli` with its ``command``, and its help line."""


class LazyGroup(Group):
    """Imports a command's module when the command is run; the help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the help."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = import_module(f"polytop.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their help lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(
    "polytop",
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings=CONTEXT,
    subcommand_metavar="[COMMAND] …",
)
@version_option("--version")
@targets_options
@wall_option
@monitor_options
@click.pass_context
def root(ctx: click.Context, /, **options: Any) -> None:
    """Top for PolyAI conversations: concurrent conversations, live.

    Without a command: the monitor on the current profile; with several, or with --all, the wall
    of them. Without any profile: the set-up screen. To see it without an account: polytop demo.
    """
    if ctx.invoked_subcommand is None:
        from polytop.cli.monitor import run

        _collect_garbage()
        sys.exit(run(options))
    _collect_garbage()
    _refuse_lost_options(ctx)


def _collect_garbage() -> None:
    """Switch the garbage collector on; it skips what has been imported so far."""
    gc.freeze()
    gc.enable()


def _refuse_lost_options(ctx: click.Context) -> None:
    """Raises UsageError if an option stands before the command: it would be lost.

    That of ``check`` is reported as the plug-in must.
    """
    for param in ctx.command.params:
        name = param.name or ""
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option, command = max(param.opts, key=len), ctx.invoked_subcommand
            error = click.UsageError(f"{option} belongs behind the command {command}", ctx)
            if command == "check":
                from polytop.cli.check.command import exit_for_usage

                exit_for_usage(error)
            raise error


def main() -> None:
    """Run and exit. An error is one line on stderr."""
    try:
        status = root.main(prog_name="polytop", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "polytop"
        _fail(f"{where}: {_one_line(error.format_message())} (see {where} -h)", 2)
    except click.ClickException as error:
        _fail(f"polytop: {_one_line(error.format_message())}", error.exit_code)
    except ConfigError as error:
        _fail(f"polytop: {error}", 2)
    except (click.Abort, KeyboardInterrupt):
        _fail("polytop: interrupted", 130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    sys.exit(status if isinstance(status, int) else 0)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _fail(words: str, status: int) -> None:
    try:
        click.echo(words, err=True)
    except OSError:
        # Unwritten output must not change the status when the process ends.
        with suppress(OSError):
            sys.stderr.close()
    sys.exit(status)
