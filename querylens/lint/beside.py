"""Lookups of a row that an attribute keeps (QL302)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querylens.lint.sending import Sent
from querylens.lint.values import KeyOf, QuerySetValue, Row, Value

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


def compare(reader: Reader) -> None:
    """Ties each lookup to the read of the attribute that holds the same row."""
    for sent, rows in reader.lookups:
        sent.beside = _attribute(reader, rows)


def _attribute(reader: Reader, rows: QuerySetValue) -> Sent | None:
    [name], [value] = rows.conditions, rows.compared
    if isinstance(value, KeyOf) and name in ("pk", "id", rows.model.primary_key):
        return _read_of(value.row, value.accessor)
    if isinstance(value, Row) and name in rows.model.relations:
        for relation in value.model.relations.values():
            leads_back = relation.field == name and relation.target == rows.model.label
            if relation.kind == "reverse" and relation.to_one and leads_back:
                return _read_of(value, relation.accessor)
    return None


def _read_of(row: Row, accessor: str) -> Sent | None:
    """The query of an attribute that was read on the same row."""
    kept: Value | None = row.state.kept.get(accessor)
    if not isinstance(kept, Row):
        return None
    sent = kept.state.loaded_by
    is_read = isinstance(sent, Sent) and sent.cause.access == "attribute"
    return sent if is_read and sent.loop is None else None
