"""Values of Python: constants, collections, and one of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from querylens.lint.loops import Loop

Turns = frozenset[Loop]


STILL: Turns = frozenset()


#: So many kinds of value are told apart; with more, nothing is known.
_MOST_CHOICES = 6


@dataclass(eq=False, slots=True)
class Value:
    """Something of which no more is known."""

    turns: Turns = STILL

    def at(self, turns: Turns) -> Self:
        """The same value in turns of these loops besides its own."""
        if turns <= self.turns:
            return self
        other = copy(self)
        other.turns = self.turns | turns
        return other

    def held_in(self, turns: Turns) -> Self:
        """What something that is another one in each turn was given: the same for all, or not."""
        return self.at(turns) if self.turns else self

    def is_same(self, other: Value) -> bool:
        """Whether two values are the same as far as anybody could tell."""
        return type(self) is Value and type(other) is Value and self.turns == other.turns


@dataclass(eq=False, slots=True)
class Literal(Value):
    """A constant of the source."""

    value: object = None

    def is_same(self, other: Value) -> bool:
        if not isinstance(other, Literal):
            return False
        return type(self.value) is type(other.value) and self.value == other.value


@dataclass(eq=False, slots=True)
class Collection(Value):
    """A list, set, tuple or iterator. `known` are its items, where they are written out."""

    element: Value | None = None
    known: tuple[Value, ...] | None = None
    #: Whether it holds a handful of things that the source names, however many rows there are.
    is_small: bool = False
    #: How many loops it was made in: what these add is another list's in each turn.
    depth: int = 0
    #: The list that this is in one turn: what is added to one is in the other.
    whole: Collection | None = None

    def at(self, turns: Turns) -> Collection:
        if turns <= self.turns:
            return self
        other = copy(self)
        other.turns = self.turns | turns
        other.whole = self
        return other

    def any_element(self) -> Value:
        """What any of its items may be."""
        if self.element is not None:
            return self.element
        return either(self.known or ())


@dataclass(eq=False, slots=True)
class MappingValue(Value):
    """A dict. `known` are the values of keys that are written out."""

    key: Value | None = None
    element: Value | None = None
    known: dict[object, Value] = field(default_factory=dict)
    #: Whether all its entries are written out in the source.
    is_small: bool = False
    #: Whether it has no other entries than these: a function's own `**keywords`.
    is_whole: bool = False

    def any_element(self) -> Value:
        """What any of its values may be."""
        others = [self.element] if self.element is not None else []
        return either([*self.known.values(), *others])


@dataclass(eq=False, slots=True)
class OneOf(Value):
    """One of several values: what branches left, or several returns."""

    choices: tuple[Value, ...] = ()

    def at(self, turns: Turns) -> OneOf:
        if turns <= self.turns:
            return self
        return OneOf(self.turns | turns, tuple(item.at(turns) for item in self.choices))


def choices(value: Value) -> tuple[Value, ...]:
    """The values that it may be."""
    return value.choices if isinstance(value, OneOf) else (value,)


def either(values: Iterable[Value]) -> Value:
    """One of these values; unknown when there are none, or too many."""
    values = list(values)
    if len(values) == 1 and not isinstance(values[0], OneOf):
        return values[0]
    found: list[Value] = []
    for value in values:
        for item in choices(value):
            if not any(item is other or item.is_same(other) for other in found):
                found.append(item)
        if len(found) > _MOST_CHOICES:
            return merged(values)
    if len(found) == 1:
        return found[0]
    turns = STILL.union(*(item.turns for item in found))
    return OneOf(turns, tuple(found)) if found else Value(turns)


def merged(values: Sequence[Value]) -> Value:
    """Many lists as one, or many dicts; unknown for anything else."""
    turns = turns_of(values)
    lists = [item for item in values if isinstance(item, Collection)]
    if len(lists) == len(values):
        small = all(item.is_small for item in lists)
        return Collection(turns, element=_any([i.any_element() for i in lists]), is_small=small)
    dicts = [item for item in values if isinstance(item, MappingValue)]
    if len(dicts) != len(values):
        return Value(turns)
    names = dict.fromkeys(name for item in dicts for name in item.known)
    known = {name: _any([d.known[name] for d in dicts if name in d.known]) for name in names}
    others = [item.element for item in dicts if item.element is not None]
    return MappingValue(
        turns,
        element=_any(others) if others else None,
        known=known,
        is_small=all(item.is_small for item in dicts),
    )


def _any(values: Sequence[Value]) -> Value:
    """One of several, of which it is known already that they are many."""
    return either(values) if len(values) <= _MOST_CHOICES else merged(values)


def turns_of(values: Iterable[Value]) -> Turns:
    """The loops whose turns any of the values differs in."""
    return STILL.union(*(value.turns for value in values))


def text_of(value: Value | None) -> str:
    """A text that is written out; empty for anything else."""
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value
    return ""
