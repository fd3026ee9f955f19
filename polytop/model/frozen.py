"""Frozen values: dataclasses that are cheap to import.

``dataclass(frozen=True, slots=True)`` compiles six functions for every class, most of which are
never called: a fifth of the CPU time of a start. Here they are shared, except for ``__init__``,
which is compiled when the first value is made.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T]) -> type[_T]:
    """Make `cls` what ``dataclass(frozen=True, slots=True)`` makes of it."""
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    key = _key(tuple(each.name for each in fields(made) if each.compare))
    methods: dict[str, Callable[..., Any]] = {
        "__init__": lambda self, *args, **named: _compile_init(made)(self, *args, **named),  # noqa: PLW0108 - not yet
        "__repr__": _show,
        "__eq__": lambda self, other: (
            key(self) == key(other) if other.__class__ is made else NotImplemented
        ),
        "__hash__": lambda self: hash(key(self)),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
    }
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _key(names: tuple[str, ...]) -> Callable[[Any], tuple[object, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _show(value: Any) -> str:
    shown = (f"{each.name}={getattr(value, each.name)!r}" for each in fields(value) if each.repr)
    return f"{type(value).__qualname__}({', '.join(shown)})"


def _refuse(value: object, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"{type(value).__name__} is frozen: {name!r} cannot be changed")


def _compile_init(cls: Any) -> Callable[..., None]:
    """Give `cls` the function that sets its fields, and return it. Its slots set themselves."""
    values = fields(cls)
    names: dict[str, Any] = {}
    for each in values:
        names[f"set_{each.name}"] = getattr(cls, each.name).__set__
        names[f"default_{each.name}"] = each.default
        names[f"make_{each.name}"] = each.default_factory
    taken = [each for each in values if each.init]
    parameters = [_parameter(each) for each in taken if not each.kw_only]
    named = [_parameter(each) for each in taken if each.kw_only]
    lines = [line for each in values for line in _assignment(each)]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join(["self", *parameters, *(["*", *named] if named else [])])
    exec(f"def __init__({head}):\n " + "\n ".join(lines or ["pass"]), names)  # noqa: S102
    cls.__init__ = names["__init__"]
    return names["__init__"]  # type: ignore[no-any-return]


def _parameter(each: "Field[Any]") -> str:
    optional = each.default is not MISSING or each.default_factory is not MISSING
    return f"{each.name}=default_{each.name}" if optional else each.name


def _assignment(each: "Field[Any]") -> Iterator[str]:
    name, value = each.name, each.name if each.init else f"default_{each.name}"
    if each.default_factory is not MISSING:
        # Its default is MISSING: whoever gives no value gives that.
        value = f"make_{name}() if {value} is default_{name} else {value}"
    elif not each.init and each.default is MISSING:
        return
    yield f"set_{name}(self, {value})"
