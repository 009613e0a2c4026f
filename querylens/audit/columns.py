"""What the queries of one recorded line are, and what they have in common with each other.

A line is counted by whole columns, with as few steps for a single query as there can be: the
speed of an audit is the speed of this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from querylens.audit.fold import Numbers
from querylens.audit.lines import Columns, Line
from querylens.model import Finding
from querylens.sql import Fingerprint, fingerprint, statement_kind
from querylens.traces.layout import IS_SETUP

#: So often something comes back that is repeated.
_LEAST = 2
_MOST_KINDS = 5_000

_first = itemgetter(0)


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What a group is, whichever line it is in: the same object for the same."""

    fingerprint: Fingerprint
    #: What findings of it have in common: the cause and the call site.
    subject: Hashable
    #: A number for it, and one that is equal for similar queries.
    number: int
    similar: int
    is_transaction: bool
    is_setup: bool
    is_counted: bool


class Kinds:
    """Remembers the kinds of groups."""

    def __init__(self) -> None:
        self._kinds: dict[Any, Kind] = {}
        self._similar: dict[tuple[str, str], int] = {}
        self._subjects: dict[Hashable, int] = {}

    def of(self, line: Line) -> list[Kind]:
        """The kinds of a line's groups.

        Raises IndexError, TypeError and ValueError for a line that is damaged.
        """
        if len(self._kinds) > _MOST_KINDS:
            self._kinds.clear()
            self._similar.clear()
            self._subjects.clear()
        strings, known = line.strings, self._kinds
        causes = [_cause(row, strings) for row in line.causes]
        found = []
        for row in line.groups:
            cause = causes[row[4]] if row[4] >= 0 else None
            place = _place(line.places[row[5]], strings) if row[5] >= 0 else None
            key = (strings[row[0]], strings[row[1]], strings[row[2]], row[12], cause, place)
            kind = known.get(key)
            if kind is None:
                kind = known[key] = self._new(*key)
            found.append(kind)
        return found

    def _new(
        self, sql: str, alias: str, vendor: str, flags: int, cause: Hashable, place: Hashable
    ) -> Kind:
        shape = fingerprint(sql, vendor)
        is_transaction = statement_kind(sql) == "transaction"
        is_setup = bool(flags & IS_SETUP)
        subject = (cause, place) if place else (cause, str(shape))
        return Kind(
            shape,
            subject,
            self._subjects.setdefault(subject, len(self._subjects)),
            self._similar.setdefault((alias, sql), len(self._similar)),
            is_transaction,
            is_setup,
            not (is_transaction or is_setup),
        )


def subject_of(finding: Finding) -> Hashable:
    """What the queries of a finding have in common in every line: see `Kinds`."""
    cause, place = finding.cause, finding.call_site
    told = cause and (cause.kind, cause.access, cause.model, cause.relation)
    if place is None:
        return (told, str(finding.group.fingerprint))
    where = (place.file, place.line, place.function, place.code, place.template)
    return (told, (*where, -1 if place.column is None else place.column))


def _cause(row: list[Any], strings: list[str]) -> Hashable:
    kind, access, model, relation = row[:4]
    return (strings[kind], strings[access], strings[model], strings[relation])


def _place(row: list[int], strings: list[str]) -> Hashable:
    file, line, _, function, code, template, _, column = row[:8]
    return (strings[file], line, strings[function], strings[code], strings[template], column)


def numbers_of(kinds: list[Kind], sizes: Counter[int], columns: Columns) -> Numbers:
    """The numbers of one trace; what is alike is for `repeated` to tell."""
    numbers = Numbers(traces=1, duration_ns=sum(columns.duration))
    for group, size in sizes.items():
        kind = kinds[group]
        numbers.transactions += size * kind.is_transaction
        numbers.setup += size * kind.is_setup
        numbers.queries += size * kind.is_counted
    return numbers


