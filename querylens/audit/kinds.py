"""What recorded statements are: worked out once for each, and recognised by their bytes."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

from querylens.audit.lines import CauseRow, Line, More, PlaceRow, Statement, read_statement
from querylens.model import Finding
from querylens.sql import fingerprint, statement_kind
from querylens.traces.layout import IS_SETUP, LONGEST_LINE
from querylens.traces.lists import longer, unfolded

#: Bytes of statements that are remembered.
_MOST_BYTES = 16_000_000
#: What one takes beside its bytes, roughly.
_ENTRY = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """One object for equal names, so that it is compared by identity."""

    name: Any


class Kind(NamedTuple):
    """What a statement is, whichever line it is in."""

    #: The fingerprint.
    shape: Named
    #: What findings of it have in common: the cause and the call site.
    subject: Named
    #: The same for equal texts, unless their lists differ in length.
    similar: Named
    is_counted: bool
    is_transaction: bool
    is_setup: bool


class Kinds(dict[bytes, Kind]):
    """The kind of each statement, by its bytes in the line.

    Reading raises ValueError for a statement that is damaged.
    """

    def __init__(self) -> None:
        super().__init__()
        self._room = _MOST_BYTES
        self._names: dict[Hashable, Named] = {}
        #: Whether a longer list leaves the shape of a statement as it is: in calls it does not.
        self._keep_shape: dict[bytes, bool] = {}
        self._others: dict[tuple[bytes, More], Kind] = {}

    @property
    def is_full(self) -> bool:
        """Whether others should take its place, before the next line."""
        return self._room < 0

    def __missing__(self, written: bytes) -> Kind:
        statement: Statement = read_statement(written)
        kind = self[written] = self._new(statement, statement.sql)
        self._room -= len(written) + _ENTRY
        return kind

    def with_lists(self, written: bytes, more: More) -> Kind:
        """The kind of a statement whose lists are so much longer than what is written of them."""
        if written not in self._keep_shape:
            statement: Statement = read_statement(written)
            longest = unfolded(statement.sql, [(place, size, 3) for place, size, _ in more])
            shape = fingerprint(longest, statement.vendor)
            self._keep_shape[written] = shape == self[written].shape.name
        if self._keep_shape[written]:
            return self[written]
        kind = self._others.get((written, more))
        if kind is None:
            kind = self._others[written, more] = self._exact(read_statement(written), more)
            self._room -= len(written) + _ENTRY
        return kind

    def _exact(self, statement: Statement, more: More) -> Kind:
        if longer(more) > LONGEST_LINE:
            raise ValueError
        return self._new(statement, unfolded(statement.sql, more))

    def _new(self, statement: Statement, sql: str) -> Kind:
        shape = fingerprint(sql, statement.vendor)
        is_transaction = statement_kind(sql) == "transaction"
        is_setup = bool(statement.flags & IS_SETUP)
        return Kind(
            self._named(shape),
            self._named(_subject(statement.cause, statement.call_site, shape)),
            self._named((statement.alias, statement.sql)),
            not (is_transaction or is_setup),
            is_transaction,
            is_setup,
        )

    def _named(self, name: Hashable) -> Named:
        return self._names.setdefault(name, Named(name))


class _OfThread(threading.local):
    """Those that were met before in this thread, in whatever file."""

    def __init__(self) -> None:
        self.kinds = Kinds()


_known = _OfThread()


def kinds_of(line: Line) -> list[Kind]:
    """The kinds of a line's groups. Raises IndexError and ValueError for damage."""
    if _known.kinds.is_full:
        _known.kinds = Kinds()
    known = _known.kinds
    statements = list(map(known.__getitem__, map(bytes, line.statements)))
    groups = line.groups
    if not groups.more:
        return list(map(statements.__getitem__, groups.statement))
    return [
        known.with_lists(bytes(line.statements[number]), more) if more else statements[number]
        for number, more in zip(groups.statement, groups.more, strict=True)
    ]


def _subject(cause: CauseRow | None, place: PlaceRow | None, shape: str) -> Hashable:
    told = cause and (cause.kind, cause.access, cause.model, cause.relation)
    if place is None:
        return (told, str(shape))
    where = (place.file, place.line, place.function, place.code, place.template, place.column)
    return (told, where)


def subject_of(finding: Finding) -> Hashable:
    """What the queries of a finding have in common in every line, as the name of a subject."""
    cause, place = finding.cause, finding.call_site
    told = cause and (cause.kind, cause.access, cause.model, cause.relation)
    if place is None:
        return (told, str(finding.group.fingerprint))
    where = (place.file, place.line, place.function, place.code, place.template)
    return (told, (*where, -1 if place.column is None else place.column))
