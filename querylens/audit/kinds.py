"""What recorded statements are: worked out once for each, and recognised by their bytes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from querylens.audit.fold import Repeat
from querylens.audit.lines import CauseRow, Line, More, PlaceRow, Statement, Written, read_statement
from querylens.model import Finding
from querylens.sql import Fingerprint, fingerprint, statement_kind
from querylens.traces.layout import IS_SETUP, LONGEST_LINE
from querylens.traces.lists import longer, unfolded

_MOST_KINDS = 12_000


@dataclass(slots=True, eq=False)
class Shape:
    """Statements of one fingerprint: what their durations add up to until they are folded."""

    name: Fingerprint
    #: Of each duration the step.
    steps: bytearray = field(default_factory=bytearray)
    total_ns: int = 0
    longest_ns: int = 0

    def begin_again(self) -> None:
        """Lets go of what was folded."""
        self.steps = bytearray()
        self.total_ns = self.longest_ns = 0


@dataclass(slots=True, eq=False)
class Subject:
    """What findings have in common: the cause and the call site. `repeat` is the fold's."""

    name: Hashable
    repeat: Repeat | None = None


class Kind(NamedTuple):
    """What a statement is, whichever line it is in. Its objects are the same for equal names."""

    shape: Shape
    subject: Subject
    #: The same for equal texts, unless their lists differ in length.
    similar: object
    is_counted: bool
    is_transaction: bool
    is_setup: bool


class Kinds:
    """The kind of each statement that was met."""

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}
        self._subjects: dict[Hashable, Subject] = {}
        self._texts: dict[tuple[str, str], object] = {}
        #: By the hash of its bytes, which nobody who writes a file can foresee.
        self._kinds: dict[int, Kind] = {}
        #: Whether a longer list leaves the shape of a statement as it is: in calls it does not.
        self._keep_shape: dict[int, bool] = {}
        self._with_lists: dict[tuple[int, More], Kind] = {}

    @property
    def is_full(self) -> bool:
        """Whether others should take its place, before the next line."""
        return len(self._kinds) + len(self._with_lists) > _MOST_KINDS

    def of(self, line: Line) -> list[Kind]:
        """The kinds of a line's groups. Raises IndexError and ValueError for damage."""
        hashes = list(map(hash, map(bytes, line.statements)))
        try:
            statements = list(map(self._kinds.__getitem__, hashes))
        except KeyError:
            statements = [self._kind(*each) for each in zip(hashes, line.statements, strict=True)]
        more = line.groups.more
        if line.groups.statement is None and not more:
            return statements
        numbers: Sequence[int] = line.groups.statement or range(len(statements))
        if not more:
            return list(map(statements.__getitem__, numbers))
        return [
            self._longer(hashes[number], statements[number], line.statements[number], own)
            if own
            else statements[number]
            for number, own in zip(numbers, more, strict=True)
        ]

    def _kind(self, number: int, written: Written) -> Kind:
        kind = self._kinds.get(number)
        if kind is None:
            statement: Statement = read_statement(written)
            kind = self._kinds[number] = self._new(statement, statement.sql)
        return kind

    def _longer(self, number: int, kind: Kind, written: Written, more: More) -> Kind:
        """The kind of a statement whose lists are so much longer than what is written of them."""
        if number not in self._keep_shape:
            statement: Statement = read_statement(written)
            longest = unfolded(statement.sql, [(place, size, 3) for place, size, _ in more])
            shape = fingerprint(longest, statement.vendor)
            self._keep_shape[number] = shape == kind.shape.name
        if self._keep_shape[number]:
            return kind
        found = self._with_lists.get((number, more))
        if found is None:
            if longer(more) > LONGEST_LINE:
                raise ValueError
            statement = read_statement(written)
            found = self._new(statement, unfolded(statement.sql, more))
            self._with_lists[number, more] = found
        return found

    def _new(self, statement: Statement, sql: str) -> Kind:
        shape = fingerprint(sql, statement.vendor)
        subject = _subject(statement.cause, statement.call_site, shape)
        is_transaction = statement_kind(sql) == "transaction"
        is_setup = bool(statement.flags & IS_SETUP)
        return Kind(
            self.shapes.setdefault(shape, Shape(shape)),
            self._subjects.setdefault(subject, Subject(subject)),
            self._texts.setdefault((statement.alias, statement.sql), object()),
            not (is_transaction or is_setup),
            is_transaction,
            is_setup,
        )


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
