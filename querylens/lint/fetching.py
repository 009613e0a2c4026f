"""Fetches rows: of a queryset when it is walked over, and one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from querylens.lint.facts import lookup_facts, reading_facts
from querylens.lint.scope import Where
from querylens.lint.values import (
    STILL,
    Literal,
    ManagerValue,
    QuerySetValue,
    Row,
    RowState,
    Turns,
    Value,
)
from querylens.model import Cause, CauseKind

if TYPE_CHECKING:
    from querylens.lint.models import Field, Model
    from querylens.lint.reader import Reader
    from querylens.lint.sending import Sent

_AGGREGATES = frozenset({"count", "exists", "aggregate", "contains"})
#: How a queryset that is only walked is named: by the first of these that shaped it.
_SHAPES = (
    ("order_by", ("order_by", "reverse")),
    ("distinct", ("distinct",)),
    ("values_list", ("values_list", "dates", "datetimes")),
    ("values", ("values",)),
    ("select_related", ("select_related",)),
    ("only", ("only",)),
    ("defer", ("defer",)),
    ("annotate", ("annotate",)),
)
_ORDERING = frozenset({"order_by", "reverse", "latest", "earliest", "dates", "datetimes"})
#: Methods after which a prefetch does not answer any more.
_PLAIN = frozenset({"all"})


def fetch(reader: Reader, rows: QuerySetValue, where: Where) -> Value:
    """Any row of a queryset that is walked over."""
    if rows.rows is not None and "iterator" not in rows.methods:
        return rows.rows.at(rows.turns)
    if rows.is_none:
        return Value()
    if is_prefetched(rows):
        found: Value = prefetched_row(rows)
    else:
        access = "iterator" if "iterator" in rows.methods else shape_of(rows)
        sent = send(reader, rows, access, where)
        found = made(rows, sent, access)
    rows.rows = found
    return found


def fetch_one(
    reader: Reader, rows: QuerySetValue, access: str, where: Where, turns: Turns = STILL
) -> Value:
    """The one row that `get`, `first` or an index gives."""
    if access == "slice" and is_prefetched(rows):
        return prefetched_row(rows)
    if access == "first" and is_prefetched(rows) and is_ordered(rows):
        return prefetched_row(rows)
    rows = rows.but(turns=rows.turns | turns)
    if access == "slice":
        access = shape_of(rows.but(methods=(*rows.methods, "slice")))
    sent = send(reader, rows, access, where)
    row = made(rows, sent, access)
    if isinstance(row, Row):
        row.state.is_alone = True
        if access in ("get", "first"):
            reader.note_lookup(sent, rows)
    return row


def is_prefetched(rows: QuerySetValue) -> bool:
    """Whether the rows behind a relation are there already."""
    if rows.owner is None or rows.relation is None or not set(rows.methods) <= _PLAIN:
        return False
    return rows.relation.accessor in rows.owner.state.loads.prefetched


def prefetched_row(rows: QuerySetValue) -> Row:
    """Any row of a set that was prefetched."""
    owner, relation = rows.owner, rows.relation
    assert owner is not None
    assert relation is not None
    state = owner.state
    name = relation.accessor
    kept = state.kept.get(f"rows of {name}")
    if isinstance(kept, Row):
        return kept.at(owner.turns)
    row = Row(
        owner.turns,
        state=RowState(
            rows.model,
            loads=state.loads.under(name),
            loaded_by=state.loaded_by,
            built=state.built,
            path=path_under(state, name),
            facts=state.facts | {"path crosses many"},
        ),
    )
    _keep_way_back(row.state, rows)
    state.kept[f"rows of {name}"] = row
    return row


def made(rows: QuerySetValue, sent: Sent, access: str) -> Value:
    """A row as the queryset gives it."""
    if rows.gives != "rows":
        return Value(rows.turns)
    state = RowState(rows.model, loads=rows.loads, loaded_by=sent, built=rows.built)
    state.hint = rows.hint
    if rows.built is None and sent.call_site.template:
        state.fetched_in = sent.call_site
    owner, relation = rows.owner, rows.relation
    if owner and relation and access == "all" and not owner.state.is_alone:
        state.path = path_under(owner.state, relation.accessor)
        state.facts = owner.state.facts | {"path crosses many"}
        state.built = owner.state.built
        state.hint, state.fetched_in = owner.state.hint, owner.state.fetched_in
    else:
        combined = {"rows from union"} if "union" in rows.methods else set()
        source = "raw" if rows.raw_sql else access
        state.facts = frozenset({f"rows from {source}"} | combined)
    _keep_way_back(state, rows)
    for name in rows.nulls & rows.model.relations.keys():
        state.kept[name] = Literal(value=None)
    for name in rows.annotations:
        state.kept[name] = Value(rows.turns)
    return Row(rows.turns, state=state)


def _keep_way_back(state: RowState, rows: QuerySetValue) -> None:
    """Django keeps the row that a set was read through on each row of the set."""
    if rows.owner and rows.relation and rows.relation.kind == "reverse":
        state.kept[rows.relation.field] = rows.owner


def path_under(state: RowState, name: str) -> str:
    """The lookup path from the queryset at the beginning to a relation of a row."""
    return f"{state.path}__{name}" if state.path else name


def send(reader: Reader, rows: QuerySetValue, access: str, where: Where) -> Sent:
    """Notes what a queryset sends."""
    owner, relation = rows.owner, rows.relation
    kind: CauseKind = "aggregate" if access in _AGGREGATES else "lookup"
    if rows.raw_sql:
        cause = Cause("raw", "raw", rows.model.full_name)
        return reader.send(
            cause, where, rows.turns, built=rows.built, sql=rows.raw_sql, is_batch=rows.has_batch
        )
    facts = lookup_facts(rows.model, rows.conditions)
    facts |= facts_of(rows)
    if owner is None or relation is None:
        cause = Cause(kind, access, rows.model.full_name, fields=compared(rows), facts=facts)
        columns = columns_of(rows)
        return reader.send(
            cause, where, rows.turns, built=rows.built, is_batch=rows.has_batch, columns=columns
        )
    facts |= reading_facts(reader.models, relation, owner.model)
    if relation.accessor in owner.state.loads.prefetched:
        facts |= {"prefetched"}
    cause = Cause(
        kind if kind == "aggregate" else relation.kind,
        access,
        rows.model.full_name,
        f"{relation.owner}.{relation.accessor}",
        path=path_under(owner.state, relation.accessor),
        fields=compared(rows),
        facts=facts | owner.state.facts,
    )
    return reader.send(cause, where, rows.turns, row=owner, built=rows.built)


def facts_of(rows: QuerySetValue) -> frozenset[str]:
    """What a fix must know of a queryset."""
    facts = set()
    if is_ordered(rows):
        facts.add("ordered")
    if not _ORDERING.isdisjoint(rows.methods):
        facts.add("own order")
    if rows.gives != "rows":
        facts.add("no instances")
    if "union" in rows.methods:
        facts.add("combined")
    if rows.is_many:
        facts.add("many rows")
    return frozenset(facts)


def is_ordered(rows: QuerySetValue) -> bool:
    """Whether its rows have an order."""
    return rows.model.has_ordering or not _ORDERING.isdisjoint(rows.methods)


def shape_of(rows: QuerySetValue) -> str:
    """The access of a queryset that is only walked, as the runtime names it."""
    if rows.conditions:
        return "filter"
    for name, methods in _SHAPES:
        if any(method in rows.methods for method in methods):
            return name
    return "slice" if "slice" in rows.methods else "all"


def compared(rows: QuerySetValue) -> tuple[str, ...]:
    """The fields that a plain lookup compares; empty when it does anything else."""
    found = []
    for name in rows.conditions:
        first, _, rest = name.partition("__")
        if first == "pk":
            first = rows.model.primary_key
        field = field_named(rows.model, first)
        if field is None or rest in rows.model.fields or "__" in rest:
            return ()
        if rest and field.name in rows.model.relations and rest not in _LOOKUPS:
            return ()
        found.append(field.name + (f"__{rest}" if rest and rest != "exact" else ""))
    return tuple(found)


_LOOKUPS = frozenset(
    {"exact", "iexact", "contains", "icontains", "in", "gt", "gte", "lt", "lte", "startswith"}
    | {"istartswith", "endswith", "iendswith", "range", "isnull", "regex", "iregex", "year"}
)


def columns_of(rows: QuerySetValue) -> tuple[str, ...]:
    """The columns that its conditions compare; of conditions that can't be read, some name."""
    found = []
    for name in rows.conditions:
        field = field_named(rows.model, name.partition("__")[0])
        found.append(field.attname if field is not None else name.partition("__")[0] or "other")
    return tuple(found)


def field_named(model: Model, name: str) -> Field | None:
    """The field of a name or of a column's name."""
    field = model.fields.get(name)
    if field is None and name.endswith("_id"):
        return next((item for item in model.fields.values() if item.attname == name), None)
    return field


def queryset_of(manager: ManagerValue) -> QuerySetValue:
    """The queryset of a manager that is Django's own, as `all()` gives it."""
    return QuerySetValue(
        manager.turns, model=manager.model, owner=manager.owner, relation=manager.relation
    )


def literal_names(values: Sequence[Value]) -> list[str] | None:
    """The texts of arguments that are all written out; None when one is not."""
    names = [item.value for item in values if isinstance(item, Literal)]
    if len(names) != len(values):
        return None
    return [name for name in names if isinstance(name, str)]
