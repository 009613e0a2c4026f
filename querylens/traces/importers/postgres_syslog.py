"""Reads PostgreSQL's log as it comes through syslog or the journal: in parts, others' in between.

A message is cut at its line breaks and behind at most 900 bytes, and each part has its number in
front, as `[7-2]`, or `[2]` with `syslog_sequence_numbers = off` (`write_syslog` in elog.c). What
stands before that is the daemon's: the time, the host, the program and the process. Put together
again, a message is as it would be on stderr; where `log_line_prefix` tells no time or no process,
the daemon's are put before it. What Docker Compose, kubectl and container runtimes put before each
line of a log is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from typing import ClassVar

from querylens.traces.importers.postgres_prefix import find_prefixes
from querylens.traces.importers.postgres_reading import SURE, LogReading
from querylens.traces.importers.postgres_syslog_lines import LINE, part_of, with_year
from querylens.traces.importers.postgres_syslog_messages import Messages
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block, Importer, Statement, Untold

#: In so many lines behind a cut, and at most so many bytes, parts are looked for of what stands
#: before it.
_LOOK_AHEAD = 32
_MOST_AHEAD = 60_000
_MOST_LINES = 10_000
_WITHOUT_YEAR = "timestamps without a year: the last such day was taken"


def recognise(head: bytes) -> Importer | None:
    """The importer for a log that came through syslog; the year of its days is the last there was.

    Half of its lines may be of other programs, or not of syslog at all.
    """
    lines = sum(1 for _ in islice(LINE.finditer(head), _MOST_LINES))
    if lines * 2 <= min(head.count(b"\n"), _MOST_LINES):
        return None
    log = PostgresSyslog((), datetime.now(UTC).date(), is_timed=True, is_named=True)
    texts = log.texts(head)
    prefixes = find_prefixes(texts)
    own = "|".join(prefixes)
    is_timed = any(f"(?P<{name}>" in own for name in ("second", "epoch"))
    is_named = any(f"(?P<{name}>" in own for name in ("session", "process"))
    if not (is_timed and is_named):
        log = replace(log, is_timed=is_timed, is_named=is_named)
        texts = log.texts(head)
        prefixes = find_prefixes(texts)
    return replace(log, prefixes=prefixes) if prefixes and any(map(SURE.search, texts)) else None


@dataclass(frozen=True)
class PostgresSyslog:
    """PostgreSQL's log, in the lines of a syslog daemon or of others who print it."""

    #: As those of `PostgresLog`, of messages that are put together.
    prefixes: tuple[str, ...]
    #: What days without a year are not behind.
    today: date
    #: Whether `log_line_prefix` tells the time, and whether it tells the session.
    is_timed: bool = False
    is_named: bool = False
    vendor: str = "postgresql"
    name: ClassVar[str] = "PostgreSQL log in others' lines"
    tells_spans: ClassVar[bool] = False

    def next_record(self, data: bytes, start: int) -> int:
        """Where a message begins while no other one goes on, as far as the next lines tell.

        -1 as long as there are fewer of them: more might tell otherwise.
        """
        begun: dict[bytes, int] = {}
        cut = at = -1
        for number, line in enumerate(LINE.finditer(data, start)):
            if not line[0].endswith(b"\n"):
                break
            part = part_of(line)
            if part.is_first:
                begun[part.sender] = number
                if cut < 0:
                    cut, at = line.start(), number
            elif part.is_later and begun.get(part.sender, -1) < at:
                cut = -1
            is_far = number - at >= _LOOK_AHEAD or line.end() - cut >= _MOST_AHEAD
            if cut >= 0 and is_far:
                return cut
        return -1

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        reading = LogReading(self.prefixes, untold)
        messages = Messages(partial(self._front, untold), reading.problems)
        for message in messages.of(blocks):
            yield from reading.statements(message.block())

    def texts(self, head: bytes) -> list[str]:
        """The lines of the messages at the beginning of a log."""
        whole = Block(head[: head.rfind(b"\n") + 1 or None], 1)
        messages = Messages(partial(self._front, Untold()), Problems(Untold()))
        joined = b"\n".join(message.block().data for message in messages.of([whole]))
        return joined.decode("utf-8", "backslashreplace").split("\n")

    def _front(self, untold: Untold, line: re.Match[bytes]) -> bytes:
        """What is put before a message: what the daemon tells and `log_line_prefix` does not."""
        process = line["process"] or line["id"]
        if process is None:
            return b""
        stamp = b""
        if not self.is_timed:
            stamp = line["stamp"].replace(b",", b".") + b" "
            if line["day"] is not None:
                untold.miss(_WITHOUT_YEAR)
                stamp = b"%b %b local " % (with_year(line["day"], self.today), line["clock"])
        return stamp if self.is_named else b"%b[%b] " % (stamp, process)
