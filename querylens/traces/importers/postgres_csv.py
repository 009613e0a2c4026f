"""Reads PostgreSQL's csvlog: 23 columns (9.0), 24 (13), 26 (14 and later)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from querylens.traces.importers.postgres_messages import ERROR, LOG, PARAMETERS, message_pattern
from querylens.traces.importers.postgres_records import Reading, Told
from querylens.traces.statements import Block, Importer, Statement, Untold

#: The inside of a quoted field: each quote in it is doubled.
_INSIDE = r'[^"]*+(?:""[^"]*+)*+'
_TEXT = rf'(?:"{_INSIDE}")?+'
#: The columns up to the message, as `elog.c` and `csvlog.c` write them: names are quoted.
_BEFORE = (
    r"(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(?P<fraction>\d{3}) "
    rf"(?P<zone>[^,\n\"]{{1,12}}),{_TEXT},{_TEXT},(?P<process>\d*+),{_TEXT}"
    rf",(?P<session>[0-9a-f.]*+),\d*+,{_TEXT},[^,\n\"]*+,(?P<transaction>[\d/-]*+),\d*+"
    r",(?P<severity>[^,\n\"]{1,80}),(?P<state>\w{0,5}),"
)
#: Inside of a field a line could look like a record, but all quotes are doubled there.
_BEGINNING = re.compile(rf'{_BEFORE}(?:"(?:"")*+(?![",\n]))'.encode())
_MESSAGE = message_pattern(_INSIDE, end='"')
_RECORD = re.compile(
    (
        rf'{_BEFORE}(?:"(?:{_MESSAGE}|{_INSIDE})")?+,(?:"(?P<detail>{_INSIDE})")?+'
        rf",{_TEXT},{_TEXT},\d*+,{_TEXT}"
        rf',(?:"(?P<statement>{_INSIDE})")?+,\d*+,{_TEXT},{_TEXT}(?:,[^\n]*+)?+(?:\n|\Z)'
        r"|(?P<left>[^\n]*+)(?:\n|\Z)"
    ).encode()
)
_TOLD = ("duration", "second", "fraction", "zone", "session", "transaction")
_NEEDED = tuple(_RECORD.groupindex[name] for name in ("sql", "severity", "detail", "statement"))
_TOLD_GROUPS = tuple(_RECORD.groupindex[name] for name in _TOLD)
_IS_LOG = re.compile(LOG.encode()).fullmatch
_IS_ERROR = re.compile(ERROR.encode()).fullmatch
_PARAMETERS = re.compile(PARAMETERS.encode())
_NO_RECORD = "no whole record of PostgreSQL's csvlog: skipped"


def recognise(head: bytes) -> Importer | None:
    """The importer for a csvlog."""
    start = 0
    for _ in range(100):
        if _BEGINNING.match(head, start):
            return PostgresCsvLog()
        if not (start := head.find(b"\n", start) + 1):
            break
    return None


@dataclass(frozen=True)
class PostgresCsvLog:
    """PostgreSQL's csvlog."""

    vendor: str = "postgresql"
    name: ClassVar[str] = "PostgreSQL csvlog"
    tells_spans: ClassVar[bool] = False

    def next_record(self, data: bytes, start: int) -> int:
        while start < len(data):
            if _BEGINNING.match(data, start):
                return start
            if not (end := data.find(b"\n", start) + 1):
                return -1
            start = end
        return -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        reading = Reading(untold)
        for block in blocks:
            for record in _RECORD.finditer(block.data):
                if record.lastgroup != "left":
                    if told := _told(reading, record, block):
                        yield told
                elif record["left"].strip():
                    reading.problems.add(block, record.start(), _NO_RECORD)


def _told(reading: Reading, record: re.Match[bytes], block: Block) -> Statement | None:
    sql, severity, detail, statement = record.group(*_NEEDED)
    told: Told = record.group(*_TOLD_GROUPS)
    position = record.start()
    if not _IS_LOG(severity):
        if not statement or not _IS_ERROR(severity):
            return None
        state = record["state"].decode() or "ERROR"
        return reading.statement(told, _text(statement), block, position, error=state)
    if sql is not None:
        params = detail and _PARAMETERS.match(detail)
        values = _text(detail[params.end() :]) if params else ""
        return reading.statement(told, _text(sql), block, position, values)
    if record["plan"] is not None:
        return reading.explained(told, _text(record["plan"]), block, position)
    if record["alone"] is not None and told[0]:
        return reading.statement(told, "", block, position, told_by="duration")
    return None


def _text(field: bytes) -> str:
    if b'""' in field:
        field = field.replace(b'""', b'"')
    return field.decode("utf-8", "backslashreplace")
