"""Managers and querysets: what their methods give, and what they send."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from querylens.lint import classes, writes
from querylens.lint.fetching import (
    fetch,
    fetch_one,
    field_named,
    is_prefetched,
    literal_names,
    prefetched_row,
    queryset_of,
    send,
)
from querylens.lint.scope import At, Where
from querylens.lint.values import (
    Built,
    Collection,
    ExternalValue,
    Literal,
    Loads,
    ManagerValue,
    Mapping_,
    MethodValue,
    PrefetchValue,
    QuerySetValue,
    Turns,
    Value,
    choices,
    text_of,
    turns_of,
)

if TYPE_CHECKING:
    from querylens.lint.models import Member, Model
    from querylens.lint.reader import Reader

_ONE_ROW = frozenset({"get", "first", "last", "earliest", "latest"})
_NUMBERS = frozenset({"count", "exists", "aggregate", "contains"})
#: Methods that change neither which rows nor what comes with them in a way that matters here.
_PASSING = frozenset(
    {"using", "select_for_update", "extra", "alias", "db_manager", "hints", "as_manager"}
    | {"difference", "intersection"}
)
_ASYNC = frozenset(
    {f"a{name}" for name in (*_ONE_ROW, *_NUMBERS, *writes.METHODS)} | {"ain_bulk", "aiterator"}
)


def queryset_attribute(reader: Reader, value: ManagerValue | QuerySetValue, name: str) -> Value:
    """A method of a manager or queryset: the project's own, or Django's."""
    own = _own_method(value, name)
    if own is not None and not name.startswith("__"):
        if name == "get_queryset" and isinstance(value, QuerySetValue):
            return MethodValue(value.turns, receiver=value, name="all")
        function = classes.member_function(reader, own, value)
        return function if function is not None else Value(value.turns)
    if name == "object_list":
        return value
    if name == "model":
        return ExternalValue(name=f"{value.model.label}.model")
    if name == "instance" and value.owner is not None:
        return value.owner
    return MethodValue(value.turns, receiver=value, name=name)


def _own_method(value: ManagerValue | QuerySetValue, name: str) -> Member | None:
    """A method that the project gave a manager or its querysets."""
    name_of_manager = getattr(value, "name", None)
    if name_of_manager == "":
        return None
    managers = value.model.managers
    manager = managers.get(name_of_manager or "") or managers.get(value.model.default_manager)
    return manager.methods.get(name) if manager is not None else None


def rows_of(reader: Reader, value: ManagerValue | QuerySetValue, where: Where) -> QuerySetValue:
    """The queryset that a method is called on: of a manager, the one that it begins with."""
    if isinstance(value, QuerySetValue):
        return value
    own = _own_method(value, "get_queryset")
    rows = None
    function = classes.member_function(reader, own, value) if own is not None else None
    if function is not None:
        found = reader.call(function, [], {}, where)
        rows = next((item for item in choices(found) if isinstance(item, QuerySetValue)), None)
    if rows is None or rows.model is not value.model:
        rows = queryset_of(value)
        rows.loads = Loads(is_unsure=own is not None)
    # The condition that a manager adds by itself is not what the code asks for.
    return rows.but(
        owner=value.owner,
        relation=value.relation,
        conditions=(),
        methods=("all",) if value.owner is not None else (),
        built=built(where),
        turns=rows.turns | value.turns,
    )


def built(where: Where) -> Built | None:
    """A place where a queryset is built."""
    if isinstance(where, At) and isinstance(where.node, ast.expr):
        return Built(where.scope.module, where.node, where.scope.function)
    return None


def called(
    reader: Reader,
    method: MethodValue,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """What a method of a manager or queryset gives."""
    name = method.name
    if name in _ASYNC:
        name = name.removeprefix("a")
    receiver = method.receiver
    assert isinstance(receiver, (ManagerValue, QuerySetValue))
    if name in writes.METHODS:
        return writes.called(reader, receiver, name, arguments, keywords, where)
    turns = turns_of([*arguments, *keywords.values()])
    rows = rows_of(reader, receiver, where)
    if name in _ONE_ROW:
        return _one_row(reader, rows, name, arguments, keywords, turns, where)
    if name in _NUMBERS:
        return _number(reader, rows, name, turns, where)
    if name == "in_bulk":
        return _in_bulk(reader, rows, arguments, keywords, turns, where)
    if name == "prefetch_related":
        return _prefetch_related(reader, rows, arguments).but(turns=rows.turns | turns)
    shape = _SHAPING.get(name)
    if shape is not None:
        return shape(rows, arguments, keywords).but(
            turns=rows.turns | turns, methods=(*rows.methods, name)
        )
    if name in _PASSING or name in ("get_queryset", "page", "get_page", "apage"):
        return rows.but(turns=rows.turns | turns)
    if name == "raw":
        return _raw(rows, arguments, turns)
    if name in ("complex_filter",):
        return rows.but(conditions=(*rows.conditions, ""), turns=rows.turns | turns)
    return Value(rows.turns | turns)


def _one_row(
    reader: Reader,
    rows: QuerySetValue,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    turns: Turns,
    where: Where,
) -> Value:
    if name == "get":
        rows = _filter(rows, arguments, keywords)
        rows.methods = (*rows.methods, "get")
    elif name in ("earliest", "latest"):
        rows = rows.but(methods=(*rows.methods, name))
    return fetch_one(reader, rows, name, where, turns)


def _number(reader: Reader, rows: QuerySetValue, name: str, turns: Turns, where: Where) -> Value:
    if is_prefetched(rows) and name != "aggregate":
        return Value(rows.turns | turns)
    if rows.rows is not None and name != "aggregate":
        return Value(rows.turns | turns)
    send(reader, rows.but(turns=rows.turns | turns), name, where)
    return Value(rows.turns | turns)


def _in_bulk(
    reader: Reader,
    rows: QuerySetValue,
    arguments: list[Value],
    keywords: dict[str, Value],
    turns: Turns,
    where: Where,
) -> Value:
    keys = arguments[0] if arguments else keywords.get("id_list")
    is_one = isinstance(keys, Collection) and keys.known is not None and len(keys.known) == 1
    asked = rows.but(turns=rows.turns | turns, has_batch=bool(keys) and not is_one)
    if asked.has_batch:
        asked.conditions = (*asked.conditions, "pk__in")
    row = fetch_one(reader, asked, "in_bulk", where, turns)
    if hasattr(row, "state"):
        row.state.is_alone = False
    return Mapping_(rows.turns | turns, key=Value(row.turns), element=row)


def _raw(rows: QuerySetValue, arguments: list[Value], turns: Turns) -> Value:
    sql = text_of(arguments[0]) if arguments else ""
    loads = Loads()
    names = _columns(sql)
    if names is not None:
        loads = Loads(only=names)
    return rows.but(raw_sql=sql or "SELECT raw", loads=loads, turns=rows.turns | turns)


def _columns(sql: str) -> frozenset[str] | None:
    """The columns that plain SQL selects; None when it may select all."""
    start, _, rest = sql.partition(" FROM ")
    names = [name.strip() for name in start.removeprefix("SELECT ").split(",")]
    if not rest or not all(name.isidentifier() for name in names):
        return None
    return frozenset(names)


def _filter(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    names = [*keywords, *("" for _ in arguments)]
    has_batch = rows.has_batch or any(
        name.endswith("__in") and not _is_of_one(value) for name, value in keywords.items()
    )
    return rows.but(
        conditions=(*rows.conditions, *names),
        compared=(*rows.compared, *keywords.values(), *arguments),
        has_batch=has_batch,
        is_one=rows.is_one or any(_is_unique(rows.model, name) for name in keywords),
    )


def _is_unique(model: Model, name: str) -> bool:
    """Whether at most one row has a value of this field."""
    field = field_named(model, name.removesuffix("__exact"))
    return name == "pk" or (field is not None and (field.unique or field.primary_key))


def _is_of_one(value: Value) -> bool:
    return isinstance(value, Collection) and value.known is not None and len(value.known) == 1


def _select_related(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    if any(isinstance(item, Literal) and item.value is None for item in arguments):
        return rows.but(loads=replace(rows.loads, joined=frozenset(), joins_all=False))
    names = literal_names(arguments)
    loads = rows.loads
    if names is None:
        return rows.but(loads=replace(loads, is_unsure=True))
    if not names:
        return rows.but(loads=replace(loads, joins_all=True))
    return rows.but(loads=replace(loads, joined=loads.joined.union(*map(_steps, names))))


def _steps(path: str) -> set[str]:
    """`author__publisher` brings `author` along too."""
    parts = path.split("__")
    return {"__".join(parts[:number]) for number in range(1, len(parts) + 1)}


def _prefetch_related(
    reader: Reader, rows: QuerySetValue, arguments: list[Value]
) -> QuerySetValue:
    loads = rows.loads
    prefetched, attributes = dict(loads.prefetched), dict(loads.attributes)
    is_unsure = loads.is_unsure
    for argument in arguments:
        path, own, to_attr = _prefetch(argument)
        if not path or not _is_of_relations(reader, rows.model, path):
            is_unsure = True
        elif to_attr:
            attributes[_beside(path, to_attr)] = own or _target(rows, path)
            for step in _steps(path) - {path}:
                prefetched.setdefault(step, None)
        else:
            for step in _steps(path) - {path}:
                prefetched.setdefault(step, None)
            prefetched[path] = own
    return rows.but(
        loads=replace(loads, prefetched=prefetched, attributes=attributes, is_unsure=is_unsure)
    )


def _is_of_relations(reader: Reader, model: Model, path: str) -> bool:
    """Whether a path goes along relations alone: Django follows properties too."""
    current: Model | None = model
    for name in path.split("__"):
        relation = current.relations.get(name) if current is not None else None
        if relation is None:
            return current is None
        current = reader.models.by_label(relation.target)
    return True


def _beside(path: str, name: str) -> str:
    start, _, _ = path.rpartition("__")
    return f"{start}__{name}" if start else name


def _target(rows: QuerySetValue, path: str) -> QuerySetValue:
    """The rows that a path leads to, as nobody has chosen them."""
    return QuerySetValue(model=rows.model, gives="unknown")


def _prefetch(argument: Value) -> tuple[str, QuerySetValue | None, str]:
    """Path, queryset and attribute of a text or a `Prefetch`."""
    if isinstance(argument, Literal):
        return text_of(argument), None, ""
    if isinstance(argument, PrefetchValue):
        return argument.path, argument.rows, argument.to_attr
    return "", None, ""


def _only(rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]) -> QuerySetValue:
    names = literal_names(arguments)
    if names is None or not names:
        return rows.but(loads=replace(rows.loads, only=None, deferred=frozenset()))
    return rows.but(loads=replace(rows.loads, only=frozenset(names), deferred=frozenset()))


def _defer(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    names = literal_names(arguments)
    if names is None:
        return rows
    if not names:
        return rows.but(loads=replace(rows.loads, deferred=frozenset(), only=None))
    loads = rows.loads
    if loads.only is not None:
        return rows.but(loads=replace(loads, only=loads.only - set(names)))
    return rows.but(loads=replace(loads, deferred=loads.deferred | set(names)))


def _annotate(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    return rows.but(annotations={**rows.annotations, **keywords})


def _fetch_mode(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    mode = arguments[0] if arguments else Value()
    is_one = isinstance(mode, ExternalValue) and mode.name.endswith("FETCH_ONE")
    return rows.but(loads=replace(rows.loads, peers=not is_one))


def _iterator(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    loads = replace(rows.loads, peers=False)
    return rows.but(loads=loads)


def _values(
    rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]
) -> QuerySetValue:
    return rows.but(gives="values")


def _same(rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]) -> QuerySetValue:
    return rows.but()


def _none(rows: QuerySetValue, arguments: list[Value], keywords: dict[str, Value]) -> QuerySetValue:
    return rows.but(is_none=True)


_Shaping = Callable[[QuerySetValue, list[Value], dict[str, Value]], QuerySetValue]
_SHAPING: dict[str, _Shaping] = {
    "all": _same,
    "annotate": _annotate,
    "dates": _values,
    "datetimes": _values,
    "defer": _defer,
    "distinct": _same,
    "exclude": _filter,
    "fetch_mode": _fetch_mode,
    "filter": _filter,
    "iterator": _iterator,
    "none": _none,
    "only": _only,
    "order_by": _same,
    "reverse": _same,
    "select_related": _select_related,
    "union": _same,
    "values": _values,
    "values_list": _values,
}


def sliced_between(value: Value, start: int | None, stop: int | None) -> Value:
    """`value[start:stop]` of numbers that are written out."""
    if isinstance(value, QuerySetValue) and is_prefetched(value):
        return Collection(value.turns, element=prefetched_row(value))
    if isinstance(value, QuerySetValue) and value.rows is None:
        is_one = stop == 1 and not start
        return value.but(
            methods=(*value.methods, "slice"), is_one=value.is_one or is_one, is_many=not is_one
        )
    return value


def sliced(reader: Reader, value: Value, part: ast.Slice, turns: Turns) -> Value:
    """`value[a:b]`."""
    if isinstance(value, QuerySetValue):
        if value.rows is not None:
            return Collection(value.turns | turns, element=value.rows)
        if is_prefetched(value):
            return Collection(value.turns | turns, element=prefetched_row(value))
        upper = part.upper
        is_one = isinstance(upper, ast.Constant) and upper.value == 1 and part.lower is None
        return value.but(
            turns=value.turns | turns,
            methods=(*value.methods, "slice"),
            is_one=value.is_one or is_one,
            is_many=not is_one,
        )
    if isinstance(value, Collection):
        known = value.known if not turns and part.step is None else None
        bounds = [part.lower, part.upper]
        if known is not None and all(
            item is None or isinstance(item, ast.Constant) for item in bounds
        ):
            lower, upper_at = (getattr(item, "value", None) for item in bounds)
            return Collection(value.turns, known=known[lower:upper_at], is_small=value.is_small)
        return Collection(value.turns | turns, element=value.any_element(), is_small=value.is_small)
    return value.at(turns)


def with_prefetched(loads: Loads, paths: list[str]) -> Loads:
    """What is there after a prefetch of these paths."""
    steps = set().union(*map(_steps, paths))
    return replace(loads, prefetched={**dict.fromkeys(steps), **loads.prefetched})


__all__ = ["called", "fetch", "queryset_attribute", "rows_of", "sliced"]
