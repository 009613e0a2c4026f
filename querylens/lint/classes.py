"""Classes of the project: their methods and attributes, with what they inherit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from querylens.lint.modules import Function, Module, assigned
from querylens.lint.project import Defined, External, dotted
from querylens.lint.scope import Scope, Where
from querylens.lint.values import (
    ClassValue,
    ExternalValue,
    FunctionValue,
    ManagerValue,
    MethodValue,
    ModelValue,
    ObjectValue,
    QuerySetValue,
    Row,
    Value,
)

if TYPE_CHECKING:
    from querylens.lint.models import Member
    from querylens.lint.reader import Reader

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
PROPERTIES = frozenset({"property", "cached_property", "classproperty"})
#: Decorators whose classes get an attribute for each annotated name.
_OF_FIELDS = frozenset({"dataclass", "define", "frozen", "attrs"})
_MOST_BASES = 30


@dataclass(eq=False, slots=True, kw_only=True)
class Super(Value):
    """`super()` in a method of a class."""

    owner: ClassValue
    bound: Value | None = None


def ancestors(reader: Reader, defined: Defined) -> Iterator[Defined | External]:
    """A class and what it inherits from, nearest first; the project's, and names of others."""
    waiting: list[Defined | External] = [defined]
    seen: set[int | str] = set()
    while waiting and len(seen) < _MOST_BASES:
        found = waiting.pop(0)
        key = id(found.node) if isinstance(found, Defined) else found.name
        if key in seen:
            continue
        seen.add(key)
        yield found
        if isinstance(found, Defined) and isinstance(found.node, ast.ClassDef):
            reader.looked_at.add(found.module.name)
            for base in found.node.bases:
                name = dotted(base.func if isinstance(base, ast.Call) else base)
                meaning = reader.world.project.meaning(found.module, name) if name else None
                if isinstance(meaning, (Defined, External)):
                    waiting.append(meaning)


def is_a(reader: Reader, value: ClassValue, *names: str) -> bool:
    """Whether a class inherits from a library's class of one of these last names."""
    return any(
        isinstance(item, External) and item.name.rpartition(".")[2] in names
        for item in ancestors(reader, value.defined)
    )


def find(reader: Reader, value: ClassValue, name: str) -> tuple[Defined, ClassValue] | None:
    """What a name of a class is defined as, and the class whose body has it."""
    return _find_in(ancestors(reader, value.defined), name)


def _find_in(classes: Iterator[Defined | External], name: str) -> tuple[Defined, ClassValue] | None:
    for item in classes:
        if isinstance(item, Defined) and isinstance(item.node, ast.ClassDef):
            node = in_body(item.node, name)
            if node is not None:
                return Defined(item.module, node), ClassValue(defined=item)
    return None


def in_body(node: ast.ClassDef, name: str) -> Function | ast.ClassDef | ast.expr | None:
    """What a class's own body gives a name."""
    return _names_of(node).get(name)


@lru_cache(maxsize=1024)
def _names_of(node: ast.ClassDef) -> dict[str, Function | ast.ClassDef | ast.expr]:
    found: dict[str, Function | ast.ClassDef | ast.expr] = {}
    for statement in node.body:
        if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            found.update(assigned(statement))
        elif not _is_setter(statement):
            found[statement.name] = statement
    return found


def _is_setter(node: Function | ast.ClassDef) -> bool:
    return any(
        isinstance(item, ast.Attribute) and item.attr in ("setter", "deleter")
        for item in node.decorator_list
    )


def attribute(reader: Reader, value: ObjectValue | ClassValue, name: str, where: Where) -> Value:
    """An attribute of an object or a class of the project."""
    if isinstance(value, ObjectValue):
        if name in value.kept:
            return value.kept[name].held_in(value.turns)
        of = value.of
    else:
        of = value
    found = find(reader, of, name)
    if found is None:
        return MethodValue(value.turns, receiver=value, name=name)
    return bound_member(reader, *found, value, where)


