"""Choice fields of forms: each of their rows is shown."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from querylens.lint import classes, iteration, python_functions, querysets
from querylens.lint.loops import Loop
from querylens.lint.project import dotted
from querylens.lint.scope import At
from querylens.lint.values import (
    ClassValue,
    ExternalValue,
    ManagerValue,
    ObjectValue,
    QuerySetValue,
    Value,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


_CHOICES = ("ModelChoiceField", "ModelMultipleChoiceField")


#: With these of its own, a choice field may show other rows, or none.
_OF_CHOICES = ("get_bound_field", "widget", "iterator", "choices", "queryset", "__init__")


def read_choices(reader: Reader, kind: ClassValue) -> None:
    """The choice fields of a form: each row of theirs is shown."""
    node = kind.defined.node
    assert isinstance(node, ast.ClassDef)
    begin = classes.find(reader, kind, "__init__")
    if begin is not None and any(
        isinstance(item, ast.Attribute) and item.attr in ("queryset", "choices", "widget")
        for item in ast.walk(begin[0].node)
    ):
        # Other rows are shown than the class says.
        return
    for statement in node.body:
        if not (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)):
            continue
        call = statement.value
        text = dotted(call.func)
        if not text:
            continue
        field = reader.value_of(reader.world.project.meaning(kind.defined.module, text))
        is_own = isinstance(field, ClassValue) and _shows_all_rows(reader, field)
        if is_own or (isinstance(field, ExternalValue) and field.name.endswith(_CHOICES)):
            _read_choice(reader, kind, field if is_own else None, call)


def _shows_all_rows(reader: Reader, field: ClassValue) -> bool:
    """Whether a project's choice field shows every row, with a label of its own at most."""
    if not classes.is_a(reader, field, *_CHOICES):
        return False
    return classes.find(reader, field, "label_from_instance") is not None and not any(
        classes.find(reader, field, name) for name in _OF_CHOICES
    )


def _read_choice(reader: Reader, kind: ClassValue, field: Value | None, call: ast.Call) -> None:
    given = {item.arg: item.value for item in call.keywords if item.arg}
    node = call.args[0] if call.args else given.get("queryset")
    if node is None or "widget" in given:
        return
    scope = classes.class_scope(kind.defined.module, kind)
    where = At(scope, node)
    rows = reader.evaluate(node, scope)
    if isinstance(rows, ManagerValue):
        rows = querysets.rows_of(reader, rows, where)
    if not isinstance(rows, QuerySetValue):
        return
    element = iteration.element_of(reader, rows, where)
    loop = Loop(None, "call")
    with reader.turning(loop):
        row = element.at(frozenset({loop}))
        if isinstance(field, ClassValue):
            own = classes.find(reader, field, "label_from_instance")
            if own is not None:
                function = classes.bound_function(reader, *own, ObjectValue(of=field))
                reader.call(function, [row], {}, where)
                return
        python_functions.show(reader, row, where)
