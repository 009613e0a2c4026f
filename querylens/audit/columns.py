"""What the queries of one recorded line have in common with each other.

A line is counted by whole groups, with no step of Python's for a single query: the speed of an
audit is the speed of this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, repeat
from typing import NamedTuple

from querylens.audit.kinds import Kind, Named, kinds_of
from querylens.audit.lines import Line, numbers

#: So often something comes back that is repeated.
_LEAST = 2

#: A subject, how many queries, and how long they took.
Loop = tuple[Named, int, int]


class Counted(NamedTuple):
    """A line, and of each of its groups the kind, and its queries by the step of each duration."""

    line: Line
    kinds: Sequence[Kind]
    steps: Sequence[bytes]
    sizes: Sequence[int]


class Repeated(NamedTuple):
    """What is alike in one line."""

    #: How many queries have a similar one, and how many a duplicate.
    similar: int
    duplicated: int
    #: What came back to one line of code, for different rows or with different values.
    loops: list[Loop]
    #: Whether all duplicates that count are sent by one loop each: its finding tells of them.
    is_explained: bool


def counted(line: Line) -> Counted:
    """Counts the groups of a line. Raises IndexError and ValueError for damage."""
    steps = list(map(bytes.fromhex, line.groups.steps))
    return Counted(line, kinds_of(line), steps, list(map(len, steps)))


def repeated(found: Counted) -> Repeated:
    """Compares the queries of a line with each other. Raises ValueError for damage."""
    kinds = found.kinds
    size = len(kinds)
    # No two groups have a text or a call site in common.
    if len({kind[1] for kind in kinds}) == size == len({kind[2] for kind in kinds}):
        return _each_alone(found)
    return _all_together(found)


def _each_alone(found: Counted) -> Repeated:
    line, kinds, _, sizes = found
    equal, time = line.groups.equal, line.groups.time
    similar = duplicated = 0
    loops: list[Loop] = []
    is_explained = True
    for number, size in enumerate(sizes):
        if size < _LEAST:
            continue
        similar += size
        again, different = 0, size
        if equal and equal[number]:
            again, different = _equal(found, (number,))
            duplicated += again
        _, subject, _, is_counted, _, _ = kinds[number]
        if not is_counted:
            continue
        if different >= _LEAST or len(line.rows(number)) >= _LEAST:
            loops.append((subject, size, time[number]))
        elif again:
            is_explained = False
    return Repeated(similar, duplicated, loops, is_explained)


def _equal(found: Counted, groups: Iterable[int]) -> tuple[int, int]:
    """Of queries with one text: how many have the values of another, how many values there are."""
    equal, alone = [], 0
    for number in groups:
        own = found.line.groups.equal[number] if found.line.groups.equal else []
        if not own:
            alone += found.sizes[number]
        elif len(own) != found.sizes[number]:
            raise ValueError
        equal += own
    sizes = Counter(equal).values()
    return sum(sizes) - list(sizes).count(1), len(sizes) + alone


def _all_together(found: Counted) -> Repeated:
    line, kinds, _, sizes = found
    time = line.groups.time
    similar = duplicated = 0
    texts = _by_text(line, kinds)
    different: dict[Hashable, int] = {}
    again: list[list[int]] = []
    for text, groups in texts.items():
        equal, different[text] = _equal(found, groups)
        size = sum(sizes[number] for number in groups)
        similar += size if size > 1 else 0
        duplicated += equal
        if equal and any(kinds[number].is_counted for number in groups):
            again.append(groups)
    loops = _loops(found, texts, different)
    explained = {number for groups in loops.values() for number in groups}
    return Repeated(
        similar,
        duplicated,
        [
            (subject, sum(map(sizes.__getitem__, groups)), sum(map(time.__getitem__, groups)))
            for subject, groups in loops.items()
        ],
        all(len(groups) == 1 and groups[0] in explained for groups in again),
    )


def _by_text(line: Line, kinds: Sequence[Kind]) -> dict[Hashable, list[int]]:
    """The groups whose queries are similar."""
    groups, size = line.groups, len(kinds)
    more = groups.more or repeat((), size)
    written = numbers(groups.text) or repeat(0, size)
    texts: dict[Hashable, list[int]] = {}
    columns = zip(kinds, numbers(groups.scope), written, more, strict=True)
    for number, (kind, *text) in enumerate(columns):
        texts.setdefault((kind.similar, *text), []).append(number)
    return texts


def _loops(
    found: Counted, texts: dict[Hashable, list[int]], different: dict[Hashable, int]
) -> dict[Named, list[int]]:
    """What came back to one line of code, and its groups.

    `different` tells how many sets of values were sent with each text.
    """
    line, kinds, _, sizes = found
    ways: Counter[tuple[Named, int]] = Counter()
    subjects: dict[Named, list[int]] = {}
    for number, (kind, way) in enumerate(zip(kinds, numbers(line.groups.way), strict=True)):
        if kind.is_counted:
            ways[kind.subject, way] += sizes[number]
            subjects.setdefault(kind.subject, []).append(number)
    values: Counter[Named] = Counter()
    for text, groups in texts.items():
        for subject in {kinds[each].subject for each in groups if kinds[each].is_counted}:
            values[subject] += different[text]
    again = {subject for (subject, _), size in ways.items() if size >= _LEAST}
    return {
        subject: groups
        for subject, groups in subjects.items()
        if subject in again
        and (
            values[subject] >= _LEAST
            or len(set(chain.from_iterable(map(line.rows, groups)))) >= _LEAST
        )
    }
