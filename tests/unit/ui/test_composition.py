"""Screens and widgets are composed: no class of ours stands between textual's and ours."""

import importlib
import inspect
import pkgutil

import pytest
from textual.message_pump import MessagePump

import polytop.ui

MODULES = [each.name for each in pkgutil.walk_packages(polytop.ui.__path__, "polytop.ui.")]


def own_bases(kind: type) -> list[type]:
    """The bases of `kind` that are in polytop, itself left out."""
    return [
        base for base in kind.__mro__[1:]
        if base.__module__.startswith("polytop.") and not getattr(base, "_is_protocol", False)
    ]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_no_class_derives_from_one_of_ours_and_from_textual(name: str) -> None:
    module = importlib.import_module(name)
    kinds = [
        kind for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == name and issubclass(kind, MessagePump)
    ]  # fmt: skip
    assert [kind for kind in kinds if own_bases(kind)] == []


def test_the_screens_are_found() -> None:
    screens = importlib.import_module("polytop.ui.screens.monitor")
    assert issubclass(screens.MonitorScreen, MessagePump)
    assert len(MODULES) > 50
