"""What a log's prefix tells: the time, the thread or process, the id of the request.

A prefix is what the project's formatter makes of it. So words are known by their form, and numbers
by how they behave in the beginning of the file: a process or a thread comes back, a counter does
not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from querylens.traces.importers.django_log_message import OutOfRangeError

_ZONE = r"(?: ?(?P<zone>Z|[+-]\d\d:?\d\d))?(?!\d)"
_FRACTION = r"(?:[.,](?P<fraction>\d{1,9})\d*)?"
_ISO_TIME = re.compile(
    rf"(?<!\d)(\d{{4}})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d){_FRACTION}{_ZONE}"
)
_SERVER_TIME = re.compile(
    rf"(?<!\d)(\d\d)/([A-Z][a-z]{{2}})/(\d{{4}})[: ](\d\d):(\d\d):(\d\d){_FRACTION}{_ZONE}"
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
_TIME_OF_DAY = re.compile(r"(?:[A-Z][a-z]{2} +\d{1,2} )?\d\d:\d\d:\d\d(?:[.,]\d+)?")
_NUMBER = re.compile(r"(?<![\w.-])\d{1,20}(?![\w.-])")
_SOURCE_LINE = re.compile(r"(?<!\w)(?!pid|tid|process|thread)[\w./\\-]*[A-Za-z_]:\d+", re.I)
_THREAD = re.compile(
    r"\b(?:Main(?:Thread|Process)|asyncio_\d+|waitress-\d+"
    r"|[A-Za-z]*(?:Thread|Process|Worker|Executor|Dummy|Task)-\d[\d_:-]*)"
)
_REQUEST_ID = re.compile(
    r"\b(?:otelTraceID|trace_?id|request_?id|correlation_?id)['\"]?[=:] ?['\"]?([\w-]{4,128})", re.I
)
_NO_ID = re.compile(r"(?i:none|null|[0-]+)\Z")
_MOST_PREFIXES = 20_000
#: A thread's number is an address; milliseconds since the start are fewer for 115 days.
_LEAST_THREAD = 10**10
#: A number that never changes is a line of the source when it is less, and else a process.
_LEAST_PROCESS = 1_000


@dataclass(frozen=True)
class PrefixLayout:
    """How prefixes begin, how many numbers they have, and which tell processes or threads."""

    beginnings: tuple[str, ...] = ()
    numbers: int = 0
    columns: tuple[int, ...] = ()

    def fits(self, prefix: bytes) -> bool:
        """Whether a prefix may be one of this log, and not SQL in front of a number."""
        # Behind a quote stands a value: of a statement that writes a log into a table.
        if b"'" in prefix or b'"' in prefix:
            return False
        return not self.beginnings or _beginning(prefix) in self.beginnings

    def read(self, prefix: bytes) -> tuple[int, str, str]:
        """`(time, session, request)`, in nanoseconds since 1970. Raises `OutOfRangeError`."""
        if not prefix:
            return 0, "", ""
        at, rest = _time_and_rest(prefix.decode("utf-8", "backslashreplace"))
        session, request = _session_and_request(rest, self)
        return at, session, request


def layout_of(prefixes: Sequence[tuple[bytes, bool]]) -> PrefixLayout:
    """The layout of these prefixes; each with whether a transaction ends there."""
    kept = prefixes[:_MOST_PREFIXES]
    rows = [
        (_numbers(_without_times_and_lines(prefix.decode("utf-8", "backslashreplace"))), is_end)
        for prefix, is_end in kept
    ]
    [(width, _)] = Counter(len(numbers) for numbers, _ in rows).most_common(1)
    rows = [row for row in rows if len(row[0]) == width]
    columns = [
        column
        for column in range(width)
        if _tells_sessions([(int(numbers[column]), is_end) for numbers, is_end in rows])
    ]
    return PrefixLayout(_beginnings([prefix for prefix, _ in kept]), width, tuple(columns))


def _beginnings(prefixes: Sequence[bytes]) -> tuple[str, ...]:
    """Those that are no exception. SQL that looks like a beginning is one."""
    counts = Counter(map(_beginning, prefixes))
    [(_, most)] = counts.most_common(1)
    return tuple(sorted(beginning for beginning, count in counts.items() if count * 4 >= most))


def _beginning(prefix: bytes) -> str:
    first = prefix[:1].decode("latin-1")
    if first.isdecimal():
        return "0"
    return "a" if first.isalpha() else first


def time_of(text: str) -> int:
    """The time in a text, in nanoseconds since 1970, 0 without one. Raises `OutOfRangeError`."""
    return _time_and_rest(text)[0]


def is_id(text: str) -> bool:
    """Whether a text can tell requests apart, and does not say that there is no id."""
    return len(text) >= 4 and not _NO_ID.match(text)


def _tells_sessions(values: list[tuple[int, bool]]) -> bool:
    told = [value for value, _ in values]
    distinct = set(told)
    if max(distinct) >= _LEAST_THREAD:
        return True
    if len(distinct) == 1:
        return told[0] >= _LEAST_PROCESS
    of_ends = {value for value, is_end in values if is_end}
    of_others = {value for value, is_end in values if not is_end}
    # The line in Django's source that logs, which is another for the end of a transaction.
    if len(of_ends) == 1 and len(of_others) == 1:
        return False
    is_counter = len(told) > 2 and len(distinct) > len(told) // 5 and told == sorted(told)
    return not is_counter


def _time_and_rest(prefix: str) -> tuple[int, str]:
    match = _ISO_TIME.search(prefix)
    if match is not None:
        year, month, day, *clock = match.group(1, 2, 3, 4, 5, 6)
    else:
        match = _SERVER_TIME.search(prefix)
        if match is None:
            return 0, prefix
        day, month_name, year, *clock = match.group(1, 2, 3, 4, 5, 6)
        month = str(_MONTHS.index(month_name) + 1) if month_name in _MONTHS else "0"
    seconds = _seconds(f"{year}-{month}-{day}-{'-'.join(clock)}", match["zone"] or "")
    fraction = int((match["fraction"] or "0").ljust(9, "0"))
    rest = f"{prefix[: match.start()]} {prefix[match.end() :]}"
    return seconds * 1_000_000_000 + fraction, rest


def _without_times_and_lines(text: str) -> str:
    for pattern in (_ISO_TIME, _SERVER_TIME, _TIME_OF_DAY, _SOURCE_LINE):
        text = pattern.sub(" ", text)
    return text


@lru_cache(maxsize=1024)
def _seconds(written: str, zone: str) -> int:
    try:
        moment = datetime(*map(int, written.split("-")), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        raise OutOfRangeError from None
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if seconds < 0:
        raise OutOfRangeError
    return max(seconds - _offset(zone), 0)


def _offset(zone: str) -> int:
    """Seconds that a zone is ahead of UTC."""
    if zone in ("", "Z"):
        return 0
    offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -offset if zone[0] == "-" else offset


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


@lru_cache(maxsize=4096)
def _session_and_request(rest: str, layout: PrefixLayout) -> tuple[str, str]:
    """What a prefix tells besides its time, which alone differs from line to line."""
    text = _without_times_and_lines(rest)
    told = _THREAD.findall(text)
    if layout.columns:
        numbers = _numbers(text)
        if len(numbers) == layout.numbers:
            told += [numbers[column] for column in layout.columns]
    match = _REQUEST_ID.search(text)
    return " ".join(told), match[1] if match and is_id(match[1]) else ""
