import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from polytop.cli.root import root
from polytop.cli.runtime.setup import FirstProfile
from polytop.config.errors import ConfigError
from polytop.config.paths import Files
from polytop.config.profiles import Profile, load_config
from polytop.config.resolve import Overrides
from polytop.config.save import save_profile
from polytop.model.secret import Secret
from polytop.ui.ports import FIELDS, UNASKED, Form, Place

MARKER = "sk-MARKER-0123456789"
GOOD = Form("uk-1", None, "ws-1", "PROJECT-1", Secret(MARKER), "live", "120", "prod")


def first(
    folder: Path, environ: Mapping[str, str] | None = None, **options: str | int
) -> FirstProfile:
    files = Files(folder / "config.toml", folder / "credentials.toml")
    return FirstProfile(files, environ or {}, Overrides(**options), 30.0)  # type: ignore[arg-type]


typed = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "uk-1", "https://host", "http://127.0.0.1:1", "ws-1", "7", "0", "live"]),
)
forms = st.builds(
    Form,
    region=st.none() | typed,
    base_url=st.none() | typed,
    account_id=typed,
    project_id=typed,
    api_key=typed.map(lambda text: Secret(f"{MARKER}{text}")),
    client_env=typed,
    limit=typed,
    name=typed,
)


@given(forms)
def test_every_form_is_either_faulty_or_can_be_written(form: Form) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        setup = first(Path(folder))
        faults = setup.check(form)
        assert set(faults) <= set(FIELDS)
        assert all(faults.values())
        assert MARKER not in repr((faults, form, setup))
        if faults:
            return
        asyncio.run(setup.save(form))
        profile = load_config(setup.files.config).profile(form.name)
        assert (profile.account_id, profile.limit or "") == (
            form.account_id,
            int(form.limit) if form.limit else "",
        )
        assert profile.region == (form.region or None)
        assert (profile.base_url is None) == (not form.base_url)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"region": None}, "region"),
        ({"region": "mars-1"}, "region"),
        ({"region": None, "base_url": ""}, "base_url"),
        ({"account_id": ""}, "account_id"),
        ({"project_id": "a b"}, "project_id"),
        ({"api_key": Secret("")}, "api_key"),
        ({"api_key": Secret("clé")}, "api_key"),
        ({"client_env": "prod"}, "client_env"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1.5"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"name": ""}, "name"),
    ],
)
def test_each_fault_is_at_its_own_field(
    tmp_path: Path, changes: dict[str, object], field: str
) -> None:
    assert not first(tmp_path).check(GOOD)
    assert set(first(tmp_path).check(replace(GOOD, **changes))) == {field}  # type: ignore[arg-type]


def test_an_address_becomes_a_place_or_words(tmp_path: Path) -> None:
    parse = first(tmp_path).parse
    assert parse("https://studio.uk.poly.ai/acme/desk") == Place("uk-1", "acme", "desk", "desk")
    assert parse("https://studio.poly.ai/acme/PROJECT-9") == Place(
        None, "acme", "PROJECT-9", "default"
    )
    assert parse("https://studio.poly.ai/acme/-x") == Place(None, "acme", "-x", "default")
    assert str(parse("nonsense")).startswith("this is not an address of Agent Studio; paste")


def test_the_command_line_is_the_start(tmp_path: Path) -> None:
    assert first(tmp_path).start() == Form()
    start = first(tmp_path, client_env="sandbox", limit=40).start()
    assert (start.client_env, start.limit) == ("sandbox", "40")
    with pytest.raises(ConfigError, match="--variant-id and --variant-name"):
        first(tmp_path, variant_id="1", variant_name="a")


def test_what_is_asked_does_not_depend_on_limit_and_name() -> None:
    assert UNASKED == ("limit", "name")
    assert GOOD.asked() == replace(GOOD, limit="7", name="other").asked()
    assert GOOD.asked() != replace(GOOD, api_key=Secret("other")).asked()


def test_the_variable_is_never_written_nor_shown(tmp_path: Path) -> None:
    setup = first(tmp_path, {"POLYTOP_API_KEY": MARKER})
    form = replace(GOOD, api_key=Secret(""))
    assert not setup.check(form)
    saved = asyncio.run(setup.save(form))
    assert not setup.files.credentials.exists()
    assert MARKER not in repr((setup, form, setup.key_hint(), saved.words))
    broken = first(tmp_path, {"POLYTOP_API_KEY": "two words"})
    assert "POLYTOP_API_KEY is not one line" in broken.check(form)["api_key"]


def test_the_watch_is_of_the_new_profile_and_its_filters(tmp_path: Path) -> None:
    setup = first(tmp_path, language="en-GB", client_env="sandbox")
    save_profile(setup.files, Profile("other", "a", "b", "us-1"))
    saved = asyncio.run(setup.save(replace(GOOD, client_env="sandbox")))
    assert saved.watch.subject.profile == "prod"
    assert saved.watch.subject.target.region == "uk-1"
    assert (saved.watch.filters.language, saved.watch.filters.client_env) == ("en-GB", "sandbox")
    assert load_config(setup.files.config).default == "other"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("POLYTOP_")}
    places = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "STATE", "DATA")}
    return {**kept, **places, "HOME": str(tmp_path), "TERM": "xterm-256color"}


def test_without_a_terminal_nothing_is_set_up(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("POLYTOP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", environ["XDG_CONFIG_HOME"])
    monkeypatch.setenv("XDG_STATE_HOME", environ["XDG_STATE_HOME"])
    result = CliRunner().invoke(root, [])
    assert result.exit_code == 2
    assert "needs a terminal" in result.output
    assert not (tmp_path / "CONFIG").exists()


def test_polytop_without_a_profile_sets_one_up(environ: dict[str, str], tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "polytop"], env=environ, dimensions=(24, 80), timeout=20
    )
    child.expect("set-up")
    child.expect("Profile name")
    child.expect("leave")
    child.send("\x1b")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert not (tmp_path / "CONFIG").exists()
