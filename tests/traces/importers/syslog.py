"""What PostgreSQL sends to syslog, and what daemons make of that."""

from __future__ import annotations

import re
from zlib import crc32

_LIMIT = 900
_BELOW = r"(?:DETAIL|STATEMENT|HINT):  "
_MESSAGE = re.compile(
    rf"^\S+ \S+ UTC \[(\d+)\] (?!{_BELOW}).*\n(?:(?:\t|\S+ \S+ UTC \[\d+\] {_BELOW}).*\n)*",
    re.MULTILINE,
)
_DATAGRAM = re.compile(rb"<(\d+)>(\w{3} [ \d]\d ([\d:]{8})) (\w+)\[(\d+)\]: (.*)", re.DOTALL)


def parts_of(message, number):
    """The parts of a message as `write_syslog` in elog.c cuts it, each with its number."""
    lines = message.removesuffix("\n").encode().split(b"\n")
    pieces = [piece for line in lines for piece in _cut(line)]
    return [b"[%d-%d] %b" % (number, part, piece) for part, piece in enumerate(pieces, start=1)]


def _cut(line):
    while line:
        size = _LIMIT
        while size < len(line) and line[size] & 0xC0 == 0x80:
            size -= 1
        if size < len(line) and not line[size : size + 1].isspace():
            spaces = [at for at in range(1, size) if line[at : at + 1].isspace()]
            size = spaces[-1] if spaces else size
        yield line[:size]
        line = line[size:]


def datagram(part, pid, clock="10:00:00"):
    """As the C library sends it."""
    return b"<134>Nov 30 %b postgres[%d]: %b" % (clock.encode(), pid, part)


def day(sent):
    """rsyslog's traditional format, with tabs and line breaks as it escapes them."""
    _, stamp, _, program, pid, text = _DATAGRAM.fullmatch(sent).groups()
    text = text.replace(b"\t", b"#011").replace(b"\n", b"#012")
    return b"%b db %b[%b]: %b" % (stamp, program, pid, text)


def raw(sent):
    """The same, with tabs as they are."""
    return day(sent).replace(b"#011", b"\t")


def exact(sent):
    """rsyslog's own format, and that of `journalctl -o short-iso-precise`."""
    _, _, clock, program, pid, text = _DATAGRAM.fullmatch(sent).groups()
    return b"2026-11-30T%b.123456+00:00 db %b[%b]: %b" % (clock, program, pid, text)


def rfc5424(sent):
    level, _, clock, program, pid, text = _DATAGRAM.fullmatch(sent).groups()
    return b"<%b>1 2026-11-30T%b.123Z db %b %b - - %b" % (level, clock, program, pid, text)


def protocol23(sent):
    """The same, in rsyslog's format of this name: its message begins with a space."""
    return rfc5424(sent).replace(b" - - ", b" - -  ", 1)


def structured(sent):
    """The same, with data as syslog-ng adds it, another number in each line."""
    return rfc5424(sent).replace(b" - - ", b' - [m n="%d"][x y="\\]"] ' % crc32(sent), 1)


def unescaped(sent):
    """By a daemon that writes line breaks as they are, as syslog-ng does."""
    return day(sent).replace(b"#011", b"\t").replace(b"#012", b"\n")


def heroku(sent):
    """logplex, as `heroku logs` prints it."""
    _, _, clock, program, pid, text = _DATAGRAM.fullmatch(sent).groups()
    return b"2026-11-30T%b+00:00 app[%b.%b]: [DATABASE] %b" % (clock, program, pid, text)


def trimmed(sent):
    """By a daemon that lets no text begin with a space."""
    return re.sub(rb"(\]: \[\d+(?:-\d+)?\]) +", rb"\1 ", day(sent))


def through_syslog(stderr):
    """A log with the prefix `%m [%p] `, as it would have come through syslog."""
    sent = [
        exact(datagram(part, int(message[1])))
        for number, message in enumerate(_MESSAGE.finditer(stderr), start=1)
        for part in parts_of(message[0], number)
    ]
    return b"\n".join(sent) + b"\n"


def compose(line):
    """As `docker compose logs` prints what a container writes."""
    return f"shop-db-1  | {line}"


def kubectl(line):
    """As with `--prefix`."""
    return f"[pod/shop-1/postgres] {line}"


def stamped(line):
    """As `docker logs --timestamps`."""
    return f"2026-11-30T10:00:00.123456789Z {line}"


def compose_stamped(line):
    return compose(stamped(line))


def container_runtime(line):
    """As in the files below /var/log/containers."""
    return f"2026-11-30T10:00:00.123456789Z stderr F {line}"


FRAMES = (compose, kubectl, stamped, compose_stamped, container_runtime)
DAEMONS = (day, raw, exact, rfc5424, protocol23, structured, heroku, trimmed)
