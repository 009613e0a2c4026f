"""Lists, sets and dicts: what their methods give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.callbacks import each
from querylens.lint.scope import Where
from querylens.lint.values import (
    STILL,
    Collection,
    Literal,
    MappingValue,
    Turns,
    Value,
    either,
    turns_of,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


def turns_of_while(reader: Reader) -> Turns:
    """What a `while` takes from a collection is another thing in each turn."""
    for loop in reversed(reader.loops):
        if loop.kind == "while":
            return frozenset({loop})
    return STILL


def called(
    reader: Reader,
    receiver: Collection | MappingValue,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """What a method of a list, set or dict gives."""
    if isinstance(receiver, MappingValue):
        return _mapping_called(reader, receiver, name, arguments, where)
    if name in ("append", "add", "appendleft", "insert") and arguments:
        iteration.add(reader, receiver, arguments[-1])
        return Value()
    if name in ("extend", "update", "extendleft"):
        for argument in arguments:
            element = iteration.element_of(reader, argument, where)
            iteration.add(reader, receiver, element, one=iteration.is_small(argument))
        return Value()
    if name in ("pop", "popleft"):
        element = receiver.any_element()
        return element.at(receiver.turns | turns_of_while(reader))
    if name == "sort":
        each(reader, receiver, keywords.get("key"), where)
        return Value()
    if name in ("copy", "intersection", "difference"):
        return receiver
    if name == "union":
        others = [iteration.element_of(reader, item, where) for item in arguments]
        small = receiver.is_small and all(map(iteration.is_small, arguments))
        element = either([receiver.any_element(), *others])
        return Collection(receiver.turns, element=element, is_small=small)
    return Value(turns_of([receiver, *arguments, *keywords.values()]))


def _mapping_called(
    reader: Reader,
    receiver: MappingValue,
    name: str,
    arguments: list[Value],
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
        return _got(reader, receiver, arguments, where)
    if name == "setdefault" and len(arguments) > 1:
        iteration.keep(arguments[1])
        if receiver.element is None:
            receiver.key, receiver.element = arguments[0], arguments[1]
        return receiver.element
    if name == "update" and arguments:
        _update(receiver, arguments[0])
        return Value(turns)
    if name == "copy":
        copied = MappingValue(receiver.turns, receiver.key, receiver.element, dict(receiver.known))
        copied.is_small = receiver.is_small
        return copied
    return Value(turns)


def _got(reader: Reader, receiver: MappingValue, arguments: list[Value], where: Where) -> Value:
    """What `get` and `pop` give: of a dict that is known as a whole, what is not there is not."""
    key, *others = arguments
    is_there = not isinstance(key, Literal) or key.value in receiver.known
    if receiver.is_whole and receiver.element is None and not is_there:
        return others[0] if others else Literal(value=None)
    found = iteration.item_of(reader, receiver, key, where)
    return either([found, others[0]]) if others else found


def _update(receiver: MappingValue, other: Value) -> None:
    if not isinstance(other, MappingValue):
        receiver.is_whole = False
        return
    receiver.known |= other.known
    receiver.element = receiver.element or other.element
    receiver.key = receiver.key or other.key
    receiver.is_whole = receiver.is_whole and other.is_whole
