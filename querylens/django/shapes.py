"""What all queries with one stack and one SQL text share, and the cause that follows from it."""

from __future__ import annotations

from typing import Any

import django
from django.db import models
from django.db.models.manager import BaseManager
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    RawQuerySet,
    ValuesIterable,
    ValuesListIterable,
)

from querylens.django.related import reading_facts
from querylens.django.writing import relation_facts, write_facts
from querylens.model import Cause, CauseKind
from querylens.sql import statement_kind
from querylens.stack import Stack

#: Methods by which a queryset is walked, as causes.py names them.
_EVALUATIONS = {"_iter__", "_len__", "_bool__", "_getitem__", "_contains__", "fetch_all"}
_AGGREGATES = {"count", "exists", "aggregate", "contains"}
_KINDS: dict[str, CauseKind] = {
    "bulk_create": "insert",
    "bulk_update": "update",
    "create": "insert",
    "delete": "delete",
    "update": "update",
}
_BY_STATEMENT: dict[str, CauseKind] = {
    "insert": "insert",
    "update": "update",
    "delete": "delete",
    "select": "lookup",
}
_CURSOR = {"execute", "executemany", "callproc"}
_WRITES = {"insert", "update", "delete", "relation_write"}
_READS = {"reverse", "many_to_many", "generic", "aggregate"}
_HAS_PEERS = django.VERSION >= (6, 1)


class OrmShape:
    """Kind, access and model of a query, and what a fix of it must respect."""

    __slots__ = (
        "access",
        "conditions",
        "facts",
        "fields",
        "kind",
        "model",
        "reading",
        "sql",
        "stack",
    )

    stack: Stack
    reading: Any

    def __init__(
        self,
        sql: str,
        kind: CauseKind | None,
        access: str,
        model: type[models.Model] | None = None,
        fields: tuple[str, ...] = (),
        facts: frozenset[str] = frozenset(),
    ) -> None:
        self.sql = sql
        self.kind = kind
        self.access = access
        self.model = model
        self.fields = fields
        self.facts = facts
        #: How many conditions a queryset had that was only walked; one of them is its relation's.
        self.conditions = 0

    def cause(self, subject: Any) -> Cause | None:
        """The cause for one subject: a descriptor, or a relation as `(owner, accessor, …)`."""
        if self.kind is None:
            return None
        if subject is None:
            access = "filter" if self.conditions else self.access
            return Cause(
                self.kind, access, label(self.model), fields=self.fields, facts=self._facts()
            )
        if isinstance(subject, tuple):
            return self._cause_of_relation(*subject)
        return _cause_of_descriptor(subject)

    def _facts(self) -> frozenset[str]:
        if self.kind in _WRITES and self.model is not None and hasattr(self.model, "_meta"):
            return self.facts | write_facts(self.kind, self.access, self.model)
        return self.facts

    def _cause_of_relation(self, owner: type, accessor: str, prefetched: bool) -> Cause:
        kind = self.kind or "lookup"
        if kind == "lookup":
            kind = _relation_kind(owner, accessor)
        facts = self._facts()
        if kind in _WRITES:
            facts |= relation_facts(_relation(owner, accessor))
        elif kind in _READS and not _is_to_one(owner, accessor):
            facts |= reading_facts(owner, accessor, _relation(owner, accessor))
        if prefetched:
            facts |= {"prefetched"}
        # Two for a generic relation: the type and the key.
        owned = 2 if _relation_kind(owner, accessor) == "generic" else 1
        # A prefetch is read from the rows that it is for.
        target = self.model if kind != "prefetch" else _target(owner, accessor)
        return Cause(
            kind,
            "filter" if self.conditions > owned else self.access,
            label(target),
            f"{label(owner)}.{accessor}",
            path=accessor,
            to_one=_is_to_one(owner, accessor),
            fields=self.fields,
            facts=facts,
        )


def label(model: Any) -> str:
    """`app.Model`, or nothing for what is no model."""
    return f"{model._meta.app_label}.{model.__name__}" if hasattr(model, "_meta") else ""


def _relation(owner: Any, accessor: str) -> Any:
    """The field or reverse relation behind an attribute of a model; None for others."""
    for field in owner._meta.get_fields(include_hidden=True):
        name = field.get_accessor_name() if hasattr(field, "get_accessor_name") else field.name
        if name == accessor:
            return field
    return None


def _relation_kind(owner: Any, accessor: str) -> CauseKind:
    field = _relation(owner, accessor)
    if field is None or hasattr(field, "content_type_field_name") or hasattr(field, "ct_field"):
        return "generic"
    if field.many_to_many:
        return "many_to_many"
    return "reverse" if field.auto_created and not field.concrete else "forward"


def _target(owner: Any, accessor: str) -> Any:
    return getattr(_relation(owner, accessor), "related_model", None)


def _is_to_one(owner: Any, accessor: str) -> bool:
    field = _relation(owner, accessor)
    return bool(field is not None and (field.many_to_one or field.one_to_one))


