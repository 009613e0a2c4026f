"""Python's own collections and the functions that walk over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.loops import Loop
from querylens.lint.scope import At, Where
from querylens.lint.values import (
    STILL,
    Collection,
    ExternalValue,
    Literal,
    Mapping_,
    QuerySetValue,
    Row,
    Turns,
    Value,
    choices,
    either,
    text_of,
    turns_of,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_Arguments = list[Value]
_Keywords = dict[str, Value]
_MOST_LITERAL = 20


@dataclass(eq=False, slots=True)
class AttributeGetter(Value):
    """`attrgetter("author.name")`."""

    paths: tuple[str, ...] = ()


def turns_of_while(reader: Reader) -> Turns:
    """What a `while` takes from a collection is another thing in each turn."""
    for loop in reversed(reader.loops):
        if loop.kind == "while":
            return frozenset({loop})
    return STILL


def called(
    reader: Reader,
    receiver: Collection | Mapping_,
    name: str,
    arguments: _Arguments,
    keywords: _Keywords,
    where: Where,
) -> Value:
    """What a method of a list, set or dict gives."""
    if isinstance(receiver, Mapping_):
        return _mapping_called(reader, receiver, name, arguments, keywords, where)
    if name in ("append", "add", "appendleft", "insert") and arguments:
        iteration.add(receiver, arguments[-1])
        return Value()
    if name in ("extend", "update", "extendleft"):
        for argument in arguments:
            iteration.add(receiver, iteration.element_of(reader, argument, where))
        return Value()
    if name in ("pop", "popleft"):
        element = receiver.any_element()
        return element.at(receiver.turns | turns_of_while(reader))
    if name == "sort":
        _each(reader, receiver, keywords.get("key"), where)
        return Value()
    if name in ("copy", "union", "intersection", "difference"):
        return receiver
    return Value(turns_of([receiver, *arguments, *keywords.values()]))


def _mapping_called(
    reader: Reader,
    receiver: Mapping_,
    name: str,
    arguments: _Arguments,
    keywords: _Keywords,
    where: Where,
) -> Value:
    turns = turns_of([receiver, *arguments])
    small = iteration.is_small(receiver)
    keys = [Literal(value=key) for key in receiver.known]
    key = either([*keys, *([receiver.key] if receiver.key is not None else [])])
    if name == "items":
        pair = Collection(turns, known=(key, receiver.any_element()), is_small=True)
        return Collection(turns, element=pair, is_small=small)
    if name == "values":
        return Collection(turns, element=receiver.any_element(), is_small=small)
    if name == "keys":
        return Collection(turns, element=key, is_small=small)
    if name in ("get", "pop") and arguments:
        found = iteration.item_of(reader, receiver, arguments[0], where)
        return either([found, arguments[1]]) if len(arguments) > 1 else found
    if name == "setdefault" and len(arguments) > 1:
        if receiver.element is None:
            receiver.key, receiver.element = arguments[0], arguments[1]
        return receiver.element
    if name == "update" and arguments and isinstance(arguments[0], Mapping_):
        receiver.known |= arguments[0].known
        receiver.element = receiver.element or arguments[0].element
        receiver.key = receiver.key or arguments[0].key
        return Value()
    if name == "copy":
        copied = Mapping_(receiver.turns, receiver.key, receiver.element, dict(receiver.known))
        copied.is_small = receiver.is_small
        return copied
    return Value(turns)


def _each(reader: Reader, rows: Value, function: Value | None, where: Where) -> Value:
    """Calls a function with each item, as `map` and `sorted(key=…)` do."""
    if function is None or isinstance(function, Literal):
        return Value()
    place = reader.loop_place(where) if isinstance(where, At) else where
    with iteration.turn(reader, rows, where, place, "call") as element:
        if isinstance(function, AttributeGetter):
            return either(_followed(reader, element, path, where) for path in function.paths)
        return reader.call(function, [element], {}, where)


def _followed(reader: Reader, value: Value, path: str, where: Where) -> Value:
    for name in filter(None, path.split(".")):
        value = reader.attribute(value, name, where)
    return value


def _list(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if not arguments:
        return Collection(known=(), is_small=True)
    return either(_as_list(reader, item, where) for item in choices(arguments[0]))


def _as_list(reader: Reader, value: Value, where: Where) -> Value:
    if isinstance(value, Collection):
        return Collection(value.turns, value.element, value.known, value.is_small)
    element = iteration.element_of(reader, value, where)
    return Collection(value.turns, element=element, is_small=iteration.is_small(value))


def _sorted(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if not arguments:
        return Value()
    found = _list(reader, arguments, {}, where)
    _each(reader, found, keywords.get("key"), where)
    return found


def _extreme(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) != 1:
        return Value(turns_of(arguments))
    found = _list(reader, arguments, {}, where)
    _each(reader, found, keywords.get("key"), where)
    return iteration.element_of(reader, found, where)


def _map(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) < 2:
        return Value()
    result = _each(reader, arguments[1], arguments[0], where)
    return Collection(arguments[1].turns, element=result)


def _filter(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) < 2:
        return Value()
    found = _list(reader, arguments[1:], {}, where)
    _each(reader, found, arguments[0], where)
    return found


def _enumerate(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if not arguments:
        return Value()
    rows = arguments[0]
    pair = Collection(known=(Value(), iteration.element_of(reader, rows, where)), is_small=True)
    return Collection(rows.turns, element=pair, is_small=iteration.is_small(rows))


def _zip(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    items = tuple(iteration.element_of(reader, item, where) for item in arguments)
    small = any(map(iteration.is_small, arguments))
    pair = Collection(known=items, is_small=True)
    return Collection(turns_of(arguments), element=pair, is_small=small)


def _next(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if not arguments:
        return Value()
    element = iteration.element_of(reader, arguments[0], where)
    return element.at(turns_of_while(reader))


def _evaluated(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    """`len`, `bool`, `sum` and their like: what they walk over is fetched."""
    for argument in arguments:
        for item in choices(argument):
            if isinstance(item, QuerySetValue):
                iteration.element_of(reader, item, where)
    return Value(turns_of([*arguments, *keywords.values()]))


def _range(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    small = all(
        isinstance(item, Literal) and isinstance(item.value, int) and item.value <= _MOST_LITERAL
        for item in arguments
    )
    return Collection(turns_of(arguments), element=Value(), is_small=small)


def _getattr(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    names = [text_of(item) for item in choices(arguments[1])] if len(arguments) > 1 else []
    if not names or not all(names):
        return Value(turns_of(arguments))
    found = [_followed(reader, arguments[0], name, where) for name in names]
    return either([*found, *arguments[2:]])


def _hasattr(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) == 2 and isinstance(arguments[0], Row):
        row, name = arguments[0], text_of(arguments[1])
        if name in row.state.kept or name in row.state.loads.attributes or name in row.model.fields:
            return Literal(value=True)
    _getattr(reader, arguments, keywords, where)
    return Value(turns_of(arguments))


def _dict(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    found = Mapping_()
    found.known.update(keywords)
    for argument in arguments:
        if isinstance(argument, Mapping_):
            found.known |= argument.known
            found.key, found.element = argument.key, argument.element
        else:
            pair = iteration.element_of(reader, argument, where)
            parts = iteration.unpacked(reader, pair, 2, where)
            found.key, found.element = parts[0], parts[1]
    return found


def _text(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    for argument in arguments:
        show(reader, argument, where)
    if len(arguments) == 1 and isinstance(arguments[0], Literal):
        return arguments[0]
    return Value(turns_of(arguments))


def show(reader: Reader, value: Value, where: Where) -> None:
    """Makes a text of a value: a row's `__str__` may read on."""
    for item in choices(value):
        if isinstance(item, Row) and "__str__" in item.model.methods:
            text = reader.attribute(item, "__str__", where)
            reader.call(text, [], {}, where)
        elif isinstance(item, Collection):
            for part in item.known or ():
                show(reader, part, where)


