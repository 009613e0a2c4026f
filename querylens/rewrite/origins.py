"""The queryset that a loop's rows come from, and what may be typed behind it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from querylens.model import Cause, Edit, Fix, Place, Query, QueryGroup, Trace
from querylens.rewrite.flows import Flow
from querylens.rewrite.nodes import node_at, place_of
from querylens.source import Module, name_of
from querylens.sql import table_names

#: How many rows at a time `iterator()` must prefetch for: Django has no number of its own.
CHUNK_SIZE = 2000

UNSEEN = "It was not seen where the rows were fetched: type it behind that queryset."
_IN_TEMPLATE = (
    "A template fetches these rows: fetch them in the view, with this, and give them to it."
)
_NOT_AT_HAND = (
    "The project's source is not at hand here, or has changed since: type it at the end of the "
    "queryset that is shown."
)
_OF_SEVERAL_MODELS = (
    "The rows may be of several models: use a GenericPrefetch with a queryset each."
)
_CHANGING = "The loop writes to these rows as well: what is fetched before would not show it."
_ONE_BY_ONE = "Each of these rows is fetched by a query of its own: fetch the rows together first."
_IN_CHUNKS = "Give `iterator()` a `chunk_size`: it prefetches for so many rows at a time."


@dataclass(frozen=True)
class Origin:
    """The queries that fetched the rows which a group started from, and its place in source."""

    trace: Trace
    group: QueryGroup
    #: The queries that evaluated the queryset; none when they were not seen.
    fetched_by: tuple[Query, ...]
    crosses_generic: bool
    #: Whether rows of the group's tables are written between its queries.
    is_changing: bool

    @property
    def fetches(self) -> int:
        """How often the queryset was evaluated; 0 when that was not seen."""
        return len(self.fetched_by)

    @property
    def place(self) -> Place | None:
        return self.group.origin

    @property
    def node(self) -> tuple[Module, ast.expr] | None:
        """The expression that a method can be typed behind; None when none stands there."""
        found = node_at(self.place) if self.place else None
        if found is None or not isinstance(found[1], (ast.Call, ast.Attribute, ast.Name)):
            return None
        is_helper = isinstance(found[1], ast.Call) and not isinstance(found[1].func, ast.Attribute)
        return None if is_helper else (found[0], found[1])

    @property
    def flow(self) -> Flow | None:
        """Where the rows go in the function that fetches them."""
        return Flow(*self.node) if self.node else None

    @property
    def is_lazy(self) -> bool:
        """Whether one more method brings all rows along: not where each is fetched alone."""
        return self.fetches < len(self.group)

    @property
    def doubt(self) -> str:
        """Why a method can't be typed behind the queryset; empty when it can."""
        if self.place is not None and self.place.template:
            return _IN_TEMPLATE
        if self.node is None:
            return _NOT_AT_HAND if self.place and not self.place.path else UNSEEN
        if self.crosses_generic:
            return _OF_SEVERAL_MODELS
        return _CHANGING if self.is_changing else ""

    def typed(self, fix: Fix) -> Fix:
        """The fix at the queryset, or without a place and with the reason."""
        cause = self.group.cause
        if not self.is_lazy and fix.kind != "select_related":
            return Fix("none", caveats=(_ONE_BY_ONE,))
        edits = fix.edits
        doubt = self.doubt
        if not doubt and cause and "rows from iterator" in cause.facts and "prefetch" in fix.kind:
            chunks = self._chunks()
            doubt = _IN_CHUNKS if chunks is None else ""
            edits += chunks or ()
        if doubt:
            return replace(fix, at=None, edits=(), caveats=(doubt, *fix.caveats))
        assert self.node is not None
        is_class = isinstance(self.node[1], ast.Name) and self.node[1].id[:1].isupper()
        code = f".objects{fix.code}" if is_class else fix.code
        return replace(fix, code=code, at=self.place, edits=edits)

    def _chunks(self) -> tuple[Edit, ...] | None:
        """The edit that gives `iterator()` its chunk size; None when the call is not found."""
        flow = self.flow
        calls = [
            item
            for item in ast.walk(flow.function if flow else ast.Pass())
            if flow
            and isinstance(item, ast.Call)
            and name_of(item.func) in {"iterator", "aiterator"}
            and isinstance(item.func, ast.Attribute)
            and flow.carries(item.func.value)
        ]
        if len(calls) != 1 or self.place is None:
            return None
        call = calls[0]
        if call.args or call.keywords:
            return ()
        where = place_of(call, self.place)
        assert where is not None
        assert where.end_column is not None
        inside = where.end_column - 1
        at = replace(where, line=where.end_line, column=inside, end_column=inside)
        return (Edit(f"chunk_size={CHUNK_SIZE}", at),)


def origin_of(trace: Trace, group: QueryGroup) -> Origin:
    """Where a group's rows come from."""
    roots: set[int] = set()
    crosses_generic = False
    for query in group.queries:
        position = query.parent
        while position is not None:
            parent = trace.queries[position]
            if parent.parent is None or not _goes_on(parent.cause):
                roots.add(position)
                break
            crosses_generic |= _is_generic_row(parent.cause)
            position = parent.parent
    fetched_by = tuple(trace.queries[position] for position in sorted(roots))
    return Origin(trace, group, fetched_by, crosses_generic, _is_changing(trace, group))


def _is_generic_row(cause: Cause | None) -> bool:
    return cause is not None and cause.kind == "generic" and cause.to_one


def _goes_on(cause: Cause | None) -> bool:
    """Whether a row was fetched along a relation of another one, as the explanation follows it."""
    if cause is None:
        return False
    is_row = cause.kind in ("forward", "reverse", "generic") and cause.to_one
    return cause.kind == "prefetch" or is_row or (bool(cause.relation) and cause.access == "all")


def _is_changing(trace: Trace, group: QueryGroup) -> bool:
    first, last = group.queries[0], group.queries[-1]
    tables = set(table_names(first.sql))
    return any(
        query.alias == first.alias
        and first.started_ns < query.started_ns < last.started_ns
        and not tables.isdisjoint(table_names(query.sql))
        for query in trace.writes()
    )
