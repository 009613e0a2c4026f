"""What the assertions raise: the message is all that a test's reader sees."""

from __future__ import annotations

from querylens.model import Finding, Trace


class QueryAssertionError(AssertionError):
    """Base of the failed assertions; keeps the traces that were judged and what was found."""

    def __init__(
        self, message: str, traces: tuple[Trace, ...] = (), findings: tuple[Finding, ...] = ()
    ) -> None:
        super().__init__(message)
        self.traces = traces
        self.findings = findings


class TooManyQueries(QueryAssertionError):  # noqa: N818 - reads as what went wrong
    """More queries were sent than were allowed or expected."""


class TooFewQueries(QueryAssertionError):  # noqa: N818
    """Fewer queries were sent than were expected exactly."""


class NPlusOneFound(QueryAssertionError):  # noqa: N818
    """A loop asked the database row by row."""


class QueriesGrow(QueryAssertionError):  # noqa: N818
    """More rows made more queries than was declared."""
