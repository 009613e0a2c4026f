"""What the queries of one recorded line have in common with each other.

A line is counted by whole groups, with no step of Python's for a single query: the speed of an
audit is the speed of this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain

from querylens.audit.kinds import Kind, Subject
from querylens.audit.lines import Details, Line, Ways, read_details

#: So often something comes back that is repeated.
_LEAST = 2

#: A subject, how many queries, and how long they took.
Loop = tuple[Subject, int, int]


#: How many queries of a line have a similar one, how many have a duplicate, and what came back to
#: one line of code, for different rows or with different values.
Repeated = tuple[int, int, list[Loop]]


def repeated(
    line: Line, kinds: Sequence[Kind], sizes: Sequence[int], written: memoryview
) -> Repeated | None:
    """Compares the queries of a line with each other; `kinds` and `sizes` are those of its groups.

    None when there are duplicates that count and are not all sent by one loop, whose finding would
    tell of them. Raises ValueError for damage.
    """
    _, subjects, similar, *_ = zip(*kinds, strict=True) if kinds else ((), (), ())
    # No two groups have a text or a call site in common.
    if len(set(subjects)) == len(kinds) == len(set(similar)):
        return _each_alone(line, kinds, sizes, written)
    return _all_together(line, kinds, sizes, read_details(written))


def _each_alone(
    line: Line, kinds: Sequence[Kind], sizes: Sequence[int], written: memoryview
) -> Repeated | None:
    equal, time = line.groups.equal, line.groups.time
    similar = duplicated = 0
    loops: list[Loop] = []
    for number, size in enumerate(sizes):
        if size < _LEAST:
            continue
        similar += size
        again, different = 0, size
        if equal and equal[number]:
            again, different = _equal(line, sizes, (number,))
            duplicated += again
        _, subject, _, is_counted, _, _ = kinds[number]
        if not is_counted:
            continue
        if different >= _LEAST or len(read_details(written).rows(number)) >= _LEAST:
            loops.append((subject, size, time[number]))
        elif again:
            return None
    return similar, duplicated, loops


def _equal(line: Line, sizes: Sequence[int], groups: Iterable[int]) -> tuple[int, int]:
    """Of queries with one text: how many have the values of another, how many values there are."""
    equal, alone = [], 0
    for number in groups:
        own = line.groups.equal[number] if line.groups.equal else []
        if not own:
            alone += sizes[number]
        elif len(own) != sizes[number]:
            raise ValueError
        equal += own
    found = Counter(equal).values()
    return sum(found) - list(found).count(1), len(found) + alone


def _all_together(
    line: Line, kinds: Sequence[Kind], sizes: Sequence[int], details: Details
) -> Repeated | None:
    similar = duplicated = 0
    texts = _by_text(line, kinds, details.groups)
    different: dict[Hashable, int] = {}
    again: list[list[int]] = []
    for text, groups in texts.items():
        equal, different[text] = _equal(line, sizes, groups)
        size = sum(sizes[number] for number in groups)
        similar += size if size > 1 else 0
        duplicated += equal
        if equal and any(kinds[number].is_counted for number in groups):
            again.append(groups)
    found = _loops(details, kinds, sizes, texts, different)
    explained = {number for groups in found.values() for number in groups}
    if not all(len(groups) == 1 and groups[0] in explained for groups in again):
        return None
    time = line.groups.time
    loops = [
        (subject, sum(map(sizes.__getitem__, groups)), sum(map(time.__getitem__, groups)))
        for subject, groups in found.items()
    ]
    return similar, duplicated, loops


def _by_text(line: Line, kinds: Sequence[Kind], ways: Ways) -> dict[Hashable, list[int]]:
    """The groups whose queries are similar."""
    size = len(kinds)
    more, written = line.groups.more or [()] * size, ways.text or [0] * size
    texts: dict[Hashable, list[int]] = {}
    columns = zip(kinds, ways.scope, written, more, strict=True)
    for number, (kind, *text) in enumerate(columns):
        texts.setdefault((kind.similar, *text), []).append(number)
    return texts


def _loops(
    details: Details,
    kinds: Sequence[Kind],
    sizes: Sequence[int],
    texts: dict[Hashable, list[int]],
    different: dict[Hashable, int],
) -> dict[Subject, list[int]]:
    """What came back to one line of code, and its groups.

    `different` tells how many sets of values were sent with each text.
    """
    ways: Counter[tuple[Subject, int]] = Counter()
    subjects: dict[Subject, list[int]] = {}
    for number, (kind, way) in enumerate(zip(kinds, details.groups.way, strict=True)):
        if kind.is_counted:
            ways[kind.subject, way] += sizes[number]
            subjects.setdefault(kind.subject, []).append(number)
    values: Counter[Subject] = Counter()
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
            or len(set(chain.from_iterable(map(details.rows, groups)))) >= _LEAST
        )
    }
