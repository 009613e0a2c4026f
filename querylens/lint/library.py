"""What functions of Python, Django and other libraries give, as far as it matters here."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

from querylens.lint import (
    callbacks,
    containers,
    iteration,
    python_functions,
    querysets,
    rendering,
    shaping,
)
from querylens.lint.scope import At, Where
from querylens.lint.values import (
    Built,
    CalledValue,
    Collection,
    ExternalValue,
    FunctionValue,
    ManagerValue,
    MappingValue,
    MethodValue,
    ModelValue,
    ObjectValue,
    PrefetchValue,
    QuerySetValue,
    Row,
    Value,
    choices,
    either,
    text_of,
    turns_of,
)
from querylens.model import Cause

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_Arguments = list[Value]
_Keywords = dict[str, Value]
_Reader = Callable[["Reader", _Arguments, _Keywords, Where], Value]
_LONGEST_NAME = 200

collection_called = containers.called
made_object = rendering.made_object


def called(
    reader: Reader,
    function: ExternalValue,
    arguments: _Arguments,
    keywords: _Keywords,
    where: Where,
) -> Value:
    """What a call of a library's function gives."""
    name = function.name
    known = _KNOWN.get(name) or _BY_LAST_NAME.get(name.rpartition(".")[2])
    if known is not None and (name in _KNOWN or "." in name):
        return known(reader, arguments, keywords, where)
    if name.endswith(("cursor().execute", "cursor().executemany")):
        return _execute(reader, name.rpartition(".")[2], arguments, where)
    turns = turns_of([function, *arguments, *keywords.values()])
    if len(name) > _LONGEST_NAME:
        return Value(turns)
    return ExternalValue(turns, name=f"{name}()")


def method_called(
    reader: Reader,
    receiver: Value,
    name: str,
    arguments: _Arguments,
    keywords: _Keywords,
    where: Where,
) -> Value:
    """What a method of a value gives of which no more is known."""
    if isinstance(receiver, ObjectValue):
        return rendering.method_called(reader, receiver, name, arguments, keywords, where)
    turns = turns_of([receiver, *arguments, *keywords.values()])
    if name in ("pop", "popleft", "get_nowait", "fetchone"):
        return Value(turns | containers.turns_of_while(reader))
    if name == "join":
        for argument in arguments:
            python_functions.show(reader, iteration.element_of(reader, argument, where), where)
        return Value(turns)
    if name in ("create_task", "ensure_future", "run", "submit"):
        return _first(reader, arguments, keywords, where)
    return Value(turns)


def _rows_or_model(reader: Reader, value: Value, where: Where) -> QuerySetValue | None:
    """The queryset of a shortcut that takes a model, a manager or a queryset."""
    for item in choices(value):
        if isinstance(item, ModelValue):
            name = item.model.default_manager
            rows = querysets.rows_of(reader, ManagerValue(model=item.model, name=name), where)
            return rows.but(built=_first_argument(where))
        if isinstance(item, ManagerValue):
            return querysets.rows_of(reader, item, where)
        if isinstance(item, QuerySetValue):
            return item
    return None


def _first_argument(where: Where) -> Built | None:
    if isinstance(where, At) and isinstance(where.node, ast.Call) and where.node.args:
        return querysets.built(At(where.scope, where.node.args[0]))
    return None


