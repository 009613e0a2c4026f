"""Django's log of SQL as a JSON formatter writes it: one object a line.

Django gives formatters the parts of a message as `sql`, `params`, `alias` and `duration`; a
formatter that drops them keeps the message. Keys are those of Python's log records and what
python-json-logger, structlog and OpenTelemetry call them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from querylens.traces.importers.django_log_message import (
    OutOfRangeError,
    heads,
    nanoseconds,
    parsed_message,
    requests,
)
from querylens.traces.importers.django_log_prefix import is_id, time_of
from querylens.traces.importers.otlp_attributes import printable
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Statement

_MESSAGE = ("message", "msg", "event")
_TIME = ("created", "asctime", "timestamp", "@timestamp", "time", "ts", "datetime")
_SESSION = (
    "process",
    "processName",
    "process_name",
    "pid",
    "thread",
    "threadName",
    "thread_name",
    "thread_id",
    "taskName",
    "task_name",
)
_REQUEST = ("otelTraceID", "trace_id", "traceId", "request_id", "correlation_id")
_LONGEST_SECONDS = 10_000_000
_LATEST_SECONDS = 1 << 33
_NOT_JSON = "not JSON: the line is damaged or cut off; log it again"
_OUT_OF_RANGE = "a number is out of range: the line is damaged; log it again"


def is_statement_line(line: bytes) -> bool:
    """Whether a line surely is a statement of Django's log."""
    if not _may_tell(line):
        return False
    try:
        statement = _statement(_object(line))
    except (OutOfRangeError, RecursionError, ValueError):
        return False
    return statement is not None and statement.told_by == "log"


def json_statements(block: Block, problems: Problems) -> Iterator[Statement]:
    """The statements of a block; lines of other loggers are passed over."""
    position = 0
    for line in block.data.split(b"\n"):
        if _may_tell(line):
            try:
                statement = _statement(_object(line))
            except (RecursionError, json.JSONDecodeError):
                problems.add(block, position, _NOT_JSON)
            except (OverflowError, ValueError):
                problems.add(block, position, _OUT_OF_RANGE)
            else:
                if statement is not None:
                    yield statement
        position += len(line) + 1


def _may_tell(line: bytes) -> bool:
    return line.startswith(b"{") and (b'"sql"' in line or b"; args=" in line or b" HTTP/" in line)


def _object(line: bytes) -> dict[str, Any]:
    """Raises ValueError and RecursionError."""
    document: dict[str, Any] = json.loads(line.decode("utf-8", "surrogateescape"))
    return document


def _statement(record: dict[str, Any]) -> Statement | None:
    """Raises `OutOfRangeError`, and ValueError for numbers that are none."""
    message = next((record[key] for key in _MESSAGE if isinstance(record.get(key), str)), "")
    told = _told_in_parts(record) or _told_in_message(message)
    session = " ".join(str(record[key]) for key in _SESSION if _is_plain(record.get(key)))
    request = next((told_id for key in _REQUEST if is_id(told_id := _text(record, key))), "")
    if told is not None:
        sql, params, duration = told
        at = max(_at(record) - duration, 0)
        return Statement(
            printable(sql), at, duration, printable(session), "", request, "", printable(params)
        )
    for _, name in requests(message.encode("utf-8", "surrogatepass")):
        return Statement(
            "", _at(record), 0, printable(session), request=request, name=name, told_by="span"
        )
    return None


def _told_in_parts(record: dict[str, Any]) -> tuple[str, str, int] | None:
    sql = record.get("sql")
    duration = record.get("duration")
    if not isinstance(sql, str) or not isinstance(duration, int | float) or "alias" not in record:
        return None
    if not 0 <= duration < _LONGEST_SECONDS:
        raise OutOfRangeError
    params = record.get("params")
    return sql.strip(), str(params) if params else "", round(duration * 1_000_000_000)


def _told_in_message(message: str) -> tuple[str, str, int] | None:
    text = message.encode("utf-8", "surrogatepass")
    head = next(heads(text), None) if text.startswith(b"(") else None
    if head is None or head.start() > 0:
        return None
    told = parsed_message(text[head.end() :])
    if told is None:
        return None
    return told.sql, told.params, nanoseconds(head[1])


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return printable(str(value)) if _is_plain(value) else ""


def _at(record: dict[str, Any]) -> int:
    for key in _TIME:
        value = record.get(key)
        if isinstance(value, str):
            return time_of(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since_1970(value)
    return 0


def _since_1970(number: float) -> int:
    """Seconds, or thousandths, millionths or billionths of them, by their size."""
    if not (math.isfinite(number) and number >= 0):
        raise OutOfRangeError
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        if number < _LATEST_SECONDS * unit:
            return round(number * 1_000_000_000 / unit)
    raise OutOfRangeError
