"""Folds statements that a log or spans tell of, request by request."""

from __future__ import annotations

from collections.abc import Iterable

from querylens.audit.fold import Fold
from querylens.audit.pending import Pending
from querylens.audit.requests import Request, hashed
from querylens.audit.seen import Facts, Seen
from querylens.audit.selection import Selection
from querylens.audit.sessions import Sessions, Told
from querylens.audit.spans import Row, SpanRows
from querylens.sql import Fingerprint
from querylens.sql.batches import carries_several, has_placeholders, row_written
from querylens.sql.literal_texts import LiteralTexts
from querylens.traces.statements import Statement
from querylens.traces.tags import request_of, tags_of


class Logs:
    """Folds the statements of one piece of a log into `fold`."""

    def __init__(self, fold: Fold, vendor: str, selection: Selection, *, is_first: bool) -> None:
        self._texts = LiteralTexts(vendor or None)
        self._seen = Seen(fold, selection)
        self._durations = Pending(fold.statements)
        self.sessions = Sessions(self._seen.add, is_first=is_first)
        self.spans = SpanRows()

    def add(self, statements: Iterable[Statement]) -> None:
        """Folds statements, in the order they were told."""
        fingerprint, facts, told_by = self._texts.fingerprint, self._seen.facts, self._told_by
        for statement in statements:
            if statement.told_by != "log" and told_by(statement):
                continue
            shape = fingerprint(statement.sql)
            if statement.request:
                self._add_span(statement, shape, facts[shape])
            else:
                self._add(statement, shape, facts[shape])

    def close(self) -> None:
        """Ends the piece: what was put aside is folded."""
        self._durations.close()

    def _add(self, statement: Statement, shape: Fingerprint, facts: Facts) -> None:
        sql, at_ns, duration_ns, session, transaction, _, name, params = statement[:8]
        trace_id = ""
        if "/*" in sql:
            trace_id, tag = request_of(tags_of(sql))
            name = name or tag
        ends_ns = at_ns + duration_ns
        request = self.sessions.request_of(
            Told(session, at_ns, ends_ns, name, trace_id, transaction, facts.reads_session)
        )
        if _is_told_again(request, statement):
            return
        request.last_sql, request.last_told_by = sql, statement.told_by
        if facts.may_carry_several and shape not in request.carry_several and carries_several(sql):
            request.carry_several.add(shape)
        values = row_written(sql, params) if facts.is_update else sql + params
        if not params and "$" in values and has_placeholders(values):
            request.without_values.add(shape)
        request.add(shape, values, ends_ns, duration_ns)
        if duration_ns:
            self._durations.add(shape, duration_ns)
        else:
            request.unmeasured = shape

    def _add_span(self, statement: Statement, shape: Fingerprint, facts: Facts) -> None:
        sql, params = statement.sql, statement.params
        values = row_written(sql, params) if facts.is_update else sql + params
        carries = facts.may_carry_several and carries_several(sql)
        name = statement.name or ("/*" in sql and request_of(tags_of(sql))[1]) or ""
        is_without_values = not params and has_placeholders(values)
        row = _row(statement, shape, hashed(values), name, carries, is_without_values)
        self.spans.add(row)
        self._durations.add(shape, statement.duration_ns)

    def _told_by(self, statement: Statement) -> bool:
        """Whether this was no statement of its own."""
        if statement.told_by == "duration":
            self._measure(statement)
            return True
        if statement.told_by == "span":
            if statement.request:
                self.spans.add(_row(statement, None, "", statement.name, False, False))
            else:
                self.sessions.end(statement.session, statement.name)
            return True
        return False

    def _measure(self, statement: Statement) -> None:
        request = self.sessions.known(statement.session)
        if request is None:
            self.sessions.measured_before(statement.session, statement.duration_ns)
            return
        # With log_duration, PostgreSQL tells those of other steps of the same statement too.
        if request.unmeasured is None:
            return
        self._durations.add(request.unmeasured, statement.duration_ns)
        request.measured(statement.duration_ns)


def _is_told_again(request: Request, statement: Statement) -> bool:
    """Whether this is the statement before: as auto_explain's plan, or as what failed."""
    if statement.sql != request.last_sql:
        return False
    return bool(statement.error) or "plan" in (statement.told_by, request.last_told_by)


def _row(
    statement: Statement,
    shape: Fingerprint | None,
    values: str,
    name: str,
    carries: bool,
    is_without_values: bool,
) -> Row:
    # A trace may pass through several services, and each has requests of its own.
    request = f"{statement.request} {statement.session}".strip()
    at_ns, duration_ns = statement.at_ns, statement.duration_ns
    return Row(
        request,
        at_ns,
        duration_ns,
        shape,
        values,
        name,
        carries,
        is_without_values,
        statement.database,
    )
