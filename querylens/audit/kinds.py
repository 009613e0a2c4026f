"""What recorded statements are: worked out once for each, and recognised by their bytes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from querylens.audit.fold import Repeat
from querylens.audit.lines import (
    CauseRow,
    Line,
    More,
    PlaceRow,
    Statement,
    Written,
    read_place,
    read_statement,
)
from querylens.model import Finding, Place
from querylens.sql import Fingerprint, fingerprint, statement_kind
from querylens.traces.layout import IS_SETUP, LONGEST_LINE, NONE
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
    """A cause and a call site. `repeats` are the fold's, by loop and queryset."""

    name: Hashable
    cause: CauseRow | None
    #: What no line of the project sends is told when that is asked for.
    is_told: bool
    repeats: dict[Hashable, Repeat] = field(default_factory=dict)


class Kind(NamedTuple):
    """What a statement is, whichever line it is in. Its objects are the same for equal names."""

    shape: Shape
    subject: Subject
    #: The same for equal texts, unless their lists differ in length.
    similar: object
    is_counted: bool
    is_transaction: bool
    is_setup: bool
    is_read: bool
    #: The hash of its bytes, the same in every process.
    digest: bytes


class Kinds:
    """The kind of each statement that was met."""

    def __init__(self, third_party: bool) -> None:
        self.shapes: dict[str, Shape] = {}
        self._third_party = third_party
        self._subjects: dict[Hashable, Subject] = {}
        self._texts: dict[tuple[str, str], object] = {}
        #: By the hash of its bytes, which nobody who writes a file can foresee.
        self._kinds: dict[int, Kind] = {}
        #: Whether a longer list leaves the shape of a statement as it is: in calls it does not.
        self._keep_shape: dict[int, bool] = {}
        self._with_lists: dict[tuple[int, More], Kind] = {}
        self._places: dict[int, Hashable] = {}

    def forget_repeats(self) -> None:
        """Lets go of a fold: what comes next is added to another."""
        for subject in self._subjects.values():
            subject.repeats.clear()

    @property
    def is_full(self) -> bool:
        """Whether others should take its place, before the next line."""
        known = len(self._kinds) + len(self._with_lists) + len(self._places)
        return known > _MOST_KINDS

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

    def places(self, line: Line, groups: Sequence[int]) -> tuple[Hashable, Hashable]:
        """The loop and the queryset that groups share. Raises IndexError and ValueError."""
        columns = line.groups
        return self._shared(line, columns.loop, groups), self._shared(line, columns.origin, groups)

    def _shared(self, line: Line, column: list[int] | None, groups: Sequence[int]) -> Hashable:
        """The place that the groups have in common; None if there is none."""
        if column is None:
            return None
        number = column[groups[0]]
        if len(groups) > 1 and {column[group] for group in groups} != {number}:
            return None
        if number == NONE:
            return None
        written = bytes(line.places[number])
        known = self._places.get(hash(written))
        if known is None:
            known = self._places[hash(written)] = _where(read_place(written))
        return known

    def _kind(self, number: int, written: Written) -> Kind:
        kind = self._kinds.get(number)
        if kind is None:
            statement: Statement = read_statement(written)
            kind = self._kinds[number] = self._new(statement, statement.sql, written)
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
            found = self._new(statement, unfolded(statement.sql, more), written)
            self._with_lists[number, more] = found
        return found

    def _new(self, statement: Statement, sql: str, written: Written) -> Kind:
        shape = fingerprint(sql, statement.vendor)
        subject = _subject(statement.cause, statement.call_site, shape)
        is_told = self._third_party or statement.call_site is not None
        kind = statement_kind(sql)
        is_transaction = kind == "transaction"
        is_setup = bool(statement.flags & IS_SETUP)
        return Kind(
            self.shapes.setdefault(shape, Shape(shape)),
            self._subjects.setdefault(subject, Subject(subject, statement.cause, is_told)),
            self._texts.setdefault((statement.alias, statement.sql), object()),
            not (is_transaction or is_setup),
            is_transaction,
            is_setup,
            kind == "select",
            blake2b(written, digest_size=12).digest(),
        )


def _subject(cause: CauseRow | None, place: PlaceRow | None, shape: str) -> Hashable:
    told = cause and (cause.kind, cause.access, cause.model, cause.relation)
    return (told, str(shape) if place is None else _where(place))


def subject_of(finding: Finding) -> Hashable:
    """What the queries of a finding have in common in every line, as the fold names it."""
    cause, place = finding.cause, finding.call_site
    told = cause and (cause.kind, cause.access, cause.model, cause.relation)
    where = str(finding.group.fingerprint) if place is None else _where(place)
    loop, origin = finding.loop, finding.origin
    return ((told, where), loop and _where(loop), origin and _where(origin))


def _where(place: PlaceRow | Place) -> Hashable:
    column = NONE if place.column is None else place.column
    return (place.file, place.line, place.function, place.code, place.template, column)
