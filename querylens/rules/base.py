"""What all rules share: a rule is a generator over a trace, and its options are its fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

from querylens.model import Evidence, Finding, Fix, GroupTotals, QueryGroup, RuleInfo, Trace


@dataclass(frozen=True)
class TraceRule(ABC):
    """A rule that reads a trace. Its docstring is its page."""

    info: ClassVar[RuleInfo]

    #: How many queries, of as many rows or values, make a finding.
    threshold: int = 2

    @classmethod
    def options(cls) -> dict[str, type]:
        """The rule's options and their types, as `[tool.querylens.rules.NAME]` may set them."""
        return {field.name: type(field.default) for field in fields(cls)}

    @abstractmethod
    def check(self, trace: Trace) -> Iterator[Finding]:
        """Every finding in a trace. Reads only; keeps nothing between calls."""

    def finding(
        self,
        group: QueryGroup,
        message: str,
        fix: Fix,
        *,
        remaining: int = 0,
        evidence: Evidence = "loop",
    ) -> Finding:
        """A finding on a group; `remaining` is how many of its queries the fix leaves.

        What was only read in source has no numbers, and no more evidence than that.
        """
        count = len(group) if group.is_sent else 0
        return Finding(
            rule=self.info,
            message=message,
            cause=group.cause,
            call_site=group.call_site,
            loop=group.loop,
            origin=group.origin,
            group=group if group.is_sent else GroupTotals.unsent(),
            count=count,
            saved=0 if fix.kind == "none" else max(count - remaining, 0),
            fix=fix,
            evidence=evidence if group.is_sent else "source",
            severity=self.info.severity,
        )

    def is_per_row(self, group: QueryGroup) -> bool:
        """Whether one line came back for different rows: the stack was the same again."""
        return group.repeats >= self.threshold and group.rows >= self.threshold

    def is_per_value(self, group: QueryGroup) -> bool:
        """Whether one line came back with different values."""
        return group.repeats >= self.threshold and group.distinct >= self.threshold


def for_each_row(group: QueryGroup) -> str:
    """`for each of 8 rows`; without the number where it was not counted."""
    return f"for each of {group.rows} rows" if group.is_sent else "for each row"


def so_often(group: QueryGroup, else_: str = "") -> str:
    """` 8 times`, with the space in front; else what is said where nothing was counted."""
    return f" {len(group)} times" if group.is_sent else else_


def has_fact(group: QueryGroup, name: str) -> bool:
    """Whether the ORM told this of the group's cause."""
    return group.cause is not None and name in group.cause.facts


def fact(group: QueryGroup, name: str) -> tuple[str, ...]:
    """The details that the ORM told under a name, sorted: of `name: detail`, the details."""
    if group.cause is None:
        return ()
    prefix = f"{name}: "
    return tuple(
        sorted(item.removeprefix(prefix) for item in group.cause.facts if item.startswith(prefix))
    )


def model_name(label: str) -> str:
    """`Book` of `library.Book`."""
    return label.rpartition(".")[2]
