"""PostgreSQL's log through syslog: messages in parts, and those of others between them."""

from __future__ import annotations

import io
import os
import re
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querylens.audit import blocks
from querylens.audit.blocks import Blocks
from querylens.traces.importers import postgres_syslog_messages
from querylens.traces.importers.postgres import recognise
from querylens.traces.importers.postgres_syslog import PostgresSyslog
from querylens.traces.statements import Block, Untold
from tests.traces.importers.postgres_server import SENT, Sent, any_server, send
from tests.traces.importers.syslog import DAEMONS, FRAMES, datagram, day, exact, parts_of, unescaped

SOCKET = Path("/dev/log")
COLUMNS = ", ".join(f"{number} AS column_{number}" for number in range(150))
LONG = [Sent(f"SELECT {COLUMNS}\nFROM pg_class\n\tLIMIT 1"), Sent(f"SELECT '{'x' * 2500}'")]


def read(data, importer=None):
    untold = Untold()
    importer = importer or recognise(data)
    assert importer is not None
    return list(importer.statements([Block(data, 1)], untold)), untold


def lines(*texts):
    return "".join(f"{text}\n" for text in texts).encode()


def told(sql, pid=7, number=1, prefix=""):
    return [datagram(part, pid) for part in parts_of(f"{prefix}LOG:  statement: {sql}\n", number)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lines("Nov 30 10:00:00 db systemd[1]: Started PostgreSQL."), id="another's"),
        pytest.param(lines("Nov 30 10:00:00 db app[7]: ERROR:  it failed"), id="an application's"),
        pytest.param(lines("Nov 30 10:00:00 db postgres[7]: [3-2] #011FROM x"), id="a part"),
        pytest.param(
            lines(*["x"] * 9, "Nov 30 10:00:00 db postgres[7]: [1-1] LOG:  statement: SELECT 1"),
            id="quoted",
        ),
    ],
)
def test_other_files_are_not_recognised(data):
    assert recognise(data) is None


@pytest.mark.parametrize("daemon", DAEMONS)
def test_message_of_one_line(daemon):
    [statement], untold = read(daemon(datagram(b"[1-1] LOG:  statement: SELECT 1", 42)) + b"\n")

    assert (statement.sql, statement.session) == ("SELECT 1", "42")
    assert statement.at_ns // 10**9 == 1_796_032_800
    assert untold.problems == []


@pytest.mark.parametrize("daemon", DAEMONS)
def test_values_and_errors_stand_below_a_statement(daemon):
    prefix = "user=app,db=shop "
    values = (
        f"{prefix}LOG:  execute <unnamed>: SELECT $1\n\t+ 1\n"
        f"{prefix}DETAIL:  parameters: $1 = 'a\n\tb'\n"
    )
    error = (
        f'{prefix}ERROR:  column "x" does not exist\n'
        f"{prefix}STATEMENT:  SELECT x\n\tFROM pg_class\n"
    )
    parts = [*parts_of(values, 1), *parts_of(error, 2)]

    statements, untold = read(b"\n".join(daemon(datagram(part, 7)) for part in parts) + b"\n")

    assert [(each.sql, each.params, each.error) for each in statements] == [
        ("SELECT $1\n+ 1", "$1 = 'a\nb'", ""),
        ("SELECT x\nFROM pg_class", "", "ERROR"),
    ]
    assert untold.problems == []


def test_parts_of_others_come_between():
    first, second = (told("SELECT 1\n\tFROM x\n\tWHERE y", pid) for pid in (7, 8))
    mixed = [part for pair in zip(first, second, strict=True) for part in pair]

    statements, _ = read(b"\n".join(map(day, mixed)) + b"\n")

    assert [each.sql for each in statements] == ["SELECT 1\nFROM x\nWHERE y"] * 2
    assert [each.session for each in statements] == ["7", "8"]


@pytest.mark.parametrize(
    "line",
    [
        "Nov 30 10:00:00 db systemd[1]: Started PostgreSQL.",
        "Nov 30 10:00:00 db kernel: [    0.000000] LOG:  statement: SELECT 2",
        '2026-11-30T10:00:00.1+00:00 db rsyslogd: [origin software="rsyslogd"] start',
        "<46>1 2026-11-30T10:00:00.1Z db rsyslogd - - -  [origin x] start",
        "2026-11-30T10:00:00+00:00 app[web.1]: GET / 200",
        "2026-11-30T10:00:00+00:00 heroku[router]: at=info method=GET",
    ],
)
def test_other_programs_are_passed_over(line):
    one = day(told("SELECT 1")[0]) + b"\n"

    statements, untold = read(lines(line) + one * 2 + lines(line) + one)

    assert [each.sql for each in statements] == ["SELECT 1"] * 3
    assert untold.problems == []


def test_what_is_no_line_of_syslog_is_told():
    line = day(told("SELECT 1")[0]) + b"\n"

    statements, untold = read(line + b"\n \nhalf a line\n" + line * 4)

    assert [each.sql for each in statements] == ["SELECT 1"] * 5
    assert untold.problems == [(4, "no line of a PostgreSQL log: skipped")]


