"""Long lists in the text of a statement: an element stands for all, with a number beside it.

A queryset sends a list of another length each time. Folded, its texts are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from querylens.sql.memory import Memory

_VALUE = r"(?:%s|0|'\?')"
#: What is written for values, or for a row of them, several times: the first four tell no less.
_LIST = re.compile(rf"(, (?:{_VALUE}|\({_VALUE}(?:, {_VALUE})*\)))\1{{3,}}")


class More(NamedTuple):
    """The `length` characters from `position` on are there `times` more."""

    position: int
    length: int
    times: int


Folded = tuple[str, tuple[More, ...]]


def folded(sql: str) -> Folded:
    """A statement whose lists have one element instead of many, and how many more there were."""
    return _folded[sql]


def _fold(sql: str) -> Folded:
    parts: list[str] = []
    more: list[More] = []
    end = written = 0
    for found in _LIST.finditer(sql):
        start, length = found.start(), len(found[1])
        parts.append(sql[end : start + length])
        written += start + length - end
        end = found.end()
        more.append(More(written - length, length, (end - start) // length - 1))
    return ("".join([*parts, sql[end:]]), tuple(more)) if more else (sql, ())


_folded: Memory[Folded] = Memory(_fold, size=8_000_000, longest=20_000)


def unfolded(sql: str, more: Iterable[tuple[int, int, int]]) -> str:
    """The statement with all elements of its lists. Raises ValueError for what is nowhere in it."""
    parts: list[str] = []
    end = 0
    for position, length, times in more:
        behind = position + length
        if not (end <= position < behind <= len(sql) and times > 0):
            raise ValueError("a list is nowhere in its statement")
        parts += [sql[end:behind], sql[position:behind] * times]
        end = behind
    return "".join([*parts, sql[end:]])


def longer(more: Iterable[tuple[int, int, int]]) -> int:
    """By how many characters a statement is longer than what is written of it."""
    return sum(length * times for _, length, times in more)
