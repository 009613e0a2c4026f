"""What MySQL's two logs have in common: the banner, times, and what is remembered of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

SECOND = 1_000_000_000
#: A time since MySQL 5.7.2: `2026-07-04T12:00:00.123456Z`, by its second, microseconds and zone.
EXACT_TIME = rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})(Z|[+-]\d\d:\d\d)"
#: What a time is that cannot be read: below zero, also with microseconds added.
NO_TIME = -SECOND
#: What `Untold.missed` calls times that are written in the server's own time zone.
WITHOUT_ZONE = "timestamps in an unknown time zone"
BAD_TIME = "this time cannot be read, and its statement has none: look for an edited line"
CUT_OFF = "the file ends within this statement, which is left out: read the whole file"

_COLUMNS = re.compile(rb"\nTime[ \t]+Id[ \t]Command[ \t]+Argument[ \t]*(?=\n|\Z)")
_STAMP = re.compile(
    rb"(\d\d)?(\d\d)-?(\d\d)-?(\d\d)(?:T| +)(\d?\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_REMEMBERED = 20_000

T = TypeVar("T")


class Remembered(dict[bytes, T]):
    """What `read` made of stretches of a log that come again and again: sessions, seconds."""

    def __init__(self, read: Callable[[bytes], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: bytes) -> T:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[text] = self._read(text)
        return found


def banner_at(text: bytes) -> int:
    """Where the three lines begin that a server writes when it opens a log; -1 without them.

    `…, Version: … started with:`, `Tcp port: …` and the names of the columns (`MYSQL_LOG::open` in
    MariaDB's sql/log.cc); on Windows `TCP Port: …, Named Pipe: …`. They begin at the newline that
    ends the text before them.
    """
    begins = (_begin(text, columns) for columns in _COLUMNS.finditer(text))
    return next((begin for begin in begins if begin >= 0), -1)


def after_banners(text: bytes) -> bytes:
    """What stands behind the banners at the head of `text`, which begins with a newline."""
    end = 0
    for columns in _COLUMNS.finditer(text):
        if _begin(text, columns) != end:
            break
        end = columns.end()
    return text[end:]


def _begin(text: bytes, columns: re.Match[bytes]) -> int:
    """Where the banner begins that these names of columns end; -1 when they end none."""
    port = text.rfind(b"\n", 0, columns.start())
    version = text.rfind(b"\n", 0, max(0, port))
    first, second = text[version + 1 : port], text[port + 1 : columns.start()]
    is_start = b", Version: " in first and first.endswith(b"started with:")
    return version if is_start and second[:9].lower() == b"tcp port:" else -1


def nanoseconds(stamp: bytes) -> int:
    """The second that a log writes, in nanoseconds since 1970 (UTC); `NO_TIME` when it is none.

    `2026-07-04T12:00:00Z` and `…+02:00` since MySQL 5.7.2; `071015 21:43:52` before that and in
    MariaDB, which is read as UTC, never in the zone of this machine.
    """
    found = _STAMP.fullmatch(stamp.strip())
    if found is None:
        return NO_TIME
    century, *numbers, zone = found.groups()
    try:
        year, month, day, hour, minute, second = map(int, numbers)
        year += int(century or b"20") * 100
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return NO_TIME
    seconds = (moment - _EPOCH) // timedelta(seconds=1) - _offset(zone)
    return seconds * SECOND if seconds >= 0 else NO_TIME


def _offset(zone: bytes | None) -> int:
    if zone is None or zone == b"Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return seconds if zone[:1] == b"+" else -seconds
