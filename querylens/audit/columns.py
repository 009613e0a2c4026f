"""What the queries of one recorded line have in common with each other.

A line is counted by whole groups, with no step of Python's for a single query: the speed of an
audit is the speed of this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from querylens.audit.kinds import Kind, Named
from querylens.audit.lines import Group, Line

#: So often something comes back that is repeated.
_LEAST = 2


Loop = tuple[Named, int, int]


class Repeated(NamedTuple):
    """What is alike in one line."""

    #: How many queries have a similar one, and how many a duplicate.
    similar: int
    duplicated: int
    #: What came back to one line of code, for different rows or with different values: its
    #: subject, how many queries, and their durations.
    loops: list[Loop]
    #: Whether all duplicates that count are sent by one loop each: its finding tells of them.
    is_explained: bool


def repeated(line: Line, kinds: Sequence[Kind]) -> Repeated:
    """Compares the queries of a line with each other. Raises ValueError for damage."""
    size = len(kinds)
    # No two groups have a text or a call site in common.
    if len({kind[1] for kind in kinds}) == size == len({kind[2] for kind in kinds}):
        return _each_alone(line, kinds)
    return _all_together(line, kinds)


def _each_alone(line: Line, kinds: Sequence[Kind]) -> Repeated:
    similar = duplicated = 0
    loops: list[Loop] = []
    is_explained = True
    for number, group in enumerate(line.groups):
        size = len(group.durations)
        if size < _LEAST:
            continue
        similar += size
        again, different = _equal((group,)) if group.equal else (0, size)
        duplicated += again
        _, subject, _, is_counted, _, _ = kinds[number]
        if not is_counted:
            continue
        if different >= _LEAST or len(line.rows(number)) >= _LEAST:
            loops.append((subject, size, sum(group.durations)))
        elif again:
            is_explained = False
    return Repeated(similar, duplicated, loops, is_explained)


def _equal(groups: Sequence[Group]) -> tuple[int, int]:
    """Of queries with one text: how many have the values of another, how many values there are."""
    if any(len(group.equal) not in (0, len(group.durations)) for group in groups):
        raise ValueError
    sizes = Counter(chain.from_iterable(group.equal for group in groups)).values()
    alone = sum(len(group.durations) for group in groups if not group.equal)
    return sum(sizes) - list(sizes).count(1), len(sizes) + alone


def _all_together(line: Line, kinds: Sequence[Kind]) -> Repeated:
    similar = duplicated = 0
    texts = _by_text(line, kinds)
    different: dict[Hashable, int] = {}
    again: list[list[int]] = []
    for text, numbers in texts.items():
        groups = [line.groups[number] for number in numbers]
        equal, different[text] = _equal(groups)
        size = sum(len(group.durations) for group in groups)
        similar += size if size > 1 else 0
        duplicated += equal
        if equal:
            again.append(numbers)
    found = _loops(line, kinds, texts, different)
    explained = {number for numbers in found.values() for number in numbers}
    is_explained = all(
        (len(numbers) == 1 and numbers[0] in explained)
        or not any(kinds[number].is_counted for number in numbers)
        for numbers in again
    )
    loops = [_loop(line, subject, numbers) for subject, numbers in found.items()]
    return Repeated(similar, duplicated, loops, is_explained)


def _loop(line: Line, subject: Named, numbers: Iterable[int]) -> Loop:
    durations = [line.groups[number].durations for number in numbers]
    return subject, sum(map(len, durations)), sum(map(sum, durations))


def _by_text(line: Line, kinds: Sequence[Kind]) -> dict[Hashable, list[int]]:
    """The groups whose queries are similar."""
    texts: dict[Hashable, list[int]] = {}
    for number, (group, kind) in enumerate(zip(line.groups, kinds, strict=True)):
        text = (kind.similar, group.scope, group.text, group.more)
        texts.setdefault(text, []).append(number)
    return texts


def _loops(
    line: Line,
    kinds: Sequence[Kind],
    texts: dict[Hashable, list[int]],
    different: dict[Hashable, int],
) -> dict[Named, list[int]]:
    """What came back to one line of code, and its groups.

    `different` tells how many sets of values were sent with each text.
    """
    ways: Counter[tuple[Named, int]] = Counter()
    found: dict[Named, list[int]] = {}
    for number, (group, kind) in enumerate(zip(line.groups, kinds, strict=True)):
        if kind.is_counted:
            ways[kind.subject, group.way] += len(group.durations)
            found.setdefault(kind.subject, []).append(number)
    values: Counter[Named] = Counter()
    for text, numbers in texts.items():
        for subject in {kinds[each].subject for each in numbers if kinds[each].is_counted}:
            values[subject] += different[text]
    again = {subject for (subject, _), size in ways.items() if size >= _LEAST}
    return {
        subject: numbers
        for subject, numbers in found.items()
        if subject in again
        and (
            values[subject] >= _LEAST
            or len(set(chain.from_iterable(map(line.rows, numbers)))) >= _LEAST
        )
    }
