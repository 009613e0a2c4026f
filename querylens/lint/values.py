"""What an expression may hold, as far as source tells.

A value is asked and never changed, but for the few that are changed in the program too: a row
keeps what was read through it, a queryset the rows that it fetched, a list what is appended.
`turns` are the loops each of whose turns has another such value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from querylens.lint.loops import Loop
from querylens.lint.modules import Function, Module
from querylens.lint.project import Defined
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.models import Model
    from querylens.lint.scope import Scope

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


@dataclass(eq=False, slots=True)
class Literal(Value):
    """A constant of the source."""

    value: object = None


@dataclass(eq=False, slots=True)
class Collection(Value):
    """A list, set, tuple or iterator. `known` are its items, where they are written out."""

    element: Value | None = None
    known: tuple[Value, ...] | None = None
    #: Whether it holds a handful of things that the source names, however many rows there are.
    is_small: bool = False

    def any_element(self) -> Value:
        """What any of its items may be."""
        if self.element is not None:
            return self.element
        return either(self.known or ())


@dataclass(eq=False, slots=True)
class Mapping_(Value):
    """A dict. `known` are the values of keys that are written out."""

    key: Value | None = None
    element: Value | None = None
    known: dict[object, Value] = field(default_factory=dict)
    #: Whether all its entries are written out in the source.
    is_small: bool = False

    def any_element(self) -> Value:
        """What any of its values may be."""
        others = [self.element] if self.element is not None else []
        return either([*self.known.values(), *others])


@dataclass(eq=False, slots=True)
class ModelValue(Value):
    """A model's class."""

    model: Model = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Loads:
    """What a queryset brings along with its rows, by lookup paths from them."""

    joined: frozenset[str] = frozenset()
    joins_all: bool = False
    #: Paths that are prefetched, each with the queryset that a `Prefetch` gave for it.
    prefetched: Mapping[str, QuerySetValue | None] = field(default_factory=dict)
    #: Attributes that a `Prefetch(to_attr=…)` fills, each with its rows.
    attributes: Mapping[str, QuerySetValue] = field(default_factory=dict)
    only: frozenset[str] | None = None
    deferred: frozenset[str] = frozenset()
    #: Whether the first read of a relation fetches it for all rows (Django ≥ 6.1).
    peers: bool = False
    #: Whether more may be brought along than can be told.
    is_unsure: bool = False

    def under(self, name: str, lookup: str = "") -> Loads:
        """What it brings along with the row behind a relation, by its names in paths."""
        start = f"{name}__"
        own = self.prefetched.get(name)
        inner = own.loads if own is not None else Loads()
        only = None if self.only is None else _cut(self.only, start)
        return Loads(
            joined=_cut(self.joined, f"{lookup or name}__") | inner.joined,
            joins_all=inner.joins_all,
            prefetched={
                **inner.prefetched,
                **{
                    path.removeprefix(start): rows
                    for path, rows in self.prefetched.items()
                    if path.startswith(start)
                },
            },
            attributes={
                **inner.attributes,
                **{
                    path.removeprefix(start): rows
                    for path, rows in self.attributes.items()
                    if path.startswith(start)
                },
            },
            only=(only or None) if own is None else inner.only,
            deferred=_cut(self.deferred, start) | inner.deferred,
            peers=self.peers or inner.peers,
            is_unsure=self.is_unsure or inner.is_unsure,
        )

    def joins(self, name: str) -> bool:
        """Whether the row behind a relation came in the same query."""
        return name in self.joined

    def defers(self, name: str, attname: str, is_key: bool) -> bool:
        """Whether a field of the rows was left out."""
        if name in self.deferred or attname in self.deferred:
            return True
        if self.only is None or is_key:
            return False
        return not {name, attname} & {path.partition("__")[0] for path in self.only}


def _cut(paths: Iterable[str], start: str) -> frozenset[str]:
    return frozenset(path.removeprefix(start) for path in paths if path.startswith(start))


@dataclass(eq=False, slots=True)
class Row(Value):
    """A row of a model."""

    state: RowState = None  # type: ignore[assignment]

    @property
    def model(self) -> Model:
        return self.state.model


@dataclass(eq=False, slots=True)
class RowState:
    """What all names of one row share."""

    model: Model
    loads: Loads = Loads()
    #: What loaded it, and the path from the queryset that the way back to its query begins at.
    loaded_by: Any = None
    #: Where the queryset was built that the path begins at.
    built: Built | None = None
    path: str = ""
    facts: frozenset[str] = frozenset()
    #: What was read or assigned before.
    kept: dict[str, Value] = field(default_factory=dict)
    is_new: bool = False
    #: Whether its query fetched one row, so that nothing can be brought along for many.
    is_alone: bool = False
    #: Whether it may hold what nobody can see here, as a row that a caller hands in.
    is_unsure: bool = False
    #: Where the rows are fetched when no Python of the project does, and what to do about it there.
    fetched_in: Place | None = None
    hint: str = ""


