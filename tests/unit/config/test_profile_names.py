"""Names of profiles are the same in any normal form of Unicode."""

import unicodedata
from pathlib import Path

import pytest

from polytop.config.credentials import locate
from polytop.config.paths import Files
from polytop.config.profiles import Profile, build, load_config
from polytop.config.resolve import Overrides, resolve
from polytop.config.save import remove_profile, save_profile, use_profile
from polytop.model.secret import Secret

FORMS = ("NFC", "NFD")
NAME = "Zürich-é"
BASE = {"region": "uk-1", "account_id": "ws-1", "project_id": "P-1"}


def name(form: str) -> str:
    return unicodedata.normalize(form, NAME)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    tmp_path.chmod(0o700)
    return Files(tmp_path / "config.toml", tmp_path / "credentials.toml")


def write(files: Files, form: str) -> None:
    table = "".join(f'{key} = "{value}"\n' for key, value in BASE.items())
    text = f'default_profile = "{name(form)}"\n[profiles."{name(form)}"]\n{table}'
    files.config.write_text(f"{text}[profiles.other]\n{table}")
    files.credentials.write_text(f'[profiles."{name(form)}"]\napi_key = "key-of-it"\n')
    files.config.chmod(0o600)
    files.credentials.chmod(0o600)


def chosen(files: Files, typed: str, **environ: str) -> Profile:
    return resolve(Overrides(profile=typed or None), environ, load_config(files.config))


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("typed", FORMS)
def test_a_profile_is_found_with_its_key(files: Files, written: str, typed: str) -> None:
    write(files, written)
    for profile in (
        chosen(files, name(typed)),
        chosen(files, "", POLYTOP_PROFILE=name(typed)),
        chosen(files, ""),
    ):
        assert profile.name == name("NFC")
        found = locate(profile, {}, files.credentials)
        assert found is not None
        assert found.key == Secret("key-of-it")


@pytest.mark.parametrize("written", FORMS)
def test_a_profile_is_changed_in_its_place_and_removed(files: Files, written: str) -> None:
    write(files, written)
    save_profile(files, build(name("NFC"), {**BASE, "limit": 7}))
    assert load_config(files.config).names == (name("NFC"), "other")
    assert chosen(files, name("NFC")).limit == 7
    use_profile(files.config, "other")
    assert load_config(files.config).default == "other"
    remove_profile(files, name("NFC"))
    assert load_config(files.config).names == ("other",)
    assert "key-of-it" not in files.credentials.read_text()


@pytest.mark.parametrize("written", FORMS)
def test_a_wrong_profile_is_told_with_its_line(files: Files, written: str) -> None:
    write(files, written)
    files.config.write_text(files.config.read_text().replace("uk-1", "uk1", 1))
    assert ", line 3, " in str(load_config(files.config).broken[name("NFC")])
