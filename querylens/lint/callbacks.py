"""Functions that are called with each item, as `map` and `sorted(key=…)` do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.scope import At, Where
from querylens.lint.values import Literal, Value, either

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


@dataclass(eq=False, slots=True)
class AttributeGetter(Value):
    """`attrgetter("author.name")`."""

    paths: tuple[str, ...] = ()


def each(reader: Reader, rows: Value, function: Value | None, where: Where) -> Value:
    """Calls a function with each item, as `map` and `sorted(key=…)` do."""
    if function is None or isinstance(function, Literal):
        return Value()
    place = reader.loop_place(where) if isinstance(where, At) else where
    with iteration.turn(reader, rows, where, place, "call") as element:
        if isinstance(function, AttributeGetter):
            return either(followed(reader, element, path, where) for path in function.paths)
        return reader.call(function, [element], {}, where)


def followed(reader: Reader, value: Value, path: str, where: Where) -> Value:
    """What a path of attributes leads to."""
    for name in filter(None, path.split(".")):
        value = reader.attribute(value, name, where)
    return value
