"""Makes statements of what PostgreSQL's log tells of them, whichever form it has."""

from __future__ import annotations

from querylens.traces.importers.postgres_messages import statement_of_plan
from querylens.traces.importers.postgres_times import MILLISECONDS, Clock
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Statement, Untold

#: Of one record, in this order: duration (milliseconds), second, fraction, zone, session and
#: transaction; None where one is not told.
Told = tuple[bytes | None, ...]

_MOST_NAMES = 100_000
#: Longer than any server has run: the nanoseconds of 30 years.
_LONGEST = 30 * 366 * 86_400 * 10**9
_NO_SUCH_TIME = "no such time or duration: the statement is read without it"


class _Names(dict[bytes | None, str]):
    """The names of sessions and transactions, decoded once each as long as they are few."""

    def __init__(self) -> None:
        super().__init__({None: ""})

    def __missing__(self, name: bytes) -> str:
        if len(self) > _MOST_NAMES:
            self.clear()
            self[None] = ""
        # A virtual transaction of number 0 is none.
        self[name] = text = "" if name.endswith(b"/0") else name.decode("utf-8", "backslashreplace")
        return text


class Reading:
    """Reads the records of a file, one after the other."""

    def __init__(self, untold: Untold) -> None:
        self.untold = untold
        self.problems = Problems(untold)
        self._clock = Clock(untold)
        self._names = _Names()

    def statement(
        self,
        told: Told,
        sql: str,
        block: Block,
        position: int,
        params: str = "",
        error: str = "",
        told_by: str = "log",
    ) -> Statement:
        """The statement that the record at `position` of the block tells of."""
        duration, second, fraction, zone, session, transaction = told
        clock = self._clock
        try:
            took = 0 if duration is None else int(float(duration) * 1e6 + 0.5)
            if zone != clock.zone or (at := clock.seconds.get(second, -1)) < 0:
                at = clock.read(second, zone)
            at += MILLISECONDS.get(fraction, 0) - took
        except (ValueError, OverflowError):
            self.problems.add(block, position, _NO_SUCH_TIME)
            at = took = 0
        if at < 0:
            at = 0
            if took > _LONGEST:
                self.problems.add(block, position, _NO_SUCH_TIME)
                took = 0
        if session is None:
            self.untold.miss("statements without a session: log_line_prefix has no %p or %c")
        names = self._names
        return tuple.__new__(
            Statement,
            (
                sql,
                at,
                took,
                names[session],
                names[transaction],
                "",
                "",
                params,
                error,
                None,
                told_by,
                "",
            ),
        )

    def explained(self, told: Told, plan: str, block: Block, position: int) -> Statement | None:
        """The statement that auto_explain tells of."""
        if sql := statement_of_plan(plan):
            return self.statement(told, sql, block, position, told_by="plan")
        self.untold.miss("explained plans without the text of their statement")
        return None


def with_params(statement: Statement, params: str) -> Statement:
    """The statement with its values; `_replace` takes three times as long."""
    return tuple.__new__(Statement, (*statement[:7], params, *statement[8:]))
