"""Reads PostgreSQL's log as it comes through syslog or the journal: in parts, others' in between.

A message is cut at its line breaks and behind at most 900 bytes, and each part has its number in
front, as `[7-2]`, or `[2]` with `syslog_sequence_numbers = off` (`write_syslog` in elog.c). What
stands before that is the daemon's: the time, the host, the program and the process. Put together
again, a message is as it would be on stderr; where `log_line_prefix` tells no time or no process,
the daemon's are put before it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import ClassVar, NamedTuple

from querylens.traces.importers.postgres_prefix import HEADER, find_prefixes
from querylens.traces.importers.postgres_reading import NO_HEADER, SURE, LogReading
from querylens.traces.statements import Block, Importer, Statement, Untold

_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
#: Of the one who wrote a line, as most daemons tell it (Heroku's may have neither host nor colon),
#: and as RFC 5424 has it.
_SENDER = (
    rb"(?:[^\s\[\]]{1,255} )?[^\s\[\]]{1,64}\[(?:[a-z]{1,32}\.)?(?P<process>\d{1,10})\]:?"
    rb"|[^\s\[\]]{1,255} [^\s\[\]]{1,64} (?P<id>\d{1,10}) [^\s\[\]]{1,64} -"
)
_LINE = re.compile(
    rb"^(?:<\d{1,3}>(?:1 )?)?"
    rb"(?P<stamp>(?P<day>(?:%b) [ \d]\d) (?P<clock>\d\d:\d\d:\d\d)(?:\.\d{1,9})?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (?P<sender>%b)"
    rb"(?: (?:\[[A-Z_]{1,64}\] )?(?P<number>\[\d{1,20}(?:-(?P<part>\d{1,9}))?\]))? ?"
    rb"(?P<text>[^\n]*+)(?:\n|\Z)" % (b"|".join(_MONTHS), _SENDER),
    re.MULTILINE,
)
_HEADER = re.compile(HEADER.pattern.encode())
_DIGITS = re.compile(rb"\d+")
_ANYTHING = re.compile(rb"^[^\S\n]*+\S[^\n]*+", re.MULTILINE)
_SPACE = re.compile(rb"\s")
#: In a message that was not cut (`syslog_split_messages = off`).
_FURTHER_LINE = re.compile(rb"\n(?!\t)")
#: So many messages may begin between the parts of one, and so many bytes of them wait.
_MOST_WAITING = 1_000
_MOST_BYTES = 16_000_000
#: In so many lines behind a cut, and at most so many bytes, parts are looked for of what stands
#: before it.
_LOOK_AHEAD = 32
_MOST_AHEAD = 60_000
_MOST_LINES = 10_000
_WITHOUT_BEGINNING = "a part of a message that does not begin in this file: skipped"
_WITHOUT_YEAR = "timestamps without a year: the last such day was taken"


def recognise(head: bytes) -> Importer | None:
    """The importer for a log that came through syslog; the year of its days is the last there was.

    Half of its lines may be of other programs, or not of syslog at all.
    """
    lines = list(islice(_LINE.finditer(head), _MOST_LINES))
    if len(lines) * 2 <= min(head.count(b"\n"), _MOST_LINES):
        return None
    log = PostgresSyslog((), is_timed=True, is_named=True, today=datetime.now(UTC).date())
    own = "|".join(find_prefixes(log.texts(head)))
    log = replace(
        log,
        is_timed=any(f"(?P<{name}>" in own for name in ("second", "epoch")),
        is_named=any(f"(?P<{name}>" in own for name in ("session", "process")),
    )
    texts = log.texts(head)
    prefixes = find_prefixes(texts)
    return replace(log, prefixes=prefixes) if prefixes and any(map(SURE.search, texts)) else None


@dataclass
class _Message:
    """A message whose parts come one by one."""

    line: int
    #: What `log_line_prefix` put before it.
    prefix: bytes
    number: bytes
    #: What was lost before each part, and the part.
    parts: list[bytes] = field(default_factory=list)


class _Part(NamedTuple):
    """One line of syslog."""

    sender: bytes
    text: bytes
    #: What all parts of a message have in common; empty where that is not told.
    number: bytes
    header: re.Match[bytes] | None
    is_first: bool
    #: Whether it surely is another part of a message: lines of other programs are neither.
    is_later: bool


@dataclass(frozen=True)
class PostgresSyslog:
    """PostgreSQL's log, in the lines of a syslog daemon, journald or Heroku's logplex."""

    #: As those of `PostgresLog`, of messages that are put together.
    prefixes: tuple[str, ...]
    #: Whether `log_line_prefix` tells the time, and whether it tells the session.
    is_timed: bool = False
    is_named: bool = False
    #: What days without a year are not behind.
    today: date = date.max
    vendor: str = "postgresql"
    name: ClassVar[str] = "PostgreSQL log in syslog"
    tells_spans: ClassVar[bool] = False

    def next_record(self, data: bytes, start: int) -> int:
        """Where a message begins while no other one goes on, as far as the next lines tell.

        -1 as long as there are fewer of them: more might tell otherwise.
        """
        begun: dict[bytes, int] = {}
        cut = at = -1
        for number, line in enumerate(_LINE.finditer(data, start)):
            if not line[0].endswith(b"\n"):
                break
            part = _part(line)
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
        for message in _Messages(self, reading).of(blocks):
            yield from reading.statements(Block(b"".join(message.parts), message.line))

    def texts(self, head: bytes) -> list[str]:
        """The lines of the messages at the beginning of a log."""
        whole = Block(head[: head.rfind(b"\n") + 1 or None], 1)
        messages = _Messages(self, LogReading(("",), Untold())).of([whole])
        joined = b"\n".join(b"".join(message.parts) for message in messages)
        return joined.decode("utf-8", "backslashreplace").split("\n")

    def front(self, line: re.Match[bytes], untold: Untold) -> bytes:
        """What is put before a message: what the daemon tells and `log_line_prefix` does not."""
        stamp = b""
        if not self.is_timed:
            stamp = line["stamp"].replace(b",", b".") + b" "
            if line["day"] is not None:
                untold.miss(_WITHOUT_YEAR)
                stamp = b"%b %b local " % (_with_year(line["day"], self.today), line["clock"])
        process = b"" if self.is_named else b"[%b] " % (line["process"] or line["id"])
        return stamp + process


class _Messages:
    """Puts messages together, in the order they begin."""

    def __init__(self, log: PostgresSyslog, reading: LogReading) -> None:
        self._log = log
        self._reading = reading
        self._waiting: deque[tuple[bytes, _Message]] = deque()
        self._bytes = 0
        #: The last message of each sender, as long as it may go on.
        self._latest: dict[bytes, _Message] = {}

    def of(self, blocks: Iterable[Block]) -> Iterator[_Message]:
        """The messages that begin in the blocks."""
        for block in blocks:
            end, number = 0, block.line
            for line in _LINE.finditer(block.data):
                self._pass_over(block, end, line.start())
                number += block.data.count(b"\n", end, line.start())
                end = line.end()
                self._add(line, block, number)
                number += 1
                while len(self._waiting) > _MOST_WAITING or self._bytes > _MOST_BYTES:
                    yield self._first()
            self._pass_over(block, end, len(block.data))
        while self._waiting:
            yield self._first()

    def _first(self) -> _Message:
        sender, message = self._waiting.popleft()
        self._bytes -= sum(map(len, message.parts))
        if self._latest.get(sender) is message:
            del self._latest[sender]
        return message

    def _add(self, line: re.Match[bytes], block: Block, number: int) -> None:
        part = _part(line)
        if part.is_first:
            front = self._log.front(line, self._reading.untold)
            message = _Message(number, part.header[1] if part.header else b"", part.number)
            self._waiting.append((part.sender, message))
            self._latest[part.sender] = message
            self._put(message, front, _FURTHER_LINE.sub(b"\n" + front, part.text))
            return
        known = self._latest.get(part.sender)
        if known is not None and known.number == part.number:
            self._put(known, _joint(known, part, self._log.front(line, Untold())), part.text)
        elif part.is_later:
            self._reading.problems.add(block, line.start(), _WITHOUT_BEGINNING)

    def _put(self, message: _Message, before: bytes, text: bytes) -> None:
        message.parts += (before, text)
        self._bytes += len(before) + len(text)

    def _pass_over(self, block: Block, start: int, end: int) -> None:
        """Tells of lines that are not of syslog."""
        for line in _ANYTHING.finditer(block.data, start, end):
            self._reading.problems.add(block, line.start(), NO_HEADER)


def _part(line: re.Match[bytes]) -> _Part:
    text = line["text"].removesuffix(b"\r").replace(b"#011", b"\t").replace(b"#012", b"\n")
    header = None if text.startswith(b"\t") else _HEADER.match(text)
    if line["part"] is not None:
        number, is_first = line["number"].partition(b"-")[0], line["part"] == b"1"
    else:
        number, is_first = b"", header is not None and header[2] is not None
    is_told = line["number"] is not None or text.startswith(b"\t") or header is not None
    return _Part(line["sender"], text, number, header, is_first, is_told and not is_first)


def _joint(message: _Message, part: _Part, front: bytes) -> bytes:
    """What was lost where a message was cut before this part."""
    if part.text.startswith(b"\t"):
        return b"\n"
    header = part.header
    if header and header[2] is None and _alike(header[1]) == _alike(message.prefix):
        return b"\n" + front
    # A line is cut at a space, which the next part begins with unless a daemon trimmed it; within
    # a word only where there is no other space.
    is_whole = part.text.startswith(b" ") or not _SPACE.search(message.parts[-1], 1)
    return b"" if is_whole else b" "


def _alike(prefix: bytes) -> bytes:
    """The same for prefixes that differ in numbers alone."""
    return _DIGITS.sub(b"8", prefix)


@lru_cache(maxsize=1_000)
def _with_year(day: bytes, today: date) -> bytes:
    """`2026-11-30` of `Nov 30`: the last that was, or begins within a day; of this year if none."""
    month, number = _MONTHS.index(day[:3]) + 1, int(day[4:])
    last = min(today, date.max - timedelta(days=1)) + timedelta(days=1)
    for year in range(last.year, last.year - 9, -1):
        try:
            found = date(year, month, number)
        except ValueError:
            continue
        if found <= last:
            return found.isoformat().encode()
    return b"%04d-%02d-%02d" % (last.year, month, number)
