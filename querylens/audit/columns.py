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


class Repeated(NamedTuple):
    """What is alike in one line."""

    #: How many queries have a similar one, and how many a duplicate.
    similar: int
    duplicated: int
    #: What came back to one line of code, for different rows or with different values; with the
    #: numbers of its groups.
    loops: dict[Named, list[int]]
    #: Whether all duplicates that count are sent by one loop each: its finding tells of them.
    is_explained: bool


def repeated(line: Line, kinds: Sequence[Kind]) -> Repeated:
    """Compares the queries of a line with each other. Raises ValueError for damage."""
    groups = line.groups
    if _are_different(kinds):
        several = [each for each, group in enumerate(groups) if len(group.durations) > 1]
        return _each_alone(line, kinds, several)
    return _all_together(line, kinds)


def _are_different(kinds: Sequence[Kind]) -> bool:
    """Whether no two groups have a text or a call site in common."""
    size = len(kinds)
    return len({kind[1] for kind in kinds}) == size == len({kind[2] for kind in kinds})


def _each_alone(line: Line, kinds: Sequence[Kind], several: Iterable[int]) -> Repeated:
    similar = duplicated = 0
    loops: dict[Named, list[int]] = {}
    is_explained = True
    for number in several:
        group = line.groups[number]
        size = len(group.durations)
        similar += size
        if group.equal:
            again, different = _equal((group,))
            duplicated += again
        else:
            again, different = 0, size
        if not kinds[number].is_counted:
            continue
        if different >= _LEAST or len(line.rows(number)) >= _LEAST:
            loops[kinds[number].subject] = [number]
        elif again:
            is_explained = False
    return Repeated(similar, duplicated, loops, is_explained)


def _equal(groups: Sequence[Group]) -> tuple[int, int]:
    """Of queries with one text: how many have the values of another, how many values there are."""
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
    loops = _loops(line, kinds, texts, different)
    explained = {number for numbers in loops.values() for number in numbers}
    is_explained = all(
        (len(numbers) == 1 and numbers[0] in explained)
        or not any(kinds[number].is_counted for number in numbers)
        for numbers in again
    )
    return Repeated(similar, duplicated, loops, is_explained)


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
