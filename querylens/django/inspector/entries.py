"""A request in the list: what is known of it without its queries."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any, Self

from querylens.django.exchanges import Exchange
from querylens.model import Finding, Totals
from querylens.reporters._plain import clipped

_VERSION = 1
_MOST_FINDINGS = 100
_LONGEST_NAME = 300
_LONGEST_PATH = 1_000

#: When it was kept, in nanoseconds since 1970, and something that no other process has.
ID = re.compile(r"[0-9]{20}-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in numbers."""

    code: str
    name: str
    severity: str
    count: int

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """The numbers of a finding."""
        return cls(finding.rule.code, finding.rule.name, finding.severity, finding.count)


@dataclass(frozen=True, slots=True)
class Entry:
    """A request as the list shows it.

    `started_ns` is nanoseconds since 1970, `duration_ns` nanoseconds. `status` is None when no
    response was made. `path` is hostile text that may hold values: it is empty in what other
    processes kept.
    """

    id: str
    pid: int
    method: str
    route: str
    status: int | None
    started_ns: int
    duration_ns: int
    totals: Totals
    findings: tuple[Found, ...]
    path: str = ""

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """A new entry, with an id that sorts behind those of earlier ones."""
        return cls(
            id=f"{time.time_ns():020d}-{secrets.token_hex(8)}",
            pid=os.getpid(),
            method=exchange.method,
            route=clipped(exchange.route, _LONGEST_NAME),
            status=exchange.status,
            started_ns=int(exchange.started_at.timestamp() * 1e9),
            duration_ns=exchange.duration_ns,
            totals=Totals.of(exchange.trace),
            findings=tuple(map(Found.of, exchange.report.findings[:_MOST_FINDINGS])),
            path=clipped(exchange.path, _LONGEST_PATH),
        )

    def to_line(self) -> bytes:
        """A line of JSON in ASCII, without the path."""
        document = {"v": _VERSION, **asdict(self)}
        del document["path"]
        return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The entry of a line. Raises `ValueError` for a line that is none."""
        try:
            document = json.loads(line)
            if document.pop("v") != _VERSION:
                raise ValueError("another version wrote it")
            findings = tuple(Found(**found) for found in document.pop("findings"))
            totals = Totals(**document.pop("totals"))
            entry = cls(totals=totals, findings=findings, **document)
        except (AttributeError, KeyError, RecursionError, TypeError) as error:
            raise ValueError("it is no entry") from error
        if not _is_whole(entry):
            raise ValueError("a field has the wrong type")
        return entry


def _is_whole(entry: Entry) -> bool:
    numbers: list[Any] = [entry.pid, entry.started_ns, entry.duration_ns, entry.status or 0]
    numbers += asdict(entry.totals).values()
    texts: list[Any] = [entry.id, entry.method, entry.route, entry.path]
    for found in entry.findings:
        texts += [found.code, found.name, found.severity]
        numbers.append(found.count)
    return (
        all(type(number) is int and 0 <= number < 2**63 for number in numbers)
        and all(type(text) is str for text in texts)
        and ID.fullmatch(entry.id) is not None
    )
