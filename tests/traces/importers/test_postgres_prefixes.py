"""Whatever `log_line_prefix` is made of, the time, the session and the statement are found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querylens.traces.importers.postgres import recognise
from querylens.traces.statements import Block, Untold

SEPARATORS = ["[{}] ", "<{}> ", "({}) ", "{} ", "{},", "{}|", "{}:", "{};", "{} / ", "{} - "]
TIMES = ["%m", "%t", "%n"]
SESSIONS = ["%p", "%c", "%p-%l", "pid=%p", "pid: %p"]
OTHERS = ["%u", "%d", "%a", "%h", "%r", "%l", "%l-1", "%x", "%v", "%e", "%i", "%b", "%s", "user=%u"]
#: As services and distributions have it.
KNOWN = {
    "Debian": "%m [%p] %q%u@%d ",
    "Debian before": "%t [%p-%l] %q%u@%d ",
    "RDS": "%t:%r:%u@%d:[%p]:",
    "Azure": "%t-%c-",
    "Aiven": "pid=%p,user=%u,db=%d,app=%a,client=%h ",
    "DigitalOcean": "[%p-%l] %t [user=%u,db=%d,app=%a] ",
    "Supabase": "%h %m [%p] %q%u@%d ",
    "Crunchy Data": "%m [%p][%b][%v][%x] %q[user=%u,db=%d,app=%a] ",
    "Heroku": 'sql_error_code = %e time_ms = "%m" pid="%p" proc_start_time="%s" session_id="%c" '
    'vtid="%v" tid="%x" log_line="%l" database="%d" connection_source="%r" user="%u" '
    'application_name="%a" ',
    "pgBadger": "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
}


class Process:
    """A server process that logs statements, a line each."""

    def __init__(self, pid, host, app):
        self.pid, self.host, self.app = pid, host, app
        self.lines = 0

    def line(self, prefix, second, transaction):
        self.lines += 1
        port = "" if self.host == "[local]" else f"({40_000 + self.pid % 9_000})"
        values = {
            "%p": self.pid,
            "%c": f"6b0358f5.{self.pid:x}",
            "%m": f"2026-11-30 10:00:{second:02}.123 UTC",
            "%t": f"2026-11-30 10:00:{second:02} UTC",
            "%n": f"17960328{second:02}.123",
            "%s": f"2026-11-30 09:59:{self.pid % 60:02} UTC",
            "%u": "app_user",
            "%d": "shop",
            "%a": self.app,
            "%h": self.host,
            "%r": self.host + port,
            "%l": self.lines,
            "%x": transaction,
            "%v": f"{self.pid % 50}/{self.lines * 2}",
            "%e": "00000",
            "%i": "SELECT",
            "%b": "client backend",
            "%q": "",
        }
        for escape, value in values.items():
            prefix = prefix.replace(escape, str(value))
        return f"{prefix}LOG:  duration: 0.1 ms  statement: SELECT {second}\n"


def sessions_of(prefix, processes, order, transactions=(0,)):
    """The session of each statement; all are read, with their times."""
    text = "".join(
        processes[which].line(prefix, second, transactions[second % len(transactions)])
        for second, which in enumerate(order)
    )
    importer = recognise(text.encode())
    assert importer is not None
    untold = Untold()
    told = list(importer.statements([Block(text.encode(), 1)], untold))
    assert untold.problems == []
    assert [one.sql for one in told] == [f"SELECT {second}" for second in range(len(order))]
    if any(escape in prefix for escape in TIMES):
        assert all(one.at_ns for one in told)
    return [one.session for one in told]


def assert_told_apart(sessions, order):
    assert "" not in sessions
    assert len(set(zip(sessions, order, strict=True))) == len(set(sessions)) == len(set(order))


@pytest.mark.parametrize("prefix", KNOWN.values(), ids=KNOWN)
def test_known_prefix(prefix):
    processes = [Process(pid, "10.0.0.7", "web") for pid in (2101, 2102, 2110)]
    order = [0, 1, 0, 0, 2, 1, 1, 2] * 5

    assert_told_apart(sessions_of(prefix, processes, order), order)


@st.composite
def prefixes(draw):
    names = [draw(st.sampled_from(TIMES)), draw(st.sampled_from(SESSIONS))]
    names += draw(st.lists(st.sampled_from(OTHERS), max_size=5, unique=True))
    names = draw(st.permutations(names))
    return "".join(draw(st.sampled_from(SEPARATORS)).format(name) for name in names)


@settings(max_examples=300, deadline=None)
@given(
    prefixes(),
    st.sampled_from([101, 2_000, 30_797]),
    st.sampled_from([2, 17]),
    st.sampled_from(["10.0.0.7", "[local]", "web-1.shop.internal"]),
    st.sampled_from([["web"], ["psql", "a b"], ["[unknown]", "gunicorn: worker"]]),
    st.lists(st.integers(0, 2), min_size=40, max_size=59),
)
def test_any_prefix(prefix, first, step, host, apps, order):
    order = [0, 1, 2, 0, 1, 1, *order]
    order = order[:59]
    processes = [
        Process(first + step * number, host, apps[number % len(apps)]) for number in range(3)
    ]

    assert_told_apart(sessions_of(prefix, processes, order, (0, 0, 7_001, 0, 7_002)), order)
