"""``polytop profile``: list, show, add, edit, use, remove and test profiles."""

import os
import sys
from typing import Any

import click

from polytop.cli.group import Group
from polytop.cli.logs import open_log
from polytop.cli.options import PROFILE_NAME
from polytop.cli.output import are_terminals, print_lines
from polytop.cli.profile.form import ask_missing, key_of, setting_options, settings_of
from polytop.cli.runtime.config import user_config
from polytop.config.credentials import locate, read_key
from polytop.config.errors import ConfigError
from polytop.config.paths import Files
from polytop.config.profiles import Config, Profile, build
from polytop.config.resolve import Overrides, resolve
from polytop.config.save import remove_profile, save_profile, use_profile
from polytop.config.settings import CHECKS, check_name
from polytop.config.toml_edit import line
from polytop.model.text import printable


@click.group("profile", cls=Group)
def command() -> None:
    """List, show, add, edit, use, remove and test profiles."""


def _load() -> tuple[Files, Config]:
    files = Files.standard()
    return files, user_config(files)


@command.command("list")
def list_profiles() -> None:
    """List the profiles; * marks the default. Keys are never shown."""
    files, config = _load()
    if not config.names:
        print_lines("no profiles yet: add one with polytop profile add NAME")
        return
    head = ("", "NAME", "REGION", "ACCOUNT/PROJECT", "ENVIRONMENT", "LIMIT", "KEY FROM")
    rows = [head, *(_row(files, config, name) for name in config.names)]
    widths = [max(len(row[column]) for row in rows if len(row) == 7) for column in range(7)]
    widths[1] = max(len(row[1]) for row in rows)
    lines = (
        " ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    )
    print_lines("\n".join(lines))


def _row(files: Files, config: Config, name: str) -> tuple[str, ...]:
    mark = "*" if name == config.default else ""
    shown = printable(name, 64)
    if name in config.broken:
        return mark, shown, f"broken: {config.broken[name]}"
    profile = config.profiles[name]
    place = profile.region or profile.base_url or ""
    project = f"{profile.account_id}/{profile.project_id}"
    limit = "–" if profile.limit is None else str(profile.limit)
    key = _key_from(files, profile)
    return mark, shown, place, project, profile.client_env.value, limit, key


def _key_from(files: Files, profile: Profile) -> str:
    try:
        place = locate(profile, os.environ, files.credentials)
    except ConfigError as error:
        return f"refused: {error}"
    return "none" if place is None else place.origin


@command.command()
@click.argument("name", type=PROFILE_NAME)
def show(name: str) -> None:
    """Show the settings of NAME and where its key comes from."""
    import tomlkit

    files, config = _load()
    profile = config.profile(name)
    lines = [f"[profiles.{tomlkit.key(name).as_string()}]"]
    lines += [line(setting, value) for setting, value in profile.settings().items()]
    lines.append(f"# default profile: {'yes' if name == config.default else 'no'}")
    lines.append(f"# key: {_key_from(files, profile)}")
    print_lines("\n".join(lines))


@command.command()
@click.argument("name", type=PROFILE_NAME)
@setting_options
def add(name: str, **options: Any) -> None:
    """Add the profile NAME. On a terminal, missing settings are asked for."""
    check_name(name)
    files, config = _load()
    if name in config.names:
        advice = f"change it with: polytop profile edit {name}"
        raise ConfigError(f"there is a profile called {name} already", advice)
    terminal = are_terminals(sys.stdin, sys.stderr)
    settings, key, key_command = ask_missing(settings_of(options), options, terminal=terminal)
    profile = build(name, settings)
    save_profile(files, profile, key, key_command)
    click.echo(f"added {name} to {printable(str(files.config))}", err=True)
    if _key_from(files, profile) == "none":
        click.echo(f"it has no key yet: polytop profile edit {name} --api-key-stdin", err=True)
    else:
        click.echo(f"try it with: polytop profile test {name}", err=True)


@command.command()
@click.argument("name", type=PROFILE_NAME)
@setting_options
@click.option(
    "--unset",
    multiple=True,
    type=click.Choice(list(CHECKS)),
    metavar="SETTING",
    help="Remove a setting, such as limit; repeatable.",
)
def edit(name: str, unset: tuple[str, ...], **options: Any) -> None:
    """Change the given settings of NAME; without any, open the file in $VISUAL or $EDITOR."""
    files = Files.standard()
    changes = settings_of(options)
    key, key_command = key_of(options)
    if not changes and not unset and key is None and key_command is None:
        from polytop.cli.profile.editor import edit_in_editor

        if not are_terminals(sys.stdin, sys.stdout):
            raise click.UsageError(
                "the editor needs a terminal: give options instead, such as --limit 150"
            )
        edit_in_editor(files.config, name)
        return
    settings = user_config(files).profile(name).settings()
    drop = set(unset)
    drop |= {"base_url"} if "region" in changes else set()
    drop |= {"region"} if "base_url" in changes else set()
    kept = {setting: value for setting, value in settings.items() if setting not in drop}
    save_profile(files, build(name, {**kept, **changes}), key, key_command)
    click.echo(f"changed {name}", err=True)


@command.command()
@click.argument("name", type=PROFILE_NAME)
def use(name: str) -> None:
    """Make NAME the default profile."""
    use_profile(Files.standard().config, name)
    click.echo(f"{name} is the default profile now", err=True)


@command.command()
@click.argument("name", type=PROFILE_NAME)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(name: str, yes: bool) -> None:
    """Remove NAME and its key from both files."""
    files, config = _load()
    if name not in config.names:
        config.profile(name)
    if not yes:
        if not are_terminals(sys.stdin, sys.stderr):
            raise click.UsageError("without a terminal to ask on, say --yes to remove a profile")
        click.confirm(
            f"Remove the profile {printable(name, 64)} and its key?", abort=True, err=True
        )
    remove_profile(files, name)
    click.echo(f"removed {printable(name, 64)}", err=True)


@command.command()
@click.argument("name", type=PROFILE_NAME, required=False)
@click.pass_context
def test(context: click.Context, name: str | None) -> None:
    """Make one real request with NAME (or the current profile) and show the result."""
    import asyncio
    import time

    from polytop.cli.runtime.probe import probe

    open_log()
    files, config = _load()
    profile = resolve(Overrides(profile=name), os.environ, config)
    key = read_key(profile, os.environ, files.credentials)
    result = asyncio.run(probe(profile, key, time.time()))
    lines = "\n".join(result.lines)
    if result.ok:
        print_lines(lines)
    else:
        click.echo(lines, err=True)
    context.exit(0 if result.ok else 1)
