"""Queryset methods that give another queryset: what it asks for and brings along."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from querylens.lint.fetching import field_named, is_prefetched, literal_names, prefetched_row
from querylens.lint.values import (
    Collection,
    ExternalValue,
    Literal,
    Loads,
    PrefetchValue,
    QuerySetValue,
    Turns,
    Value,
    text_of,
)

if TYPE_CHECKING:
    from querylens.lint.models import Model
    from querylens.lint.reader import Reader


@dataclass(frozen=True, slots=True)
class Given:
    """What a method is called with."""

    arguments: Sequence[Value] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)


def filtered(rows: QuerySetValue, given: Given) -> QuerySetValue:
    """Only the rows that fulfil more conditions."""
    names = [*given.keywords, *("" for _ in given.arguments)]
    has_batch = rows.has_batch or any(
        name.endswith("__in") and not is_of_one(value) for name, value in given.keywords.items()
    )
    nulls = {name for name, value in given.keywords.items() if _asks_for_null(name, value)}
    return rows.but(
        nulls=rows.nulls | {name.removesuffix("__isnull") for name in nulls},
        conditions=(*rows.conditions, *names),
        compared=(*rows.compared, *given.keywords.values(), *given.arguments),
        has_batch=has_batch,
        is_one=rows.is_one or any(_is_unique(rows.model, name) for name in given.keywords),
    )


def _excluded(rows: QuerySetValue, given: Given) -> QuerySetValue:
    return filtered(rows, given).but(nulls=rows.nulls, is_one=rows.is_one)


def _asks_for_null(name: str, value: Value) -> bool:
    """Whether a condition leaves only rows that lead to no other."""
    if not isinstance(value, Literal):
        return False
    return value.value is True if name.endswith("__isnull") else value.value is None


def _is_unique(model: Model, name: str) -> bool:
    """Whether at most one row has a value of this field."""
    field = field_named(model, name.removesuffix("__exact"))
    return name == "pk" or (field is not None and (field.unique or field.primary_key))


def is_of_one(value: Value) -> bool:
    """Whether it is a list that is written out with one item."""
    return isinstance(value, Collection) and value.known is not None and len(value.known) == 1


def _select_related(rows: QuerySetValue, given: Given) -> QuerySetValue:
    if any(isinstance(item, Literal) and item.value is None for item in given.arguments):
        return rows.but(loads=replace(rows.loads, joined=frozenset(), joins_all=False))
    names = literal_names(given.arguments)
    loads = rows.loads
    if names is None:
        return rows.but(loads=replace(loads, is_unsure=True))
    if not names:
        return rows.but(loads=replace(loads, joined=frozenset(), joins_all=True))
    joined = loads.joined.union(*map(steps_of, names))
    return rows.but(loads=replace(loads, joined=joined, joins_all=False))


def steps_of(path: str) -> set[str]:
    """`author__publisher` brings `author` along too."""
    parts = path.split("__")
    return {"__".join(parts[:number]) for number in range(1, len(parts) + 1)}


def prefetch_related(
    reader: Reader, rows: QuerySetValue, arguments: Sequence[Value]
) -> QuerySetValue:
    """Brings along what these paths and `Prefetch` objects name."""
    loads = rows.loads
    prefetched, attributes = dict(loads.prefetched), dict(loads.attributes)
    is_unsure = loads.is_unsure
    for argument in arguments:
        path, own, to_attr = _prefetch(argument)
        if not path or not _is_of_relations(reader, rows.model, path):
            is_unsure = True
        elif to_attr:
            attributes[_beside(path, to_attr)] = own or _target(rows)
            for step in steps_of(path) - {path}:
                prefetched.setdefault(step, None)
        else:
            for step in steps_of(path) - {path}:
                prefetched.setdefault(step, None)
            prefetched[path] = own
    return rows.but(
        loads=replace(loads, prefetched=prefetched, attributes=attributes, is_unsure=is_unsure)
    )


def _is_of_relations(reader: Reader, model: Model, path: str) -> bool:
    """Whether a path goes along relations alone: Django follows properties too."""
    current: Model | None = model
    for name in path.split("__"):
        relation = current.relations.get(name) if current is not None else None
        if relation is None:
            return current is None
        current = reader.models.by_label(relation.target)
    return True


def _beside(path: str, name: str) -> str:
    start, _, _ = path.rpartition("__")
    return f"{start}__{name}" if start else name


def _target(rows: QuerySetValue) -> QuerySetValue:
    """The rows that a path leads to, as nobody has chosen them."""
    return QuerySetValue(model=rows.model, gives="unknown")


def _prefetch(argument: Value) -> tuple[str, QuerySetValue | None, str]:
    """Path, queryset and attribute of a text or a `Prefetch`."""
    if isinstance(argument, Literal):
        return text_of(argument), None, ""
    if isinstance(argument, PrefetchValue):
        return argument.path, argument.rows, argument.to_attr
    return "", None, ""


def _only(rows: QuerySetValue, given: Given) -> QuerySetValue:
    names = literal_names(given.arguments)
    if names is None or not names:
        return rows.but(loads=replace(rows.loads, only=None, deferred=frozenset()))
    return rows.but(loads=replace(rows.loads, only=frozenset(names), deferred=frozenset()))


def _defer(rows: QuerySetValue, given: Given) -> QuerySetValue:
    names = literal_names(given.arguments)
    if names is None:
        return rows
    if not names:
        return rows.but(loads=replace(rows.loads, deferred=frozenset(), only=None))
    loads = rows.loads
    if loads.only is not None:
        return rows.but(loads=replace(loads, only=loads.only - set(names)))
    return rows.but(loads=replace(loads, deferred=loads.deferred | set(names)))


def _annotate(rows: QuerySetValue, given: Given) -> QuerySetValue:
    return rows.but(annotations={**rows.annotations, **given.keywords})


def _fetch_mode(rows: QuerySetValue, given: Given) -> QuerySetValue:
    mode = given.arguments[0] if given.arguments else Value()
    is_one = isinstance(mode, ExternalValue) and mode.name.endswith("FETCH_ONE")
    return rows.but(loads=replace(rows.loads, peers=not is_one))


def _iterator(rows: QuerySetValue, _: Given) -> QuerySetValue:
    loads = replace(rows.loads, peers=False)
    return rows.but(loads=loads)


def _values(rows: QuerySetValue, _: Given) -> QuerySetValue:
    return rows.but(gives="values")


def _same(rows: QuerySetValue, _: Given) -> QuerySetValue:
    return rows.but()


def _none(rows: QuerySetValue, _: Given) -> QuerySetValue:
    return rows.but(is_none=True)


_Shaping = Callable[[QuerySetValue, Given], QuerySetValue]


#: Methods by what they do.
SHAPING: dict[str, _Shaping] = {
    "all": _same,
    "annotate": _annotate,
    "dates": _values,
    "datetimes": _values,
    "defer": _defer,
    "distinct": _same,
    "exclude": _excluded,
    "fetch_mode": _fetch_mode,
    "filter": filtered,
    "iterator": _iterator,
    "none": _none,
    "only": _only,
    "order_by": _same,
    "reverse": _same,
    "select_related": _select_related,
    "union": _same,
    "values": _values,
    "values_list": _values,
}


def sliced_between(value: Value, start: int | None, stop: int | None) -> Value:
    """`value[start:stop]` of numbers that are written out."""
    if isinstance(value, QuerySetValue) and is_prefetched(value):
        return Collection(value.turns, element=prefetched_row(value))
    if isinstance(value, QuerySetValue) and value.rows is None:
        is_one = stop == 1 and not start
        return value.but(
            methods=(*value.methods, "slice"), is_one=value.is_one or is_one, is_many=not is_one
        )
    return value


def sliced(value: Value, part: ast.Slice, turns: Turns) -> Value:
    """`value[a:b]`."""
    if isinstance(value, QuerySetValue):
        if value.rows is not None:
            return Collection(value.turns | turns, element=value.rows)
        if is_prefetched(value):
            return Collection(value.turns | turns, element=prefetched_row(value))
        upper = part.upper
        is_one = isinstance(upper, ast.Constant) and upper.value == 1 and part.lower is None
        return value.but(
            turns=value.turns | turns,
            methods=(*value.methods, "slice"),
            is_one=value.is_one or is_one,
            is_many=not is_one,
        )
    if isinstance(value, Collection):
        known = value.known if not turns and part.step is None else None
        bounds = [part.lower, part.upper]
        if known is not None and all(
            item is None or isinstance(item, ast.Constant) for item in bounds
        ):
            lower, upper_at = (getattr(item, "value", None) for item in bounds)
            return Collection(value.turns, known=known[lower:upper_at], is_small=value.is_small)
        return Collection(value.turns | turns, element=value.any_element(), is_small=value.is_small)
    return value.at(turns)


def with_prefetched(loads: Loads, paths: list[str]) -> Loads:
    """What is there after a prefetch of these paths."""
    steps = set().union(*map(steps_of, paths))
    return replace(loads, prefetched={**dict.fromkeys(steps), **loads.prefetched})
