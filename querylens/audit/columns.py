"""What the queries of one recorded line have in common with each other.

A line is counted by whole groups, with no step of Python's for a single query: the speed of an
audit is the speed of this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from querylens.audit.kinds import Kind, Subject
from querylens.audit.lines import Details, Line, Ways, read_details

#: So often something comes back that is repeated.
_LEAST = 2

#: A subject, how many queries, how long they took, and their groups.
Loop = tuple[Subject, int, int, list[int]]


class Again(NamedTuple):
    """Groups with one text, in whatever scopes, of which some have duplicates that count.

    Those of no loop, and those of loops.
    """

    others: list[int]
    of_loops: list[int]


#: How many queries of a line have a similar one, how many have a duplicate, what came back to one
#: line of code, for different rows or with different values, and what loops don't explain.
Repeated = tuple[int, int, list[Loop], list[Again]]


def repeated(
    line: Line,
    kinds: Sequence[Kind],
    sizes: Sequence[int],
    written: memoryview,
    *,
    loops_are_told: bool,
) -> Repeated | None:
    """Compares the queries of a line with each other; `kinds` and `sizes` are those of its groups.

    None when it takes the rules to tell which duplicates a loop explains: not all loops are told, a
    row is looked up in one and read through an attribute too, or a line of code sends statements of
    several shapes. Raises ValueError for damage.
    """
    _, subjects, texts, *_ = zip(*kinds, strict=True) if kinds else ((), (), ())
    # No two groups have a text or a call site in common.
    if len(set(subjects)) == len(kinds) == len(set(texts)):
        return _each_alone(line, kinds, sizes, written)
    found = _all_together(line, kinds, sizes, read_details(written))
    if found is None or any(_take_the_rules(kinds, each, loops_are_told) for each in found[3]):
        return None
    similar, duplicated, loops, again = found
    return similar, duplicated, loops, [each for each in again if each.others]


def _each_alone(
    line: Line, kinds: Sequence[Kind], sizes: Sequence[int], written: memoryview
) -> Repeated:
    equal, time = line.groups.equal, line.groups.time
    similar = duplicated = 0
    loops: list[Loop] = []
    others: list[Again] = []
    for number, size in enumerate(sizes):
        if size < _LEAST:
            continue
        similar += size
        again, different = 0, size
        if equal and equal[number]:
            again, different = _equal(line, sizes, (number,))
            duplicated += again
        kind = kinds[number]
        if not (kind.is_counted and kind.subject.is_told):
            continue
        if different >= _LEAST or len(read_details(written).rows(number)) >= _LEAST:
            loops.append((kind.subject, size, time[number], [number]))
        elif again:
            others.append(Again([number], []))
    return similar, duplicated, loops, others


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
    again: dict[Hashable, list[int]] = {}
    for (_, *text), groups in _by_text(line, kinds, details.groups).items():
        equal, _ = _equal(line, sizes, groups)
        size = sum(sizes[number] for number in groups)
        similar += size if size > 1 else 0
        duplicated += equal
        counted = [number for number in groups if kinds[number].is_counted]
        if equal and any(kinds[number].subject.is_told for number in counted):
            again.setdefault(tuple(text), []).extend(counted)
    if _have_several_shapes(kinds, again.values()):
        return None
    found = _loops(line, details, kinds, sizes)
    explained = {number for groups in found.values() for number in groups}
    texts = [
        Again([each for each in groups if each not in explained], [*explained.intersection(groups)])
        for groups in again.values()
    ]
    time = line.groups.time
    loops = [
        (subject, sum(map(sizes.__getitem__, groups)), sum(map(time.__getitem__, groups)), groups)
        for subject, groups in found.items()
    ]
    return similar, duplicated, loops, texts


def _take_the_rules(kinds: Sequence[Kind], again: Again, loops_are_told: bool) -> bool:
    """Whether it takes the rules to tell what a loop explains."""
    groups = [*again.others, *again.of_loops]
    if not again.of_loops or len(groups) == 1:
        return False
    # A row that is looked up beside a relation's attribute has a rule of its own.
    causes = {kinds[number].subject.cause for number in groups}
    is_attribute = any(cause and cause.access == "attribute" for cause in causes)
    is_lookup = any(cause and cause.kind == "lookup" for cause in causes)
    return not loops_are_told or (is_attribute and is_lookup)


def _have_several_shapes(kinds: Sequence[Kind], again: Iterable[list[int]]) -> bool:
    """Whether what sent duplicates sent statements of other shapes too."""
    subjects = {kinds[number].subject for number in chain.from_iterable(again)}
    shapes = {(kind.subject, kind.shape) for kind in kinds if kind.subject in subjects}
    return len(shapes) > len(subjects)


def _by_text(
    line: Line, kinds: Sequence[Kind], ways: Ways
) -> dict[tuple[Hashable, ...], list[int]]:
    """The groups whose queries are similar, by their scope and their text."""
    size = len(kinds)
    more, written = line.groups.more or [()] * size, ways.text or [0] * size
    texts: dict[tuple[Hashable, ...], list[int]] = {}
    columns = zip(kinds, ways.scope, written, more, strict=True)
    for number, (kind, scope, *text) in enumerate(columns):
        texts.setdefault((scope, kind.similar, *text), []).append(number)
    return texts


def _loops(
    line: Line, details: Details, kinds: Sequence[Kind], sizes: Sequence[int]
) -> dict[Subject, list[int]]:
    """What came back to one line of code, in one scope, and its groups.

    Of what findings are not told nothing explains a duplicate.
    """
    ways: Counter[tuple[Subject, int, int]] = Counter()
    sent: dict[tuple[Subject, int], list[int]] = {}
    columns = zip(kinds, details.groups.scope, details.groups.way, strict=True)
    for number, (kind, scope, way) in enumerate(columns):
        if kind.is_counted and kind.subject.is_told:
            ways[kind.subject, scope, way] += sizes[number]
            sent.setdefault((kind.subject, scope), []).append(number)
    again = {(subject, scope) for (subject, scope, _), size in ways.items() if size >= _LEAST}
    loops: dict[Subject, list[int]] = {}
    for (subject, scope), groups in sent.items():
        if (subject, scope) in again and (
            _different(line, kinds, sizes, groups) >= _LEAST
            or len(set(chain.from_iterable(map(details.rows, groups)))) >= _LEAST
        ):
            loops.setdefault(subject, []).extend(groups)
    return loops


def _different(line: Line, kinds: Sequence[Kind], sizes: Sequence[int], groups: list[int]) -> int:
    """How many sets of values were sent with the texts of groups."""
    texts: dict[object, list[int]] = {}
    for number in groups:
        texts.setdefault(kinds[number].similar, []).append(number)
    return sum(_equal(line, sizes, own)[1] for own in texts.values())
