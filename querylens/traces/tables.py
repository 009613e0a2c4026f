"""What the queries of a line share: statements, groups, places and frames, each written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from querylens.model import Cause, Place, Query
from querylens.places import shorten
from querylens.traces import layout
from querylens.traces.layout import NONE
from querylens.traces.lists import folded

_MOST_FRAMES = 100


class _Table(dict[Any, int]):
    """The number of each value, in the order they came: equal ones are written once."""

    def __init__(self, row: Callable[[Any], Any]) -> None:
        super().__init__({None: NONE})
        self.rows: list[Any] = []
        self._row = row

    def __missing__(self, value: Any) -> int:
        row = self._row(value)
        # Only now: a row may have brought others of its own table.
        number = self[value] = len(self.rows)
        self.rows.append(row)
        return number


class _Objects:
    """A table of what takes long to hash, while most queries share the very object."""

    def __init__(self, row: Callable[[Any], Any]) -> None:
        self._by_value = _Table(row)
        self._by_identity: dict[int, tuple[int, Any]] = {}
        self.rows = self._by_value.rows

    def __getitem__(self, value: Any) -> int:
        known = self._by_identity.get(id(value))
        if known is None:
            # Kept alive beside its number: its identity must not come to mean another.
            known = self._by_identity[id(value)] = (self._by_value[value], value)
        return known[0]

    def row(self, number: int) -> Any:
        """What is written of a value; None for none."""
        return None if number == NONE else self.rows[number]


class Tables:
    """The tables of one line. `root` is the folder that paths are shortened from."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._strings = _Table(str)
        self._frames = _Table(self._frame)
        self._stacks = _Table(lambda frames: [self._frames[frame] for frame in frames])
        self._call_sites = _Objects(_place)
        self._places = _Objects(_place)
        self._causes = _Objects(_cause)
        self._ignored = _Table(self._blocks)
        self._scopes = _Table(lambda scope: self._strings[str(getattr(scope, "name", scope))])
        self._statements = _Table(self._statement)
        #: What the queries of each group share, by the names of columns.
        self.groups: list[dict[str, Any]] = []
        self._groups: dict[Any, int] = {}

    @property
    def statements(self) -> list[Any]:
        """The statements as they are written."""
        return self._statements.rows

    def rows(self) -> dict[str, list[Any]]:
        """The other tables, as they are written."""
        return {
            "strings": self._strings.rows,
            "frames": self._frames.rows,
            "stacks": self._stacks.rows,
            "places": self._places.rows,
            "ignored": self._ignored.rows,
            "scopes": self._scopes.rows,
        }

    def group(self, query: Query, kind: tuple[str, int, int], size: int, has_lists: bool) -> int:
        """The number of the group of a query with so many values.

        `kind` is the text it is written with, and what it has in `way` and `text`.
        """
        sql, way, text = kind
        statement, more = folded(sql)
        places = self._places
        row = {
            "statement": self._statements[self._statement_key(query, statement)],
            "way": way,
            "text": text,
            "scope": self._scopes[query.scope],
            "more": more,
            "size": size,
            "lists": int(has_lists),
            "error": query.error,
            "loop": places[query.loop],
            "origin": places[query.origin],
            "built_at": places[query.built_at],
            "ignored": self._ignored[query.ignored or None],
        }
        number = self._groups.setdefault(tuple(row.values()), len(self.groups))
        if number == len(self.groups):
            row["stack"] = self._stacks[_inner_frames(query) or None]
            self.groups.append(row)
        return number

    def _statement_key(self, query: Query, sql: str) -> tuple[Any, ...]:
        flags = layout.IS_SETUP * query.is_setup + layout.IS_MANY * query.many
        cause, place = self._causes[query.cause], self._call_sites[query.call_site]
        return (sql, query.alias, query.vendor, flags, cause, place)

    def _statement(self, key: tuple[Any, ...]) -> list[Any]:
        *written, cause, place = key
        return [*written, self._causes.row(cause), self._call_sites.row(place)]

    def _frame(self, frame: tuple[str, int, str]) -> list[int]:
        file, line, function = frame
        return [self._strings[shorten(file, self._root)], line or 0, self._strings[function]]

    def _blocks(self, blocks: tuple[Any, ...]) -> list[Any]:
        strings = self._strings
        return [
            [[strings[code] for code in block.codes], strings[str(block.reason)]]
            for block in blocks
        ]


def _place(place: Place) -> list[Any]:
    return [
        place.file,
        place.line,
        place.end_line,
        place.function,
        place.code,
        place.template,
        place.tag,
        NONE if place.column is None else place.column,
        NONE if place.end_column is None else place.end_column,
        None if place.python is None else _place(place.python),
    ]


def _cause(cause: Cause) -> list[Any]:
    return [
        *(cause.kind, cause.access, cause.model, cause.relation, cause.path),
        int(cause.to_one),
        list(cause.fields),
        sorted(cause.facts),
    ]


def _inner_frames(query: Query) -> tuple[tuple[str, int, str], ...]:
    """From the database to the call site: what lies outside of it tells nothing more."""
    place = query.call_site
    for position, (file, line, _) in enumerate(query.frames[:_MOST_FRAMES]):
        if place is not None and (file, line) == (place.path, place.line):
            return query.frames[: position + 1]
    return query.frames[:_MOST_FRAMES]
