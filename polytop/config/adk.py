"""The keys of the vendor's own command line (``poly``, package polyai-adk).

They are personal tokens for the build API and may lack the right to read conversations.
Source of the places and their order: the vendor's package polyai-adk.
"""

from collections.abc import Mapping
from pathlib import Path

from polytop.config import tomltext
from polytop.config.errors import ConfigError
from polytop.config.private import read_private

_SUFFIXES = {"us-1": "US", "euw-1": "EUW", "uk-1": "UK"}

VARIABLE = "POLY_ADK_KEY"


def credentials(home: Path) -> Path:
    """Where the vendor's command line keeps its keys."""
    return home / ".poly" / "credentials.json"


def find(region: str | None, environ: Mapping[str, str], home: Path) -> tuple[str, str] | None:
    """Where a key for `region` is and the key itself, or None.

    Raises ConfigError where the file cannot be trusted or read.
    """
    path = credentials(home)
    text = read_private(path)
    if text is not None and region is not None:
        key = _keys(text, path).get(region)
        if key:
            return "~/.poly/credentials.json", key
    names = [f"{VARIABLE}_{_SUFFIXES[region]}"] if region in _SUFFIXES else []
    for name in (*names, VARIABLE):
        if environ.get(name):
            return name, environ[name]
    return None


def _keys(text: str, path: Path) -> Mapping[str, str]:
    """The keys by region. The parser's error holds the whole text, so it is not chained."""
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()):
        return data
    advice = "write it again with poly login, or take out api_key_source"
    raise ConfigError(f"{tomltext.shown(path)}: not an object of region and key", advice)