def test_part_without_beginning_is_told():
    _, *rest = told("SELECT 0\n\tFROM x", number=3)
    data = b"\n".join(map(day, [*rest, *told("SELECT 1", number=4)])) + b"\n"

    statements, untold = read(data)

    assert [each.sql for each in statements] == ["SELECT 1"]
    [(line, problem)] = untold.problems
    assert (line, problem.partition(":")[2]) == (1, " skipped")


def test_own_time_and_process_come_first():
    """They are exact, and the host's may be that of another zone."""
    own = "2026-11-22 21:05:13.500 UTC [9] "
    [statement], untold = read(day(told("SELECT 1", prefix=own)[0]) + b"\n")

    assert (statement.at_ns, statement.session) == (1_795_381_513_500_000_000, "9")
    assert untold == Untold()


@pytest.mark.parametrize(
    ("stamp", "today", "year"),
    [
        ("Nov 30", date(2026, 11, 30), 2026),
        # The host may be a zone ahead.
        ("Dec  1", date(2026, 11, 30), 2026),
        ("Dec  2", date(2026, 11, 30), 2025),
        ("Jan  1", date(2026, 12, 31), 2027),
        ("Feb 29", date(2026, 11, 30), 2024),
    ],
)
def test_day_without_year_is_the_last_that_was(stamp, today, year):
    data = lines(f"{stamp} 00:00:00 db postgres[7]: [1-1] LOG:  statement: SELECT 1")
    importer = recognise(data)
    importer = PostgresSyslog(importer.prefixes, today=today)

    [statement], untold = read(data, importer)

    assert datetime.fromtimestamp(statement.at_ns // 10**9, UTC).year == year
    assert untold.missed["timestamps without a year: the last such day was taken"] == 1


def test_day_that_never_was_has_no_time():
    data = lines(
        "Nov 30 10:00:00 db postgres[7]: [1-1] LOG:  statement: SELECT 1",
        "Feb 30 10:00:00 db postgres[7]: [2-1] LOG:  statement: SELECT 2",
    )

    statements, untold = read(data)

    assert [bool(each.at_ns) for each in statements] == [True, False]
    assert [line for line, _ in untold.problems] == [2]


def test_messages_that_wait_have_an_end(monkeypatch):
    monkeypatch.setattr(postgres_syslog_messages, "_MOST_WAITING", 3)
    first, last = told("SELECT 1\n\tFROM x", pid=1)
    between = [told(f"SELECT {pid}", pid)[0] for pid in range(2, 9)]

    statements, untold = read(b"\n".join(map(day, [first, *between, last])) + b"\n")

    assert [each.sql for each in statements] == [f"SELECT {number}" for number in range(1, 9)]
    assert [line for line, _ in untold.problems] == [9]


def test_message_without_end_has_one(monkeypatch):
    """Neither memory nor time grow with its square."""
    monkeypatch.setattr(postgres_syslog_messages, "_MOST_BYTES", 10_000)
    message = told("SELECT 1" + "\n\t+ 1" * 9_999)

    statements, untold = read(b"\n".join(map(day, [*message, *told("SELECT 2", pid=8)])) + b"\n")

    assert [each.sql[:8] for each in statements] == ["SELECT 1", "SELECT 2"]
    assert len(statements[0].sql) < 10_000
    assert len(untold.problems) == 20


STDERR = """\
2026-11-30 10:00:00.100 UTC [7] LOG:  duration: 0.1 ms  statement: SELECT 1
\t  FROM x

2026-11-30 10:00:00.200 UTC [8] LOG:  execute <unnamed>: SELECT $1
2026-11-30 10:00:00.200 UTC [8] DETAIL:  parameters: $1 = 'a
\tb'
2026-11-30 10:00:00.300 UTC [7] ERROR:  column "x" does not exist at character 8
2026-11-30 10:00:00.300 UTC [7] STATEMENT:  SELECT x
\t
\tFROM y
"""


@pytest.mark.parametrize("frame", FRAMES)
def test_something_before_each_line_of_stderr(frame):
    data = lines(*(frame(line) for line in STDERR.splitlines()))

    assert read(data) == read(STDERR.encode())


@pytest.mark.parametrize("frame", FRAMES)
def test_what_else_a_container_writes_is_no_part_of_a_statement(frame):
    """Nor is what others do."""
    said = ["initdb: done", *STDERR.splitlines()[:2], "waiting for server", "web-1  | GET /\tx"]

    statements, untold = read(lines(*map(frame, said), "web-1  | \tat x"))

    assert [each.sql for each in statements] == ["SELECT 1\n  FROM x"]
    assert untold.problems == []


SQL = st.lists(
    st.one_of(
        st.sampled_from(["FROM", "x" * 950, "ü" * 600, "LOG:  y", "\n\t", "\n\t\t", "[1-1]"]),
        st.text("ab,;=' ", min_size=1, max_size=400),
    ),
    min_size=1,
    max_size=12,
).map(lambda words: "SELECT " + " ".join(words).strip())
PREFIXES = st.sampled_from(["", "user=app,db=shop ", "2026-11-30 10:00:00.123 UTC [7] "])


@settings(deadline=None)
@given(st.lists(SQL, min_size=1, max_size=8), PREFIXES, st.sampled_from(DAEMONS[:-1]), st.data())
def test_a_message_is_what_it_was(sent, prefix, daemon, data):
    """However long its lines are, and whoever's parts come between."""
    streams = {pid: [] for pid in (7, 8, 9)}
    for number, sql in enumerate(sent):
        streams[7 + number % 3] += told(sql, 7 + number % 3, number, prefix)
    mixed, left = [], {pid: list(parts) for pid, parts in streams.items() if parts}
    while left:
        pid = data.draw(st.sampled_from(sorted(left)))
        mixed.append(left[pid].pop(0))
        left = {each: parts for each, parts in left.items() if parts}

    statements, untold = read(b"\n".join(map(daemon, mixed)) + b"\n")

    assert Counter(each.sql for each in statements) == Counter(
        sql.replace("\n\t", "\n") for sql in sent
    )
    assert untold.problems == []


@pytest.mark.parametrize("size", [700, 5_000])
@pytest.mark.parametrize("numbers", [True, False])
def test_a_cut_is_where_no_message_is_open(monkeypatch, numbers, size):
    """Whatever the next bytes are that were read: two stretches agree where one ends."""
    monkeypatch.setattr(blocks, "_BLOCK", size)
    first, second = (told("SELECT 1\n\tFROM x\n\tWHERE y", pid) for pid in (7, 8))
    others = [told(f"SELECT {number}\n\tFROM z", 9, number) for number in range(2, 50)]
    mixed = [part for pair in zip(first, second, strict=True) for part in pair]
    sent = [*mixed, *(part for one in others[:3] for part in one), *mixed]
    sent += [part for one in others[3:] for part in one]
    if not numbers:
        sent = [re.sub(rb"\[\d+-\d+\] ", b"", part) for part in sent]
    data = b"\n".join(map(exact, sent)) + b"\n"
    importer = recognise(data)
    whole = sorted(each.sql for each in read(data, importer)[0])
    assert len(whole) == 2 + 48 + 2

    for cut in range(1, len(data), 7):
        found, untold = [], Untold()
        for start, end in ((0, cut), (cut, None)):
            stretch = Blocks(io.BytesIO(data), start, end, importer.next_record, untold)
            found += importer.statements(stretch, untold)
        assert (sorted(each.sql for each in found), untold.problems) == (whole, [])


@contextmanager
def syslog_daemon():
    """Takes what PostgreSQL sends to syslog, where no other daemon does."""
    if SOCKET.exists() or os.geteuid() != 0:
        pytest.skip("syslog's socket is another's: run as root where no daemon has it")
    received = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(SOCKET))
        try:
            SOCKET.chmod(0o666)

            def receive():
                while sent := listener.recv(100_000):
                    # Other programs of this machine may log too.
                    if b" postgres[" in sent[:40]:
                        received.append(sent)

            thread = threading.Thread(target=receive)
            thread.start()
            yield received
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", str(SOCKET))
            thread.join()
        finally:
            SOCKET.unlink()


