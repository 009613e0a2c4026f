"""Lookups of a row that an attribute keeps (QL302)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from querylens.lint.project import dotted
from querylens.lint.scope import At, Scope
from querylens.lint.sending import Sent
from querylens.lint.values import KeyOf, QuerySetValue, Row, Value
from querylens.model import Cause

if TYPE_CHECKING:
    from querylens.lint.models import Relation
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
                return _read_of(value, relation.accessor) or _read_elsewhere(
                    reader, value, relation
                )
    return None


def _read_elsewhere(reader: Reader, row: Row, relation: Relation) -> Sent | None:
    """A read of `request.user.profile` that comes with every request: by a context processor."""
    user = reader.user
    if not isinstance(user, Row) or row.state is not user.state:
        return None
    for name in reader.world.around_requests:
        module = reader.world.project.module(name)
        reader.looked_at.add(name)
        for node in ast.walk(module.tree) if module is not None else ():
            if isinstance(node, ast.Attribute) and dotted(node).endswith(
                f"user.{relation.accessor}"
            ):
                cause = Cause(
                    "reverse",
                    "attribute",
                    relation.target,
                    f"{relation.owner}.{relation.accessor}",
                    path=relation.accessor,
                    to_one=True,
                )
                assert module is not None
                return Sent(-1, cause, "select", reader.place(At(Scope(module), node)))
    return None


def _read_of(row: Row, accessor: str) -> Sent | None:
    """The query of an attribute that was read on the same row."""
    kept: Value | None = row.state.kept.get(accessor)
    if not isinstance(kept, Row):
        return None
    sent = kept.state.loaded_by
    if sent is None or sent.loop is not None or sent.cause.access != "attribute":
        return None
    return sent
