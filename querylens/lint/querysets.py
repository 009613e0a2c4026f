"""Managers and querysets: what their methods give, and what they send."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from querylens.lint import classes, writes
from querylens.lint.fetching import (
    fetch_one,
    is_prefetched,
    queryset_of,
    send,
)
from querylens.lint.scope import At, Where
from querylens.lint.shaping import SHAPING, Given, filtered, prefetch_related
from querylens.lint.values import (
    Built,
    Collection,
    ExternalValue,
    Loads,
    ManagerValue,
    MappingValue,
    MethodValue,
    QuerySetValue,
    Turns,
    Value,
    choices,
    text_of,
    turns_of,
)

if TYPE_CHECKING:
    from querylens.lint.models import Member
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
        found: Value = prefetch_related(reader, rows, arguments).but(turns=rows.turns | turns)
    else:
        found = _shaped(rows, name, arguments, keywords, turns)
    if isinstance(found, QuerySetValue) and found.built is None:
        found.built = built(where)
    return found


def _shaped(
    rows: QuerySetValue,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    turns: Turns,
) -> Value:
    """What a method gives that sends nothing."""
    shape = SHAPING.get(name)
    if shape is not None:
        return shape(rows, Given(arguments, keywords)).but(
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
        rows = filtered(rows, Given(arguments, keywords))
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
    return MappingValue(rows.turns | turns, key=Value(row.turns), element=row)


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
