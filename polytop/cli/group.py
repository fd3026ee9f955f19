"""click's commands and groups, with help and version printed like all other output."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from polytop import __version__

F = TypeVar("F", bound=Callable[..., Any])


def _show_help(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from polytop.cli.output import print_lines

        print_lines(ctx.get_help())
        ctx.exit()


class Command(click.Command):
    """A command whose help survives a closed, full or ASCII-only stdout."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The usual option, printed by :func:`polytop.cli.output.print_lines`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse `args`. Raises UsageError for an option that is given without a value."""
        rest = super().parse_args(ctx, args)
        for param in self.params:
            value = ctx.params.get(param.name or "")
            texts = [value] if isinstance(value, str) else value
            if (
                isinstance(param, click.Option)
                and isinstance(texts, list | tuple)
                and any(isinstance(text, str) and not text.strip() for text in texts)
            ):
                option = max(param.opts, key=len)
                raise click.UsageError(f"{option} is empty: give a value or leave it out", ctx)
        return rest


class Group(Command, click.Group):
    """A group of such commands. Without a command, its usage error names them."""

    command_class = Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse `args`. Raises UsageError if the command is missing."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            from polytop.config.errors import one_of

            raise click.UsageError(f"missing command: {one_of(self.list_commands(ctx))}", ctx)
        return super().parse_args(ctx, args)


def version_option(*names: str, status: int = 0) -> Callable[[F], F]:
    """An option that prints the version and exits with `status`."""

    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            from polytop.cli.output import print_lines

            print_lines(f"polytop {__version__}")
            ctx.exit(status)

    return click.option(
        *names,
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show the version and exit.",
    )
