"""Resolves what to watch, from options, environment, profile and defaults, in that order."""

from collections.abc import Mapping
from typing import Any

from polytop.config.errors import ConfigError, NoProfile, SettingError, one_of
from polytop.config.profiles import AD_HOC, Config, Profile, build
from polytop.config.settings import check, check_filter
from polytop.model.frozen import frozen
from polytop.model.phone import calling_code
from polytop.model.target import Filters
from polytop.model.text import compose, printable

PROFILE_VARIABLE = "POLYTOP_PROFILE"

_VARIABLES = {
    "region": "POLYTOP_REGION",
    "base_url": "POLYTOP_BASE_URL",
    "account_id": "POLYTOP_ACCOUNT_ID",
    "project_id": "POLYTOP_PROJECT_ID",
}
_TARGET = ("account_id", "project_id")
_PLACE = ("region", "base_url")
_FILTERS = ("variant_id", "variant_name", "language", "phone_number")


@frozen
class Overrides:
    """The options of the command line as typed; None if not given."""

    profile: str | None = None
    region: str | None = None
    account_id: str | None = None
    project_id: str | None = None
    base_url: str | None = None
    client_env: str | None = None
    variant_id: str | None = None
    variant_name: str | None = None
    language: str | None = None
    phone_number: str | None = None
    limit: int | None = None


@frozen
class _Given:
    """A value and what it was given by: an option or a variable."""

    value: object
    by: str


def resolve(options: Overrides, environ: Mapping[str, str], config: Config) -> Profile:
    """The profile to use, with what options and environment say laid over it.

    Where these alone say account, project and place, and name no profile, nothing is taken
    from the file's default: neither its limit nor its key belongs to another project. Raises
    NoProfile where nothing says what to watch, ConfigError where something does not fit.
    """
    given = _given_values(options, environ)
    values = {setting: _check(setting, each) for setting, each in given.items()}
    chosen = compose(options.profile or environ.get(PROFILE_VARIABLE) or "") or None
    if chosen is None and not _missing(given):
        return build(AD_HOC, values)
    chosen = chosen or config.default
    if chosen is None:
        raise _no_profile_error(given, config)
    profile = config.profile(chosen)
    settings = profile.settings()
    if any(setting in given for setting in _PLACE):
        settings = {name: value for name, value in settings.items() if name not in _PLACE}
    return build(profile.name, {**settings, **values})


def options_for(profile: Profile, config: Config) -> tuple[str, ...]:
    """The options with which polytop shows `profile`: its name, and what the file says otherwise.

    Filters are not among them.
    """
    stored = Profile("", "", "") if profile.ad_hoc else config.profiles.get(profile.name)
    named = () if profile.ad_hoc else ("-p", profile.name)
    settings = {name: getattr(profile, name) for name in (*_PLACE, *_TARGET, "client_env", "limit")}
    changed = (
        (_option(name), str(value))
        for name, value in settings.items()
        if value is not None and stored is not None and value != getattr(stored, name)
    )
    return (*named, *(word for pair in changed for word in pair))


def filters_of(profile: Profile, options: Overrides) -> Filters:
    """Return the filters of the options for `profile`. Raises ConfigError."""
    if options.variant_id is not None and options.variant_name is not None:
        problem = "--variant-id and --variant-name cannot be given together"
        raise ConfigError(problem, "give one of the two")
    code = calling_code(profile.region, profile.languages, profile.phone_numbers)
    values = {
        name: _check(name, _Given(value, _option(name)), code)
        for name in _FILTERS
        if (value := getattr(options, name)) is not None
    }
    return Filters(profile.client_env, **values)


def _given_values(options: Overrides, environ: Mapping[str, str]) -> dict[str, _Given]:
    """Return the settings given by options and environment; an option wins."""
    said: dict[str, _Given] = {}
    for name in (*_PLACE, *_TARGET, "client_env", "limit"):
        if (value := getattr(options, name)) is not None:
            said[name] = _Given(value, _option(name))
    _refuse_both(said)
    variables = {
        name: _Given(environ[variable], variable)
        for name, variable in _VARIABLES.items()
        if environ.get(variable) and name not in said
    }
    if any(name in said for name in _PLACE):
        variables = {name: each for name, each in variables.items() if name not in _PLACE}
    _refuse_both(variables)
    return {**variables, **said}


def _refuse_both(given: Mapping[str, _Given]) -> None:
    both = [given[name].by for name in _PLACE if name in given]
    if len(both) == 2:
        raise ConfigError(f"{both[0]} and {both[1]} are both given", "give one of the two")


def _option(setting: str) -> str:
    return f"--{setting.replace('_', '-')}"


def _check(setting: str, given: _Given, code: str | None = None) -> Any:
    try:
        if setting in _FILTERS:
            return check_filter(setting, str(given.value), code)
        return check(setting, given.value)
    except SettingError as error:
        raise error.named(given.by) from None


def _missing(given: Mapping[str, _Given]) -> list[str]:
    """The options that are still needed to say what to watch without a profile."""
    place = [] if any(name in given for name in _PLACE) else ["region"]
    return place + [name for name in _TARGET if name not in given]


def _no_profile_error(given: Mapping[str, _Given], config: Config) -> ConfigError:
    if config.names:
        names = one_of(printable(name, 64) for name in config.names)
        advice = f"choose {names} with -p NAME, or for good with: polytop profile use NAME"
        return ConfigError("no profile is chosen", advice)
    if any(name in given for name in (*_PLACE, *_TARGET)):
        needed = " and ".join(f"{_option(name)} ({_VARIABLES[name]})" for name in _missing(given))
        advice = f"give {needed}, or add a profile with: polytop profile add NAME"
        return ConfigError("there is no profile, and not enough without one", advice)
    return NoProfile("there is no profile yet", "add one with: polytop profile add NAME")
