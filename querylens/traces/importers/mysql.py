"""The slow query log of MySQL, Percona Server and MariaDB, from 5.0 on.

A record is a header of `#` lines, `use`, `SET timestamp` and the statement (`File_query_log::
write_slow` in MySQL's sql/log.cc, `MYSQL_QUERY_LOG::write` in MariaDB's):

    # Time: 2026-07-04T12:00:00.123456Z
    # User@Host: shop[shop] @ localhost []  Id:     4
    # Query_time: 0.000123  Lock_time: 0.000045 Rows_sent: 1  Rows_examined: 0
    use shop;
    SET timestamp=1783166400;
    SELECT 1;

The log does not quote statements. A whole header in a statement's text is taken for a record, as
pt-query-digest takes any `#` line behind a `;`; a part of one is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from querylens.traces.importers.mysql_log import (
    BAD_TIME,
    CUT_OFF,
    EXACT_TIME,
    NO_TIME,
    SECOND,
    WITHOUT_ZONE,
    Remembered,
    after_banners,
    banner_at,
    nanoseconds,
)
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Statement, Untold

# The log-short-format has neither `# Time` nor `# User@Host`: then a `;` or the banner must be in
# front. A replica's may have `# User@Host` twice. Each line is walked once.
_RECORD = re.compile(
    rb"""
    \n\#\ (?:Time:\ (?:%b|(?P<time>[-+:.\dTZ\ ]+))\n?\#\ )?
    (?:User@Host:\ [^\n]*\n\#\ (?=User@Host:))?
    (?:User@Host:\ (?P<user>[^\n]*)\n\#\ |(?(1)|(?(time)|(?:(?<=;\n\#\ )|(?<=Argument\n\#\ )))))
    (?:Thread_id:\ *(?P<thread>\d+)[^\n]*\n\#\ )?
    (?:(?:Schema|Client):[^\n]*\n\#\ )?
    Query_time:\ (?P<took>[\d.]+)\ +Lock_time:[^\n]*
    (?:\n\#(?!\ (?:Time|User@Host|Thread_id|Query_time|administrator\ command):)[^\n]*)*
    (?:\nuse\ [^\n]*;(?=\n))?
    (?:\nSET\ (?:[a-z_]+=-?\d+,\ ?)*timestamp=(?P<second>\d+)(?:\.\d+)?
        (?:,\ ?[a-z_]+=-?\d+)*;(?=\n|\Z))?
    (?:\n(?!\#)(?P<sql>[^\n]*);(?=\n\#\ (?:Time|User@Host):))?
    """
    % EXACT_TIME,
    re.VERBOSE,
)
# What MySQL >= 5.7.2 writes for nearly every statement. `_RECORD` matches that too, and takes twice
# as long for it.
_PLAIN = re.compile(
    rb"\n# Time: %b\n# User@Host: ([^\n]*+)\n# Query_time: ([\d.]++) ++Lock_time:([^\n]*+)"
    rb"\nSET timestamp=\d++;\n(?!#)([^\n]*);(?=\n# Time: )" % EXACT_TIME
)
_TIME = re.compile(rb"# Time: [-+:.\dTZ ]+")
_ID = re.compile(rb"  Id: *(\d+)\s*\Z")
_ERROR = re.compile(rb"[^\n]* (?:Last_errno|Errno): (\d+)")
#: In all that `_ERROR` finds: a search for it is much faster.
_ERROR_MARK = b"rrno: "
_HEADER = re.compile(rb"(?:\A|(?<=;\n))# (?:Time|User@Host|Thread_id|Query_time): ")
# What stands in front of a block: it begins between two records.
_BEFORE = b";\n"

_NO_RECORD = "this is no record of a slow query log: look for lines that were cut or edited"
_BAD_DURATION = "this duration is out of range, and its statement has none: look for an edited line"
_COMMAND = b"# administrator command: "

_new = tuple.__new__


@dataclass(frozen=True)
class SlowLog:
    """Reads slow query logs. The session is the connection's id, or user and host without one.

    `at_ns` is exact where `# Time` has microseconds (MySQL ≥ 5.7.2): it is the end. Elsewhere the
    time is that of `SET timestamp`, a whole second: the beginning in MariaDB (since 10.5.24,
    10.6.17 and 10.11.7; MDEV-11628), the end in MySQL before 8.0.14 (its manual, "The Slow Query
    Log"), from which the whole seconds of the duration are taken. So the statements of a session
    stay in their order. In 5.0 many records have no time: that of the record before is theirs.
    """

    name: ClassVar[str] = "MySQL slow query log"
    tells_spans: ClassVar[bool] = False
    vendor: str = "mysql"

    def next_record(self, data: bytes, start: int) -> int:
        """Answers only records that tell their time: the others take it from those before them."""
        if start == 0:
            first = _RECORD.match(_BEFORE + data[:1_000_000], 1)
            if first is not None and _is_timed(first):
                return 0
        for record in _RECORD.finditer(data, max(0, start - 1)):
            line = data.rfind(b"\n", 0, record.start()) + 1
            is_inner = not any(record.group(1, "time")) and _TIME.fullmatch(
                data, line, record.start()
            )
            if _is_timed(record) and not is_inner:
                return record.start() + 1
        return -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        return chain.from_iterable(map(_Reading(untold).statements, blocks))


def recognise(head: bytes) -> SlowLog | None:
    """Sure when a whole header stands at the beginning, behind the banner or behind a `;`."""
    text = _BEFORE + head
    first = _RECORD.search(text)
    if first is None:
        return None
    before = after_banners(text[1 : first.start()]).strip()
    return SlowLog() if not before or before.endswith(b";") else None


class _Reading:
    def __init__(self, untold: Untold) -> None:
        self._untold = untold
        self._problems = Problems(untold)
        self._seconds = Remembered(nanoseconds)
        self._timestamps = Remembered(_timestamp)
        self._durations = Remembered(_duration)
        self._sessions = Remembered(_session)
        #: When the record before was written, which is the time of one that tells none.
        self._told = 0

    def statements(self, block: Block) -> list[Statement]:
        """The statements of the records that a block holds."""
        text = _BEFORE + block.data
        self._told = 0
        self._check_before(block, text)
        made: list[Statement] = []
        plain: re.Match[bytes] | None = None
        begin = 0
        for following in chain(_PLAIN.finditer(text), (None,)):
            end = len(text) if following is None else following.start()
            is_whole = plain is not None and plain.end() == end
            if is_whole and plain and (one := self._plain_statement(plain)):
                made.append(one)
            else:
                made += self._statements_between(block, text, begin, end)
            plain, begin = following, end
        return made

    def _plain_statement(self, record: re.Match[bytes]) -> Statement | None:
        """That of a record of `_PLAIN`, sooner; None where something is to be looked at or told."""
        date, microseconds, zone, user, took, more, sql = record.groups()
        duration = self._durations[took]
        told = self._seconds[date + zone] + int(microseconds) * 1000
        at = told - duration
        if at < 0 or duration < 0 or not sql:
            return None
        self._told = told
        error = _error(more) if _ERROR_MARK in more else ""
        session = self._sessions[user]
        said = sql.decode("utf-8", "backslashreplace")
        return _new(
            Statement, (said, at, duration, session, "", "", "", "", error, None, "log", "")
        )

    def _statements_between(
        self, block: Block, text: bytes, begin: int, end: int
    ) -> Iterator[Statement]:
        """Those of all records that begin there."""
        record = _RECORD.search(text, begin)
        while record is not None and record.start() < end:
            following = _RECORD.search(text, record.end())
            if one := self._statement(block, text, record, following):
                yield one
            record = following

    def _statement(
        self,
        block: Block,
        text: bytes,
        record: re.Match[bytes],
        following: re.Match[bytes] | None,
    ) -> Statement | None:
        """The statement of any record; None where it has none."""
        date, microseconds, zone, time, user, thread, took, second, sql = record.groups()
        if sql is None or following is None or following.start() != record.end():
            sql = self._sql(block, text, record, following)
        duration = self._durations[took]
        if date is not None:
            self._told = self._seconds[date + zone] + int(microseconds) * 1000
            at = self._told - duration
        else:
            if second is not None:
                self._told = self._timestamps[second]
            elif time is not None:
                self._told = self._seconds[time]
                self._untold.miss(WITHOUT_ZONE)
            at = self._told
        if at < 0 or duration < 0 or (duration >= SECOND and date is None):
            self._told, at, duration = self._sound(block, record, self._told, duration)
        if not sql:
            return None
        said = sql.decode("utf-8", "backslashreplace")
        error = _error(record[0]) if _ERROR_MARK in record[0] else ""
        session = self._sessions[thread or user or b""]
        return _new(
            Statement, (said, at, duration, session, "", "", "", "", error, None, "log", "")
        )

    def _sound(
        self, block: Block, record: re.Match[bytes], told: int, duration: int
    ) -> tuple[int, int, int]:
        """The time told, when the statement began, and its duration, none of them below zero."""
        if told < 0:
            self._problems.add(block, record.start() - 1, BAD_TIME)
            told = 0
        if duration < 0:
            self._problems.add(block, record.start("took") - len(_BEFORE), _BAD_DURATION)
            return told, told, 0
        # Without `# User@Host` nothing tells the server: the time stays as it is told.
        if record["user"] is None or b"QC_hit: " in record[0]:
            return told, told, duration
        return told, max(0, told - duration // SECOND * SECOND), duration

    def _check_before(self, block: Block, text: bytes) -> None:
        """Tells what stands before the first record: the rest of one, when a log was rotated."""
        first = _RECORD.search(text)
        stop = len(text) if first is None else first.start()
        before = after_banners(text[1:stop]).lstrip()
        if before:
            self._problems.add(block, stop - len(before) - len(_BEFORE), _NO_RECORD)

    def _sql(
        self, block: Block, text: bytes, record: re.Match[bytes], following: re.Match[bytes] | None
    ) -> bytes:
        """A statement of several lines, or with a banner or half a record behind it."""
        begin = record.end() + 1 if record["sql"] is None else record.start("sql")
        end = len(text) if following is None else following.start()
        sql = text[begin:end]
        if header := _HEADER.search(sql):
            self._problems.add(block, begin + header.start() - len(_BEFORE), _NO_RECORD)
            sql = sql[: header.start()]
        elif following is None and sql and sql[-1] not in b"\n;":
            # Half of a header's first line leaves the statement before it whole.
            whole, _, half = sql.rpartition(b";\n#")
            sql = b"" if b"\n" in half else whole
            self._problems.add(block, begin + len(sql) - len(_BEFORE), CUT_OFF)
        banner = banner_at(b"\n" + sql.rstrip())
        if banner >= 0:
            sql = sql[: max(0, banner - 1)]
        return b"" if sql.startswith(_COMMAND) else sql.rstrip().removesuffix(b";")


def _is_timed(record: re.Match[bytes]) -> bool:
    return any(record.group(1, "time", "second"))


def _timestamp(text: bytes) -> int:
    """`SET timestamp`'s seconds since 1970, in nanoseconds; `NO_TIME` when no clock tells that."""
    return int(text) * SECOND if len(text) <= 11 else NO_TIME


def _duration(text: bytes) -> int:
    """Seconds, whole in 5.0, in nanoseconds; -1 for what no statement takes.

    Clocks that were set back made some servers write 18446744073708.796870.
    """
    whole, _, fraction = text.partition(b".")
    if len(whole) > 9 or not (whole + fraction).isdigit() or not whole:
        return -1
    return int(whole) * SECOND + int(fraction[:9].ljust(9, b"0"))


def _session(text: bytes) -> str:
    found = _ID.search(text)
    return (found[1] if found else text).decode("utf-8", "backslashreplace")


def _error(header: bytes) -> str:
    found = _ERROR.search(header)
    return "" if found is None or not found[1].strip(b"0") else found[1].decode()
