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
_MOST_DURATIONS = 20_000
# As a number: bytes are asked for one several times faster than for bytes.
_LINE_BREAK = ord("\n")
_new = tuple.__new__
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


class _Durations(dict[bytes | None, int]):
    """Milliseconds as they are told, in nanoseconds: most are told often. -1 for what is none."""

    def __init__(self) -> None:
        super().__init__({None: 0})

    def __missing__(self, text: bytes) -> int:
        if len(self) > _MOST_DURATIONS:
            self.clear()
            self[None] = 0
        try:
            took = int(float(text) * 1e6 + 0.5)
        except (ValueError, OverflowError):
            took = -1
        self[text] = took
        return took


class Reading:
    """Reads the records of a file, one after the other."""

    def __init__(self, untold: Untold) -> None:
        self.untold = untold
        self.problems = Problems(untold)
        self._clock = Clock(untold)
        self._names = _Names()
        self._durations = _Durations()

    def plain_statement(
        self,
        duration: bytes | None,
        second: bytes | None,
        fraction: bytes | None,
        zone: bytes | None,
        session: bytes | None,
        transaction: bytes | None,
        sql: bytes,
    ) -> Statement | None:
        """The same as `statement`, sooner; None where something is to be looked at or told."""
        clock = self._clock
        at = clock.seconds.get(second)
        if at is None or zone != clock.zone or session is None:
            return None
        took = self._durations[duration]
        at += MILLISECONDS.get(fraction, 0) - took
        if at < 0 or took < 0:
            return None
        names = self._names
        return _new(
            Statement,
            (
                # Seldom there is more than one line.
                text_of(sql) if _LINE_BREAK in sql else sql.decode("utf-8", "backslashreplace"),
                at,
                took,
                names[session],
                names[transaction],
                "",
                "",
                "",
                "",
                None,
                "log",
                "",
            ),
        )

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
        return _new(
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
    return _new(Statement, (*statement[:7], params, *statement[8:]))


def text_of(data: bytes) -> str:
    """The text of a message, without the tabs that the server puts into further lines."""
    if _LINE_BREAK in data:
        data = data.replace(b"\n\t", b"\n")
    return data.decode("utf-8", "backslashreplace")