def bound_member(
    reader: Reader, defined: Defined, owner: ClassValue, bound: Value, where: Where
) -> Value:
    """A name of a class, read on an object or on the class."""
    node = defined.node
    if isinstance(node, _FUNCTIONS):
        function = bound_function(reader, defined, owner, bound)
        if decorated(node) & PROPERTIES and not isinstance(bound, ClassValue):
            value = reader.call(function, [], {}, where)
            if isinstance(bound, ObjectValue) and "cached_property" in decorated(node):
                bound.kept[node.name] = value
            return value
        return function
    if isinstance(node, ast.ClassDef):
        return ClassValue(defined=defined)
    loops, reader.loops = reader.loops, []
    try:
        value = reader.evaluate(node, class_scope(defined.module, owner))
    finally:
        reader.loops = loops
    if isinstance(bound, ObjectValue) and isinstance(value, FunctionValue):
        value.bound = bound
    return value


def class_scope(module: Module, owner: ClassValue) -> Scope:
    """The scope of a class's body."""
    return Scope(module, name_of(owner))


def name_of(value: ClassValue) -> str:
    """The name of a class."""
    node = value.defined.node
    return node.name if isinstance(node, ast.ClassDef) else ""


def bound_function(
    reader: Reader, defined: Defined, owner: ClassValue, bound: Value
) -> FunctionValue:
    """A method as it is called on something."""
    function = reader.function(defined, owner)
    function.turns = bound.turns
    node = function.node
    kinds = decorated(node) if isinstance(node, _FUNCTIONS) else frozenset()
    if "staticmethod" in kinds:
        return function
    if "classmethod" in kinds:
        function.bound = class_of(bound)
    elif not isinstance(bound, (ClassValue, ModelValue)):
        function.bound = bound
    return function


def class_of(value: Value) -> Value:
    """The class of an object."""
    if isinstance(value, Row):
        return ModelValue(model=value.model)
    return value.of if isinstance(value, ObjectValue) else value


def fields_given(
    reader: Reader, kind: ClassValue, arguments: list[Value], keywords: dict[str, Value]
) -> dict[str, Value]:
    """The attributes of a dataclass's new object, whose fields are its annotated names."""
    bodies = [
        item.node
        for item in ancestors(reader, kind.defined)
        if isinstance(item, Defined) and isinstance(item.node, ast.ClassDef)
    ]
    is_of_fields = any(decorated(node) & _OF_FIELDS for node in bodies)
    if not is_of_fields and not is_a(reader, kind, "NamedTuple", "BaseModel"):
        return {}
    names = [
        statement.target.id
        for node in reversed(bodies)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]
    given = dict(zip(dict.fromkeys(names), arguments, strict=False))
    return given | {name: value for name, value in keywords.items() if name in names}


@lru_cache(maxsize=512)
def decorated(node: Function | ast.ClassDef | ast.Lambda) -> frozenset[str]:
    """The last names of the decorators of a function or class."""
    if isinstance(node, ast.Lambda):
        return frozenset()
    calls = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return frozenset(dotted(call).rpartition(".")[2] for call in calls)


def member_function(reader: Reader, member: Member, bound: Value) -> FunctionValue | None:
    """The function of a model's or manager's member, bound to what it is read on."""
    defined, owner = reader.models.defined(member), reader.models.defined(member.owner)
    if defined is None or owner is None:
        return None
    reader.looked_at.add(defined.module.name)
    return bound_function(reader, defined, ClassValue(defined=owner), bound)


def super_attribute(reader: Reader, value: Super, name: str, where: Where) -> Value:
    """`super().name`: of the next class that has it, else the library's own."""
    bound = value.bound
    if bound is None:
        return Value()
    classes = ancestors(reader, value.owner.defined)
    next(classes)
    found = _find_in(classes, name)
    if found is not None:
        return bound_member(reader, *found, bound, where)
    if isinstance(bound, (ManagerValue, QuerySetValue)):
        return MethodValue(bound.turns, receiver=_plain(bound), name=name)
    if isinstance(bound, Row):
        return MethodValue(bound.turns, receiver=bound, name=name)
    return MethodValue(bound.turns, receiver=value, name=name)


def _plain(value: ManagerValue | QuerySetValue) -> Value:
    """A manager whose own methods are passed over."""
    if isinstance(value, QuerySetValue):
        return value
    return ManagerValue(
        value.turns, model=value.model, name="", owner=value.owner, relation=value.relation
    )


def super_called(
    reader: Reader,
    value: Super,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """A library's own method, called by `super()`: what it gives where that is known."""
    from querylens.lint import views

    bound = value.bound
    if isinstance(bound, ObjectValue):
        return views.inherited(reader, bound, name, arguments, keywords, where)
    return ExternalValue(name=f"{name}()")