PREFIXES_OF_SERVERS = ("%m [%p] ", "user=%u,db=%d ", "")
CUTS = (
    ({}, DAEMONS),
    ({"syslog_sequence_numbers": "off"}, DAEMONS),
    ({"syslog_split_messages": "off"}, [day, unescaped]),
)


def test_what_a_server_sends_is_what_it_writes_to_stderr():
    """The same run of a real server, through each daemon, is read as from stderr.

    One test: the machine has one socket.
    """
    for prefix, (cut, daemons) in product(PREFIXES_OF_SERVERS, CUTS):
        received, pids, on_stderr = played({"log_line_prefix": prefix, **cut})
        expected = [(one.sql, one.params, one.error) for one in read(on_stderr)[0]]
        assert len(expected) == 2 * len([*SENT, *LONG]) + 2
        for daemon in daemons:
            data = b"\n".join(daemon(sent.rstrip(b"\n")) for sent in received) + b"\n"
            statements, untold = read(data)
            assert [(one.sql, one.params, one.error) for one in statements] == expected
            assert {one.session for one in statements} == pids
            assert untold.problems == []


def played(options):
    """What a server sent to syslog, the processes that did, and what it wrote to stderr."""
    options |= {"log_min_duration_statement": "0", "log_destination": "stderr,syslog"}
    with syslog_daemon() as received, any_server() as server:
        with server.running(options) as log:
            connections = [server.connect() for _ in range(2)]
            for sent in (*SENT, *LONG):
                for connected in connections:
                    send(connected.connection, sent)
            for connected in connections:
                connected.connection.close()
        on_stderr = log.read_bytes()
    return received, {str(connected.pid) for connected in connections}, on_stderr
