"""The values of querylens, in the order they are made.

A query is captured, queries form a trace, a trace is read as groups, a rule turns groups into
findings, a report holds the findings, and a summary is what is left of many reports: whoever reads
this package has read the product.
"""

from __future__ import annotations

from querylens.model.finding import (
    Edit,
    Evidence,
    Finding,
    Fix,
    FixKind,
    Report,
    RuleInfo,
    Severity,
    Suppressed,
)
from querylens.model.group import GroupTotals
from querylens.model.query import Cause, CauseKind, Place, Query
from querylens.model.summary import Summary, saves_most_first
from querylens.model.totals import (
    RouteTotals,
    SourceTotals,
    StatementTotals,
    Tally,
    Totals,
    TraceTotals,
)
from querylens.model.trace import QueryGroup, Trace

__all__ = [
    "Cause",
    "CauseKind",
    "Edit",
    "Evidence",
    "Finding",
    "Fix",
    "FixKind",
    "GroupTotals",
    "Place",
    "Query",
    "QueryGroup",
    "Report",
    "RouteTotals",
    "RuleInfo",
    "Severity",
    "SourceTotals",
    "StatementTotals",
    "Summary",
    "Suppressed",
    "Tally",
    "Totals",
    "Trace",
    "TraceTotals",
    "saves_most_first",
]
