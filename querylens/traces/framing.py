"""What others put before each line of a log: the name of a container, when the line came.

Docker Compose, kubectl and journalctl print such lines. The files of container runtimes have them
too, and cut long lines into parts:
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from querylens.errors import QueryLensError

_CAME_AT = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:\d\d) "
_OF_RUNTIME = rb"std(?:out|err) [FP](?::\S{1,64})? "
_CONTAINER = rb"(?P<container>[\w.-]{1,64} {1,64}\||\[pod/[^\]\n]{1,255}\])(?: |$)"
_JOURNALED_AT = (
    rb"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d) "
)
_SENDER = rb"(?P<sender>[^\s\[\]]{1,255} [^\s\[\]:]{1,64}\[\d{1,10}\]: )"
#: What stands before a line of a container.
OF_CONTAINER = rb"%b(?:%b)?|%b(?:%b)?" % (_CONTAINER, _CAME_AT, _CAME_AT, _OF_RUNTIME)
_OF_ANY = re.compile(rb"%b|%b%b" % (OF_CONTAINER, _JOURNALED_AT, _SENDER))
_PART = re.compile(rb"^%bstd(?:out|err) P" % _CAME_AT, re.MULTILINE)
_LINE_OF_RUNTIME = re.compile(
    rb"%b(?P<stream>std(?:out|err)) (?P<tag>[FP])(?::\S{1,64})? " % _CAME_AT
)
_LONGEST = 64_000_000


class LongLineError(QueryLensError):
    """A line can't be kept until its end. Says what was read."""


@dataclass(frozen=True)
class Frame:
    """What stands before lines, as regular expressions: those of a log, and others in between."""

    own: bytes
    others: bytes = rb"(?!)"

    def without(self, lines: bytes) -> bytes:
        """These lines without it, and without those of others."""
        return self._line.sub(rb"\1", lines)

    def reader(self, file: Any) -> LineReader:
        """Reads a file so."""
        return LineReader(Parts().reader(file), self.without)

    @cached_property
    def _line(self) -> re.Pattern[bytes]:
        pattern = rb"^(?:(?:%b)([^\n]*+\n?)|(?:%b)[^\n]*+\n?)" % (self.own, self.others)
        return re.compile(pattern, re.MULTILINE)


@dataclass(frozen=True)
class Parts:
    """What a container runtime cut is put together; what stands before a line stays there."""

    def without(self, lines: bytes) -> bytes:
        """The lines that these parts are of."""
        joining = _Joining()
        return joining.joined(lines) + joining.rest()

    def reader(self, file: Any) -> LineReader:
        """Reads a file so."""
        joining = _Joining()
        return LineReader(file, joining.joined, joining.rest)


def frame_of(line: bytes) -> Frame | None:
    """What stands before a line, and before those that go on with it."""
    found = _OF_ANY.match(line)
    return _frame(found["container"], found["sender"]) if found else None


def frames_of(head: bytes) -> Iterator[Frame]:
    """What stands before the lines of a file that begins so, of each container the same."""
    counts = Counter(map(frame_of, head.split(b"\n")))
    if counts[None] * 2 < counts.total():
        yield from (frame for frame, _ in counts.most_common() if frame is not None)


def parts_in(head: bytes) -> Parts | None:
    """How to read a file that begins so, if it is a container runtime's."""
    return Parts() if _LINE_OF_RUNTIME.match(head) else None


@lru_cache(maxsize=1_000)
def _frame(container: bytes | None, sender: bytes | None) -> Frame:
    if container:
        own = rb"%b(?: |$)(?:%b)?" % (re.escape(container), _CAME_AT)
        return Frame(own, others=OF_CONTAINER)
    if sender:
        return Frame(_JOURNALED_AT + re.escape(sender), others=_JOURNALED_AT + _SENDER)
    return Frame(rb"%b(?:%b)?" % (_CAME_AT, _OF_RUNTIME))


class _Joining:
    def __init__(self) -> None:
        #: By stream: the parts of a line that goes on.
        self._begun: dict[bytes, list[bytes]] = {}

    def joined(self, lines: bytes) -> bytes:
        """Whole lines of these, behind those that were given before. Raises `LongLineError`."""
        _check(sum(len(part) for parts in self._begun.values() for part in parts))
        if not self._begun and not _PART.search(lines):
            return lines
        return b"".join(self._each(lines))

    def rest(self) -> bytes:
        """What goes on behind the end."""
        return b"\n".join(map(b"".join, self._begun.values()))

    def _each(self, lines: bytes) -> Iterator[bytes]:
        for line in re.findall(rb"[^\n]*\n|[^\n]+", lines):
            found = _LINE_OF_RUNTIME.match(line)
            if found is None:
                yield line
                continue
            begun = self._begun.pop(found["stream"], [])
            begun.append(line[found.end() :] if begun else line)
            if found["tag"] == b"F":
                yield b"".join(begun)
                continue
            begun[-1] = begun[-1].removesuffix(b"\n")
            self._begun[found["stream"]] = begun


class LineReader:
    """A file whose lines are read as another's."""

    def __init__(
        self, file: Any, change: Callable[[bytes], bytes], rest: Callable[[], bytes] = bytes
    ) -> None:
        self._read = getattr(file, "read1", file.read)
        self._change = change
        self._rest = rest
        #: A line that has not ended, and what is ready to be given.
        self._begun = self._ready = b""
        self._is_at_end = False

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end. Raises `LongLineError`, and as the file."""
        while not (self._ready or self._is_at_end):
            _check(len(self._begun))
            # A line that has not ended is looked at again: twice as much each time.
            more = self._read(max(size, len(self._begun)))
            data = self._begun + more
            end = data.rfind(b"\n") + 1 if more else len(data)
            self._ready, self._begun = self._change(data[:end]), data[end:]
            if not more:
                self._ready += self._rest()
                self._is_at_end = True
        given, self._ready = self._ready[:size], self._ready[size:]
        return given


def _check(length: int) -> None:
    if length > _LONGEST:
        raise LongLineError(
            f"a line of more than {_LONGEST // 1_000_000} MB is here: what comes before was read"
        )
