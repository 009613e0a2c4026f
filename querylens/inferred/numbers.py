"""How many statements make a loop where no stack can prove one."""

from __future__ import annotations

from querylens.inferred.asked import Asked
from querylens.sql.shapes import Shape

#: Two lines of code may send two lookups; three with different keys are a loop.
_FEWEST = 3
#: Some values are likelier than keys to be written out on lines of their own, as `status="open"`
#: is, and a few rows of one table may be made one line after the other.
_FEWEST_BY_LINES = 5
_KEY_ENDINGS = ("id", "uuid", "guid", "slug", "key", "email", "username")


def is_loop(asked: Asked) -> bool:
    """Whether so many different values came from a loop."""
    return asked.distinct >= fewest_of(asked.shape)


def fewest_of(shape: Shape) -> int:
    """How many different values came from a loop."""
    names = [column.name for column in shape.compared]
    is_keyed = names == [shape.key] or any(name.endswith(_KEY_ENDINGS) for name in names)
    return _FEWEST if is_keyed else _FEWEST_BY_LINES
