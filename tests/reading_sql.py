"""Reads a trace as a log would tell it: the SQL texts and values, and nothing else."""

from __future__ import annotations

from querylens.inferred import Asked, infer
from querylens.sql import fingerprint, statement_kind
from querylens.sql.batches import carries_several, row_written
from querylens.sql.shapes import shape_of

_PASSED_BY = ("transaction", "set")


def inferred_from(queries):
    """What is inferred of each group of a request, with its numbers."""
    queries = list(queries)
    groups = {}
    for position, query in enumerate(queries):
        if statement_kind(query.sql) not in _PASSED_BY:
            key = (query.scope, query.alias, fingerprint(query.sql, query.vendor))
            groups.setdefault(key, []).append((position, query))
    asked = {key: _asked(key[2], found, queries) for key, found in groups.items()}
    told = []
    for position, (key, group) in enumerate(asked.items()):
        earlier = [
            other for before, other in list(asked.items())[:position] if before[:2] == key[:2]
        ]
        if result := infer(group, earlier):
            told.append((result, group))
    return told


def codes_of_log(queries):
    return sorted(result.code for result, _ in inferred_from(queries))


def _asked(kind, found, queries):
    shape = shape_of(kind.text)
    values = {_values(shape, query) for _, query in found}
    between = queries[found[0][0] + 1 : found[-1][0]]
    written = {
        table
        for query in between
        if statement_kind(query.sql) in ("insert", "update", "delete")
        for table in shape_of(fingerprint(query.sql, query.vendor).text).tables
    }
    return Asked(
        shape,
        len(found),
        len(values),
        any(carries_several(query.sql) for _, query in found),
        not written.isdisjoint(shape.tables),
    )


def _values(shape, query):
    params = str(query.params)
    return row_written(query.sql, params) if shape.verb == "update" else query.sql + params
