"""What loops walk over: the value of one turn, and whether there are as many turns as rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from querylens.lint.fetching import fetch, fetch_one
from querylens.lint.loops import Loop
from querylens.lint.scope import At, Scope, Where
from querylens.lint.values import (
    ClassValue,
    Collection,
    ExternalValue,
    FunctionValue,
    Literal,
    ManagerValue,
    MappingValue,
    MethodValue,
    ModelValue,
    ObjectValue,
    OneOf,
    QuerySetValue,
    Value,
    choices,
    either,
)
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

#: Names of things that a program has a handful of, whatever is in its database.
_FEW = frozenset(
    {"choices", "values", "labels", "names", "_meta", "get_fields", "get_models", "settings"}
    | {"get_app_configs", "fields", "base_fields", "declared_fields", "related_objects"}
    | {"LANGUAGES", "DATABASES", "connections", "INSTALLED_APPS", "__members__", "__subclasses__"}
)
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def element_of(reader: Reader, value: Value, where: Where) -> Value:
    """Any one thing that walking over a value gives; what walking sends is noted."""
    if isinstance(value, OneOf):
        return either(element_of(reader, item, where) for item in value.choices)
    if isinstance(value, QuerySetValue):
        return fetch(reader, value, where)
    if isinstance(value, Collection):
        return value.any_element().at(value.turns)
    if isinstance(value, MappingValue):
        keys = [Literal(value=key) for key in value.known]
        return either([*keys, *([value.key] if value.key else [])])
    if isinstance(value, ObjectValue):
        return _own_iterator(reader, value, where)
    return Value(value.turns)


def _own_iterator(reader: Reader, value: ObjectValue, where: Where) -> Value:
    method = reader.attribute(value, "__iter__", where)
    if not isinstance(method, FunctionValue):
        return Value(value.turns)
    made = reader.call(method, [], {}, where)
    return either(_next_of(reader, item, where) for item in choices(made))


def _next_of(reader: Reader, value: Value, where: Where) -> Value:
    """What an iterator gives. One of the project's own gives itself when it is walked over."""
    if not isinstance(value, ObjectValue):
        return element_of(reader, value, where)
    method = reader.attribute(value, "__next__", where)
    is_own = isinstance(method, FunctionValue)
    return reader.call(method, [], {}, where) if is_own else Value(value.turns)


def is_small(value: Value) -> bool:
    """Whether it holds a handful of things, however many rows there are."""
    if isinstance(value, OneOf):
        return all(map(is_small, value.choices))
    if isinstance(value, Collection):
        return value.is_small
    if isinstance(value, MappingValue):
        return value.is_small
    if isinstance(value, QuerySetValue):
        return value.is_one or value.is_none
    if isinstance(value, MethodValue):
        return value.name in _FEW or is_small(value.receiver)
    if isinstance(value, ExternalValue):
        return not _FEW.isdisjoint(value.name.removesuffix("()").split("."))
    return isinstance(value, (Literal, ModelValue, ManagerValue, ClassValue))


def item_of(reader: Reader, value: Value, key: Value, where: Where) -> Value:
    """What `value[key]` holds."""
    if isinstance(value, QuerySetValue):
        if value.rows is not None:
            return value.rows.at(value.turns | key.turns)
        return fetch_one(reader, value, "slice", where, key.turns)
    if isinstance(value, MappingValue):
        if isinstance(key, Literal):
            return value.known.get(key.value) or value.element or Value(value.turns)
        return value.any_element().at(key.turns)
    if isinstance(value, Collection):
        number = key.value if isinstance(key, Literal) else None
        if value.known is not None and isinstance(number, int):
            return (
                value.known[number] if -len(value.known) <= number < len(value.known) else Value()
            )
        return value.any_element().at(key.turns | value.turns)
    if isinstance(value, ExternalValue):
        return ExternalValue(value.turns | key.turns, name=value.name)
    return Value(value.turns | key.turns)


def test(reader: Reader, value: Value, where: Where) -> None:
    """Asks whether a value is true, which fetches a queryset."""
    for item in choices(value):
        if isinstance(item, QuerySetValue):
            element_of(reader, item, where)


