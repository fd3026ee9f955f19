"""The README agrees with the program."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from polytop.cli.root import COMMANDS
from polytop.config.profiles import load_config
from polytop.ui.commands import readme_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_ci_runs_the_test_command_of_the_readme():
    pattern = re.search(r"grep -m1 -E '([^']+)'", (ROOT / ".ci" / "run").read_text())
    assert pattern
    found = [line for line in README.splitlines() if re.search(pattern[1], line)]
    assert len(found) == 1
    assert found[0] in "\n".join(blocks("sh")).splitlines()


def test_both_first_commands_are_on_the_first_screen():
    first = README.splitlines()[:30]
    assert any(line.endswith("polytop demo") for line in first)
    assert any(line.endswith("pytest -q") for line in first)
    assert any("home-120x40.svg" in line for line in first)


def test_every_picture_and_script_that_is_named_exists():
    named = re.findall(r"\((screenshots/[^)]+)\)", README)
    named += re.findall(r"python ((?:screenshots|tests)/\S+\.py)", README)
    assert len(named) >= 6
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "screenshots").glob("*.svg")), ids=lambda p: p.stem)
def test_the_pictures_are_drawn_for_many_colours(path):
    # In few colours the area is made of such dots; a line has hardly any.
    assert path.read_text(encoding="utf-8").count("⣿") < 20


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named(name):
    assert f"`polytop {name}" in README


def test_the_table_of_keys_is_that_of_the_commands():
    assert readme_table() in README


def test_the_profile_in_the_readme_is_a_profile(tmp_path):
    config = next(block for block in blocks("toml") if "default_profile" in block)
    path = tmp_path / "config.toml"
    path.write_text(config, encoding="utf-8")
    assert load_config(path).profile("prod").limit == 120


def test_every_dependency_says_what_it_is_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=]", each)[0] for each in project["dependencies"]]
    assert [name for name in names if f"| [{name}]" not in README] == []


def test_the_tested_set_pins_what_is_asked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    lines = (ROOT / ".ci" / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    for each in map(Requirement, asked):
        assert each.specifier.contains(pinned[each.name]), each


def test_the_map_of_the_house_names_every_room_and_every_file_that_it_names_is_there():
    house = README[README.index("### The house") :]
    rooms = {path.name for path in (ROOT / "polytop").iterdir() if (path / "__init__.py").exists()}
    assert [room for room in rooms if f"\n  {room}/" not in house] == []
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", house)
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / "polytop" / name).exists()] == []


def test_the_classes_that_the_readme_names_are_in_the_package():
    house = README[README.index("### The house") :]
    names = set(re.findall(r"`([A-Z]\w+[a-z]\w*)`", house))
    sources = "".join(path.read_text() for path in (ROOT / "polytop").rglob("*.py"))
    assert {"ViewState", "Snapshot", "Severity"} <= names
    assert [name for name in names if f"class {name}" not in sources] == []


def test_every_benchmark_is_named():
    benchmarks = (ROOT / "tests" / "benchmarks").glob("bench_*.py")
    assert [each.name for each in benchmarks if f"benchmarks/{each.name}" not in README] == []
