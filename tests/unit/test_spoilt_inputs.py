"""Good inputs of every kind, spoilt at random: read, or refused in a few printable words.

``HYPOTHESIS_PROFILE=many`` looks at 100,000 new inputs; what it finds belongs into PAST.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from zoneinfo import ZoneInfo

import click
import msgspec
import pytest
from capsules import begun, over
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import answer, query, row

from polytop.alerts.capsule import join_capsules
from polytop.alerts.capsule_store import CapsuleStore
from polytop.api.decoding import decode_answer, unpack_body
from polytop.api.errors import ApiError
from polytop.cli import incident
from polytop.cli.check import thresholds
from polytop.cli.replay.files import FileError, load_recording
from polytop.config.credentials import parse_credentials
from polytop.config.errors import ConfigError
from polytop.config.profiles import parse_config
from polytop.config.settings import normalize_base_url
from polytop.config.studio_url import parse_studio_url
from polytop.model.phone import parse_number
from polytop.model.plan import PlanError, read_plan
from polytop.model.target import SliceBy
from polytop.model.timeparse import parse_duration, parse_time
from polytop.ui.table_model import parse_filter

NOW = 1_790_000_100.0
HERE = Path("/home/somebody/config.toml")
ANSWER = json.dumps(answer(row(1, 3, variant_id="a", variant_name="Äh"), row(2, 0)))
CONFIG = """\
default_profile = "prod"
[history]
max_age = "90d"
[profiles.prod]
region = "uk-1"
account_id = "ws-1"
project_id = "PROJECT-1"
limit = 120
languages = ["en-GB"]
phone_numbers = ["+447856838428"]
timezone = "Europe/London"
[[profiles.prod.alerts]]
name = "near"
above = "90%"
hours = "08:00-20:00"
days = "mon-fri"
"""


def read_answer(text: str) -> None:
    body = unpack_body(encode(text), "")
    for slice_by in (None, SliceBy.VARIANT):
        decode_answer(body, query(slice_by=slice_by))


def read_packed(text: str) -> None:
    unpack_body(text.encode("latin-1", "replace"), "gzip")


def read_config(text: str) -> None:
    config = parse_config(text, HERE)
    for name in (*config.names, "other"):
        try:
            config.profile(name)
        except ConfigError as error:
            look_at(str(error))


def read_time(text: str) -> None:
    parse_time(text).seconds(NOW, ZoneInfo("Europe/London"))


def read_range(text: str) -> None:
    thresholds.parse(text).within(120)


def read_search(text: str) -> None:
    parse_filter(text).keeps(("main line",), {"now": 5.0}.get)


def read_recording(text: str) -> None:
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(encode(text))
        load_recording([Path(file.name)])


def read_capsule(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = CapsuleStore(Path(folder) / "polytop" / "incidents").path(begun().id)
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress(encode(text)))
        result = CliRunner().invoke(
            incident.command,
            ["show", begun().id, "--utc"],
            env={"XDG_DATA_HOME": folder},
            standalone_mode=False,
        )
    if result.exception is not None:
        raise result.exception
    assert all(line.isprintable() for line in result.stdout.split("\n"))


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


READERS: dict[str, tuple[Callable[[str], object], type[Exception], tuple[str, ...]]] = {
    "answer": (read_answer, ApiError, (ANSWER, '{"success": false, "error_message": "no"}')),
    "packed": (read_packed, ApiError, (gzip.compress(ANSWER.encode()).decode("latin-1"),)),
    "recording": (
        read_recording,
        FileError,
        (
            ANSWER,
            "time,max_concurrent_conversations,variant_id,variant_name\r\n"
            '2026-09-21T13:35:00Z,4,a,"b ""c"""\r\n',
            "\ufefftime;max_concurrent_conversations\n2026-09-21 13:35:00+00:00;36,0\n",
            '{"time": "2026-09-21T13:35:00Z", "max_concurrent_conversations": 4}\n' * 2,
        ),
    ),
    "config": (read_config, ConfigError, (CONFIG,)),
    "credentials": (
        lambda text: parse_credentials(text, HERE),
        ConfigError,
        ('[profiles.prod]\napi_key = "key"\n[profiles."ü b"]\napi_key_command = "x y"\n',),
    ),
    "plan": (
        lambda text: read_plan(encode(text), 1_790_000_000.0),
        PlanError,
        (
            "time,expected,low,high,label\nT-00:30,40,30,50,doors\nT+01:00,90.5,,,\n",
            "T+00:00;40,5\r\n2026-09-21 13:35;60;;;mail\r\n",
        ),
    ),
    "capsule": (
        read_capsule,
        click.ClickException,
        (msgspec.json.encode(join_capsules(begun(), over())).decode(),),
    ),
    "time": (
        read_time,
        ValueError,
        ("14:30", "-2h", "yesterday 09:00", "20 Nov 8:15", "2026-11-20T08:15Z", "mon 9 pm", "now"),
    ),
    "duration": (parse_duration, ValueError, ("90m", "1h30m", "2w", "1.5h")),
    "search": (read_search, ValueError, ("refunds now>20 share>=5%", "15min<-3 age>2m", '"a > b"')),
    "range": (read_range, ValueError, ("80%", "100", "10:", "~:5", "@10:20", "10%:20%")),
    "studio": (
        parse_studio_url,
        ConfigError,
        ("https://studio.uk.poly.ai/ws-1/PROJECT-1/home?x=1#y", "<studio.poly.ai/a/b>"),
    ),
    "base URL": (
        lambda text: normalize_base_url("base_url", text),
        ConfigError,
        ("https://api.uk-1.platform.polyai.app", "http://127.0.0.1:8080", "https://[::1]:1/x"),
    ),
    "number": (lambda text: parse_number(text, "44"), ValueError, ("+44 7856 838428", "0785")),
}

