"""Puts messages together that came through syslog in parts."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from querylens.traces.importers.postgres_reading import NO_HEADER
from querylens.traces.importers.postgres_syslog_lines import HEADER_OF_LINE, LINE, part_of
from querylens.traces.importers.problems import Problems
from querylens.traces.statements import Block

_DIGITS = re.compile(rb"\d+")
_ANYTHING = re.compile(rb"^[^\n]++", re.MULTILINE)
_SPACE = re.compile(rb"\s")
#: In a message that was not cut (`syslog_split_messages = off`).
_FURTHER_LINE = re.compile(rb"\n(?!\t)")
#: So many messages may begin between the parts of one, and so many bytes of them wait.
_MOST_WAITING = 1_000
_MOST_BYTES = 16_000_000
_WITHOUT_BEGINNING = "a part of a message that does not begin in this file: skipped"


@dataclass
class Message:
    """A message whose parts come one by one."""

    line: int
    #: What is put before it, and what `log_line_prefix` did.
    front: bytes
    prefix: bytes
    number: bytes
    #: What was lost before each part, and the part.
    parts: list[bytes] = field(default_factory=list)

    def block(self) -> Block:
        """The whole message, as a block of the line where it begins."""
        return Block(b"".join(self.parts), self.line)


class Messages:
    """Puts messages together, in the order they begin.

    `front` gives what is put before a message, of the line where it begins.
    """

    def __init__(self, front: Callable[[re.Match[bytes]], bytes], problems: Problems) -> None:
        self._front = front
        self._problems = problems
        self._waiting: deque[tuple[bytes, Message]] = deque()
        self._bytes = 0
        #: The message of the last line.
        self._last: Message | None = None
        #: The last message of each sender, as long as it may go on.
        self._latest: dict[bytes, Message] = {}

    def of(self, blocks: Iterable[Block]) -> Iterator[Message]:
        """The messages that begin in the blocks."""
        for block in blocks:
            end, number = 0, block.line
            for line in LINE.finditer(block.data):
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

    def _first(self) -> Message:
        sender, message = self._waiting.popleft()
        self._bytes -= sum(map(len, message.parts))
        if self._last is message:
            self._last = None
        if self._latest.get(sender) is message:
            del self._latest[sender]
        return message

    def _add(self, line: re.Match[bytes], block: Block, number: int) -> None:
        part = part_of(line)
        self._last = None
        if part.is_first:
            prefix = part.header[1] if part.header else b""
            front = self._front(line)
            message = Message(number, front, prefix, part.number)
            self._waiting.append((part.sender, message))
            self._latest[part.sender] = message
            self._put(message, front, _FURTHER_LINE.sub(b"\n" + front, part.text))
            return
        known = self._latest.get(part.sender)
        goes_on = known is not None and known.number == part.number
        if known is not None and goes_on and (part.may_be_cut or part.is_later):
            before = _line_break(known, part.text, part.header) or _space(known, part.text)
            self._put(known, before, part.text)
        elif part.is_later and part.may_be_cut:
            self._problems.add(block, line.start(), _WITHOUT_BEGINNING)

    def _put(self, message: Message, before: bytes, text: bytes) -> None:
        self._last = message
        message.parts += (before, text)
        self._bytes += len(before) + len(text)

    def _pass_over(self, block: Block, start: int, end: int) -> None:
        """Lines that a daemon left as they were: they go on with the line before, or are told."""
        for line in _ANYTHING.finditer(block.data, start, end):
            text = line[0].removesuffix(b"\r")
            last = self._last
            before = b"" if last is None else _line_break(last, text, HEADER_OF_LINE.match(text))
            if last is not None and before:
                self._put(last, before, text)
            elif not text.isspace():
                self._problems.add(block, line.start(), NO_HEADER)


def _line_break(message: Message, text: bytes, header: re.Match[bytes] | None) -> bytes:
    """What was lost before a further line of a message; empty for a part of the line before."""
    if text.startswith(b"\t"):
        return b"\n"
    if header and header[2] is None and _alike(header[1]) == _alike(message.prefix):
        return b"\n" + message.front
    return b""


def _space(message: Message, text: bytes) -> bytes:
    """What was lost where a line was cut: the next part begins with its space, unless trimmed.

    Within a word it is cut only where the part has no other space.
    """
    is_whole = text.startswith(b" ") or not _SPACE.search(message.parts[-1], 1)
    return b"" if is_whole else b" "


def _alike(prefix: bytes) -> bytes:
    """The same for prefixes that differ in numbers alone."""
    return _DIGITS.sub(b"8", prefix)
