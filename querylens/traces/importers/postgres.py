"""Reads PostgreSQL's log as it goes to stderr, with whatever `log_line_prefix` it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import ClassVar

from querylens.traces.importers import postgres_csv, postgres_json, postgres_syslog
from querylens.traces.importers.postgres_messages import SEVERITY
from querylens.traces.importers.postgres_prefix import find_prefixes
from querylens.traces.importers.postgres_reading import SURE, LogReading
from querylens.traces.statements import Block, Importer, Statement, Untold


def recognise(head: bytes) -> Importer | None:
    """The importer for a log of PostgreSQL's: stderr, csvlog, jsonlog or syslog."""
    for other in (postgres_csv.recognise, postgres_json.recognise, postgres_syslog.recognise):
        if importer := other(head):
            return importer
    text = head[: head.rfind(b"\n") + 1 or None].decode("utf-8", "backslashreplace")
    is_crlf = "\r\n" in text[:10_000]
    lines = text.replace("\r\n", "\n").split("\n")
    prefixes = find_prefixes(lines)
    if prefixes and any(map(SURE.search, lines)):
        return PostgresLog(prefixes, is_crlf)
    return None


@dataclass(frozen=True)
class PostgresLog:
    """PostgreSQL's log as it goes to stderr."""

    #: Regular expressions for what stands before a message, the most frequent first.
    prefixes: tuple[str, ...]
    #: Whether lines end as on Windows.
    is_crlf: bool = False
    vendor: str = "postgresql"
    name: ClassVar[str] = "PostgreSQL log"
    tells_spans: ClassVar[bool] = False

    def next_record(self, data: bytes, start: int) -> int:
        begins = _beginning(self.prefixes).match
        while start < len(data):
            if begins(data, start):
                return start
            if not (end := data.find(b"\n", start) + 1):
                return -1
            start = end
        return -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        reading = LogReading(self.prefixes, untold)
        if self.is_crlf:
            blocks = (Block(each.data.replace(b"\r\n", b"\n"), each.line) for each in blocks)
        return chain.from_iterable(map(reading.statements, blocks))


@cache
def _beginning(prefixes: tuple[str, ...]) -> re.Pattern[bytes]:
    any_prefix = "|".join(re.sub(r"\?P<\w+>", "?:", prefix) for prefix in prefixes)
    return re.compile(rf"(?:{any_prefix}){SEVERITY}:  ".encode())
