"""The lines of syslog, in the formats of daemons, and what PostgreSQL put into each.

And of those who print what a container wrote to stderr with something before each line.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from querylens.traces.framing import OF_CONTAINER
from querylens.traces.importers.postgres_prefix import HEADER

_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
#: Of the one who wrote a line, as most daemons tell it (Heroku's may have neither host nor colon),
#: and as RFC 5424 has it. PostgreSQL tells its process, which not every program does.
_SENDER = (
    rb"(?P<sender>(?:[^\s\[\]]{1,255} )?[^\s\[\]:]{1,64}"
    rb"(?:\[(?:[a-z]{1,32}\.)?(?P<process>\d{1,10})\]:?|(?:\[[^\s\[\]]{1,64}\])?:)(?=\s))"
    rb"|(?P<origin>[^\s\[\]]{1,255} [^\s\[\]]{1,64} (?:(?P<id>\d{1,10})|\S{1,128})) \S{1,64}"
    rb" (?:-|(?:\[(?:[^\n\]\\]|\\.){1,500}\]){1,9})"
)
_SYSLOG = (
    rb"(?:<\d{1,3}>(?:1 )?)?"
    rb"(?P<stamp>(?P<day>(?:%b) [ \d]\d) (?P<clock>\d\d:\d\d:\d\d)(?:\.\d{1,9})?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (?:%b)"
    rb"(?: {1,2}(?:\[[A-Z_]{1,64}\] )?(?P<number>\[\d{1,20}(?:-(?P<part>\d{1,9}))?\]))?+ ?"
    % (b"|".join(_MONTHS), _SENDER)
)
LINE = re.compile(
    rb"^(?:%b|(?P<frame>%b))(?P<text>[^\n]*+)(?:\n|\Z)" % (_SYSLOG, OF_CONTAINER), re.MULTILINE
)
#: What begins a message, or a line below one, whatever its prefix.
HEADER_OF_LINE = re.compile(HEADER.pattern.encode())


class Part(NamedTuple):
    """One line of syslog."""

    sender: bytes
    text: bytes
    #: What all parts of a message have in common; empty where that is not told.
    number: bytes
    header: re.Match[bytes] | None
    is_first: bool
    #: Whether it surely is another part of a message: lines of other programs are neither.
    is_later: bool
    #: Whether it may go on with the line before, as what syslog cut.
    may_be_cut: bool


def part_of(line: re.Match[bytes]) -> Part:
    """What a match of `LINE` holds."""
    text = line["text"].removesuffix(b"\r")
    is_framed = line["frame"] is not None
    if not is_framed:
        text = text.replace(b"#011", b"\t").replace(b"#012", b"\n")
    header = None if text.startswith(b"\t") else HEADER_OF_LINE.match(text)
    if line["part"] is not None:
        number, is_first = line["number"].partition(b"-")[0], line["part"] == b"1"
    else:
        number, is_first = b"", header is not None and header[2] is not None
    is_told = line["number"] is not None or text.startswith(b"\t") or header is not None
    may_be = is_framed or line["process"] is not None or line["id"] is not None
    is_later = may_be and is_told and not is_first
    sender = line["sender"] or line["origin"] or line["container"] or b""
    return Part(sender, text, number, header, may_be and is_first, is_later, not is_framed)


@lru_cache(maxsize=1_000)
def with_year(day: bytes, today: date) -> bytes:
    """`2026-11-30` of `Nov 30`: the last that was, or begins within a day; of this year if none."""
    month, number = _MONTHS.index(day[:3]) + 1, int(day[4:])
    last = today + timedelta(days=1)
    for year in range(last.year, last.year - 9, -1):
        try:
            found = date(year, month, number)
        except ValueError:
            continue
        if found <= last:
            return found.isoformat().encode()
    return b"%04d-%02d-%02d" % (last.year, month, number)
