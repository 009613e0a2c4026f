"""What code would send, as a trace that the rules can read: each access in a loop twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from querylens.lint.loops import Loop
from querylens.model import Cause, Place, Query, Trace

#: So many turns of a loop are written out for each turn of the loop around it: enough for a rule
#: to see that something comes back.
_TURNS = 2
_STATEMENTS = {
    "select": 'SELECT * FROM "{table}" WHERE {condition}',
    "insert": 'INSERT INTO "{table}" ("{column}") VALUES (%s)',
    "update": 'UPDATE "{table}" SET "{column}" = 1 WHERE {condition}',
    "delete": 'DELETE FROM "{table}" WHERE {condition}',
}


@dataclass(eq=False, slots=True)
class Sent:
    """One place that sends a query; in each turn of `loop` when there is one."""

    number: int
    cause: Cause
    statement: str
    call_site: Place
    loop: Loop | None = None
    #: The number of the first query of the outermost loop around it, which all of it belongs to.
    begins: int = 0
    #: How many loops are around it, that one included.
    nesting: int = 0
    origin: Place | None = None
    built_at: Place | None = None
    #: What loaded the row that it starts from, and that row.
    parent: Sent | None = None
    row: object = None
    #: Whether each turn starts from another row.
    is_row_of_turn: bool = False
    #: The read of an attribute that keeps the row which this looks up.
    beside: Sent | None = None
    #: How many calls lie between the loop and the query.
    distance: int = 0
    #: Whether each turn asks for several values at once.
    is_batch: bool = False
    #: The file of Django that the call leads to, which is the ORM's own unless a form is between.
    through: str = "django/db/models/query.py"
    #: The columns that it compares.
    columns: tuple[str, ...] = ()
    #: What to do about rows that are not fetched in Python of the project.
    hint: str = ""
    #: SQL of the project's own.
    sql: str = ""

    @property
    def turns(self) -> int:
        """How often it is written out."""
        return _TURNS**self.nesting if self.loop else 1


def trace_of(sent: Sequence[Sent], name: str) -> Trace:
    """The trace of what a function would send if its loops had a few turns."""
    written = [
        (item.begins if item.loop else item.number, turn, item.number, item)
        for item in sent
        for turn in range(item.turns)
    ]
    written.sort(key=lambda entry: entry[:3])
    positions: dict[tuple[int, int], int] = {}
    queries: list[Query] = []
    for _, turn, _, item in written:
        parent = None
        if item.parent is not None:
            of_parent = turn * item.parent.turns // item.turns
            parent = positions.get((id(item.parent), of_parent))
        for text in _texts(item):
            positions[(id(item), turn)] = len(queries)
            queries.append(_query(item, text, turn, parent, len(queries)))
    for item in sent:
        if item.beside is not None:
            queries += [_same_row(each, len(queries)) for each in (item.beside, item)]
    trace = Trace(name, "source")
    trace.records = queries
    return trace


def _texts(item: Sent) -> Iterator[str]:
    """The statements of one turn."""
    columns = item.columns or ("id",)
    table = item.cause.model.lower().replace(".", "_") or "unknown"
    if item.sql:
        yield item.sql
        return
    if item.cause.access in ("get_or_create", "update_or_create"):
        yield _statement("select", table, columns)
    text = _statement(item.statement, table, columns)
    # A batch says so by its text, as it does at run time.
    yield text.replace("= %s", "IN (%s, %s)") if item.is_batch else text


def _statement(kind: str, table: str, columns: Sequence[str]) -> str:
    condition = " AND ".join(f'"{table}"."{column}" = %s' for column in columns)
    return _STATEMENTS[kind].format(table=table, column=columns[0], condition=condition)


def _same_row(item: Sent, number: int) -> Query:
    """A query for a row that another one fetches as well."""
    text = 'SELECT * FROM "same" WHERE "id" = %s'
    return replace(_query(item, text, 0, None, number), params=("same",), scope="")


def _query(item: Sent, text: str, turn: int, parent: int | None, number: int) -> Query:
    turn_of_row = turn if item.is_row_of_turn else 0
    # Of two places nobody can tell that they ask for the same.
    value = f"{item.number} {turn}"
    values = (value, f"{value} more") if item.is_batch else (value,)
    return Query(
        sql=text,
        params=values,
        alias="",
        vendor="",
        started_ns=number,
        duration_ns=0,
        frames=((item.through, 0, ""), (item.call_site.path, item.call_site.line, "")),
        cause=item.cause,
        call_site=item.call_site,
        loop=item.loop.place if item.loop else None,
        # Rows of several querysets that one line reads are mended at each of them.
        scope=(item.origin, item.loop.place) if item.loop else item.origin or "",
        built_at=item.built_at,
        origin=item.origin,
        row=(id(item.row), turn_of_row) if item.row is not None else None,
        stack=(id(item), "turns" if item.loop else "once"),
        parent=parent,
    )
