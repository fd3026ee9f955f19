"""The settings of a profile as options, and questions for the missing ones."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from polytop.cli.options import together
from polytop.config.credentials import check_key
from polytop.config.errors import ConfigError, SettingError
from polytop.config.settings import CHECKS, check
from polytop.config.studio_url import parse_studio_url
from polytop.model.secret import Secret
from polytop.model.target import REGIONS, ClientEnv

_T = TypeVar("_T")

_RENAMED = {"language": "languages", "phone_number": "phone_numbers"}

setting_options = together(
    click.option("--studio-url", metavar="URL", help="Address of the project in Agent Studio."),
    click.option("--region", help=f"Region: {', '.join(REGIONS)}."),
    click.option("--base-url", metavar="URL", help="Base URL of the API, instead of a region."),
    click.option("--account-id", metavar="ID", help="Workspace ID in Agent Studio."),
    click.option("--project-id", metavar="ID", help="Agent ID in Agent Studio."),
    click.option("--client-env", help=f"Environment: {', '.join(ClientEnv)}."),
    click.option("--limit", type=int, metavar="N", help="Contracted concurrency."),
    click.option("--warning", type=float, metavar="SHARE", help="Share of the limit; default 0.8."),
    click.option(
        "--critical", type=float, metavar="SHARE", help="Share of the limit; default 0.9."
    ),
    click.option("--language", multiple=True, help="For the breakdown; repeatable."),
    click.option("--phone-number", multiple=True, help="For the breakdown; repeatable."),
    click.option(
        "--requests-per-minute", type=int, metavar="N", help="At most, 10 to 600; default 120."
    ),
    click.option("--timezone", metavar="NAME", help="Such as Europe/London."),
    click.option("--api-key-source", metavar="adk", help="Use the key of PolyAI's poly command."),
    click.option("--api-key-command", metavar="CMD", help="Command that prints the key."),
    click.option("--api-key-stdin", is_flag=True, help="Read the key from standard input."),
)
"""An option for every setting of a profile."""


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """The checked settings that the options give.

    Raises SettingError under the option's name, ConfigError or UsageError.
    """
    if options["region"] is not None and options["base_url"] is not None:
        raise click.UsageError("--region and --base-url cannot be given together")
    settings: dict[str, Any] = {}
    if options["studio_url"] is not None:
        try:
            settings.update(parse_studio_url(options["studio_url"]).settings())
        except ConfigError as error:
            raise SettingError("--studio-url", error.message, error.advice) from None
        if options["base_url"] is not None:
            settings.pop("region", None)
    for name, value in options.items():
        setting = _RENAMED.get(name, name)
        if setting in CHECKS and value not in (None, ()):
            try:
                settings[setting] = check(setting, value)
            except SettingError as error:
                raise error.named(f"--{name.replace('_', '-')}") from None
    return settings


def key_of(options: Mapping[str, Any]) -> tuple[Secret | None, Secret | None]:
    """The key from standard input (typed hidden on a terminal), or the command that prints it."""
    key_command = options["api_key_command"]
    if options["api_key_stdin"] and key_command is not None:
        raise click.UsageError("--api-key-stdin and --api-key-command cannot be given together")
    if not options["api_key_stdin"]:
        return None, None if key_command is None else Secret(key_command)
    if sys.stdin.isatty():
        return check_key(_hidden("API key"), "the terminal"), None
    return check_key(sys.stdin.read(65_536), "standard input"), None


def ask_missing(
    settings: dict[str, Any],
    options: Mapping[str, Any],
    *,
    terminal: bool,
) -> tuple[dict[str, Any], Secret | None, Secret | None]:
    """Settings, key and key command of a new profile; missing ones are asked for.

    Raises UsageError if there is no `terminal` to ask on.
    """
    missing = _missing(settings)
    if missing and not terminal:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise click.UsageError(f"missing: {names} (or --studio-url)")
    if not terminal:
        return settings, *key_of(options)
    if missing == ["region", "account_id", "project_id"]:
        settings = {**_address(), **settings}
    for setting in _missing(settings):
        settings = {**settings, setting: _ask(setting)}
    if missing and "limit" not in settings:
        limit = click.prompt("Limit (contracted concurrency, empty for none)", "", err=True)
        settings |= {"limit": _whole(limit)} if limit else {}
    key, key_command = key_of(options)
    if key is None and key_command is None and "api_key_source" not in settings:
        settings, key = _ask_key(settings)
    return settings, key, key_command


def _missing(settings: Mapping[str, Any]) -> list[str]:
    place = [] if "region" in settings or "base_url" in settings else ["region"]
    return place + [name for name in ("account_id", "project_id") if name not in settings]


def _address() -> dict[str, Any]:
    """The settings in the project's address; none if no address is given."""

    def ask() -> dict[str, Any]:
        text = click.prompt("Agent Studio URL (empty to type the values)", "", err=True)
        return parse_studio_url(text).settings() if text else {}

    return _until_fit(ask)


def _until_fit(ask: Callable[[], _T]) -> _T:
    """The answer of `ask`, which is called again after each ConfigError."""
    while True:
        try:
            return ask()
        except ConfigError as error:
            click.echo(str(error), err=True)


def _ask(setting: str) -> object:
    labels = {
        "region": f"Region ({', '.join(REGIONS)})",
        "account_id": "Workspace ID",
        "project_id": "Agent ID",
    }
    return _until_fit(lambda: check(setting, click.prompt(labels[setting], err=True).strip()))


def _whole(text: str) -> object:
    try:
        number: object = int(text)
    except ValueError:
        number = text
    return check("limit", number)


def _ask_key(settings: dict[str, Any]) -> tuple[dict[str, Any], Secret | None]:
    """The key, typed hidden; the vendor's own key is offered if there is one."""
    from polytop.config import credentials

    try:
        place = credentials.find(settings.get("region"), os.environ, Path.home())
    except ConfigError:
        place = None
    if place is not None:
        question = f"Use the key of PolyAI's own command line ({place[0]})?"
        if click.confirm(question, default=False, err=True):
            return {**settings, "api_key_source": "adk"}, None

    def ask() -> Secret | None:
        text = _hidden("API key (not shown; empty for none)")
        return check_key(text, "the terminal") if text else None

    return settings, _until_fit(ask)


def _hidden(label: str) -> str:
    return str(click.prompt(label, "", hide_input=True, show_default=False, err=True)).strip()
