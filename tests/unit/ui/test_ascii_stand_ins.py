"""Every character that polytop itself writes has a stand-in in ASCII."""

import ast
from pathlib import Path

import polytop
from polytop.ui.ascii import to_ascii

_BRAILLE = {chr(code) for code in range(0x2800, 0x2900)}
"""The graph draws none of them in ASCII."""

_BOUNDS = set("≥≤")
"""Written with a blank beside them, which gives them a second cell."""


def _literals(path: Path) -> str:
    """The string literals of a module, without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs
    ]
    return "".join(texts)


def test_every_character_of_the_screen_and_the_commands_has_a_stand_in():
    source = Path(polytop.__file__).parent
    lacking = {}
    for part in ("ui", "cli/glance"):
        for path in (source / part).rglob("*.py"):
            if path.name == "ascii.py":
                continue
            chars = {char for char in _literals(path) if not char.isascii()} - _BRAILLE - _BOUNDS
            if found := {char for char in chars if char.isprintable() and "?" in to_ascii(char)}:
                lacking[str(path.relative_to(source))] = "".join(sorted(found))
    assert lacking == {}


def test_a_bound_at_the_end_of_a_head_is_one_in_ascii_too():
    assert to_ascii("NOW ≥") == "NOW>="
    assert to_ascii("≥ 82 ≤") == ">=82<="
    assert to_ascii("VARIANT  ≥13:12  15:35") == "VARIANT >=13:12  15:35"
