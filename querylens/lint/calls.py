"""Calls: functions of the project are read with what they are given, others are looked up."""

from __future__ import annotations

import ast
import re
from copy import copy
from typing import TYPE_CHECKING

from querylens.lint import classes, generators, library, querysets, writes
from querylens.lint.modules import Function
from querylens.lint.project import dotted
from querylens.lint.scope import Scope, Where
from querylens.lint.statements import run
from querylens.lint.values import (
    Built,
    CalledValue,
    ClassValue,
    Collection,
    ExternalValue,
    FunctionValue,
    Loads,
    ManagerValue,
    MappingValue,
    MethodValue,
    ModelValue,
    ObjectValue,
    OneOf,
    QuerySetValue,
    Row,
    RowState,
    Value,
    either,
    turns_of,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_ROWS_OF = frozenset({"QuerySet", "BaseManager", "Manager", "RelatedManager"})
_REQUEST = re.compile(r"django\.http.*Request")
_LISTS_OF = frozenset(
    {"list", "List", "Iterable", "Sequence", "Iterator", "set", "Set", "tuple", "Collection"}
)


def call(
    reader: Reader,
    function: Value,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """What a call gives; what it sends is noted."""
    if isinstance(function, OneOf):
        return either(call(reader, item, arguments, keywords, where) for item in function.choices)
    if isinstance(function, FunctionValue):
        return _function(reader, function, arguments, keywords, where)
    if isinstance(function, MethodValue):
        return _method(reader, function, arguments, keywords, where)
    if isinstance(function, ExternalValue):
        return library.called(reader, function, arguments, keywords, where)
    if isinstance(function, CalledValue):
        given = [*function.arguments, *arguments]
        return call(reader, function.function, given, {**function.keywords, **keywords}, where)
    if isinstance(function, ModelValue):
        return writes.new_row(reader, function.model, arguments, keywords)
    if isinstance(function, ClassValue):
        return _new_object(reader, function, arguments, keywords, where)
    if isinstance(function, ObjectValue):
        method = reader.attribute(function, "__call__", where)
        if isinstance(method, FunctionValue):
            return call(reader, method, arguments, keywords, where)
    return Value(turns_of([function, *arguments, *keywords.values()]))


def _new_object(
    reader: Reader,
    kind: ClassValue,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    made = ObjectValue(turns_of([*arguments, *keywords.values()]), of=kind)
    begin = classes.find(reader, kind, "__init__")
    if begin is not None:
        call(reader, classes.bound_function(reader, *begin, made), arguments, keywords, where)
    else:
        made.kept |= classes.fields_given(reader, kind, arguments, keywords)
    return library.made_object(reader, made, arguments, keywords, where)


def _method(
    reader: Reader,
    method: MethodValue,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    receiver = method.receiver
    if isinstance(receiver, (ManagerValue, QuerySetValue)):
        return querysets.called(reader, method, arguments, keywords, where)
    if isinstance(receiver, Row):
        return writes.row_called(reader, receiver, method.name, arguments, keywords, where)
    if isinstance(receiver, classes.Super):
        return classes.super_called(reader, receiver, method.name, arguments, keywords, where)
    if isinstance(receiver, (Collection, MappingValue)):
        return library.collection_called(reader, receiver, method.name, arguments, keywords, where)
    return library.method_called(reader, receiver, method.name, arguments, keywords, where)


def _function(
    reader: Reader,
    function: FunctionValue,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    node = function.node
    given = [function.bound, *arguments] if function.bound is not None else arguments
    turns = turns_of([*given, *keywords.values()])
    if node in reader.open_functions:
        return Value(turns)
    if reader.is_deep:
        return reader.give_up(where, "too many calls lead on from here")
    scope = Scope(
        function.module, function.name, {}, function.around, function.owner, function.bound
    )
    scope.names.update(_bound(reader, function, given, keywords, scope))
    reader.looked_at.add(function.module.name)
    reader.open_functions.append(node)
    try:
        found = _result(reader, node, scope)
    finally:
        reader.open_functions.pop()
    is_of_queryset = isinstance(function.bound, (ManagerValue, QuerySetValue))
    return _built_by_caller(found, querysets.built(where)) if is_of_queryset else found


def _built_by_caller(value: Value, built: Built | None) -> Value:
    """What a manager's method gives: others call it too, so that it is mended behind the call."""
    if isinstance(value, OneOf):
        return either(_built_by_caller(item, built) for item in value.choices)
    if not isinstance(value, QuerySetValue) or built is None:
        return value
    given = copy(value)
    given.built = built
    return given


def _result(reader: Reader, node: Function | ast.Lambda, scope: Scope) -> Value:
    if isinstance(node, ast.Lambda):
        return reader.evaluate(node.body, scope)
    run(reader, node.body, scope)
    if scope.yielded:
        return generators.given(reader, node, scope)
    found = either(scope.returned) if scope.returned else Value()
    names = classes.decorated(node)
    return Collection(element=found) if names & {"contextmanager"} else found


def _bound(
    reader: Reader,
    function: FunctionValue,
    given: list[Value],
    keywords: dict[str, Value],
    scope: Scope,
) -> dict[str, Value]:
    """The names of a function's parameters with what it is given."""
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    names = {item.arg: value for item, value in zip(positional, given, strict=False)}
    rest = given[len(positional) :]
    defaults = _defaults(arguments)
    for parameter in [*positional, *arguments.kwonlyargs]:
        if parameter.arg in names:
            continue
        if parameter.arg in keywords:
            names[parameter.arg] = keywords[parameter.arg]
        elif parameter.arg in defaults and "" not in keywords:
            default_scope = scope.around or Scope(function.module)
            names[parameter.arg] = reader.evaluate(defaults[parameter.arg], default_scope)
        else:
            names[parameter.arg] = annotated(reader, parameter.annotation, scope)
            names[parameter.arg].turns |= keywords[""].turns if "" in keywords else frozenset()
    if arguments.vararg is not None:
        names[arguments.vararg.arg] = Collection(turns_of(rest), known=tuple(rest), is_small=True)
    if arguments.kwarg is not None:
        is_whole = "" not in keywords
        rest_of_keywords = MappingValue(is_small=is_whole, is_whole=is_whole)
        rest_of_keywords.known.update((n, v) for n, v in keywords.items() if n not in names)
        names[arguments.kwarg.arg] = rest_of_keywords
    return names


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    """The values of parameters that may be left out."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {item.arg: default for item, default in pairs if default is not None}


def annotated(reader: Reader, node: ast.expr | None, scope: Scope) -> Value:
    """What a parameter holds that nothing is known of but its annotation."""
    if node is None:
        return Value()
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return Value()
    if isinstance(node, ast.BinOp):
        sides = [annotated(reader, node.left, scope), annotated(reader, node.right, scope)]
        return next((side for side in sides if type(side) is not Value), Value())
    if isinstance(node, ast.Subscript):
        return _annotated_container(reader, node, scope)
    name = dotted(node)
    return _annotated_name(reader, name, scope) if name else Value()


def _annotated_name(reader: Reader, name: str, scope: Scope) -> Value:
    meaning = reader.world.project.meaning(scope.module, name)
    value = reader.value_of(meaning) if meaning is not None else Value()
    if isinstance(value, ModelValue):
        return Row(state=RowState(value.model, is_alone=True, is_unsure=True))
    if isinstance(value, ExternalValue) and _REQUEST.fullmatch(value.name):
        return ExternalValue(name="django.http.request")
    if isinstance(value, ClassValue):
        return ObjectValue(of=value)
    return Value()


def _annotated_container(reader: Reader, node: ast.Subscript, scope: Scope) -> Value:
    kind = dotted(node.value).rpartition(".")[2]
    inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
    element = annotated(reader, inner, scope)
    if kind == "Optional":
        return element
    if not isinstance(element, Row):
        return Collection(element=element) if kind in _LISTS_OF else Value()
    if kind in _ROWS_OF:
        return QuerySetValue(model=element.model, loads=Loads(is_unsure=True))
    return Collection(element=element) if kind in _LISTS_OF else Value()
