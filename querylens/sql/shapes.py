"""What a statement asks, read from the text of its fingerprint.

`shape_of(fingerprint(sql, vendor).text)` reads the SQL that Django's compilers write for
PostgreSQL, MySQL, MariaDB and SQLite, and of other SQL as much as looks like it. It takes any
text, in linear time, and never fails. Where it is not sure it tells less: set operations, several
statements, a text that was cut, are a verb and tables at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from querylens.sql.clauses import (
    Sources,
    Tokens,
    aggregate_of,
    clauses_of,
    column_named,
    read_conditions,
    read_sources,
    selected_columns,
    table_named,
    tables_of,
)

Verb = Literal["select", "insert", "update", "delete", "other"]


class Column(NamedTuple):
    """A column and the table it belongs to, unquoted; `table` is empty where that is not known."""

    table: str
    name: str


@dataclass(frozen=True)
class Shape:
    """What a statement asks. Names are unquoted; what stood without quotes is in lower case."""

    verb: Verb = "other"
    #: The table that is read first or written; empty where it is not known, as of a subquery.
    table: str = ""
    #: Every table that is named, also in subqueries, sorted.
    tables: tuple[str, ...] = ()
    #: Columns that are selected by themselves, inserted or set; not those within expressions.
    columns: tuple[Column, ...] = ()
    #: Columns that must equal a value, and those that must be in a list of values.
    equals: tuple[Column, ...] = ()
    in_list: tuple[Column, ...] = ()
    #: Tables that are joined, in order.
    joins: tuple[str, ...] = ()
    is_limited: bool = False
    is_ordered: bool = False
    #: Reads a stretch of the rows: past an offset, or from a value on.
    is_page: bool = False
    #: `count`, `sum`, `avg`, `min` or `max` where such numbers of all rows are all that is
    #: selected: the first of them.
    aggregate: str = ""
    #: `SELECT 1 AS "a" … LIMIT 1`, as `exists()` writes it.
    is_exists: bool = False
    for_update: bool = False
    #: Whether WHERE holds nothing that takes a value but `equals` and `in_list`; of an INSERT,
    #: whether it gives its rows as values.
    is_simple: bool = False
    #: Whether its table is quoted, as Django's ORM writes every name.
    is_quoted: bool = False
    #: An INSERT that passes over rows that are there already.
    ignores_conflicts: bool = False

    @property
    def is_count(self) -> bool:
        return self.aggregate == "count"

    @cached_property
    def compared(self) -> tuple[Column, ...]:
        """The columns whose values must be given."""
        if not self.in_list and len(self.equals) < 2:
            return self.equals
        return tuple(dict.fromkeys((*self.equals, *self.in_list)))

    @cached_property
    def only_column(self) -> Column | None:
        """The column whose value is all that the statement asks by."""
        columns = self.compared
        is_only = self.is_simple and len(columns) == 1 and columns[0].table
        return columns[0] if is_only else None

    @cached_property
    def key(self) -> str:
        """The primary key of the table: `id`, or else the column that is selected first."""
        if self.verb != "select" or (self.table, "id") in self.columns:
            return "id"
        own = (column.name for column in self.columns if column.table == self.table)
        return next(own, "id")

    @cached_property
    def is_by_key(self) -> bool:
        """Whether the row of one primary key is asked for, and nothing else."""
        return not self.in_list and self.only_column == (self.table, self.key)


def shape_of(text: str) -> Shape:
    """Tells what a statement asks, from the text of its fingerprint."""
    tokens = Tokens.of(text)
    words = tokens.words
    if not words or not tokens.is_balanced or ";" in words:
        return Shape()
    if words[0] == "SELECT":
        return _select(tokens)
    if words[0] in ("INSERT", "REPLACE"):
        return _insert(tokens)
    if words[0] in ("UPDATE", "DELETE"):
        return _change(tokens)
    return Shape(tables=tables_of(tokens, clauses_of(tokens)))


def _columns(found: list[tuple[str, str]]) -> tuple[Column, ...]:
    return tuple(Column(*column) for column in found)


def _select(tokens: Tokens) -> Shape:
    clauses = clauses_of(tokens)
    tables = tables_of(tokens, clauses)
    if clauses is None:
        return Shape("select", tables=tables)
    sources = read_sources(tokens, clauses.get("FROM", range(0)))
    where = read_conditions(tokens, clauses.get("WHERE", range(0)), sources)
    selected = clauses["SELECT"]
    is_limited = "LIMIT" in clauses or "FETCH" in clauses
    is_ordered = "ORDER" in clauses
    limit = [tokens.words[i] for i in clauses.get("LIMIT", ())]
    is_page = is_limited and ("OFFSET" in clauses or "," in limit or where.has_range)
    is_whole = "GROUP" not in clauses and "HAVING" not in clauses
    asks_nothing = [tokens.words[i] for i in selected][:2] == ["?", "AS"] and len(selected) == 3
    return Shape(
        verb="select",
        table=sources.table,
        tables=tables,
        columns=_columns(selected_columns(tokens, selected, sources)),
        equals=_columns(where.equals),
        in_list=_columns(where.in_list),
        joins=tuple(sources.joined),
        is_limited=is_limited,
        is_ordered=is_ordered,
        is_page=is_page,
        aggregate=aggregate_of(tokens, selected) if is_whole else "",
        is_exists=asks_nothing and is_limited,
        for_update="FOR" in clauses or "LOCK" in clauses,
        is_simple=where.is_simple and is_whole and sources.table != "",
        is_quoted=sources.is_quoted,
    )


def _insert(tokens: Tokens) -> Shape:
    words = tokens.words
    tables = tables_of(tokens, clauses_of(tokens))
    into = words.index("INTO") + 1 if "INTO" in words else len(words)
    if into >= len(words) or not tokens.is_name(into):
        return Shape("insert", tables=tables)
    table = table_named(words[into])
    end = tokens.partners.get(into + 1, into)
    names = range(into + 2, end, 2)
    is_list = words[into + 3 : end : 2] == [","] * (len(names) - 1)
    is_list = is_list and all(map(tokens.is_name, names))
    columns = [(table, column_named(words[name])[1]) for name in names] if is_list else []
    does_nothing = words[end + 1 :].count("NOTHING") == 1 and "CONFLICT" in words[end + 1 :]
    return Shape(
        verb="insert",
        table=table,
        tables=tables,
        columns=_columns(columns),
        is_simple=words[end + 1 : end + 3] == ["VALUES", "("],
        is_quoted=tokens.is_quoted(into),
        ignores_conflicts=does_nothing or "IGNORE" in words[:into],
    )


def _change(tokens: Tokens) -> Shape:
    """An UPDATE or DELETE of one table; of several, as MySQL has them, the tables only."""
    words = tokens.words
    verb: Verb = "update" if words[0] == "UPDATE" else "delete"
    clauses = clauses_of(tokens)
    bare = Shape(verb, tables=tables_of(tokens, clauses))
    if clauses is None:
        return bare
    named = clauses[words[0]] if verb == "update" else clauses.get("FROM", range(0))
    sources = read_sources(tokens, named)
    if not sources.table or sources.joined or (verb == "update" and "FROM" in clauses):
        return bare
    if verb == "delete" and clauses["DELETE"]:
        return bare
    where = read_conditions(tokens, clauses.get("WHERE", range(0)), sources)
    return Shape(
        verb=verb,
        table=sources.table,
        tables=bare.tables,
        columns=_columns(_set_columns(tokens, clauses.get("SET", range(0)), sources)),
        equals=_columns(where.equals),
        in_list=_columns(where.in_list),
        is_limited="LIMIT" in clauses,
        is_ordered="ORDER" in clauses,
        is_simple=where.is_simple,
        is_quoted=sources.is_quoted,
    )


def _set_columns(tokens: Tokens, clause: range, sources: Sources) -> list[tuple[str, str]]:
    return [
        sources.resolve(tokens.words[part.start])
        for part in tokens.split(clause, ",")
        if len(part) > 2 and tokens.is_name(part.start) and tokens.words[part.start + 1] == "="
    ]