@dataclass(frozen=True, slots=True)
class Repeated:
    """What is alike in one line."""

    #: How many queries have a similar one, and how many a duplicate.
    similar: int
    duplicated: int
    #: The groups that came back to one line of code, for different rows or with different values.
    loops: frozenset[int]
    #: Whether all duplicates are sent by one loop each: its finding tells of them.
    is_explained: bool


def repeated(line: Line, kinds: list[Kind], sizes: Counter[int]) -> Repeated:
    """Compares the queries of a line with each other."""
    columns = line.queries
    similar = _similar(line, kinds)
    sent = Counter(zip(_of(similar, columns), columns.params, *_texts(columns), strict=True))
    duplicates = {key: size for key, size in sent.items() if size > 1}
    loops = _loops(kinds, similar, sizes, columns, Counter(map(_first, sent)))
    return Repeated(
        _similar_count(similar, sizes, columns),
        sum(duplicates.values()),
        loops,
        not duplicates or _are_explained(set(map(_first, duplicates)), similar, sizes, loops),
    )


def _similar(line: Line, kinds: list[Kind]) -> list[int]:
    """For each group a number, equal for groups whose queries are similar."""
    scopes = {row[9] for row in line.groups}
    if len(scopes) < 2:
        return [kind.similar for kind in kinds]
    numbers: dict[Any, int] = {}
    return [
        numbers.setdefault((row[9], kind.similar), len(numbers))
        for row, kind in zip(line.groups, kinds, strict=True)
    ]


def _similar_count(similar: list[int], sizes: Counter[int], columns: Columns) -> int:
    found: Counter[Any] = Counter()
    if columns.text is None:
        for group, size in sizes.items():
            found[similar[group]] += size
    else:
        found.update(zip(_of(similar, columns), columns.text, strict=True))
    return sum(size for size in found.values() if size > 1)


def _loops(
    kinds: list[Kind],
    similar: list[int],
    sizes: Counter[int],
    columns: Columns,
    different: Counter[int],
) -> frozenset[int]:
    """`different` tells how many sets of values were sent with each text."""
    stacks: Counter[tuple[int, int]] = Counter()
    for (group, stack), size in Counter(zip(columns.group, columns.stack, strict=True)).items():
        if kinds[group].is_counted:
            stacks[kinds[group].number, stack] += size
    again = {subject for (subject, _), size in stacks.items() if size >= _LEAST}
    if not again:
        return frozenset()
    values: Counter[int] = Counter()
    counted = [group for group in sizes if kinds[group].is_counted]
    for subject, text in {(kinds[group].number, similar[group]) for group in counted}:
        values[subject] += different[text]
    found = {subject for subject in again if values[subject] >= _LEAST}
    if columns.row is not None and len(found) < len(again):
        found |= again.intersection(_with_rows(kinds, columns.group, columns.row))
    return frozenset(group for group in counted if kinds[group].number in found)


def _with_rows(kinds: list[Kind], groups: list[int], rows: list[int]) -> set[int]:
    """Subjects that were asked for several rows."""
    found = Counter(
        subject
        for subject, _ in {
            (kinds[group].number, row)
            for group, row in zip(groups, rows, strict=True)
            if row >= 0 and kinds[group].is_counted
        }
    )
    return {subject for subject, size in found.items() if size >= _LEAST}


def _are_explained(
    repeats: set[int], similar: list[int], sizes: Counter[int], loops: frozenset[int]
) -> bool:
    groups: dict[int, list[int]] = {}
    for group in sizes:
        groups.setdefault(similar[group], []).append(group)
    return all(len(groups[text]) == 1 and groups[text][0] in loops for text in repeats)


def _texts(columns: Columns) -> tuple[list[int], ...]:
    """What tells texts apart whose values were taken out."""
    return () if columns.text is None else (columns.text,)


def _of(numbers: list[int], columns: Columns) -> Iterable[int]:
    return map(numbers.__getitem__, columns.group)
