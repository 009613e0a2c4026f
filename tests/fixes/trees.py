"""Which fixes of the project can be typed into one copy: those that do not meet.

A process costs much more than a shape. Two fixes meet when one changes a definition that the other
changes too, or that the other's shape passes through.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from querylens.model import Fix, Trace

#: A definition at the top of a file: its path and its first line.
Definition = tuple[str, int]


def apart(proposals: Iterable[Any], passed: Mapping[Any, set[Definition]]) -> list[list[Any]]:
    """The proposals in as few lists as a simple search finds, none of which hold two that meet."""
    trees: list[list[Any]] = []
    for proposal in proposals:
        fitting = (
            tree for tree in trees if not any(meet(proposal, other, passed) for other in tree)
        )
        tree = next(fitting, None)
        if tree is None:
            trees.append([proposal])
        else:
            tree.append(proposal)
    return trees


def meet(one, other, passed) -> bool:
    if edits(one.fix) == edits(other.fix):
        return False
    changed_by_one, changed_by_other = changed(one.fix), changed(other.fix)
    return bool(
        changed_by_one & (changed_by_other | passed[other]) or changed_by_other & passed[one]
    )


def edits(fix: Fix):
    """What is typed, to tell one fix from the same again."""
    return {(fix.code, fix.at), *((edit.code, edit.at) for edit in fix.edits)}


def changed(fix: Fix) -> set[Definition]:
    return {definition(place.path, place.line) for _, place in edits(fix)}


def passed_by(trace: Trace) -> set[Definition]:
    """The definitions of the tests on the stacks of a trace, and those that built its querysets."""
    lines = {
        (file, line)
        for query in trace.queries
        for file, line, _ in query.frames
        if "/tests/" in file and file.endswith(".py")
    }
    places = (place for query in trace.queries for place in (query.built_at, query.call_site))
    lines |= {(place.path, place.line) for place in places if place and not place.template}
    return {definition(file, line) for file, line in lines}


def definition(path: str, line: int) -> Definition:
    starts = [start for start in starts_in(path) if start <= line]
    return (path, max(starts, default=0))


@cache
def starts_in(path: str) -> tuple[int, ...]:
    return tuple(node.lineno for node in ast.parse(Path(path).read_text()).body)
