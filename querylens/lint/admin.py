"""The admin: what its lists and actions read of each row."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from querylens.lint import classes, iteration, python_functions, serializers
from querylens.lint.loops import Loop
from querylens.lint.project import Defined
from querylens.lint.registrations import admin_model
from querylens.lint.scope import At, Scope, Where
from querylens.lint.shaping import steps_of
from querylens.lint.values import (
    ClassValue,
    Collection,
    FunctionValue,
    Literal,
    ObjectValue,
    QuerySetValue,
    Row,
    Value,
    text_of,
)
from querylens.lint.views import rows_of_view

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


_HINT = (
    "The admin fetches these rows: name a relation in `list_select_related` of {admin}, or give it "
    "a `get_queryset` that brings it along."
)
_IN_EACH_ROW = (
    "The admin shows this in each row of its list: ask for all rows together in `get_queryset` of "
    "{admin}."
)
_AND_KEYS = " That ends the join of what `list_display` shows: name {keys} as well."
_ADMINS = ("ModelAdmin",)


def read_admin(reader: Reader, kind: ClassValue, where: Where) -> None:
    """A list of the admin: each row's columns."""
    admin = ObjectValue(of=kind)
    model = admin_model(reader, kind)
    rows = rows_of_view(reader, admin, where)
    if model is None or rows is None:
        return
    found = classes.find(reader, kind, "list_display")
    columns = _columns(found[0]) if found is not None else []
    keys = _keys_joined(reader, admin, rows, columns, where)
    rows = _joined_by_admin(reader, admin, rows, keys, where)
    element = iteration.element_of(reader, rows, where)
    loop = Loop(None, "call", hint=_IN_EACH_ROW.format(admin=classes.name_of(kind)))
    with reader.turning(loop):
        row = element.at(frozenset({loop}))
        if isinstance(row, Row) and rows.built is None:
            row.state.hint = _HINT.format(admin=classes.name_of(kind))
            if keys:
                row.state.hint += _AND_KEYS.format(keys=", ".join(f"`{key}`" for key in keys))
        for name, line in columns:
            owner = found[1].defined if found is not None else kind.defined
            place = serializers.declared_place(reader, owner, name, line)
            _read_column(reader, admin, row, name, place)
        if not columns:
            python_functions.show(reader, row, where)


def _columns(defined: Defined) -> list[tuple[str, int]]:
    """The names that are written out, also of lists that are put together."""
    return [
        (item.value, item.lineno)
        for part in ast.walk(defined.node)
        if isinstance(part, (ast.List, ast.Tuple))
        for item in part.elts
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]


def _keys_joined(
    reader: Reader,
    admin: ObjectValue,
    rows: QuerySetValue,
    columns: list[tuple[str, int]],
    where: Where,
) -> list[str]:
    """The keys that the list shows, where nothing else says what is joined."""
    wanted = reader.attribute(admin, "list_select_related", where)
    if _is_joined(rows) or (isinstance(wanted, Collection) and wanted.known):
        return []
    relations = rows.model.relations
    return [name for name, _ in columns if name in relations and relations[name].kind == "forward"]


def _joined_by_admin(
    reader: Reader, admin: ObjectValue, rows: QuerySetValue, keys: list[str], where: Where
) -> QuerySetValue:
    """As `ChangeList.apply_select_related` does (django/contrib/admin/views/main.py)."""
    wanted = reader.attribute(admin, "list_select_related", where)
    if _is_joined(rows):
        return rows
    if isinstance(wanted, Collection) and wanted.known:
        names = {step for item in wanted.known for step in steps_of(text_of(item))}
        return rows.but(loads=replace(rows.loads, joined=rows.loads.joined | names))
    if keys or (isinstance(wanted, Literal) and wanted.value is True):
        # Up to Django 6.0 all keys that can't be NULL are joined, from 6.1 on those that are shown.
        joined = rows.loads.joined.union(keys)
        return rows.but(loads=replace(rows.loads, joined=joined, joins_all=True))
    return rows


def _is_joined(rows: QuerySetValue) -> bool:
    """Whether `get_queryset` names what is joined: then the admin adds nothing."""
    return bool(rows.loads.joined) or rows.loads.joins_all


def _read_column(reader: Reader, admin: ObjectValue, row: Value, name: str, where: Where) -> None:
    own = classes.find(reader, admin.of, name)
    if own is not None:
        function = classes.bound_member(reader, *own, admin, where)
        if isinstance(function, FunctionValue):
            reader.call(function, [row], {}, where)
        return
    value = row
    for step in [name] if name == "__str__" else name.split("__"):
        value = reader.attribute(value, step, where)
    if isinstance(value, FunctionValue):
        reader.call(value, [], {}, where)
    python_functions.show(reader, value, where)


def action_rows(reader: Reader, kind: ClassValue, function: FunctionValue) -> dict[str, Value]:
    """What the admin hands to an action: the rows that were chosen."""
    names = [item.arg for item in function.node.args.args]
    if "queryset" not in names:
        return {}
    model = admin_model(reader, kind)
    if model is None:
        return {}
    node = function.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    rows = rows_of_view(reader, ObjectValue(of=kind), At(Scope(function.module), node))
    return {"queryset": rows.but(built=None)} if rows is not None else {}


def is_admin(reader: Reader, kind: ClassValue) -> bool:
    """Whether a class describes a model for the admin."""
    return classes.is_a(reader, kind, *_ADMINS)
