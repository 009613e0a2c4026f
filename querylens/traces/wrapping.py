"""Logs that stand in JSON, a text for each line or record, as containers and services keep them.

Docker's `json-file` driver, Cloud Logging, CloudWatch, Loki, Fluent Bit and others put what they
tell of a text beside it. It makes no difference whether the JSON has a line for each text, or is
one document with all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from querylens.errors import QueryLensError

#: What services call the text.
_KEYS = (b"log", b"textPayload", b"message", b"MESSAGE", b"line")
_STAMP = re.compile(rb'"@?time(?:stamp)?"\s*+:\s*+(?:"([^"]{10,19})[^"]*+"|([0-9]{10,19}))')
_LONGEST = 64_000_000
_read_text = msgspec.json.Decoder(str).decode


class WrappedTextError(QueryLensError):
    """A text can't be taken out of the JSON around it. Says what was read."""


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The key that texts stand behind, and whether they have line ends of their own."""

    key: bytes
    has_line_ends: bool

    def reader(self, file: Any) -> Unwrapped:
        """A file's log, without the JSON."""
        return Unwrapped(file, self)


def wrappings_of(head: bytes) -> Iterator[tuple[Wrapping, bytes]]:
    """How a file that begins so may have a log in it, each with what that log begins with."""
    if not head.lstrip().startswith((b"{", b"[")):
        return
    for key in _KEYS:
        texts = [_text(found[1]) for found in _texts(key).finditer(head)]
        if texts:
            # A text that is very long is cut, and the last part alone has a line end.
            ends = sum(text.endswith(b"\n") for text in texts)
            wrapping = Wrapping(key, has_line_ends=2 * ends > len(texts))
            yield wrapping, b"".join(_lines(texts, wrapping))


def is_newest_first(head: bytes) -> bool:
    """Whether the JSON around texts tells that each is older than the one before."""
    stamps = [text or number for text, number in _STAMP.findall(head)]
    return len(stamps) > 1 and stamps[0] > stamps[-1]


class Unwrapped:
    """The texts of a file, one after the other, to be read as one log."""

    def __init__(self, file: Any, wrapping: Wrapping) -> None:
        self._read = getattr(file, "read1", file.read)
        self._wrapping = wrapping
        #: What may be the beginning of a text, and what is ready to be given.
        self._begun = self._ready = b""

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end. Raises `WrappedTextError`, and as the file."""
        while not self._ready:
            if len(self._begun) > _LONGEST:
                raise WrappedTextError(
                    f"a text of more than {_LONGEST // 1_000_000} MB is here: "
                    "what comes before was read"
                )
            # A text that has not ended is looked at again: twice as much each time.
            more = self._read(max(size, len(self._begun)))
            if not more:
                self._check_end()
                return b""
            self._ready = self._unwrapped(self._begun + more)
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _unwrapped(self, data: bytes) -> bytes:
        texts, end = [], 0
        for found in _texts(self._wrapping.key).finditer(data):
            texts.append(_text(found[1]))
            end = found.end()
        key = b'"%b"' % self._wrapping.key
        begins = data.rfind(key, end)
        self._begun = data[begins if begins >= 0 else max(end, len(data) - len(key)) :]
        return b"".join(_lines(texts, self._wrapping))

    def _check_end(self) -> None:
        if re.search(rb'"%b"\s*+:\s*+"' % self._wrapping.key, self._begun):
            raise WrappedTextError("the JSON is cut off here: what comes before was read")


@cache
def _texts(key: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'"%b"\s*+:\s*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"' % key, re.DOTALL)


def _text(written: bytes) -> bytes:
    """A text as it was, of what stands between its quotes; empty for what is none."""
    if b"\\" not in written:
        return written
    quoted = b'"%b"' % written
    try:
        return _read_text(quoted).encode()
    except (msgspec.MsgspecError, UnicodeError):
        return _text_read_with_care(quoted)


def _text_read_with_care(quoted: bytes) -> bytes:
    """With what JSON doesn't allow, and others write: control characters, halves of characters."""
    try:
        text: str = json.loads(quoted.decode("utf-8", "replace"), strict=False)
    except ValueError:
        return b""
    return text.encode("utf-8", "surrogatepass")


def _lines(texts: list[bytes], wrapping: Wrapping) -> Iterator[bytes]:
    if wrapping.has_line_ends:
        return iter(texts)
    return (text + b"\n" for text in texts)
