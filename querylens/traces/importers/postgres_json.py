"""Reads PostgreSQL's jsonlog (15 and later): one JSON object a line.

CloudNativePG puts the server's records (by the names of csvlog's columns) into its own log:
https://cloudnative-pg.io/documentation/current/logging/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from querylens.traces.importers.postgres_messages import ERROR, LOG, PARAMETERS, message_pattern
from querylens.traces.importers.postgres_records import Reading, Told
from querylens.traces.statements import Block, Importer, Statement, Untold

_LINE = re.compile(rb'\{"timestamp":"[^"\n]{1,60}",[^\n]{0,2000}?"error_severity":"')
_WRAPPED = re.compile(
    rb'^\{[^\n]{0,300}?"logger":"postgres",[^\n]{0,600}?"record":\{"log_time":"', re.MULTILINE
)
#: What CloudNativePG calls what jsonlog calls otherwise.
_NAMES = {
    "log_time": "timestamp",
    "sql_state_code": "state_code",
    "virtual_transaction_id": "vxid",
    "query": "statement",
}
_MESSAGE = re.compile(message_pattern(r"(?s:.*)"))
_PARAMETERS = re.compile(PARAMETERS)
_IS_LOG = re.compile(LOG).fullmatch
_IS_ERROR = re.compile(ERROR).fullmatch
_NO_JSON = "no whole line of PostgreSQL's jsonlog: skipped"


def recognise(head: bytes) -> Importer | None:
    """The importer for a jsonlog."""
    head = head.lstrip()
    is_wrapped = head.startswith(b"{") and _WRAPPED.search(head)
    return PostgresJsonLog() if is_wrapped or _LINE.match(head) else None


@dataclass(frozen=True)
class PostgresJsonLog:
    """PostgreSQL's jsonlog."""

    vendor: str = "postgresql"
    name: ClassVar[str] = "PostgreSQL jsonlog"
    tells_spans: ClassVar[bool] = False

    def next_record(self, data: bytes, start: int) -> int:
        return start if start < len(data) else -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        reading = Reading(untold)
        for block in blocks:
            position = 0
            for line in block.data.split(b"\n"):
                if line and not line.isspace():
                    if (record := _record(line)) is None:
                        reading.problems.add(block, position, _NO_JSON)
                    elif told := _told(reading, record, block, position):
                        yield told
                position += len(line) + 1


def _record(line: bytes) -> dict[str, str] | None:
    """The texts of the line, none for a line of CloudNativePG's own; None for one of another."""
    try:
        record = json.loads(line.decode("utf-8", "backslashreplace"), strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    if {"level", "ts"} <= record.keys():
        inner = record.get("record")
        if not isinstance(inner, dict) or "error_severity" not in inner:
            return {}
        record = {_NAMES.get(name, name): value for name, value in inner.items()}
    texts = {name: value for name, value in record.items() if isinstance(value, str)}
    return texts if {"timestamp", "error_severity"} <= texts.keys() else None


def _told(
    reading: Reading, record: dict[str, str], block: Block, position: int
) -> Statement | None:
    severity = record.get("error_severity", "")
    if _IS_ERROR(severity) and (statement := record.get("statement")):
        state = record.get("state_code") or "ERROR"
        return reading.statement(_parts(record, None), statement, block, position, error=state)
    message = _MESSAGE.match(record.get("message", ""))
    if not message or not _IS_LOG(severity):
        return None
    told = _parts(record, message["duration"])
    if message.lastgroup == "sql":
        detail = record.get("detail", "")
        params = _PARAMETERS.match(detail)
        values = detail[params.end() :] if params else ""
        return reading.statement(told, message["sql"], block, position, values)
    if message.lastgroup == "plan":
        return reading.explained(told, message["plan"], block, position)
    if message["duration"]:
        return reading.statement(told, "", block, position, told_by="duration")
    return None


def _parts(record: dict[str, str], duration: str | None) -> Told:
    second, _, rest = record["timestamp"].partition(".")
    fraction, _, zone = rest.partition(" ")
    names = record.get("session_id", ""), record.get("vxid", "")
    parts = (part.encode("utf-8", "replace") for part in (second, fraction, zone, *names))
    return (duration.encode() if duration else None, *parts)
