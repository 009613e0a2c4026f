"""Writes: rows that are saved, created, changed, deleted and tied together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from querylens.lint.facts import relation_facts, write_facts
from querylens.lint.fetching import columns_of, path_under, queryset_of
from querylens.lint.scope import Where
from querylens.lint.values import (
    Collection,
    ManagerValue,
    QuerySetValue,
    Row,
    RowState,
    Turns,
    Value,
    turns_of,
)
from querylens.model import Cause, CauseKind

if TYPE_CHECKING:
    from querylens.lint.models import Model
    from querylens.lint.reader import Reader

_TIES = frozenset({"add", "set", "remove", "clear"})
_KINDS: dict[str, CauseKind] = {
    "create": "insert",
    "bulk_create": "insert",
    "get_or_create": "insert",
    "update_or_create": "insert",
    "update": "update",
    "bulk_update": "update",
    "delete": "delete",
}
#: What managers and querysets write with.
METHODS = frozenset(_KINDS) | _TIES


def new_row(
    reader: Reader, model: Model, arguments: Sequence[Value], keywords: dict[str, Value]
) -> Row:
    """`Model(…)`: a row that is in no table yet, and another one in each turn."""
    given = turns_of([*arguments, *keywords.values()])
    state = RowState(model, is_new=True, is_alone=True)
    row = Row(given | reader.all_turns, state=state)
    for name, value in keywords.items():
        if name in model.relations:
            state.kept[name] = value
    return row


def called(
    reader: Reader,
    receiver: ManagerValue | QuerySetValue,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """What a writing method of a manager or queryset gives."""
    if name in _TIES and receiver.owner is None:
        return Value(receiver.turns)
    rows = receiver if isinstance(receiver, QuerySetValue) else queryset_of(receiver)
    turns = rows.turns | turns_of([*arguments, *keywords.values()])
    if name in ("bulk_create", "bulk_update"):
        if not _is_of_one(arguments[0] if arguments else keywords.get("objs")):
            return arguments[0] if arguments else Value(turns)
        turns |= reader.all_turns
    if name in ("get_or_create", "update_or_create"):
        names = [key for key in keywords if key not in ("defaults", "create_defaults")]
        rows = rows.but(conditions=(*rows.conditions, *names))
    _send(reader, rows, name, turns, where)
    if name in ("create", "get_or_create", "update_or_create"):
        return _created(reader, rows, name, keywords, turns)
    return Value(turns)


def _is_of_one(value: Value | None) -> bool:
    return isinstance(value, Collection) and value.known is not None and len(value.known) == 1


def _created(
    reader: Reader, rows: QuerySetValue, name: str, keywords: dict[str, Value], turns: Turns
) -> Value:
    row = new_row(reader, rows.model, [], keywords)
    row.state.is_new = name == "create"
    row.state.is_unsure = name != "create"
    row.turns |= turns
    if name == "create":
        row.state.is_new = False
        row.state.is_unsure = True
        return row
    return Collection(row.turns, known=(row, Value(row.turns)), is_small=True)


def _send(reader: Reader, rows: QuerySetValue, name: str, turns: Turns, where: Where) -> None:
    owner, relation = rows.owner, rows.relation
    kind: CauseKind = "relation_write" if name in _TIES else _KINDS[name]
    facts = write_facts(reader.models, kind, name, rows.model)
    label, path, fields = "", "", rows.conditions if all(rows.conditions) else ()
    if owner is not None and relation is not None:
        label = f"{relation.owner}.{relation.accessor}"
        path = path_under(owner.state, relation.accessor)
        facts |= relation_facts(reader.models, relation)
    cause = Cause(kind, name, rows.model.full_name, label, path=path, fields=fields, facts=facts)
    own_key = (f"{relation.field}_id",) if relation is not None else ()
    statement = {"relation_write": "insert"}.get(kind, kind)
    if name in ("remove", "clear"):
        statement = "delete"
    if name == "update_or_create":
        statement = "insert"
    reader.send(
        cause,
        where,
        turns,
        statement=statement,
        row=owner,
        built=rows.built,
        any_loop=kind == "insert" and name in ("create", "bulk_create"),
        is_batch=rows.has_batch,
        columns=(*own_key, *columns_of(rows)),
    )


def row_called(
    reader: Reader,
    row: Row,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """What a method of a row gives that the project has not written."""
    method = name.removeprefix("a") if name in ("asave", "adelete", "arefresh_from_db") else name
    if method == "save":
        return _save(reader, row, where)
    if method == "delete":
        facts = write_facts(reader.models, "delete", "delete", row.model)
        cause = Cause("delete", "delete", row.model.full_name, facts=facts)
        reader.send(cause, where, row.turns, statement="delete", row=row)
    elif method == "refresh_from_db":
        cause = Cause("lookup", "refresh_from_db", row.model.full_name)
        reader.send(cause, where, row.turns, row=row)
    return Value(turns_of([row, *arguments, *keywords.values()]))


def _save(
    reader: Reader, row: Row, where: Where, through: str = "django/db/models/base.py"
) -> Value:
    is_new = row.state.is_new
    kind: CauseKind = "insert" if is_new else "update"
    facts = write_facts(reader.models, kind, "save", row.model)
    cause = Cause(kind, "save", row.model.full_name, facts=facts)
    reader.send(cause, where, row.turns, statement=kind, row=row, through=through)
    row.state.is_new = False
    return Value(row.turns)


def saved_object(reader: Reader, model: Model, is_new: bool, turns: Turns, where: Where) -> Row:
    """What `form.save()` gives: a row that it has written."""
    row = new_row(reader, model, [], {})
    row.state.is_new = is_new
    row.turns |= turns
    _save(reader, row, where, through="django/forms/models.py")
    return row
