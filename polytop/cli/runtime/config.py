"""The user's configuration, read here alone."""

from polytop.config.paths import Files
from polytop.config.profiles import Config, load_config


def user_config(files: Files | None = None) -> Config:
    """The configuration in `files`, by default in the user's own. Raises ConfigError."""
    return load_config((files or Files.standard()).config)
