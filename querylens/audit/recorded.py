"""Lines of recordings that are read a second time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from querylens.audit.streams import opened

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a line is: in a file that can be read again there, or here."""

    path: str = ""
    start: int = 0
    length: int = 0
    #: Compressed, once more.
    line: bytes = b""


def in_order(items: Iterable[tuple[Recorded, Value]]) -> list[tuple[Recorded, Value]]:
    """As the lines stand in their files, file by file."""
    return sorted(items, key=lambda item: (item[0].path, item[0].start))


def read_again(recorded: Iterable[Recorded]) -> Iterator[bytes]:
    """The lines as they were kept, given in order; nothing of one that can't be read any more."""
    for path, lines in groupby(recorded, attrgetter("path")):
        if path:
            yield from _of_file(path, lines)
        else:
            yield from (zlib.decompress(each.line) for each in lines)


def _of_file(path: str, lines: Iterable[Recorded]) -> Iterator[bytes]:
    file: Any = None
    with ExitStack() as stack:
        for each in lines:
            try:
                file = file or stack.enter_context(opened(path))
                file.seek(each.start)
                data = file.read(each.length)
            except Exception:  # noqa: BLE001 - each file system has errors of its own
                data = b""
            yield data