def _chained(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    elements = [iteration.element_of(reader, item, where) for item in arguments]
    return Collection(turns_of(arguments), element=either(elements))


def _from_iterable(
    reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    if not arguments:
        return Value()
    inner = iteration.element_of(reader, arguments[0], where)
    return Collection(inner.turns, element=iteration.element_of(reader, inner, where))


def _grouped(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if not arguments:
        return Value()
    function = keywords.get("key") or (arguments[1] if len(arguments) > 1 else None)
    key = _each(reader, arguments[0], function, where)
    rows = _list(reader, arguments[:1], {}, where)
    return Collection(element=Collection(known=(key, rows), is_small=True))


def _setattr(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    from querylens.lint.rows import assign

    if len(arguments) == 3 and text_of(arguments[1]):
        for item in choices(arguments[0]):
            assign(item, text_of(arguments[1]), arguments[2])
    return Value()


def _type(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    from querylens.lint.classes import class_of

    return class_of(arguments[0]) if len(arguments) == 1 else ExternalValue(name="type()")


_Function = Callable[["Reader", _Arguments, _Keywords, Where], Value]
BUILTINS: dict[str, _Function] = {
    "all": _evaluated,
    "any": _evaluated,
    "bool": _evaluated,
    "dict": _dict,
    "enumerate": _enumerate,
    "filter": _filter,
    "frozenset": _list,
    "getattr": _getattr,
    "hasattr": _hasattr,
    "iter": _list,
    "len": _evaluated,
    "list": _list,
    "map": _map,
    "max": _extreme,
    "min": _extreme,
    "next": _next,
    "range": _range,
    "repr": _text,
    "reversed": _list,
    "set": _list,
    "setattr": _setattr,
    "sorted": _sorted,
    "str": _text,
    "sum": _evaluated,
    "tuple": _list,
    "type": _type,
    "zip": _zip,
}
IMPORTED: dict[str, _Function] = {
    "chain": _chained,
    "deque": _list,
    "from_iterable": _from_iterable,
    "groupby": _grouped,
    "islice": _list,
    "OrderedDict": _dict,
}
