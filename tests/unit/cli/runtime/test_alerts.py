"""The alerts of a profile as they are wired: what they keep, and the line to paste."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from render_words import snap

from polytop.alerts.capsule import Capsule
from polytop.alerts.capsule_store import CapsuleStore
from polytop.cli.demo import build_demo_profile, demo_source
from polytop.cli.runtime.history import shared_history
from polytop.cli.runtime.profiles import StoredProfiles
from polytop.config.paths import data_dir, incidents_dir
from polytop.config.profiles import parse_config
from polytop.config.resolve import Overrides, resolve
from polytop.simulator.clock import FastClock
from polytop.ui.ports import MonitoredProfile

CONFIG = """
[history]
enabled = {enabled}
[profiles.a]
region = "uk-1"
account_id = "ws-a"
project_id = "PROJECT-a"
limit = 90
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def profile(enabled: str = "true", **options: str) -> MonitoredProfile:
    config = parse_config(CONFIG.format(enabled=enabled), Path("config.toml"))
    given = Overrides(**options)
    stored = StoredProfiles(config, 5.0, {}, shared_history(config.history))
    return stored.build(resolve(given, {}, config), given)


async def raise_alert(watched: MonitoredProfile) -> None:
    """Two polls, the second of which is over the limit."""
    assert watched.make_notifier is not None
    notifier = watched.make_notifier(lambda _: None, lambda: None, picture)
    for values in ([50] * 4, [50, 50, 50, 100]):
        seen = snap(values, 90)
        notifier.consume(replace(seen, view=replace(seen.view, filters=watched.all_calls)))
    assert notifier.view.raised
    await notifier.aclose()


async def picture() -> str:
    return "<svg/>"


def capsules() -> list[Capsule]:
    store = CapsuleStore(incidents_dir())
    return [store.read(each) for each in store.ids()]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "polytop -p a --at "),
        ({"client_env": "sandbox"}, "polytop -p a --client-env sandbox --at "),
        ({"project_id": "PROJECT-b"}, "polytop -p a --project-id PROJECT-b --at "),
        (
            {"base_url": "https://x.example", "account_id": "w", "project_id": "p"},
            "polytop --base-url https://x.example --account-id w --project-id p --at ",
        ),
    ],
)
async def test_log_and_capsule_have_the_line_that_leads_back(
    options: dict[str, str], line: str
) -> None:
    await raise_alert(profile(**options, limit=90))
    found = {capsule.open for capsule in capsules()}
    log = (data_dir() / "alerts.jsonl").read_text().splitlines()
    assert {json.loads(each)["open"] for each in log} == found
    (only,) = found
    assert only.replace(" --limit 90", "").startswith(line)
    assert all(each.beginning and each.beginning.picture == "<svg/>" for each in capsules())


async def test_without_a_history_on_disk_there_is_no_capsule() -> None:
    await raise_alert(profile("false"))
    assert not incidents_dir().exists()


async def test_the_demo_keeps_nothing() -> None:
    clock = FastClock(time.time(), 1.0)
    source = demo_source(clock, lambda: pytest.fail("nothing is asked"))
    await raise_alert(build_demo_profile(source, 1.0))
    assert not data_dir().exists()
