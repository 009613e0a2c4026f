"""Python's own collections and the functions that walk over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.callbacks import each, followed
from querylens.lint.containers import turns_of_while
from querylens.lint.scope import Where
from querylens.lint.values import (
    Collection,
    ExternalValue,
    Literal,
    MappingValue,
    ModelValue,
    QuerySetValue,
    Row,
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
    each(reader, found, keywords.get("key"), where)
    return found


def _extreme(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) != 1:
        return Value(turns_of(arguments))
    found = _list(reader, arguments, {}, where)
    each(reader, found, keywords.get("key"), where)
    return iteration.element_of(reader, found, where)


def _map(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) < 2:
        return Value()
    result = each(reader, arguments[1], arguments[0], where)
    return Collection(arguments[1].turns, element=result)


def _filter(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) < 2:
        return Value()
    found = _list(reader, arguments[1:], {}, where)
    each(reader, found, arguments[0], where)
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
    is_of_rows = isinstance(arguments[0], (Collection, QuerySetValue))
    return element.at(turns_of_while(reader)) if is_of_rows else element


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
    # In steps code goes through batches: of these there are few.
    in_steps = len(arguments) == 3 and not _is_one_step(arguments[2])
    return Collection(turns_of(arguments), element=Value(), is_small=small or in_steps)


def _is_one_step(step: Value) -> bool:
    return isinstance(step, Literal) and step.value in (1, -1)


def _batched(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    """Few lists of many rows each."""
    rows = _list(reader, arguments[:1], keywords, where)
    found = rows if isinstance(rows, Collection) else Collection(rows.turns)
    batch = Collection(found.turns, element=found.any_element())
    return Collection(found.turns, element=batch, is_small=True)


def _getattr(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    names = [text_of(item) for item in choices(arguments[1])] if len(arguments) > 1 else []
    if not names or not all(names):
        return Value(turns_of(arguments))
    found = [followed(reader, arguments[0], name, where) for name in names]
    return either([*found, *arguments[2:]])


def _hasattr(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) == 2 and isinstance(arguments[0], Row):
        row, name = arguments[0], text_of(arguments[1])
        if name in row.state.kept or name in row.state.loads.attributes or name in row.model.fields:
            return Literal(value=True)
    _getattr(reader, arguments, keywords, where)
    return Value(turns_of(arguments))


def _isinstance(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if len(arguments) == 2:
        kinds = arguments[1]
        asked = kinds.known if isinstance(kinds, Collection) and kinds.known else (kinds,)
        found = [_is_of(arguments[0], kind) for kind in asked]
        if any(found) or all(item is False for item in found):
            return Literal(value=any(found))
    return Value(turns_of(arguments))


def _is_of(value: Value, kind: Value) -> bool | None:
    """Whether a value is of a class, where that can be told."""
    if isinstance(value, QuerySetValue) and isinstance(kind, ExternalValue):
        return True if kind.name.endswith("QuerySet") else None
    if not (isinstance(value, Row) and isinstance(kind, ModelValue)):
        return None
    one, other = value.model, kind.model
    if one.label == other.label or other.label in one.parents:
        return True
    is_apart = one.label and other.label and one.label not in other.parents
    return None if not is_apart or one.is_proxy or other.is_proxy else False


def _dict(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    found = MappingValue()
    found.known.update(keywords)
    for argument in arguments:
        if isinstance(argument, MappingValue):
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
    key = each(reader, arguments[0], function, where)
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
    "isinstance": _isinstance,
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
    "batched": _batched,
    "chain": _chained,
    "chunked": _batched,
    "deque": _list,
    "from_iterable": _from_iterable,
    "groupby": _grouped,
    "islice": _list,
    "OrderedDict": _dict,
}
