"""What repeated SELECTs are taken for."""

from __future__ import annotations

from collections.abc import Sequence

from querylens.inferred.asked import (
    MODEL,
    Asked,
    Inferred,
    by,
    cause_of,
    field_of,
    no_line,
)
from querylens.inferred.keys import (
    foreign_keys,
    foreign_keys_of_own_names,
    is_between_models,
    is_foreign_key,
    is_named_after,
    is_number,
    keys_of_single_rows,
    may_be_many,
    may_walk_up,
    model_of,
    owner_of,
    stem,
)
from querylens.model import CauseKind, Fix
from querylens.sql.shapes import Column, Shape

_AGAIN = "Keep the result of the first time, and pass it on to where it is asked for again."
_GATHER = "Gather the values before the loop, ask once, and read from a dict."
_ASK_ONCE = "Ask for all values at once, before the loop, and look the answer up."
_RAW = "Ask once before the loop, with a placeholder for each value, and read from a dict."
_DEFERRED = "Load the field with the rows: name it in only(), or leave it out of defer()."
_WHOLE_PATH = "Write the whole path, from the queryset that the loop walks over."
_PREFETCHED = (
    "If the rows were prefetched, read them with all(), filter them in Python, or prefetch "
    "what is wanted with Prefetch(…, to_attr=…)."
)
_GUESS = "The name is Django's default: where the relation has a related_name, write that."
#: Half of two keys that come back again and again.
_FEWEST_OF_TWO = 4
_MOST_NAMED = 3


def read_in_loop(asked: Asked, earlier: Sequence[Asked]) -> Inferred | None:
    """A SELECT that was sent with several values."""
    shape = asked.shape
    if shape.is_page or (shape.in_list and asked.carries_several):
        return None
    if not shape.equals and not (shape.in_list and shape.is_simple):
        return None
    if not shape.is_quoted:
        return _raw(shape)
    if is_number(shape):
        return _number(shape, earlier)
    for read in (_deferred, _lazy_relation, _past_prefetch, _related_set):
        if found := read(shape, earlier):
            return found
    if shape.is_by_key and (
        asked.distinct <= keys_of_single_rows(shape, earlier) or may_walk_up(asked, earlier)
    ):
        return None
    return _lookup(shape, earlier)


def few_values(asked: Asked, earlier: Sequence[Asked]) -> Inferred | None:
    """The same values again; where two keys alternate, a relation that many rows share."""
    shape = asked.shape
    if asked.distinct == 2 and asked.count >= _FEWEST_OF_TWO:
        relation = _lazy_relation(shape, earlier)
        if relation is not None:
            return relation
    if asked.distinct >= asked.count or asked.is_changed or shape.for_update:
        return None
    fix = Fix("reuse_result", caveats=(_AGAIN, no_line(f"{shape.table} is read")))
    cause = cause_of("lookup" if shape.is_quoted else "raw", shape)
    has_one_value = shape.only_column is not None
    return Inferred("QL301", cause, fix, _asked_for(shape), has_one_value, left=None)


def _asked_for(shape: Shape) -> str:
    return f"{shape.table} is asked for{by(shape)}"


def _raw(shape: Shape) -> Inferred:
    fix = Fix("single_query", caveats=(_RAW, no_line("this SQL is sent")))
    has_one_value = shape.only_column is not None
    said = f"{shape.table} is asked by raw SQL{by(shape)}"
    return Inferred("QL108", cause_of("raw", shape), fix, said, has_one_value)


def _lookup(shape: Shape, earlier: Sequence[Asked]) -> Inferred:
    column = shape.only_column
    caveats = [_GATHER, no_line(f"{shape.table} is looked up")]
    keys = foreign_keys_of_own_names(shape, earlier)
    sources = [f"{key.table}.{stem(key)}" for key in keys]
    if shape.is_by_key and 0 < len(sources) <= _MOST_NAMED:
        names = " or ".join(sources)
        caveats.append(f"If these are the rows of {names}, select_related() brings them along.")
    field = field_of(shape, column) if column else "…"
    code = f"rows = {MODEL}.objects.filter({field}__in=values)"
    fix = Fix("in_bulk", code, caveats=tuple(caveats))
    return Inferred("QL104", cause_of("lookup", shape), fix, _asked_for(shape), column is not None)


