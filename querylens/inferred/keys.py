"""Foreign keys, and where they lead, told by the names that Django gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from querylens.inferred.asked import Asked
from querylens.sql.shapes import Column, Shape

_FOREIGN_KEY = "_id"


def stem(column: Column) -> str:
    """The name of the field that a column belongs to."""
    return column.name.removesuffix(_FOREIGN_KEY)


def is_named_after(table: str, name: str) -> bool:
    """Whether a field of this name leads to a table: `live_offer` to `media_liveoffer`."""
    return _bare(name) in _names_for(table)


@lru_cache(maxsize=4_096)
def _bare(name: str) -> str:
    return name.casefold().replace("_", "")


@lru_cache(maxsize=4_096)
def _names_for(table: str) -> frozenset[str]:
    """How fields may be named that lead to a table: the ends of its name, without underscores."""
    parts = table.casefold().split("_")
    return frozenset("".join(parts[start:]) for start in range(len(parts))) - {""}


def may_be_many(asked: Asked) -> bool:
    """Whether a SELECT may have brought several rows, by itself or by being sent again."""
    shape = asked.shape
    if shape.verb != "select" or is_number(shape):
        return False
    is_one = shape.is_by_key or (shape.is_limited and shape.equals and not shape.is_ordered)
    return not is_one or asked.distinct > 1


def foreign_keys(shape: Shape, earlier: Iterable[Asked]) -> list[Column]:
    """The foreign keys, of rows that were read before, that may point to the table of a shape.

    Not those of rows that the table was joined to: they have what they point to.
    """
    found: dict[Column, None] = {}
    for asked in earlier:
        has_joined = shape.table != asked.shape.table and shape.table in _tables(asked.shape)
        if not has_joined and may_be_many(asked):
            found.update(dict.fromkeys(_foreign_keys(asked.shape)))
    return list(found)


def _foreign_keys(shape: Shape) -> tuple[Column, ...]:
    return _foreign_keys_among(shape.columns)


@lru_cache(maxsize=4_096)
def _foreign_keys_among(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(filter(is_foreign_key, columns))


def _tables(shape: Shape) -> set[str]:
    """The tables whose rows are read, also those that were joined."""
    if not shape.joins:
        return {shape.table}
    return {shape.table, *(column.table for column in shape.columns)}


def is_foreign_key(column: Column) -> bool:
    """Whether a column is named as Django names that of a foreign key."""
    return column.table != "" and column.name.endswith(_FOREIGN_KEY)


def is_between_models(shape: Shape, owner: str) -> bool:
    """Whether a table is the one that Django makes for a ManyToManyField of another."""
    is_of_keys = all(c.name == "id" or is_foreign_key(c) for c in shape.columns)
    return shape.table.startswith(f"{owner}_") and is_of_keys


def foreign_keys_of_own_names(shape: Shape, earlier: Sequence[Asked]) -> list[Column]:
    """Those of `foreign_keys` that are not named after another table that was read."""
    others = {table for asked in earlier for table in asked.shape.tables} - {shape.table}
    others.add("django_content_type")
    names = _names_for_any(others)
    return [key for key in foreign_keys(shape, earlier) if _bare(stem(key)) not in names]


def keys_of_single_rows(shape: Shape, earlier: Sequence[Asked]) -> int:
    """How many rows of the table single rows may point to, each by a field of its own.

    `order.created_by` and `order.approved_by` are two lookups by key, and no loop.
    """
    others = {table for asked in earlier for table in asked.shape.tables} - {shape.table}
    singles = (asked.shape for asked in earlier if not may_be_many(asked))
    keys = {column for single in singles for column in _foreign_keys(single)}
    names = _names_for_any(others)
    return sum(_bare(stem(key)) not in names for key in keys)


def _names_for_any(tables: Iterable[str]) -> set[str]:
    return set().union(*map(_names_for, tables))


def may_walk_up(asked: Asked, earlier: Iterable[Asked]) -> bool:
    """Whether each row may have named the next, from one row on: a chain has no list of rows."""
    shape = asked.shape
    has_keys = any(column.table == shape.table for column in _foreign_keys(shape))
    return has_keys and any(
        other.shape.table == shape.table and other.shape.is_limited and not is_number(other.shape)
        for other in earlier
    )


def is_number(shape: Shape) -> bool:
    """Whether no rows are asked for, but a number or whether there are any."""
    return shape.is_exists or shape.aggregate != ""


def owner_of(shape: Shape, earlier: Iterable[Asked]) -> str:
    """The table whose rows a shape asks for more of, one row at a time; empty when it is unsure.

    That is the one table, of rows that were read before, that the compared foreign key is named
    after.
    """
    column = shape.only_column
    if column is None or shape.in_list or not column.name.endswith(_FOREIGN_KEY):
        return ""
    read = {name for asked in earlier if may_be_many(asked) for name in _tables(asked.shape)}
    owners = [table for table in read if is_named_after(table, stem(column))]
    return owners[0] if len(owners) == 1 else ""


def model_of(table: str, neighbour: str) -> str:
    """The part of a table's name that is the model's, told by a table of the same application."""
    parts, others = table.split("_"), neighbour.split("_")
    shared = 0
    while shared < min(len(parts), len(others)) - 1 and parts[shared] == others[shared]:
        shared += 1
    return "_".join(parts[shared or min(1, len(parts) - 1) :])
