"""Folds statements that a log or spans tell of, request by request."""

from __future__ import annotations

from collections.abc import Iterable

from querylens.audit.fold import Fold
from querylens.audit.forms import Form, Forms
from querylens.audit.learnt import Learnt
from querylens.audit.pending import Pending
from querylens.audit.requests import hashed
from querylens.audit.seen import Seen
from querylens.audit.selection import Selection
from querylens.audit.sessions import LONGEST_PAUSE_NS, PAUSE_NS, SHORT_NS, Sessions, Told
from querylens.audit.spans import Row, SpanRows
from querylens.sql import Fingerprint
from querylens.sql.batches import row_written
from querylens.traces.statements import Statement
from querylens.traces.tags import request_told, without_comments

_SWEEP_EVERY = 20_000
#: At first, while few statements are alike, and while more is open than there is memory for.
_SWEEP_SOON = 2_000
#: To fold a few durations of each shape takes longer than to read them.
_MOST_DURATIONS = 200_000
#: What a statement ends or begins with that may have a comment there: to look for one takes longer.
_BEHIND_COMMENTS = "/; \t\r\n"
_BEFORE_COMMENTS = "/ \t\r\n"
#: By vendor: pieces have most texts in common.
_forms: Learnt[str, Forms] = Learnt(lambda vendor: Forms(vendor or None))


class Logs:
    """Folds the statements of one piece of a log into `fold`."""

    def __init__(self, fold: Fold, vendor: str, selection: Selection, *, is_first: bool) -> None:
        self._fold = fold
        self._vendor = vendor
        self._forms = _forms.take(vendor)
        self._durations = Pending(fold.statements)
        #: Statements whose durations are not folded yet, at most.
        self._waiting = _SWEEP_SOON
        #: Statements since shapes are counted, at most, and how many shapes were known then.
        self._read, self._known = _SWEEP_SOON, self._forms.shapes
        self.sessions = Sessions(Seen(fold, selection).add, is_first=is_first)
        self.spans = SpanRows()

    def add(self, statements: Iterable[Statement]) -> None:
        """Folds statements, in the order they were told.

        All of them come through here. What nearly every one is stands in the loop, without calls:
        one more of the open request of its session, with nothing to decide.
        """
        form_of, latest, left = self._forms.of, self.sessions.latest, _SWEEP_SOON
        for statement in statements:
            sql, at_ns, took, session, transaction, trace, name, params, error, _, by, _ = statement
            if by != "log" and self._told_by(statement):
                continue
            comments = ""
            if sql[-1:] in _BEHIND_COMMENTS or sql[:1] in _BEFORE_COMMENTS:
                sql, comments = without_comments(sql)
            form, request = form_of(sql), latest.get(session)
            if (
                request is not None
                and request.is_plain
                and form.is_plain
                and 0 < took <= SHORT_NS
                and -LONGEST_PAUSE_NS <= at_ns - request.last_ns <= PAUSE_NS
                and by == "log"
                and not (name or error or params or trace)
                and (not comments or comments == request.comments)
            ):
                request.transaction = transaction
                request.last_began_ns = at_ns
                request.last_sql = statement.sql
                if at_ns + took > request.last_ns:
                    request.last_ns = at_ns + took
                sent = request.sent[form.shape]
                sent.duration_ns += took
                sent.texts.append(form.head + sql[form.start :] if form.head else row_written(sql))
                form.durations.append(took)
            elif trace:
                self._add_span(statement, form, sql, comments)
            else:
                self._add(statement, form, sql, comments)
            left -= 1
            if not left:
                left = self._sweep()

    def _sweep(self) -> int:
        """Lets go of what is over. Gives the number of statements until the next time."""
        forms, sessions = self._forms, self.sessions
        sessions.are_large = forms.is_full or 2 * (forms.shapes - self._known) > self._read
        sessions.sweep()
        if self._waiting >= _MOST_DURATIONS or forms.is_full:
            self._waiting = 0
            forms.fold(self._fold.statements)
        if not forms.shapes:
            self._read = self._known = 0
        left = _SWEEP_SOON if sessions.are_many else _SWEEP_EVERY
        self._waiting += left
        self._read += left
        return left

    def _add(self, statement: Statement, form: Form, sql: str, comments: str) -> None:
        """Adds a statement, whose `sql` has lost these comments."""
        whole, at_ns, took, session, transaction, _, name, params, error, _, by, _ = statement
        trace_id = ""
        if comments:
            trace_id, tag = request_told(comments)
            name = name or tag
        request = self.sessions.request_of(
            Told(session, at_ns, at_ns + took, name, trace_id, transaction, form.reads_session)
        )
        is_of_error = error and not took
        if whole == request.last_sql and (is_of_error or "plan" in (by, request.last_told_by)):
            # The statement before is told again: as auto_explain's plan, or below what went wrong.
            return
        request.last_sql, request.last_told_by = whole, by
        if comments and not statement.name:
            request.comments = comments
        request.is_plain = request.began_ns > 0 and by != "plan"
        if form.carries_several:
            request.carry_several.add(form.shape)
        if form.has_numbers_for_values and not params:
            request.without_values.add(form.shape)
        if took:
            form.durations.append(took)
        else:
            request.unmeasured = form.shape
        request.add(form.shape, form.values(sql, params), at_ns + took, took)

    def close(self) -> None:
        """Ends the piece: what was put aside is folded."""
        self._forms.fold(self._fold.statements)
        self._durations.close()
        _forms.give_back(self._vendor, self._forms)

    def _add_span(self, statement: Statement, form: Form, sql: str, comments: str) -> None:
        values = form.values(sql, statement.params)
        name = statement.name or (comments and request_told(comments)[1])
        is_without_values = form.has_placeholders and not statement.params
        self.spans.add(
            _row(
                statement,
                form.shape,
                hashed(values),
                name,
                form.carries_several,
                is_without_values,
            )
        )
        form.durations.append(statement.duration_ns)

    def _told_by(self, statement: Statement) -> bool:
        """Whether this was no statement of its own."""
        if statement.told_by == "duration":
            self._measure(statement)
            return True
        if statement.told_by == "span":
            if statement.request:
                self.spans.add(_row(statement, None, "", statement.name, False, False))
            else:
                self.sessions.end(statement.session, statement.name, statement.at_ns)
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
