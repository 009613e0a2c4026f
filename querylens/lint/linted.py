"""What reading a project's source gives."""

from __future__ import annotations

from dataclasses import dataclass

from querylens.model import Finding, Place, SourceTotals

#: The rules that source is read for. Others need what only a running program knows.
LINT_CODES: tuple[str, ...] = (
    *("QL101", "QL102", "QL103", "QL104", "QL105", "QL106", "QL107", "QL108", "QL109"),
    *("QL201", "QL202", "QL203", "QL204", "QL205"),
    "QL302",
)


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """A place where it is unsure what the code holds, so that nothing is said of it, and why."""

    place: Place
    reason: str


@dataclass(frozen=True)
class Linted:
    """The findings of a project's source, and how much of it was read.

    The findings have the evidence `source` and no counts; they are in no order, and what the user
    silenced is among them. A problem is one line: `file:line: what is wrong: remedy`.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    not_followed: tuple[NotFollowed, ...] = ()
    #: The files that were asked for, from the root; others were read to understand these.
    files: tuple[str, ...] = ()
    #: How many lines they have.
    lines: int = 0

    @property
    def totals(self) -> SourceTotals:
        """How much was read, in numbers."""
        templates = sum(not file.endswith(".py") for file in self.files)
        return SourceTotals(len(self.files), templates, self.lines, len(self.not_followed))