def _cause_of_descriptor(descriptor: Any) -> Cause:
    peers = frozenset({"peers"}) if _HAS_PEERS else frozenset[str]()
    if hasattr(descriptor, "related"):
        relation = descriptor.related
        name = relation.get_accessor_name()
        owner, target = relation.model, relation.related_model
        return Cause(
            "reverse", "attribute", label(target), f"{label(owner)}.{name}", name, True, (), peers
        )
    field = getattr(descriptor, "field", descriptor)
    relation_label = f"{label(field.model)}.{field.name}"
    if hasattr(field, "ct_field"):
        return Cause("generic", "attribute", "", relation_label, field.name, True, (), peers)
    if type(descriptor).__get__.__qualname__.startswith("Forward"):
        target = field.remote_field.model
        facts = peers | _key_facts(field)
        if getattr(field.remote_field, "parent_link", False):
            # Multi-table inheritance: `select_related` passes over such a key.
            facts |= {"parent link"}
        return Cause(
            "forward", "attribute", label(target), relation_label, field.name, True, (), facts
        )
    owner = label(field.model)
    return Cause(
        "deferred", "attribute", owner, relation_label, field.name, False, (field.name,), peers
    )


def _key_facts(field: Any) -> frozenset[str]:
    """Which attributes of the related row the row holds itself: `key: id = author_id`."""
    key = field.target_field
    names = {key.name, key.attname} | ({"pk"} if key.primary_key else set())
    return frozenset(f"key: {name} = {field.attname}" for name in names)


def make_shape(sql: str, reading: Any, stack: Stack, live: Any, filtered: Any) -> OrmShape:
    """Reads a shape from the object that the ORM's outermost frame worked on.

    `filtered` is the queryset as it was sent in the end: `get(pk=1)` adds its conditions late.
    """
    shape = _read_shape(sql, reading.access, live, reading.library, reading.is_prefetch)
    shape.stack, shape.reading = stack, reading
    if shape.kind in ("lookup", "aggregate") and isinstance(filtered, models.QuerySet):
        shape.fields = _compared_fields(filtered.query)
        shape.facts |= {
            f"related: {name}" for name in shape.fields if _is_relation(filtered.model, name)
        }
    return shape


def _read_shape(sql: str, access: str, live: Any, library: str, is_prefetch: bool) -> OrmShape:
    facts = frozenset({f"library: {library}"}) if library else frozenset[str]()
    if access in _CURSOR or (live is None and not access):
        return OrmShape(sql, "raw", access or "execute", facts=facts)
    if is_prefetch:
        if access == "prefetch_related_objects":
            facts |= {"explicit"}
        return OrmShape(sql, "prefetch", "prefetch_related", type(live), facts=facts)
    if isinstance(live, RawQuerySet):
        return OrmShape(sql, "raw", "raw", live.model, facts=facts)
    if isinstance(live, models.QuerySet):
        return _of_queryset(sql, access, live, facts)
    model = live.model if isinstance(live, BaseManager) else type(live)
    return OrmShape(sql, _write_kind(sql, access), access, model, facts=facts)


def _write_kind(sql: str, access: str) -> CauseKind:
    if access in {"add", "set", "remove", "clear"}:
        return "relation_write"
    if access in {"full_clean", "validate_unique", "refresh_from_db"}:
        return "lookup"
    if access in {"get_or_create", "update_or_create"}:
        return "insert"
    if access in _AGGREGATES:
        return "aggregate"
    return _KINDS.get(access) or _BY_STATEMENT.get(statement_kind(sql), "lookup")


def _of_queryset(
    sql: str, access: str, queryset: models.QuerySet[Any], facts: frozenset[str]
) -> OrmShape:
    kind: CauseKind = "lookup"
    if access in _AGGREGATES:
        kind = "aggregate"
    elif access in _KINDS or access in {"get_or_create", "update_or_create"}:
        kind = _write_kind(sql, access)
    facts |= {"ordered"} if queryset.ordered else set()
    facts |= {"own order"} if queryset.query.order_by else set()
    if not issubclass(queryset._iterable_class, ModelIterable):
        facts |= {"no instances"}
    query = queryset.query
    if query.combinator:
        facts |= {"combined"}
    if query.is_sliced and (query.high_mark is None or query.high_mark - query.low_mark > 1):
        facts |= {"many rows"}
    shape = OrmShape(sql, kind, _access(access, queryset), queryset.model, facts=facts)
    if access in _EVALUATIONS:
        shape.conditions = len(query.where.children)
    return shape


def _is_relation(model: type[models.Model], name: str) -> bool:
    return any(field.name == name and field.is_relation for field in model._meta.fields)


def _access(access: str, queryset: models.QuerySet[Any]) -> str:
    """The call in the source's words; a queryset that is only walked is named by what shaped it.

    Conditions come first of all: see `OrmShape.conditions`.
    """
    if access not in _EVALUATIONS:
        return access
    query = queryset.query
    if query.order_by or query.extra_order_by:
        return "order_by"
    if query.distinct:
        return "distinct"
    iterable = queryset._iterable_class
    if issubclass(iterable, (ValuesListIterable, FlatValuesListIterable, NamedValuesListIterable)):
        return "values_list"
    if issubclass(iterable, ValuesIterable):
        return "values"
    if query.select_related:
        return "select_related"
    if query.deferred_loading[0]:
        return "defer" if query.deferred_loading[1] else "only"
    if query.annotations:
        return "annotate"
    return "slice" if query.is_sliced or access == "_getitem__" else "all"


def _compared_fields(query: Any) -> tuple[str, ...]:
    """The fields that a plain lookup compares with values; empty when it does anything else."""
    names: list[str] = []
    for condition in query.where.children:
        target = getattr(getattr(condition, "lhs", None), "target", None)
        if target is None or condition.lhs.alias != query.get_initial_alias():
            return ()
        suffix = "" if condition.lookup_name == "exact" else f"__{condition.lookup_name}"
        names.append(target.name + suffix)
    return tuple(names)
