"""Serializers of Django REST framework: what they read of each row that they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens.lint import classes, iteration, python_functions
from querylens.lint.loops import Loop
from querylens.lint.project import Defined, dotted
from querylens.lint.scope import Where
from querylens.lint.values import (
    ClassValue,
    FunctionValue,
    Literal,
    ManagerValue,
    ModelValue,
    ObjectValue,
    QuerySetValue,
    Row,
    Value,
    choices,
)
from querylens.model import Place
from querylens.places import place_at
from querylens.source import Span

if TYPE_CHECKING:
    from querylens.lint.models import Model
    from querylens.lint.reader import Reader

_BASES = (
    *("BaseSerializer", "Serializer", "ModelSerializer", "HyperlinkedModelSerializer"),
    *("ListSerializer",),
)
_KEYS_ONLY = frozenset({"PrimaryKeyRelatedField", "HyperlinkedRelatedField"})
_MOST_NESTED = 5


@dataclass(frozen=True, slots=True)
class SerializerField:
    """A field as its class declares it: what it is, and the arguments that matter."""

    name: str
    kind: str
    source: str
    is_many: bool
    serializer: ClassValue | None
    method: str
    is_write_only: bool
    place: Place


def is_serializer(reader: Reader, value: ClassValue) -> bool:
    """Whether a class of the project is a serializer."""
    return classes.is_a(reader, value, *_BASES)


def serialize_argument(
    reader: Reader,
    made: ObjectValue,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> None:
    """`BookSerializer(books, many=True)`: what its data will read of the rows."""
    rows = arguments[0] if arguments else keywords.get("instance")
    if rows is None or "data" in keywords:
        return
    many = keywords.get("many")
    if isinstance(many, Literal) and many.value:
        for item in choices(rows):
            serialize_many(reader, made.of, item, where)
    else:
        for item in choices(rows):
            if isinstance(item, Row):
                serialize(reader, made.of, item, where, 0)


def serialize_many(reader: Reader, kind: ClassValue, rows: Value, where: Where) -> None:
    """What a list of rows costs."""
    if isinstance(rows, ManagerValue):
        rows = reader.call(reader.attribute(rows, "all", where), [], {}, where)
    element = iteration.element_of(reader, rows, where)
    if iteration.is_small(rows):
        serialize(reader, kind, element, where, 0)
        return
    loop = Loop(None, "call")
    with reader.turning(loop):
        serialize(reader, kind, element.at(rows.turns | {loop}), where, 0)


def serialize(reader: Reader, kind: ClassValue, row: Value, where: Where, depth: int) -> None:
    """What one row costs."""
    if not isinstance(row, Row) or depth > _MOST_NESTED:
        return
    own = classes.find(reader, kind, "to_representation")
    if own is not None:
        made = ObjectValue(of=kind)
        function = classes.bound_function(reader, *own, made)
        reader.call(function, [row], {}, where)
        if not _calls_super(own[0]):
            return
    if _chooses_fields(reader, kind):
        return
    for field in fields_of(reader, kind, row.model):
        if not field.is_write_only:
            _read_field(reader, kind, field, row, where, depth)


def _chooses_fields(reader: Reader, kind: ClassValue) -> bool:
    """Whether a serializer leaves out fields while the program runs."""
    for name in ("fields", "get_fields", "get_field_names", "__init__"):
        found = classes.find(reader, kind, name)
        if found is not None and isinstance(found[0].node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = {i.attr for i in ast.walk(found[0].node) if isinstance(i, ast.Attribute)}
            if name != "__init__" or names & {"fields", "_fields", "pop"}:
                return True
    return False


def _calls_super(defined: Defined) -> bool:
    return any(
        isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id == "super"
        for item in ast.walk(defined.node)
    )


def _read_field(
    reader: Reader, kind: ClassValue, field: SerializerField, row: Row, where: Where, depth: int
) -> None:
    if field.kind == "SerializerMethodField":
        method = classes.find(reader, kind, field.method or f"get_{field.name}")
        if method is not None:
            function = classes.bound_function(reader, *method, ObjectValue(of=kind))
            reader.call(function, [row], {}, where)
        return
    value: Value = row
    steps = [] if field.source == "*" else field.source.split(".")
    if field.kind in _KEYS_ONLY and not field.is_many and len(steps) == 1:
        return
    for step in steps:
        value = reader.attribute(value, step, field.place)
        if isinstance(value, FunctionValue) or _is_called(value):
            value = reader.call(value, [], {}, field.place)
    _use(reader, field, value, where, depth)


def _is_called(value: Value) -> bool:
    from querylens.lint.values import MethodValue

    return isinstance(value, MethodValue) and isinstance(
        value.receiver, (ManagerValue, QuerySetValue)
    )


def _use(reader: Reader, field: SerializerField, value: Value, where: Where, depth: int) -> None:
    """What the field does with what it was given."""
    if isinstance(value, ManagerValue):
        value = reader.call(reader.attribute(value, "all", field.place), [], {}, field.place)
    if field.is_many or isinstance(value, QuerySetValue):
        element = iteration.element_of(reader, value, field.place)
        loop = Loop(None, "call")
        with reader.turning(loop):
            _use_one(reader, field, element.at(value.turns | {loop}), where, depth)
    else:
        _use_one(reader, field, value, where, depth)


def _use_one(
    reader: Reader, field: SerializerField, value: Value, where: Where, depth: int
) -> None:
    if field.serializer is not None:
        for item in choices(value):
            serialize(reader, field.serializer, item, where, depth + 1)
    elif field.kind in ("StringRelatedField", "CharField"):
        python_functions.show(reader, value, field.place)


def fields_of(reader: Reader, kind: ClassValue, model: Model) -> Iterator[SerializerField]:
    """The fields that a serializer reads: those that it declares, and those that Meta names."""
    declared = dict(_declared(reader, kind))
    listed = _listed(reader, kind, model)
    for name, field in declared.items():
        if listed is None or name in listed:
            yield field
    for name, place in (listed or {}).items():
        if name in declared:
            continue
        relation = model.relations.get(name)
        if relation is not None and relation.to_one:
            continue
        if relation is not None:
            yield SerializerField(
                name, "PrimaryKeyRelatedField", name, True, None, "", False, place
            )
        elif name in model.methods:
            yield SerializerField(name, "ReadOnlyField", name, False, None, "", False, place)


def _declared(reader: Reader, kind: ClassValue) -> Iterator[tuple[str, SerializerField]]:
    known = list(classes.ancestors(reader, kind.defined))
    for item in reversed(known):
        if isinstance(item, Defined) and isinstance(item.node, ast.ClassDef):
            for statement in item.node.body:
                if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                    for target in statement.targets:
                        if isinstance(target, ast.Name):
                            field = _field(reader, item, target.id, statement.value)
                            if field is not None:
                                yield target.id, field


def _field(reader: Reader, owner: Defined, name: str, node: ast.Call) -> SerializerField | None:
    text = dotted(node.func)
    meaning = reader.world.project.meaning(owner.module, text) if text else None
    value = reader.value_of(meaning)
    serializer = value if isinstance(value, ClassValue) else None
    if serializer is not None and not is_serializer(reader, serializer):
        serializer = None
    kind = text.rpartition(".")[2]
    if serializer is None and not kind.endswith("Field"):
        return None
    given = {item.arg: item.value for item in node.keywords if item.arg}
    return SerializerField(
        name,
        kind,
        _text(given.get("source") or given.get("attr")) or name,
        _is_true(given.get("many")),
        serializer,
        _text(given.get("method_name")),
        _is_true(given.get("write_only")),
        declared_place(reader, owner, name, node.lineno),
    )


def _text(node: ast.expr | None) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text and isinstance(node, ast.Constant) else ""


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def declared_place(reader: Reader, owner: Defined, name: str, line: int) -> Place:
    """The line of a class that stands for what a library reads on its behalf."""
    assert isinstance(owner.node, ast.ClassDef)
    title = f"{owner.node.name}.{name}" if name else owner.node.name
    return place_at(owner.module.path, Span(line, line, 0, 0), title, reader.world.root)


def _listed(reader: Reader, kind: ClassValue, model: Model) -> dict[str, Place] | None:
    """The names in `Meta.fields`, each with its place; None when all that is declared counts."""
    meta = classes.find(reader, kind, "Meta")
    if meta is None or not isinstance(meta[0].node, ast.ClassDef):
        return None
    owner = meta[1].defined
    fields = classes.in_body(meta[0].node, "fields")
    if isinstance(fields, (ast.List, ast.Tuple)):
        return {
            item.value: declared_place(reader, owner, item.value, item.lineno)
            for item in fields.elts
            if isinstance(item, ast.Constant) and isinstance(item.value, str)
        }
    if isinstance(fields, ast.Constant) and fields.value == "__all__":
        place = declared_place(reader, owner, "", fields.lineno)
        declared = dict.fromkeys(name for name, _ in _declared(reader, kind))
        many = [name for name, item in model.relations.items() if item.kind == "many_to_many"]
        own = [name for name in many if model.relations[name].field == name]
        return dict.fromkeys([*declared, *own], place)
    return None


def model_of(reader: Reader, kind: ClassValue) -> Model | None:
    """The model of a ModelSerializer."""
    meta = classes.find(reader, kind, "Meta")
    if meta is None or not isinstance(meta[0].node, ast.ClassDef):
        return None
    node = classes.in_body(meta[0].node, "model")
    text = dotted(node) if isinstance(node, ast.expr) else ""
    value = reader.value_of(reader.world.project.meaning(meta[0].module, text)) if text else None
    return value.model if isinstance(value, ModelValue) else None
