"""Traces made by hand: what a rule reads, without a database.

`trace(*sent(cause, 1, 2, 3))` is a loop in which one line asked for three rows.
"""

from __future__ import annotations

from dataclasses import replace

from querylens.model import Cause, Place, Query, Trace

SQL = 'SELECT "library_book"."id" FROM "library_book" WHERE "library_book"."author_id" = %s'


def known(trace, finding, *, more=(), less=()):
    """The same trace, with other facts about a finding's cause."""
    facts = {fact for fact in finding.cause.facts if not fact.startswith(tuple(less))}
    other = replace(finding.cause, facts=frozenset(facts | set(more)))
    made = Trace("with other facts")
    made.records.extend(
        replace(query, cause=other) if query.cause == finding.cause else query for query in trace
    )
    return made


def place(line):
    """A line of a file that nobody can read."""
    return Place("shop/views.py", line, line, "listing")


def sent(cause, *rows, line=12, scope="request", stack="", sql=SQL, **more):
    """One query for each of the rows, from one line and one stack."""
    site = place(line)
    return [
        Query(
            sql,
            (row,),
            "default",
            "sqlite",
            0,
            1,
            cause=cause,
            call_site=site,
            row=row,
            scope=scope,
            stack=stack or f"stack of line {line}",
            **more,
        )
        for row in rows
    ]


def asked(cause, *values, **more):
    """One query for each of the values, with no row that it started from."""
    return [replace(query, row=None) for query in sent(cause, *values, **more)]


def trace(*queries):
    """The queries, in this order."""
    made = Trace("hand-made")
    made.records.extend(
        replace(query, started_ns=number) for number, query in enumerate(queries, start=1)
    )
    return made


def cause(kind, access, relation="", *, model="library.Book", facts=(), **more):
    """A cause, with the path that the relation's own name makes."""
    name = relation.rpartition(".")[2]
    return Cause(kind, access, model, relation, name, facts=frozenset(facts), **more)
