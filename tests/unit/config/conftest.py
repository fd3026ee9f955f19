"""Shared places: both files in a folder of their own."""

from pathlib import Path

import pytest

from polytop.config.paths import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Two files that do not exist yet."""
    return Files(tmp_path / "polytop" / "config.toml", tmp_path / "polytop" / "credentials.toml")
