"""The keys of ``[keys]``: what is read, what is refused, and what follows the table."""

from pathlib import Path

import pytest

from polytop.cli.runtime.screen import commands_of
from polytop.config.errors import ConfigError
from polytop.config.profiles import load_config, parse_config
from polytop.ui.commands import MONITOR, USUAL, WALL, Context, help_lines, readme_names
from polytop.ui.keymap import apply_keys

PATH = Path("config.toml")


def read(text):
    return apply_keys(parse_config(f"[keys]\n{text}\n", PATH).keys)


def command(table, name):
    every = (*table.app, *table.monitor, *table.wall)
    return next(each for each in every if each.id == name)


@pytest.mark.parametrize(
    ("text", "name", "keys", "label"),
    [
        ('refresh = "R"', "refresh", "R", "R"),
        ('refresh = ["r", "F5"]', "refresh", "r,f5", "r F5"),
        ('refresh = ["r", "r"]', "refresh", "r", "r"),
        ("refresh = []", "refresh", "", ""),
        ('quit = "ctrl+q"', "quit", "ctrl+q", "ctrl+q"),
        ('quit = "Ctrl+Q"', "quit", "ctrl+q", "ctrl+q"),
        ('refresh = ","', "refresh", "comma", ","),
        ('refresh = "é"', "refresh", "é", "é"),
        ('refresh = "insert"', "refresh", "insert", "insert"),
        ('later = "shift+ctrl+right"', "later", "ctrl+shift+right", "ctrl+shift+→"),
        ('back = "esc"', "back", "escape", "Esc"),
        ('page_up = "PgUp"', "page_up", "pageup", "PgUp"),
        ('reverse = "s"\nsort = "S"', "reverse", "s", "s"),
        ('reverse = []\nrefresh = "S"', "refresh", "S", "S"),
        # One screen does not mind what another does.
        ('wall_refresh = "p"', "wall_refresh", "p", "p"),
        ('refresh = "R"\nwall_refresh = "R"', "wall_refresh", "R", "R"),
    ],
)
def test_keys_are_read(text, name, keys, label):
    found = command(read(text), name)
    assert (found.keys, found.label) == (keys, label)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('refesh = "R"', "line 2, keys: refesh: no such command; did you mean refresh?"),
        ('zzzzzz = "R"', "zzzzzz: no such command; the README lists them"),
        ('"a\\u001bb" = "R"', "a␛b: no such command"),
        ('choose = "R"', "choose: no such command"),
        ('\nrefresh = "hyper+r"', 'line 3, keys: refresh: "hyper+r" is no key that a terminal'),
        ('refresh = ""', "write a character as it is typed"),
        ('refresh = "rr"', '"F5", "space", "enter"'),
        ('refresh = "shift+r"', '"shift+r" is no key'),
        ('refresh = "ctrl+i"', '"ctrl+i" is no key'),
        ('refresh = "tab"', '"tab" is no key'),
        ('refresh = "a,b"', '"a,b" is no key'),
        ("refresh = 5", "line 2, keys: refresh: is neither a key nor a list of keys; write a key"),
        ("refresh = [5]", "refresh: is neither a key nor a list of keys"),
        ("refresh = true", "refresh: is neither a key nor a list of keys"),
        ("quit = []", "line 2, keys: quit: has no key"),
        (
            'refresh = "S"',
            "line 2, keys: refresh: takes S, which is a key of reverse too; "
            "give refresh another key, or set those of reverse as well: reverse = [...]",
        ),
        (
            'sort = "F5"\nrefresh = "F5"',
            "takes F5, which is a key of refresh too; give sort or refresh another key",
        ),
        ('refresh = "q"', "refresh: takes q, which is a key of quit too"),
        ('theme = "r"', "theme: takes r, which is a key of refresh too"),
        ('theme = "T"\nwall_find = "T"', "takes T, which is a key of"),
        ('wall_find = "G"', "wall_find: takes G, which is a key of last_tile too"),
        ('reverse = "s"', "reverse: takes s, which is a key of sort too"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(tmp_path, text, words):
    path = tmp_path / "config.toml"
    path.write_text(f"[keys]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        commands_of(load_config(path))
    assert words in str(caught.value)


def test_keys_that_are_no_table_are_refused():
    with pytest.raises(ConfigError, match="line 1, keys: keys: is not a table; write it as"):
        parse_config("keys = 5", PATH)


def test_nothing_stands_for_the_usual_keys():
    assert read("") == USUAL


def test_footer_and_help_follow_the_table():
    table = read('help = "F2"\ncompare = []\nback = "backspace"\nsort = []\nsnooze = "Z"')
    words = {hint.word: [key for _, key in hint.keys] for hint in table.footer(Context.LIVE)}
    assert words["help"] == ["F2"]
    assert "compare" not in words
    close = next(each for each in table.footer(Context.SIDEBAR) if each.word == "close")
    assert close.keys == (("close_sidebar", "backspace"),)
    keys = {meaning: label for _, label, meaning in help_lines((*table.app, *table.monitor))}
    assert keys["this help"] == "F2"
    assert "S" in keys["sort by the next column, reverse (or click a head)"].split()
    assert "" not in keys.values()
    assert {"Z"} <= table.guarded_keys()


@pytest.mark.parametrize("name", [each.id for each in (*MONITOR, *WALL)])
def test_every_command_can_be_without_a_key(name):
    assert command(apply_keys({name: ()}), name).keys == ""


def test_the_readme_names_every_command():
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert readme_names() in readme
