"""What a rule says of a group, and the report that holds it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from querylens.model.group import GroupTotals
from querylens.model.query import Cause, Place
from querylens.model.totals import (
    RouteTotals,
    SourceTotals,
    StatementTotals,
    Tally,
    Totals,
    TraceTotals,
)
from querylens.model.trace import QueryGroup, Trace

_COMPREHENSION = re.compile(r"(?:(?:^|\.)<locals>)?(?:^|\.)<(?:list|set|dict)comp>")

FixKind = Literal[
    "select_related",
    "prefetch_related",
    "prefetch_object",
    "annotate",
    "in_bulk",
    "bulk_create",
    "bulk_update",
    "queryset_update",
    "queryset_delete",
    "through_bulk_create",
    "load_field",
    "reuse_result",
    "reuse_relation",
    "use_id",
    "fetch_mode",
    "single_query",
    "none",
]
Severity = Literal["note", "warning", "error"]
Evidence = Literal["source", "seen", "loop", "grows", "verified"]


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a rule is called: `name` reads after the word *ignore*."""

    code: str
    name: str
    severity: Severity
    summary: str

    @property
    def url(self) -> str:
        return f"https://querylens.readthedocs.io/rules/{self.name}/"


@dataclass(frozen=True, slots=True)
class Edit:
    """Code to type and where.

    Code that begins with a dot goes behind the expression that ends at `at`; other code takes the
    place of the text that `at` spans: from `column` to `end_column`, or whole lines. Of these it
    has no indentation: each of its lines is indented up to `column`.
    """

    code: str
    at: Place


@dataclass(frozen=True, slots=True)
class Fix:
    """What to write instead. `code` is typed at `at` (see `Edit`); `edits` go with it.

    `alternatives` would do as well; `caveats` are what the fix changes besides the count, each a
    plain sentence. `imports` are the import lines that the code needs.
    """

    kind: FixKind
    code: str = ""
    at: Place | None = None
    edits: tuple[Edit, ...] = ()
    imports: tuple[str, ...] = ()
    alternatives: tuple[Fix, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A rule's verdict on a group.

    `count` is how many queries the group sent and `saved` how many of them the fix takes away;
    both are 0 where source was read and nothing was run.
    """

    rule: RuleInfo
    message: str
    cause: Cause | None
    call_site: Place | None
    loop: Place | None
    origin: Place | None
    group: QueryGroup | GroupTotals
    count: int
    saved: int
    fix: Fix
    evidence: Evidence = "seen"
    severity: Severity = "warning"
    #: In how many requests or blocks it was met; `count` is that of the worst.
    scopes: int = 1
    #: How many of `count` the fix leaves, where `saved` is a sum over many traces.
    remaining: int | None = None
    #: Other tools that reported the same.
    agreed_by: tuple[str, ...] = ()
    #: How often it was met in many traces; None in the report of one.
    tally: Tally | None = None
    #: The route that sent the queries, where a log tells that and no line of code.
    route: str = ""

    @property
    def left(self) -> int:
        """How many of `count` queries the fix leaves."""
        if self.remaining is not None:
            return self.remaining
        return max(self.count - self.saved // max(self.scopes, 1), 0)

    @property
    def key(self) -> tuple[str, str, str]:
        """The identity across runs: rule, subject, place. Never a line, never a count."""
        subject = self.cause.subject if self.cause else ""
        if self.cause and self.call_site is None and self.cause.fields:
            # As in logs: nothing else tells two lookups of one table apart.
            subject = f"{subject} by {', '.join(self.cause.fields)}"
        return (self.rule.code, subject or str(self.group.fingerprint), self._place_key)

    @property
    def places(self) -> tuple[Place | str | None, ...]:
        """What tells it from others of its key in one report.

        Where no place is known, as in logs, the statement tells more than its table does.
        """
        text = self.group.fingerprint.text if self.call_site is None else ""
        return (self.call_site, self.loop, self.origin, text)

    def met_again(self, other: Finding) -> Finding:
        """This finding as seen in another scope too: the larger of both stands for them."""
        worse = self if self.count >= other.count else other
        return replace(worse, saved=self.saved + other.saved, scopes=self.scopes + other.scopes)

    @property
    def _place_key(self) -> str:
        place = self.call_site
        if place is None:
            return self.route
        if place.template:
            return place.template
        if not place.function:
            return place.file
        # Python 3.12 and later run a comprehension in the function around it.
        function = _COMPREHENSION.sub("", place.function).removeprefix(".<locals>.")
        return f"{place.file}:{function or '<module>'}"


@dataclass(frozen=True)
class Suppressed:
    """A finding that the user silenced, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Report:
    """Findings, the worst first, and the traces that they were found in."""

    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...]
    suppressed: tuple[Suppressed, ...] = ()
    #: Plain sentences: suppressions that suppressed nothing, what could not be seen.
    remarks: tuple[str, ...] = ()
    #: The numbers of traces that were let go; None when `traces` are all there were.
    folded: Totals | None = None
    #: Of the traces that were let go, those with most queries.
    busiest: tuple[TraceTotals, ...] = ()
    #: The traces by name and the statements by fingerprint, where many were folded: those with
    #: most queries, and those that took longest, first.
    routes: tuple[RouteTotals, ...] = ()
    statements: tuple[StatementTotals, ...] = ()
    #: Queries that findings would save which are not among `findings`, as only some were wanted.
    saved_by_others: int = 0
    #: What was read, where the findings are those of source, by place; None where queries were.
    read: SourceTotals | None = None

    @cached_property
    def totals(self) -> Totals:
        """The numbers of all traces."""
        return self.folded or sum(map(Totals.of, self.traces), Totals())

    @property
    def query_count(self) -> int:
        return self.folded.queries if self.folded else sum(len(trace) for trace in self.traces)

    @property
    def saved(self) -> int:
        """How many queries would go if every fix were made."""
        return self.saved_by_others + sum(finding.saved for finding in self.findings)

    def __str__(self) -> str:
        lines = [self.headline]
        for finding in self.findings:
            place = f" at {finding.call_site}" if finding.call_site else ""
            lines.append(f"{finding.rule.code} {finding.message}{place}")
            if finding.fix.code:
                where = f"  ({finding.fix.at})" if finding.fix.at else ""
                lines.append(f"      {finding.fix.code.strip().splitlines()[0]}{where}")
        lines += [f"note: {remark}" for remark in self.remarks]
        return "\n".join(lines)

    @property
    def headline(self) -> str:
        """How many queries, and how many could go; of source, how many findings in how much."""
        if self.read is not None:
            found = _number(len(self.findings), "finding") if self.findings else "nothing to fix"
            return f"{found} in {_number(self.read.files, 'file')}"
        queries = f"{self.query_count} {'query' if self.query_count == 1 else 'queries'}"
        if not self.findings and not self.saved_by_others:
            return f"{queries}, nothing to fix"
        return f"{queries}, {self.saved} of them could go"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"