def _lazy_relation(shape: Shape, earlier: Sequence[Asked]) -> Inferred | None:
    """The row behind a foreign key, when exactly one key that was read can be meant."""
    is_one_row = shape.is_by_key and shape.is_limited and not shape.is_ordered
    if not is_one_row or shape.for_update or not shape.is_quoted:
        return None
    keys = [key for key in foreign_keys(shape, earlier) if is_named_after(shape.table, stem(key))]
    if len(keys) != 1:
        return None
    [key] = keys
    name, relation = stem(key), f"{key.table}.{stem(key)}"
    sources = [asked.shape for asked in earlier if key in asked.shape.columns]
    is_direct = all(s.table == key.table and not s.is_by_key for s in sources)
    path = name if is_direct else f"…__{name}"
    caveats = (no_line(f"the rows of {key.table} are fetched"),)
    fix = Fix(
        "select_related",
        f'.select_related("{path}")',
        caveats=caveats if is_direct else (_WHOLE_PATH, *caveats),
    )
    cause = cause_of("forward", shape, relation=relation, path=name, to_one=True)
    said = f"{relation}: {_asked_for(shape)}"
    return Inferred("QL101", cause, fix, said, has_one_value=True, left=0)


def _deferred(shape: Shape, earlier: Sequence[Asked]) -> Inferred | None:
    """One more column of rows that were read before without it."""
    key = Column(shape.table, shape.key)
    more = [column for column in shape.columns if column != key]
    if not shape.is_by_key or not shape.is_limited or shape.is_ordered or len(more) != 1:
        return None
    sources = [a.shape.columns for a in earlier if may_be_many(a) and key in a.shape.columns]
    # Keys alone are a list of what is looked up.
    if not any(len(columns) > 1 for columns in sources):
        return None
    if any(more[0] in columns for columns in sources):
        return None
    field = stem(more[0])
    relation = f"{shape.table}.{field}"
    cause = cause_of("deferred", shape, relation=relation, path=field)
    caveats = (_DEFERRED, no_line(f"the rows of {shape.table} are fetched"))
    said = f"{relation} alone is asked for{by(shape)}"
    fix = Fix("load_field", caveats=caveats)
    return Inferred("QL106", cause, fix, said, has_one_value=True, left=0)


def _related_set(shape: Shape, earlier: Sequence[Asked]) -> Inferred | None:
    """The rows that point to a row, or that a table between them joins to it."""
    owner, column = owner_of(shape, earlier), shape.only_column
    if not owner or column is None or shape.is_limited or shape.for_update:
        return None
    accessor = f"{model_of(shape.table, owner)}_set"
    relation = f"{column.table}.{stem(column)}"
    caveats = [no_line(f"the rows of {owner} are fetched")]
    is_reverse = column.table == shape.table
    if is_reverse and is_between_models(shape, owner):
        return None
    if not is_reverse and column.table.startswith(f"{owner}_"):
        # The table that Django makes for a ManyToManyField is named after model and field.
        accessor = column.table.removeprefix(f"{owner}_")
        relation = f"{owner}.{accessor}"
    else:
        caveats.insert(0, _GUESS)
    kind: CauseKind = "reverse" if is_reverse else "many_to_many"
    cause = cause_of(kind, shape, relation=relation, path=accessor)
    fix = Fix("prefetch_related", f'.prefetch_related("{accessor}")', caveats=tuple(caveats))
    said = f"{relation}: {_asked_for(shape)}"
    return Inferred("QL102", cause, fix, said, has_one_value=True)


def _past_prefetch(shape: Shape, earlier: Sequence[Asked]) -> Inferred | None:
    """Rows that were asked for before, together with those of other values."""
    lists = {
        a.shape.in_list[0]
        for a in earlier
        if a.shape.table == shape.table and len(a.shape.in_list) == 1 and not a.shape.is_limited
    }
    found = [column for column in shape.equals if column in lists and is_foreign_key(column)]
    if not found or shape.for_update:
        return None
    column = found[0]
    relation = f"{column.table}.{stem(column)}"
    cause = cause_of("reverse", shape, relation=relation)
    if column.table != shape.table:
        cause = cause_of("many_to_many", shape, relation=relation)
    said = f"{relation}: {_asked_for(shape)}, after those of several values,"
    fix = Fix("prefetch_object", caveats=(_PREFETCHED, no_line(f"{shape.table} is read")))
    return Inferred("QL103", cause, fix, said, shape.only_column is not None)


def _number(shape: Shape, earlier: Sequence[Asked]) -> Inferred:
    column = shape.only_column
    access = shape.aggregate or "exists"
    field = field_of(shape, column) if column else "…"
    rows = f'{MODEL}.objects.filter({field}__in=values).values_list("{field}"'
    if shape.is_exists:
        code = f"found = set({rows}, flat=True))"
    else:
        number = 'Count("pk")' if shape.is_count else "…"
        code = f"numbers = dict({rows}).annotate({number}))"
    caveats = [_ASK_ONCE, no_line(f"{shape.table} is asked {access}()")]
    if owner := owner_of(shape, earlier):
        caveats.append(f"annotate() on the rows of {owner} brings the answer along with them.")
    cause = cause_of("aggregate", shape, access=access)
    said = f"{shape.table} is asked {access}(){by(shape)}"
    fix = Fix("annotate", code, caveats=tuple(caveats))
    return Inferred("QL105", cause, fix, said, column is not None)