@contextmanager
def turn(
    reader: Reader,
    value: Value,
    where: Where,
    place: Place,
    kind: str = "for",
    searches: bool = False,
) -> Iterator[Value]:
    """One turn of a loop over a value: gives the value of that turn."""
    element = element_of(reader, value, where)
    if is_small(value):
        yield element
        return
    loop = Loop(place, kind, searches)
    with reader.turning(loop):
        yield element.at(value.turns | {loop})


def comprehension(reader: Reader, node: _Comprehension, scope: Scope) -> Value:
    """A list, set, dict or generator: what it gives, with all that one turn sends."""
    inner = scope.inner(dict(scope.names))
    return _generators(reader, node, list(node.generators), inner)


def _generators(
    reader: Reader, node: _Comprehension, generators: list[ast.comprehension], scope: Scope
) -> Value:
    first, *others = generators
    value = reader.evaluate(first.iter, scope)
    place = reader.loop_place(At(scope, node))
    with turn(reader, value, At(scope, first.iter), place) as element:
        bind(reader, first.target, element, scope)
        for condition in first.ifs:
            test(reader, reader.evaluate(condition, scope), At(scope, condition))
        made = _generators(reader, node, others, scope) if others else None
        found = made or _made(reader, node, scope)
    if isinstance(found, Collection):
        found.is_small = found.is_small and is_small(value)
    elif isinstance(found, MappingValue):
        found.turns |= value.turns
        found.is_small = found.is_small and is_small(value)
    return found


def _made(reader: Reader, node: _Comprehension, scope: Scope) -> Value:
    if isinstance(node, ast.DictComp):
        key = reader.evaluate(node.key, scope)
        return MappingValue(key=key, element=reader.evaluate(node.value, scope), is_small=True)
    return Collection(element=reader.evaluate(node.elt, scope), is_small=True)


def bind(reader: Reader, target: ast.expr, value: Value, scope: Scope) -> None:
    """Gives a target of an assignment or a loop its value."""
    if isinstance(target, ast.Name):
        scope.names[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts = unpacked(reader, value, len(target.elts), At(scope, target))
        for item, part in zip(target.elts, parts, strict=True):
            bind(reader, item, part, scope)
    elif isinstance(target, ast.Starred):
        bind(reader, target.value, Collection(value.turns, element=value), scope)
    elif isinstance(target, ast.Attribute):
        _bind_attribute(reader, target, value, scope)
    elif isinstance(target, ast.Subscript):
        _bind_item(reader, target, value, scope)


def unpacked(reader: Reader, value: Value, number: int, where: Where) -> list[Value]:
    """The parts of a value that is taken apart into so many."""
    if isinstance(value, Collection) and value.known is not None and len(value.known) == number:
        return [item.at(value.turns) for item in value.known]
    if isinstance(value, OneOf):
        taken = [unpacked(reader, item, number, where) for item in value.choices]
        return [either(parts) for parts in zip(*taken, strict=True)]
    return [element_of(reader, value, where)] * number


def _bind_attribute(reader: Reader, target: ast.Attribute, value: Value, scope: Scope) -> None:
    from querylens.lint.rows import assign

    owner = reader.evaluate(target.value, scope)
    for item in choices(owner):
        assign(item, target.attr, value)


def _bind_item(reader: Reader, target: ast.Subscript, value: Value, scope: Scope) -> None:
    owner = reader.evaluate(target.value, scope)
    key = reader.evaluate(target.slice, scope)
    for item in choices(owner):
        if isinstance(item, MappingValue):
            keep(value)
            if isinstance(key, Literal) and not reader.loops:
                item.known[key.value] = value
            else:
                item.is_small = item.is_small and not reader.loops
                item.key = key
                item.element = value if item.element is None else either([item.element, value])
        elif isinstance(item, Collection):
            add(reader, item, value)


def keep(value: Value) -> None:
    """A list that a dict keeps grows in later turns too."""
    for item in choices(value):
        if isinstance(item, Collection):
            item.depth = 0


def add(reader: Reader, collection: Collection, value: Value, *, one: bool = True) -> None:
    """Appends one value, or several: what is in it may be this too.

    What is added outside of any further loop is added once.
    """
    if collection.whole is not None:
        add(reader, collection.whole, value, one=one)
    held = list(collection.known or ())
    if collection.element is not None:
        held.append(collection.element)
    collection.element = either([*held, value])
    collection.known = None
    if not one or len(reader.loops) > collection.depth:
        collection.is_small = False
