"""What repeated INSERTs, UPDATEs and DELETEs are taken for."""

from __future__ import annotations

from querylens.inferred.asked import (
    MODEL,
    Asked,
    Inferred,
    by,
    cause_of,
    field_of,
    no_line,
)
from querylens.model import Fix
from querylens.sql.shapes import Shape

_LATER = "Gather the rows in the loop, and write them at once behind it."
_SIGNALS = "It calls no save() of the model's own and sends no signals."
_PARENT = "bulk_create can't insert rows of a model that inherits from another table."
_VALUES = "Gather the values in the loop, and write once behind it."
_OWN_DELETE = "A queryset's delete() calls no delete() of the model's own."


def write_in_loop(asked: Asked) -> Inferred | None:
    """A write that was sent with several values, one row or value at a time.

    SQL that is not Django's own is passed over: `executemany` is logged as many statements.
    """
    shape = asked.shape
    if not shape.is_quoted or not shape.is_simple:
        return None
    is_batch = asked.carries_several and (shape.verb == "insert" or shape.in_list)
    if is_batch or (shape.verb != "insert" and shape.only_column is None):
        return None
    if shape.verb == "insert":
        return _relation_write(shape) if _is_relation(shape) else _insert(shape)
    return _update(shape) if shape.verb == "update" else _delete(shape)


def _is_relation(shape: Shape) -> bool:
    """Whether a row of a table between two models is added, as `add()` does it."""
    names = [column.name for column in shape.columns]
    return shape.ignores_conflicts and len(names) == 2 and all(n.endswith("_id") for n in names)


def _insert(shape: Shape) -> Inferred:
    caveats = (_LATER, _SIGNALS, _PARENT, no_line(f"{shape.table} is inserted"))
    fix = Fix("bulk_create", f"{MODEL}.objects.bulk_create(rows)", caveats=caveats)
    if any(column.name.endswith("_ptr_id") for column in shape.columns):
        fix = Fix("none", caveats=(_PARENT,))
    said = f"{shape.table} is inserted one row at a time"
    return Inferred("QL201", cause_of("insert", shape), fix, said)


def _relation_write(shape: Shape) -> Inferred:
    code = "….through.objects.bulk_create(rows, ignore_conflicts=True)"
    fix = Fix("through_bulk_create", code, caveats=(_LATER, no_line(f"{shape.table} is written")))
    said = f"{shape.table} is inserted one row at a time"
    return Inferred("QL205", cause_of("relation_write", shape), fix, said)


def _update(shape: Shape) -> Inferred:
    fields = ", ".join(f'"{column.name}"' for column in shape.columns) or "…"
    caveats = (_LATER, _SIGNALS, no_line(f"{shape.table} is updated"))
    fix = Fix("bulk_update", f"{MODEL}.objects.bulk_update(rows, [{fields}])", caveats=caveats)
    said = f"{shape.table} is updated{by(shape)}"
    return Inferred("QL202", cause_of("update", shape), fix, said, has_one_value=True)


def _delete(shape: Shape) -> Inferred:
    column = shape.only_column
    assert column is not None
    caveats = (_VALUES, _OWN_DELETE, no_line(f"{shape.table} is deleted"))
    code = f"{MODEL}.objects.filter({field_of(shape, column)}__in=values).delete()"
    fix = Fix("queryset_delete", code, caveats=caveats)
    said = f"{shape.table} is deleted{by(shape)}"
    return Inferred("QL203", cause_of("delete", shape), fix, said, has_one_value=True)