def _get_object_or_404(
    reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    rows = _rows_or_model(reader, arguments[0], where) if arguments else None
    if rows is None:
        return Value(turns_of([*arguments, *keywords.values()]))
    method = MethodValue(receiver=rows, name="get")
    return querysets.called(reader, method, arguments[1:], keywords, where)


def _get_list_or_404(
    reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    rows = _rows_or_model(reader, arguments[0], where) if arguments else None
    if rows is None:
        return Value(turns_of([*arguments, *keywords.values()]))
    method = MethodValue(receiver=rows, name="filter")
    found = querysets.called(reader, method, arguments[1:], keywords, where)
    assert isinstance(found, QuerySetValue)
    return Collection(found.turns, element=iteration.element_of(reader, found, where))


def _paginator(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    rows = arguments[0] if arguments else keywords.get("object_list", Value())
    return either(
        item.but(methods=(*item.methods, "slice")) if isinstance(item, QuerySetValue) else item
        for item in choices(rows)
    )


def _prefetch(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    names = ("lookup", "queryset", "to_attr")
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    rows = given.get("queryset")
    if isinstance(rows, ManagerValue):
        rows = querysets.rows_of(reader, rows, where)
    own = next((item for item in choices(rows or Value()) if isinstance(item, QuerySetValue)), None)
    lookup = text_of(given.get("lookup"))
    return PrefetchValue(path=lookup, rows=own, to_attr=text_of(given.get("to_attr")))


def _prefetch_objects(
    reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    if not arguments:
        return Value()
    rows = arguments[0]
    row = iteration.element_of(reader, rows, where)
    names = [text_of(item) for item in arguments[1:]]
    if not isinstance(row, Row) or not all(names):
        return Value()
    is_one = isinstance(rows, Collection) and rows.known is not None and len(rows.known) == 1
    for name in names:
        first = name.partition("__")[0]
        relation = row.model.relations.get(first)
        if relation is not None and is_one:
            label = f"{relation.owner}.{relation.accessor}"
            cause = Cause(
                "prefetch",
                "prefetch_related",
                relation.target,
                label,
                path=first,
                facts=frozenset({"explicit"}),
            )
            reader.send(cause, where, row.turns, row=row)
    row.state.loads = shaping.with_prefetched(row.state.loads, names)
    return Value()


def _execute(reader: Reader, method: str, arguments: _Arguments, where: Where) -> Value:
    turns = turns_of(arguments)
    sql = text_of(arguments[0]) if arguments else ""
    rows = arguments[1] if len(arguments) > 1 else None
    if method == "executemany" and not _is_of_one(rows):
        return Value(turns)
    cause = Cause("raw", method)
    text = sql or "SELECT * FROM raw WHERE id = %s"
    reader.send(cause, where, turns, sql=text)
    return ExternalValue(turns, name="cursor()")


def _is_of_one(value: Value | None) -> bool:
    return isinstance(value, Collection) and value.known is not None and len(value.known) == 1


def _first(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    return arguments[0] if arguments else Value()


def _wrapped(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    """`sync_to_async(function)`: as the function."""
    return CalledValue(function=arguments[0]) if arguments else ExternalValue(name="decorator")


def _partial(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    if not arguments:
        return Value()
    return CalledValue(
        function=arguments[0], arguments=tuple(arguments[1:]), keywords=dict(keywords)
    )


def _attrgetter(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    return callbacks.AttributeGetter(paths=tuple(map(text_of, arguments)))


def _gathered(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    return Collection(turns_of(arguments), element=either(arguments))


def _user_model(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    model = reader.models.user_model
    return ModelValue(model=model) if model is not None else Value()


def _get_model(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    texts = [filter(None, map(text_of, choices(item))) for item in arguments]
    found = (reader.models.by_label(".".join(names)) for names in product(*texts))
    models = [ModelValue(model=model) for model in found if model is not None]
    return either(models) if models else Value(turns_of(arguments))


def _default_dict(
    reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    kind = arguments[0] if arguments else Value()
    if isinstance(kind, ExternalValue) and kind.name in ("list", "set"):
        return MappingValue(key=Value(), element=Collection())
    if isinstance(kind, ExternalValue) and kind.name == "dict":
        return MappingValue(key=Value(), element=MappingValue())
    if isinstance(kind, FunctionValue):
        return MappingValue(key=Value(), element=reader.call(kind, [], {}, where))
    return MappingValue(key=Value(), element=Value())


_BY_LAST_NAME: dict[str, _Reader] = {
    "Paginator": _paginator,
    "Prefetch": _prefetch,
    "GenericPrefetch": _prefetch,
    "aget_list_or_404": _get_list_or_404,
    "aget_object_or_404": _get_object_or_404,
    "aprefetch_related_objects": _prefetch_objects,
    "async_to_sync": _wrapped,
    "attrgetter": _attrgetter,
    "create_task": _first,
    "defaultdict": _default_dict,
    "ensure_future": _first,
    "gather": _gathered,
    "get_list_or_404": _get_list_or_404,
    "get_model": _get_model,
    "get_registered_model": _get_model,
    "get_object_or_404": _get_object_or_404,
    "get_user_model": _user_model,
    "partial": _partial,
    "prefetch_related_objects": _prefetch_objects,
    "sync_to_async": _wrapped,
    **rendering.FUNCTIONS,
    **python_functions.IMPORTED,
}
_KNOWN: dict[str, _Reader] = python_functions.BUILTINS
