"""Frozen values behave as the standard library's frozen dataclasses do."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from polytop.model.frozen import frozen

standard = dataclass(frozen=True, slots=True)


def make(decorate: Callable[[type], Any]) -> tuple[Any, Any, Any]:
    """Three classes of the same kinds of fields, made by `decorate`."""

    @decorate
    class One:
        """A value."""

        first: int

    @decorate
    class Many:
        """A value."""

        first: int
        second: str = "b"
        more: list[int] = field(default_factory=list, hash=False)
        aside: int = field(default=0, compare=False, repr=False)
        named: int = field(default=7, kw_only=True)
        fixed: tuple[int, ...] = field(default=(), init=False)

        @property
        def twice(self) -> int:
            """Twice the first."""
            return 2 * self.first

    @decorate
    class Checked:
        """A value that refuses what is negative."""

        first: int

        def __post_init__(self) -> None:
            if self.first < 0:
                raise ValueError(self.first)

    return One, Many, Checked


OURS, THEIRS = make(frozen), make(standard)
ARGUMENTS: tuple[tuple[int, tuple[Any, ...], dict[str, Any]], ...] = (
    (0, (1,), {}),
    (0, (), {"first": 2}),
    (0, (), {}),
    (0, (1, 2), {}),
    (1, (1,), {}),
    (1, (1, "c"), {"aside": 4}),
    (1, (1, "c", [5], 4), {"named": 1}),
    (1, (1, "c", [5], 4, 1), {}),
    (1, (), {"second": "c"}),
    (1, (1,), {"fixed": ()}),
    (2, (1,), {}),
    (2, (-1,), {}),
)


def outcome(call: Callable[[], Any]) -> tuple[object, ...]:
    """The fields of the value that `call` makes and its repr; of an error its type."""
    try:
        value = call()
    except (TypeError, ValueError) as error:
        return (type(error),)
    return (repr(value), *((each.name, getattr(value, each.name)) for each in fields(value)))


@pytest.mark.parametrize(("kind", "args", "named"), ARGUMENTS)
def test_values_are_made_and_shown_as_those_of_dataclasses(
    kind: int, args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    for _ in range(2):  # the first value compiles, the second does not
        ours = outcome(lambda: OURS[kind](*args, **named))
        assert ours == outcome(lambda: THEIRS[kind](*args, **named))


@pytest.mark.parametrize("classes", [OURS, THEIRS])
def test_values_are_compared_and_hashed_by_their_fields(classes: tuple[Any, Any, Any]) -> None:
    one, _, other = classes
    assert one(1) == one(1) != one(2)
    assert one(1) != other(1)
    assert hash(one(1)) == hash(one(1))
    assert len({one(1), one(1), one(2)}) == 2


@pytest.mark.parametrize("classes", [OURS, THEIRS])
def test_what_is_not_compared_makes_no_difference(classes: tuple[Any, Any, Any]) -> None:
    many = classes[1]
    assert many(1, aside=1) == many(1, aside=2)
    assert many(1, named=1) != many(1, named=2)


@pytest.mark.parametrize("classes", [OURS, THEIRS])
def test_a_value_cannot_be_changed_and_can_be_replaced(classes: tuple[Any, Any, Any]) -> None:
    value = classes[1](3)
    for name in ("first", "fixed", "unknown"):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(value, name, 1)
    with pytest.raises(FrozenInstanceError):
        del value.first
    assert (value.first, value.twice, value.more) == (3, 6, [])
    assert replace(value, first=4).first == 4
    assert not hasattr(value, "__dict__")


def test_every_value_has_its_own_default_of_a_factory() -> None:
    one, other = OURS[1](1), OURS[1](1)
    one.more.append(1)
    assert other.more == []


def test_the_fields_are_those_of_a_dataclass() -> None:
    for ours, theirs in zip(OURS, THEIRS, strict=True):
        assert ours.__match_args__ == theirs.__match_args__
        assert [each.name for each in fields(ours)] == [each.name for each in fields(theirs)]
