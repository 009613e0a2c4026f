"""Django's own log of SQL: the logger `django.db.backends` at DEBUG.

A statement is `(0.001) SELECT …; args=(1,); alias=default` behind any prefix (see
`CursorDebugWrapper` in django/db/backends/utils.py; before Django 4.2 without the alias), or a line
of JSON that holds this message or its parts. SQL may have several lines. The time of a line is when
the statement ended, and is taken for UTC when it has no zone.

The line of the server that ends a request (`"GET /movies/ HTTP/1.1" 200 1234`) becomes a statement
without SQL, told by `span`, that stands behind the statements of its request. Its name is method
and path, since the route is not told; its session is empty when its prefix, unlike that of the
statements, shows neither process nor thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from querylens.traces.framing import frame_of
from querylens.traces.importers.django_log_json import is_statement_line, json_statements
from querylens.traces.importers.django_log_message import (
    Message,
    OutOfRangeError,
    heads,
    nanoseconds,
    parsed_message,
    requests,
)
from querylens.traces.importers.django_log_prefix import PrefixLayout, layout_of
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Statement, Untold

_LONGEST_PREFIX = 500
_TRANSACTION_END = re.compile(rb"(?:COMMIT|ROLLBACK);")
_CUT_OFF = "a statement without its `args`: the line was cut off; log with a longer limit"
_OUT_OF_RANGE = "a time is out of range: the line is damaged; log it again"


@dataclass(frozen=True)
class DjangoLogImporter:
    """Reads the log as text, or as one JSON object a line."""

    name: ClassVar[str] = "Django SQL log"
    tells_spans: ClassVar[bool] = False
    vendor: str = ""
    is_json: bool = False
    prefix: PrefixLayout = field(default_factory=PrefixLayout)

    def next_record(self, data: bytes, start: int) -> int:
        if self.is_json:
            return _next_line(data, start)
        found = _heads(data, self.prefix, max(start, 0))
        return next((head.start for head in found if head.start >= start), -1)

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        problems = Problems(untold)
        for block in blocks:
            if self.is_json:
                yield from json_statements(block, problems)
            else:
                yield from self._text_statements(block, problems, untold)

    def _text_statements(
        self, block: Block, problems: Problems, untold: Untold
    ) -> Iterator[Statement]:
        for head, text in _records(block.data, self.prefix):
            if head is None:
                yield from self._requests(text)
                continue
            message = parsed_message(text)
            if message is None:
                problems.add(block, head.start, _CUT_OFF)
                yield from self._requests(text.partition(b"\n")[2])
                continue
            if message.sql == "None":
                untold.miss("statements without SQL text")
            else:
                try:
                    yield self._statement(head, message)
                except OutOfRangeError:
                    problems.add(block, head.start, _OUT_OF_RANGE)
            yield from self._requests(text[message.end :])

    def _statement(self, head: _Head, message: Message) -> Statement:
        duration = nanoseconds(head.seconds)
        at, session, request = self.prefix.read(head.prefix)
        return Statement(
            _unframed(message.sql, head.prefix),
            max(at - duration, 0),
            duration,
            session,
            "",
            request,
            "",
            message.params,
        )

    def _requests(self, text: bytes) -> Iterator[Statement]:
        for prefix, name in requests(text):
            try:
                at, session, request = self.prefix.read(prefix)
            except OutOfRangeError:
                at, session, request = 0, "", ""
            yield Statement("", at, 0, session, request=request, name=name, told_by="span")


def recognise(head: bytes) -> DjangoLogImporter | None:
    """The importer of a log that begins so; None unless a whole statement is among it."""
    if b"args=" not in head and b'"sql"' not in head:
        return None
    if any(map(is_statement_line, head.splitlines())):
        return DjangoLogImporter(is_json=True)
    found = [(head, text) for head, text in _records(head, PrefixLayout()) if head is not None]
    texts = [text for _, text in found if parsed_message(text) is not None]
    if not texts:
        return None
    prefixes = [(head.prefix, bool(_TRANSACTION_END.match(text))) for head, text in found]
    return DjangoLogImporter(_vendor(texts), prefix=layout_of(prefixes))


class _Head(NamedTuple):
    """The beginning of a statement's first line."""

    start: int
    prefix: bytes
    seconds: bytes
    end: int


def _heads(data: bytes, layout: PrefixLayout, start: int = 0) -> Iterator[_Head]:
    last = -1
    for match in heads(data, start):
        earliest = max(match.start() - _LONGEST_PREFIX, 0)
        line = data.rfind(b"\n", earliest, match.start()) + 1
        is_far_from_line_start = line == 0 and earliest > 0
        if line == last or is_far_from_line_start:
            continue
        last = line
        prefix = data[line : match.start()]
        if layout.fits(prefix):
            yield _Head(line, prefix, match[1], match.end())


def _records(data: bytes, layout: PrefixLayout) -> Iterator[tuple[_Head | None, bytes]]:
    """Each head with what follows up to the next one; first what stands before them all."""
    last: _Head | None = None
    start = 0
    for head in _heads(data, layout):
        if head.start > start or last is not None:
            yield last, data[start : head.start]
        last, start = head, head.end
    yield last, data[start:]


def _unframed(sql: str, prefix: bytes) -> str:
    """SQL of several lines without what a container or the journal put before each."""
    first, line_break, others = sql.partition("\n")
    frame = frame_of(prefix) if line_break else None
    if frame is None:
        return sql
    return first + line_break + frame.without(others.encode()).decode()


def _next_line(data: bytes, start: int) -> int:
    if start <= 0:
        return 0 if data else -1
    newline = data.find(b"\n", start - 1) + 1
    return newline if 0 < newline < len(data) else -1


def _vendor(texts: list[bytes]) -> str:
    """MySQL when names are quoted as nowhere else; the log of others tells no difference."""
    quoted = [text.partition(b" FROM ")[2][:1] for text in texts]
    return "mysql" if b"`" in quoted and b'"' not in quoted else ""