@dataclass(eq=False, slots=True)
class ManagerValue(Value):
    """`Model.objects`, or the manager of a relation on a row when `owner` is one."""

    model: Model = None  # type: ignore[assignment]
    name: str = "objects"
    owner: Row | None = None
    relation: Any = None


@dataclass(eq=False, slots=True)
class QuerySetValue(Value):
    """A queryset, evaluated or not."""

    model: Model = None  # type: ignore[assignment]
    loads: Loads = Loads()
    owner: Row | None = None
    relation: Any = None
    #: The expression that built it first: the module and the node, for the place of a fix.
    built: Built | None = None
    #: What its rows are: `rows`, `dicts`, `tuples`, `values`.
    gives: str = "rows"
    #: Names of the arguments of its filters, in order; empty text for other conditions.
    conditions: tuple[str, ...] = ()
    #: What they are compared with, in the same order.
    compared: tuple[Value, ...] = ()
    #: Queryset methods that shaped it, in order.
    methods: tuple[str, ...] = ()
    annotations: Mapping[str, Value] = field(default_factory=dict)
    is_one: bool = False
    is_many: bool = False
    has_batch: bool = False
    is_none: bool = False
    #: The row that stands for all of its rows, since they were fetched.
    rows: Value | None = None
    raw_sql: str = ""
    #: What to do where the rows are those of a framework's own queryset.
    hint: str = ""

    def but(self, **changes: Any) -> QuerySetValue:
        """A queryset of its own, not fetched yet."""
        other = copy(self)
        other.rows = None
        for name, value in changes.items():
            setattr(other, name, value)
        return other


@dataclass(frozen=True, slots=True)
class Built:
    """An expression of the project, and the function that it stands in."""

    module: Module
    node: ast.expr
    function: str


@dataclass(eq=False, slots=True)
class FunctionValue(Value):
    """A function or method of the project, or a lambda."""

    module: Module = None  # type: ignore[assignment]
    node: Function | ast.Lambda = None  # type: ignore[assignment]
    name: str = ""
    #: The class that it is a method of, and what it is bound to.
    owner: ClassValue | None = None
    bound: Value | None = None
    #: The scope around it, for a function inside a function.
    around: Scope | None = None


@dataclass(eq=False, slots=True)
class ClassValue(Value):
    """A class of the project that is no model."""

    defined: Defined = None  # type: ignore[assignment]


@dataclass(eq=False, slots=True)
class ObjectValue(Value):
    """An object of a class of the project, with the attributes that it was given."""

    of: ClassValue = None  # type: ignore[assignment]
    kept: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class ModuleValue(Value):
    """A module of the project."""

    module: Module = None  # type: ignore[assignment]


@dataclass(eq=False, slots=True)
class ExternalValue(Value):
    """Something of a library, by its dotted name, or what its call gives: `name()`."""

    name: str = ""


@dataclass(eq=False, slots=True)
class MethodValue(Value):
    """A method of a value that is no function of the project."""

    receiver: Value = None  # type: ignore[assignment]
    name: str = ""


@dataclass(eq=False, slots=True)
class CalledValue(Value):
    """What calls a function with some arguments, as `partial`, `sync_to_async` and `attrgetter`."""

    function: Value = None  # type: ignore[assignment]
    arguments: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class KeyOf(Value):
    """`book.author_id`: the key of the row behind a relation."""

    row: Row = None  # type: ignore[assignment]
    accessor: str = ""


@dataclass(eq=False, slots=True)
class PrefetchValue(Value):
    """`Prefetch(path, queryset, to_attr)`."""

    path: str = ""
    rows: QuerySetValue | None = None
    to_attr: str = ""


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
    found: list[Value] = []
    for value in values:
        for item in choices(value):
            if not any(item is other or _is_same(item, other) for other in found):
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
    dicts = [item for item in values if isinstance(item, Mapping_)]
    if len(dicts) != len(values):
        return Value(turns)
    names = dict.fromkeys(name for item in dicts for name in item.known)
    known = {name: _any([d.known[name] for d in dicts if name in d.known]) for name in names}
    others = [item.element for item in dicts if item.element is not None]
    return Mapping_(
        turns,
        element=_any(others) if others else None,
        known=known,
        is_small=all(item.is_small for item in dicts),
    )


def _any(values: Sequence[Value]) -> Value:
    """One of several, of which it is known already that they are many."""
    return either(values) if len(values) <= _MOST_CHOICES else merged(values)


def _is_same(one: Value, other: Value) -> bool:
    """Whether two values are the same as far as anybody could tell."""
    if isinstance(one, Row) and isinstance(other, Row):
        return one.state is other.state and one.turns == other.turns
    if isinstance(one, Literal) and isinstance(other, Literal):
        return type(one.value) is type(other.value) and one.value == other.value
    return type(one) is Value and type(other) is Value and one.turns == other.turns


def turns_of(values: Iterable[Value]) -> Turns:
    """The loops whose turns any of the values differs in."""
    return STILL.union(*(value.turns for value in values))


def text_of(value: Value | None) -> str:
    """A text that is written out; empty for anything else."""
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value
    return ""
