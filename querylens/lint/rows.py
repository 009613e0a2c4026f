"""Rows of models: what their attributes hold, and which of them ask the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querylens.lint import classes
from querylens.lint.facts import key_facts
from querylens.lint.fetching import field_named, path_under
from querylens.lint.scope import Where
from querylens.lint.values import (
    STILL,
    Collection,
    ExternalValue,
    KeyOf,
    Literal,
    ManagerValue,
    MethodValue,
    ModelValue,
    ObjectValue,
    Row,
    RowState,
    Value,
)
from querylens.model import Cause

if TYPE_CHECKING:
    from querylens.lint.models import Field, Model, Relation
    from querylens.lint.reader import Reader
    from querylens.lint.sending import Sent

_OF_MANAGERS = frozenset(
    {"all", "filter", "exclude", "add", "set", "remove", "clear", "order_by", "count", "exists"}
)
_ROW_METHODS = frozenset(
    {"save", "asave", "delete", "adelete", "refresh_from_db", "arefresh_from_db", "full_clean"}
    | {"save_base", "clean_fields", "validate_unique"}
)


def handed_in(model: Model) -> Row:
    """A row that comes from where nobody can look: what it has loaded is not known."""
    return Row(STILL, state=RowState(model, is_alone=True, is_unsure=True))


def attribute(reader: Reader, row: Row, name: str, where: Where) -> Value:
    """What an attribute of a row holds; a relation that is not loaded asks for it."""
    state, model = row.state, row.model
    if name in state.kept:
        return state.kept[name].held_in(row.turns)
    relation = model.relations.get(name)
    if relation is not None:
        return _relation(reader, row, relation, where)
    field = field_named(model, name)
    if field is not None:
        return _field(reader, row, field, name, where)
    if name == "pk":
        return Value(row.turns)
    if name in state.loads.attributes:
        return _filled(row, name)
    if name in model.methods:
        return _member(reader, row, name, where)
    if name in _ROW_METHODS:
        return MethodValue(row.turns, receiver=row, name=name)
    if name in _OF_MANAGERS:
        # What goes on like this can't have been a row: another branch's value was.
        reader.forget(state.loaded_by)
    if name in ("objects", "_default_manager", "_meta", "__class__"):
        return class_attribute(reader, ModelValue(model=model), name)
    return MethodValue(row.turns, receiver=row, name=name)


def _relation(reader: Reader, row: Row, relation: Relation, where: Where) -> Value:
    state = row.state
    if not relation.to_one:
        model = reader.models.by_label(relation.target)
        if model is None:
            return Value(row.turns)
        manager = model.default_manager
        return ManagerValue(row.turns, model=model, name=manager, owner=row, relation=relation)
    loads = state.loads
    if relation.kind == "forward":
        field = row.model.fields.get(relation.field)
        if field is not None and loads.defers(field.name, field.attname, field.primary_key):
            _load_deferred(reader, row, field, where)
    path = path_under(state, relation.accessor)
    is_of_all = loads.joins_all and relation.kind == "forward" and not relation.null
    is_named = loads.joins(relation.lookup) or relation.accessor in loads.prefetched
    sent = state.loaded_by
    if not (is_named or is_of_all or state.is_new):
        sent = _ask(reader, row, relation, path, where)
    target = reader.models.by_label(relation.target)
    if target is None:
        found: Value = Value(row.turns)
    else:
        found = Row(
            row.turns,
            state=RowState(
                target,
                loads=loads.under(relation.accessor, relation.lookup, joins_all=is_of_all),
                loaded_by=sent,
                built=state.built,
                path=path,
                facts=state.facts,
                is_alone=state.is_alone,
                is_unsure=state.is_unsure,
                hint=state.hint,
                fetched_in=state.fetched_in,
            ),
        )
        if relation.kind == "reverse":
            # Django keeps the way back on the row that it found.
            found.state.kept[relation.field] = row
        for back in target.relations.values():
            is_way_back = back.kind == "reverse" and back.field == relation.field
            if is_way_back and back.to_one and back.target == relation.owner:
                found.state.kept[back.accessor] = row
    state.kept[relation.accessor] = found
    return found


def _ask(reader: Reader, row: Row, relation: Relation, path: str, where: Where) -> Sent | None:
    """The query for the row behind a relation."""
    state = row.state
    is_unsure = state.is_unsure or state.loads.is_unsure or state.loads.peers
    if is_unsure and reader.loop_of(row.turns) is not None:
        return state.loaded_by
    is_link = relation.is_parent_link and relation.kind == "forward"
    if is_link and state.loads.only is None and not state.loads.deferred:
        # Django makes the parent's row of what the child's row holds.
        return state.loaded_by
    cause = Cause(
        relation.kind,
        "attribute",
        relation.target,
        f"{relation.owner}.{relation.accessor}",
        path=path,
        to_one=True,
        facts=state.facts | key_facts(relation),
    )
    return reader.send(cause, where, row.turns, row=row)


def _field(reader: Reader, row: Row, field: Field, name: str, where: Where) -> Value:
    if row.state.loads.defers(field.name, field.attname, field.primary_key):
        _load_deferred(reader, row, field, where)
    if field.name != name and field.name in row.model.relations:
        return KeyOf(row.turns, row=row, accessor=field.name)
    return Value(row.turns)


def _load_deferred(reader: Reader, row: Row, field: Field, where: Where) -> None:
    state = row.state
    is_there = state.is_new or state.is_unsure or state.loads.peers
    if f"loaded {field.name}" in state.kept or is_there:
        return
    state.kept[f"loaded {field.name}"] = Value()
    cause = Cause(
        "deferred",
        "attribute",
        field.owner,
        f"{field.owner}.{field.name}",
        path=path_under(state, field.name),
        fields=(field.name,),
        facts=state.facts,
    )
    reader.send(cause, where, row.turns, row=row)


def _filled(row: Row, name: str) -> Value:
    """The list that a `Prefetch(to_attr=…)` left on the row."""
    rows = row.state.loads.attributes[name]
    state = RowState(
        rows.model,
        loads=rows.loads,
        loaded_by=row.state.loaded_by,
        built=row.state.built,
        path=path_under(row.state, name),
        facts=row.state.facts | {"path crosses many"},
    )
    if rows.gives != "rows":
        return Collection(row.turns, element=Value(row.turns))
    found = Collection(row.turns, element=Row(row.turns, state=state))
    row.state.kept[name] = found
    return found


def _member(reader: Reader, row: Row, name: str, where: Where) -> Value:
    """A method or property of the model, or another name of its class."""
    if name in ("save", "delete"):
        return MethodValue(row.turns, receiver=row, name=name)
    function = classes.member_function(reader, row.model.methods[name], row)
    if function is None:
        return Value(row.turns)
    kinds = classes.decorated(function.node)
    if not kinds & classes.PROPERTIES:
        return function
    value = reader.call(function, [], {}, where)
    if "cached_property" in kinds:
        row.state.kept[name] = value
    return value


def class_attribute(reader: Reader, value: ModelValue, name: str) -> Value:
    """An attribute of a model's class."""
    model = value.model
    if name in model.managers or name in ("_default_manager", "_base_manager"):
        manager = name if name in model.managers else model.default_manager
        return ManagerValue(model=model, name=manager)
    if name == "objects" and not model.managers:
        return ManagerValue(model=model)
    if name in model.methods:
        function = classes.member_function(reader, model.methods[name], value)
        return function if function is not None else Value()
    return ExternalValue(name=f"{model.label}.{name}")


def assign(owner: Value, name: str, value: Value) -> None:
    """Sets an attribute."""
    if isinstance(owner, Row):
        state = owner.state
        if name in ("pk", "id") and isinstance(value, Literal) and value.value is None:
            state.is_new = True
        if name in owner.model.relations:
            state.kept[name] = value
        else:
            field = field_named(owner.model, name)
            if field is not None:
                state.kept[f"loaded {field.name}"] = value
            else:
                state.kept[name] = value
    elif isinstance(owner, ObjectValue):
        owner.kept[name] = value
