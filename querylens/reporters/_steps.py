"""What to type for a fix, step by step: of a long stretch of lines only those that change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from textwrap import indent

from querylens.model import Fix, Place

#: Fewer lines are shown whole, and so are those that change for the most part.
_LEAST_LINES = 15
_LARGEST_SHARE = 0.6
#: Changes that are nearer to each other are one.
_LEAST_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to type: `words` lead to the place, which is None when it is not known."""

    words: str
    code: str
    at: Place | None

    @property
    def where(self) -> str:
        """The line to go to, or nothing."""
        if self.at is None:
            return ""
        return str(_end_of(self.at) if self.is_behind else self.at)

    @property
    def is_behind(self) -> bool:
        """Whether the code goes behind what stands at the place, and replaces nothing."""
        return self.code.startswith(".")

    @property
    def is_whole_lines(self) -> bool:
        """Whether the code takes the place of whole lines, indented as these are."""
        return self.at is not None and self.at.end_column is None and not self.is_behind


def own_step(fix: Fix) -> Step | None:
    """The fix's own code as a whole; None where it has none."""
    if fix.kind == "none" or not fix.code:
        return None
    return Step(_words(fix.code, fix.at), fix.code, fix.at)


def steps(fix: Fix) -> Iterator[Step]:
    """The fix's own code, and the edits that go with it.

    Of several stretches of one fix the last comes first: its lines are where they were until then.
    """
    own = own_step(fix)
    edits = [Step(_words(edit.code, edit.at), edit.code, edit.at) for edit in fix.edits]
    for step in [*([own] if own else []), *edits]:
        yield from _in_stretches(step)


def _in_stretches(step: Step) -> Iterator[Step]:
    at = step.at
    if not step.is_whole_lines or at is None:
        yield step
        return
    margin = " " * (at.column or 0)
    for part, where in _changes(step.code, at):
        yield Step(_words(part, where), indent(part, margin), where)


def _words(code: str, at: Place | None) -> str:
    if at is None:
        return "add to the queryset of these rows" if code.startswith(".") else "write"
    if code.startswith("."):
        return "add at the end of "
    if at.end_column is not None:
        return "replace in "
    lines = max(at.end_line - at.line, 0) + 1
    return "replace " if lines == 1 else f"replace {lines} lines from "


def _changes(code: str, at: Place) -> list[tuple[str, Place]]:
    """The stretches in which new lines differ from those at a place, the last one first."""
    before, after = at.code.split("\n"), code.split("\n")
    if len(after) < _LEAST_LINES or len(before) != at.end_line - at.line + 1:
        return [(code, at)]
    stretches = _stretches(before, after)
    if sum(last - first for _, _, first, last in stretches) > _LARGEST_SHARE * len(after):
        return [(code, at)]
    return [
        ("\n".join(after[first:last]), _part(at, before, start, end))
        for start, end, first, last in reversed(stretches)
    ]


def _part(at: Place, lines: list[str], start: int, end: int) -> Place:
    code = "\n".join(lines[start:end])
    return replace(at, line=at.line + start, end_line=at.line + end - 1, code=code)


def _stretches(before: list[str], after: list[str]) -> list[tuple[int, int, int, int]]:
    """From where to where lines differ, before and after; each has lines on both sides."""
    found: list[tuple[int, int, int, int]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        if found and start - found[-1][1] < _LEAST_BETWEEN:
            start, first = found[-1][0], found[-1][2]
            found.pop()
        elif (start == end or first == last) and end < len(before):
            # What is only put in or taken out takes the line behind along.
            end, last = end + 1, last + 1
        elif start == end or first == last:
            start, first = start - 1, first - 1
        found.append((start, end, first, last))
    return found


def _end_of(place: Place) -> Place:
    return replace(place, line=max(place.line, place.end_line))
