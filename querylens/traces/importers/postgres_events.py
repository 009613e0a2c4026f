"""The lines of PostgreSQL's log that one prefix stands before."""

from __future__ import annotations

import re

from querylens.traces.importers.postgres_messages import (
    BELOW,
    DETAIL,
    ERROR,
    LOG,
    PARAMETERS,
    SEVERITY,
    STATEMENT_BELOW,
    message_pattern,
)
from querylens.traces.importers.postgres_records import Told

#: Further lines of a message begin with a tab, which the server puts in (`append_with_tabs`).
_REST = r"[^\n]*+(?:\n\t[^\n]*+)*+"
_END = r"(?:\n|\Z)"
_STATEMENT = rf"{LOG}:  (?:[0-9A-Z]{{5}}: )?{message_pattern(_REST)}"
_MESSAGE = (
    rf"(?:{_STATEMENT}"
    rf"|(?P<error>{ERROR}):  (?:(?P<state>[0-9A-Z]{{5}}): )?{_REST}"
    rf"|{DETAIL} ?:  {PARAMETERS}(?P<params>{_REST})"
    rf"|{STATEMENT_BELOW} ?:  (?P<below>{_REST})"
    rf"|(?P<more>{BELOW}) ?:  {_REST}"
    rf"|(?P<other>{SEVERITY}):  {_REST}){_END}"
)

#: A message that tells a statement, whatever stood before it.
STATEMENT = re.compile(_STATEMENT.encode())

#: What begins a message, what of that is an error, and what stands below one.
MESSAGES = frozenset({"sql", "plan", "alone", "error", "state", "other"})
FAILURES = frozenset({"error", "state"})
BELOW_MESSAGES = frozenset({"params", "below"})


class Events:
    """Finds, one after the other, all lines: with their message when the prefix stands before it.

    What a match is, its `lastgroup` tells: `sql`, `plan` or `alone` (see `message_pattern`),
    `error` or `state`, `params`, `below` (the statement of an error), `more` (what else is told
    below a message), `other` (a message), or `left` (a line with another prefix or none).
    """

    def __init__(self, prefix: str) -> None:
        pattern = rf"{prefix}{_MESSAGE}|(?P<left>{_REST}){_END}|(?P<never>(?!))"
        self.regex = re.compile(pattern.encode())
        found = self.regex.groupindex
        session = "session" if "session" in found else "process"
        second = "second" if "second" in found else "epoch"
        names = ("duration", second, "fraction", "zone", session, "transaction")
        never = found["never"]
        self.sql = found["sql"]
        #: What `Told` holds.
        self.groups = tuple(found.get(name, never) for name in names)
        self.groups_with_sql = (*self.groups, self.sql)
        #: What names the session, where that is not one thing.
        self.names = (found["process"], found["started"]) if "started" in found else ()

    def told(self, match: re.Match[bytes]) -> Told:
        """What a match tells beside the text of a statement."""
        told: Told = match.group(*self.groups)
        if self.names:
            # The number of a process is used again: when it began tells which one it is.
            return (*told[:4], b" ".join(match.group(*self.names)), told[5])
        return told
