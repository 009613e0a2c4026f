"""Reads the lines of PostgreSQL's log that are as it writes them to stderr."""

from __future__ import annotations

import re
from collections.abc import Iterable

from querylens.traces.importers.postgres_events import (
    BELOW_MESSAGES,
    FAILURES,
    MESSAGES,
    STATEMENT,
    Events,
)
from querylens.traces.importers.postgres_messages import LOG, STATEMENT_BELOW, message_pattern
from querylens.traces.importers.postgres_prefix import HEADER
from querylens.traces.importers.postgres_records import Reading, text_of, with_params
from querylens.traces.statements import Block, Statement, Untold

#: Found in what is surely a log of PostgreSQL's.
SURE = re.compile(
    rf"{LOG}:  (?:\d{{5}}: )?(?:{message_pattern('')}|starting PostgreSQL|database system"
    r"|checkpoint |connection (?:received|authorized)|listening on|automatic )"
    rf"|{STATEMENT_BELOW} ?:  "
)
NO_HEADER = "no line of a PostgreSQL log: skipped"
_HEADER = re.compile(HEADER.pattern.encode())
_OTHER_PREFIX = (
    "another log_line_prefix than the file begins with: read this part as a file of its own"
)


class LogReading(Reading):
    """Reads the blocks of a log, one after the other."""

    def __init__(self, prefixes: Iterable[str], untold: Untold) -> None:
        super().__init__(untold)
        self._first, *self._others = map(Events, prefixes)

    def statements(self, block: Block) -> list[Statement]:
        """The statements of a block, each with all that is told below it."""
        made: list[Statement] = []
        above = first = self._first
        sql_group = 0 if first.names else first.sql
        groups, plain = first.groups_with_sql, self.plain_statement
        message: re.Match[bytes] | None = None
        is_last = False
        for found in first.regex.finditer(block.data):
            # What nearly every line is, as one of few calls.
            if found.lastindex == sql_group and (one := plain(*found.group(*groups))):
                made.append(one)
                message, is_last = None, True
                continue
            events, match, kind = first, found, found.lastgroup
            if kind == "left":
                events, match = self._among_others(found, block)
                kind = match.lastgroup
            if kind in MESSAGES:
                told, above, message = self._told(events, match, block), events, match
            elif kind in BELOW_MESSAGES:
                last = made.pop() if is_last else None
                told = self._completed(last, above, message, match, block)
            else:
                continue
            is_last = told is not None
            if told is not None:
                made.append(told)
        return made

    def _told(self, events: Events, match: re.Match[bytes], block: Block) -> Statement | None:
        """What is told of a statement: its text, a plan, or a duration and no more."""
        if match.lastgroup == "sql":
            told = events.told(match)
            return self.statement(told, text_of(match["sql"]), block, match.start())
        if match.lastgroup == "plan":
            told = events.told(match)
            return self.explained(told, text_of(match["plan"]), block, match.start())
        if match.lastgroup == "alone" and match["duration"]:
            told = events.told(match)
            return self.statement(told, "", block, match.start(), told_by="duration")
        return None

    def _completed(
        self,
        ready: Statement | None,
        events: Events,
        message: re.Match[bytes] | None,
        below: re.Match[bytes],
        block: Block,
    ) -> Statement | None:
        """The statement with what a line below it tells: its values, or itself below an error."""
        if below.lastgroup == "params":
            return ready and with_params(ready, text_of(below["params"]))
        if message is None or message.lastgroup not in FAILURES:
            return ready
        sql, error = text_of(below["below"]), (message["state"] or b"ERROR").decode()
        told = events.told(message)
        return self.statement(told, sql, block, message.start(), error=error)

    def _among_others(self, left: re.Match[bytes], block: Block) -> tuple[Events, re.Match[bytes]]:
        """The line as it is with another prefix; what is none at all is told."""
        for events in self._others:
            match = events.regex.match(block.data, left.start())
            if match and match.lastgroup != "left":
                return events, match
        if left["left"].strip():
            header = _HEADER.match(block.data, left.start())
            if not header:
                self.problems.add(block, left.start(), NO_HEADER)
            elif STATEMENT.match(block.data, header.end(1)):
                self.problems.add(block, left.start(), _OTHER_PREFIX)
        return self._first, left