PAST: tuple[tuple[str, str], ...] = (
    ("duration", "9" * 16_000),
    ("duration", "1" * 5_000 + "h"),
    ("time", "-" + "9" * 16_000 + "h"),
    ("answer", "[" * 100_000),
    ("answer", '{"intervals": ' + "[" * 5_000),
    ("config", "a=" + "[" * 5_000),
    ("config", "[profiles.prod]\nlimit = " + "9" * 5_000),
    ("recording", "\ufeff[" + "[" * 5_000),
    ("range", "\x00" * 300 + "80%"),
)
"""What once broke a reader, took it minutes or was refused in too many words."""

PIECES = st.sampled_from(
    ["\x00", "\x1b[2J", "\ufeff", "\ud800", "９", "٣", "²", "−", "-", "+", "1e999", "NaN", "9" * 30,
     '"', "'", "\n", "\r", "\t", "\u2028", "[", "]", "{", "}", "=", ",", ":", "%", "%2F", "@", "~",
     "..", "//", "\\", "#", "?", "İ", "ﬁ", "\u202e", "e\u0301", "24:00", "29 feb", "null", "true"]
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, str]:
    """A reader's name, and one of its seeds with pieces cut out, put in or repeated."""
    name = draw(st.sampled_from(sorted(READERS)))
    text = draw(st.sampled_from(READERS[name][2]))
    for _ in range(draw(st.integers(0, 4))):
        at, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 9))
        piece = draw(PIECES | st.text(max_size=4)) * draw(st.sampled_from([1, 1, 1, 2, 300]))
        text = text[:at] + piece + text[at + cut :]
    return name, text


def look_at(words: str) -> None:
    assert words.isprintable(), words
    assert 5 < len(words) < 700, words


def read_or_refuse(name: str, text: str) -> None:
    reader, refusal, _ = READERS[name]
    try:
        reader(text)
    except ApiError as error:
        look_at(error.problem.summary)
    except FileError as error:
        look_at(error.format_message())
    except refusal as error:
        look_at(str(error))


@given(spoilt())
def test_what_is_spoilt_is_read_or_refused_in_words(given_input: tuple[str, str]) -> None:
    read_or_refuse(*given_input)


@pytest.mark.parametrize(("name", "text"), PAST, ids=range(len(PAST)))
def test_what_once_broke_a_reader_does_not(name: str, text: str) -> None:
    read_or_refuse(name, text)


@pytest.mark.parametrize("name", READERS)
def test_the_seeds_themselves_are_good(name: str) -> None:
    reader, refusal, seeds = READERS[name]
    read = 0
    for seed in seeds:
        try:
            reader(seed)
        except refusal:
            continue
        read += 1
    assert read
