"""Where an entry of a TOML text stands, and what finding it costs."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from polytop.config import toml
from polytop.config.profiles import parse_config

TEXT = """\
default_profile = "prod" # [profiles.prod]

[profiles.prod]
region = "uk-1"
languages = [
  "en-GB", # ]
  "en-US",
]
note = \"\"\"
limit = 3
[profiles.prod.limit]
\"\"\"
limit = 120

[[profiles.prod.alerts]]
name = "one"
[[profiles.prod.alerts]]
name = "two"

[profiles]
"b c".region = "us-1"
d = {limit = 4, "e" = {f = 1}}
"""


@pytest.mark.parametrize(
    ("path", "span"),
    [
        (["default_profile"], (1, 1)),
        (["profiles"], (3, 3)),
        (["profiles", "prod"], (3, 3)),
        (["profiles", "prod", "languages"], (5, 8)),
        (["profiles", "prod", "note"], (9, 12)),
        (["profiles", "prod", "limit"], (13, 13)),
        (["profiles", "prod", "alerts"], (15, 15)),
        (["profiles", "b c", "region"], (21, 21)),
        (["profiles", "d", "e", "f"], (22, 22)),
        (["profiles", "nobody"], None),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_lines_of_an_entry(
    path: Sequence[str], span: tuple[int, int] | None, ends: str
) -> None:
    assert toml.span_of(TEXT.replace("\n", ends), path) == span


def test_lines_after_an_endless_value_are_not_found() -> None:
    text = "a = 1\nb = [\n" + "[1],\n" * 5000 + "]\nc = 2\n"
    assert toml.line_of(text, ["a"]) == 1
    assert toml.line_of(text, ["c"]) is None


@pytest.mark.parametrize(
    "wrong", ["limit = 0", "lmit = 3", "alerts = [{name = 'x'}]", "limit = []"]
)
def test_many_wrong_profiles_are_parsed_a_few_times(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    count = 300
    table = f'region = "uk-1"\naccount_id = "a"\nproject_id = "p"\n{wrong}\n'
    text = "".join(f"[profiles.p{number}]\n{table}" for number in range(count))
    parsed, loads = [0], tomllib.loads

    def counted(part: str) -> dict[str, object]:
        parsed[0] += len(part)
        return loads(part)

    monkeypatch.setattr(tomllib, "loads", counted)
    broken = parse_config(text, Path("/etc/config.toml")).broken
    assert [str(each).split(",")[1] for each in broken.values()] == [
        f" line {number * 5 + 5}" for number in range(count)
    ]
    assert parsed[0] < 10 * len(text)
