"""The general query log of MySQL, Percona Server and MariaDB, from 5.0 on.

A line is a time, the connection's id, a command and its text, which may have more lines
(`File_query_log::write_general` in MySQL's sql/log.cc, `MYSQL_QUERY_LOG::write` in MariaDB's):

    2026-07-04T12:00:00.123456Z     4 Query     SELECT 1

Before MySQL 5.7.2 and in MariaDB the time stands only where the second changed. The log does not
quote statements: a line of a statement that looks like all this is taken for another statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import ClassVar

from querylens.traces.importers.mysql_log import (
    BAD_TIME,
    CUT_OFF,
    EXACT_TIME,
    WITHOUT_ZONE,
    Remembered,
    after_banners,
    banner_at,
    nanoseconds,
)
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Statement, Untold

# In 5.0 the command is padded with spaces to twelve characters.
_RECORD = re.compile(
    rb"""
    \n(?:%b[\t\ ]|(?P<time>\d{6}\ [\ \d]\d:\d\d:\d\d)\t|\t\t)
    \ *(?P<connection>\d+)\ (?P<command>[A-Za-z]+(?:[\ _][A-Za-z]+){0,4})(?:\t|\ {2,11}|(?=\n|\Z))
    """
    % EXACT_TIME,
    re.VERBOSE,
)
_STATEMENTS = (b"Query", b"Execute")
_COMMANDS = {
    *_STATEMENTS,
    *(b"Connect", b"Quit", b"Init DB", b"Field List", b"Prepare", b"Close stmt", b"Reset stmt"),
    *(b"Long Data", b"Fetch", b"Statistics", b"Ping", b"Change user", b"Set option"),
    *(b"Reset connection", b"Reset Connection"),
}
# What 5.0 writes before a prepared statement's text.
_NUMBER = re.compile(r"\[\d+\] ")
# A block begins between two records.
_BEFORE = b"\n"

_NO_RECORD = "this is no record of a general query log: look for lines that were cut or edited"

_new = tuple.__new__


@dataclass(frozen=True)
class GeneralLog:
    """Reads general query logs: what was sent, in its order, without durations and errors.

    The session is the connection's id. A statement without a time has that of the line before.
    """

    name: ClassVar[str] = "MySQL general query log"
    tells_spans: ClassVar[bool] = False
    vendor: str = "mysql"

    def next_record(self, data: bytes, start: int) -> int:
        """Answers only lines with a time: the others take it from those before them."""
        if start == 0:
            first = _RECORD.match(_BEFORE + data[:200])
            if first is not None and _is_timed(first):
                return 0
        for record in _RECORD.finditer(data, max(0, start - 1)):
            if _is_timed(record):
                return record.start() + 1
        return -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        reading = _Reading(untold)
        for block in blocks:
            yield from reading.statements(block)


def recognise(head: bytes) -> GeneralLog | None:
    """Sure when a known command stands in its place, or when there is a banner and no more."""
    text = _BEFORE + head
    behind = after_banners(text)
    if not behind.strip():
        return GeneralLog() if behind != text else None
    first = _RECORD.search(behind)
    if first is None or first["command"] not in _COMMANDS:
        return None
    return None if b"\n# Query_time: " in behind[: first.start()] else GeneralLog()


class _Reading:
    def __init__(self, untold: Untold) -> None:
        self._untold = untold
        self._problems = Problems(untold)
        self._seconds = Remembered(nanoseconds)
        self._sessions = Remembered(bytes.decode)

    def statements(self, block: Block) -> Iterator[Statement]:
        text = _BEFORE + block.data
        has_banner = b" started with:\n" in text
        at = 0
        self._check_before(block, text)
        for record, following in pairwise(chain(_RECORD.finditer(text), (None,))):
            assert record is not None
            connection, command = record.group("connection", "command")
            if _is_timed(record):
                at = self._at(block, record)
            if command not in _STATEMENTS:
                continue
            begin = record.end()
            end = len(text) if following is None else following.start()
            if following is None or has_banner:
                end = self._end(block, text, begin, end)
            sql = text[begin:end].decode("utf-8", "backslashreplace")
            if command == b"Execute" and (number := _NUMBER.match(sql)):
                sql = sql[number.end() :]
            if sql:
                session = self._sessions[connection]
                yield _new(Statement, (sql, at, 0, session, "", "", "", "", "", None, "log", ""))

    def _at(self, block: Block, record: re.Match[bytes]) -> int:
        date, microseconds, zone, time = record.group(1, 2, 3, "time")
        if time is not None:
            self._untold.miss(WITHOUT_ZONE)
            at = self._seconds[time]
        else:
            at = self._seconds[date + zone] + int(microseconds) * 1000
        if at < 0:
            self._problems.add(block, record.start(), BAD_TIME)
        return max(0, at)

    def _check_before(self, block: Block, text: bytes) -> None:
        """Tells what stands before the first record: the rest of one, when a log was rotated."""
        first = _RECORD.search(text)
        stop = len(text) if first is None else first.start()
        before = after_banners(text[:stop]).lstrip()
        if before:
            self._problems.add(block, stop - len(before) - len(_BEFORE), _NO_RECORD)

    def _end(self, block: Block, text: bytes, begin: int, end: int) -> int:
        """Where a statement ends that may have a banner behind it, or be cut off itself."""
        body = text[begin:end]
        banner = banner_at(body)
        if banner >= 0:
            return begin + banner
        if end < len(text):
            return end
        if not text.endswith(b"\n"):
            self._problems.add(block, begin - len(_BEFORE), CUT_OFF)
            return begin
        return max(begin, end - 1)


def _is_timed(record: re.Match[bytes]) -> bool:
    return any(record.group(1, "time"))
