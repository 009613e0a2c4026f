"""Values of the ORM: rows, querysets and managers, with what they bring along."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from querylens.lint.modules import Module
from querylens.lint.values.basic import Value
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.models import Model, Relation
    from querylens.lint.sending import Sent


@dataclass(eq=False, slots=True, kw_only=True)
class ModelValue(Value):
    """A model's class."""

    model: Model

    def is_same(self, other: Value) -> bool:
        if not isinstance(other, ModelValue):
            return False
        return self.model is other.model and self.turns == other.turns


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

    def under(self, name: str, lookup: str = "", joins_all: bool = False) -> Loads:
        """What it brings along with the row behind a relation, by its names in paths.

        `joins_all` tells that it joined the row as one of all that can't be NULL: so it went on.
        """
        start = f"{name}__"
        own = self.prefetched.get(name)
        inner = own.loads if own is not None else Loads()
        only = None if self.only is None else _cut(self.only, start)
        return Loads(
            joined=_cut(self.joined, f"{lookup or name}__") | inner.joined,
            joins_all=joins_all or inner.joins_all,
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


@dataclass(eq=False, slots=True, kw_only=True)
class Row(Value):
    """A row of a model."""

    state: RowState

    @property
    def model(self) -> Model:
        return self.state.model

    def is_same(self, other: Value) -> bool:
        if not isinstance(other, Row):
            return False
        return self.state is other.state and self.turns == other.turns


@dataclass(eq=False, slots=True)
class RowState:
    """What all names of one row share."""

    model: Model
    loads: Loads = Loads()
    #: What loaded it, and the path from the queryset that the way back to its query begins at.
    loaded_by: Sent | None = None
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


@dataclass(eq=False, slots=True, kw_only=True)
class ManagerValue(Value):
    """`Model.objects`, or the manager of a relation on a row when `owner` is one."""

    model: Model
    name: str = "objects"
    owner: Row | None = None
    relation: Relation | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class QuerySetValue(Value):
    """A queryset, evaluated or not."""

    model: Model
    loads: Loads = Loads()
    owner: Row | None = None
    relation: Relation | None = None
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
    #: Keys that are NULL in all its rows.
    nulls: frozenset[str] = frozenset()
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


@dataclass(eq=False, slots=True, kw_only=True)
class KeyOf(Value):
    """`book.author_id`: the key of the row behind a relation."""

    row: Row
    accessor: str = ""


@dataclass(eq=False, slots=True)
class PrefetchValue(Value):
    """`Prefetch(path, queryset, to_attr)`."""

    path: str = ""
    rows: QuerySetValue | None = None
    to_attr: str = ""
