from pathlib import Path

import pytest

from polytop.config import paths


def test_xdg_variables_are_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    config = tmp_path / "CONFIG" / "polytop"
    assert paths.config_file() == config / "config.toml"
    assert paths.credentials_file() == config / "credentials.toml"
    assert paths.data_dir() == tmp_path / "DATA" / "polytop"
    assert paths.log_file().name == "polytop.log"
    assert paths.log_file().is_relative_to(tmp_path / "STATE" / "polytop")
    assert paths.Files.standard() == paths.Files(paths.config_file(), paths.credentials_file())
    assert list(tmp_path.iterdir()) == []
