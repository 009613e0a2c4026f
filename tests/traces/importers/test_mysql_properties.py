"""Any bytes are read without an exception, wherever they are cut, and in linear time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querylens.traces.importers import mysql, mysql_general
from querylens.traces.statements import Block, Untold
from tests.traces.importers.test_mysql import BANNER, MARIADB, MYSQL8, MYSQL56, TIMES

LINES = [
    *(MYSQL8, MYSQL56, MARIADB, BANNER, TIMES, "# Time: 260704 12:00:00\n", "# Time: x\n"),
    *("# Time: 260704 12:00:00 # User@Host: a[a] @ b []\n", "# User@Host: a[a] @ b []\n"),
    *("# Thread_id: 5  Schema: \n", "# Schema: a  Last_errno: 7  Killed: 0\n", "#\n", "# x\n"),
    *("use a;\n", "SET timestamp=1783166400;\n", "# administrator command: Quit;\n", "\n", ";\n"),
    *("SELECT 1;\n", "SELECT\n1;\n", "SELECT '", "\0", "\r\n", "Time\tId Command\tArgument\n"),
    *("260704 12:00:00\t 4 Query\tSELECT 2\n", "\t\t 4 Query\tSELECT 3\n", "\t\t 5 Quit\t\n"),
    *("2026-07-04T12:00:00.123456Z\t 4 Execute\tSELECT 4\n", "299999 12:00:00\t 4 Query x\n"),
]
logs = st.lists(st.sampled_from(LINES).map(str.encode) | st.binary(max_size=6), max_size=14).map(
    b"".join
)
importers = pytest.mark.parametrize(
    "importer", [mysql.SlowLog(), mysql_general.GeneralLog()], ids=["slow", "general"]
)


def read(importer, blocks):
    """The statements of the blocks, and what was told of them."""
    untold = Untold()
    statements = list(importer.statements(blocks, untold))
    return statements, sorted(untold.problems), untold.missed


def blocks_of(importer, data, starts):
    """Cuts the data at the records behind these lines."""
    cuts = {0, len(data)}
    for start in starts:
        cuts.add(max(0, importer.next_record(data, start)))
    return [
        Block(data[begin:end], 1 + data.count(b"\n", 0, begin))
        for begin, end in pairwise(sorted(cuts))
    ]


def starts_of_lines(data):
    return [0, *(position + 1 for position, byte in enumerate(data) if byte == 10)]


@importers
@settings(max_examples=300)
@given(data=logs, chosen=st.data())
def test_cuts_change_nothing(importer, data, chosen):
    starts = chosen.draw(st.lists(st.sampled_from(starts_of_lines(data)), max_size=4))

    assert read(importer, blocks_of(importer, data, starts)) == read(importer, [Block(data, 1)])


@importers
@settings(max_examples=100)
@given(data=logs)
def test_every_cut_changes_nothing(importer, data):
    blocks = blocks_of(importer, data, starts_of_lines(data))

    assert read(importer, blocks) == read(importer, [Block(data, 1)])


@importers
@settings(max_examples=300)
@given(data=st.binary(max_size=200) | logs)
def test_any_bytes_are_read(importer, data):
    statements, problems, missed = read(importer, [Block(data, 1)])

    assert all(s.sql and s.at_ns >= 0 and s.duration_ns >= 0 for s in statements)
    assert all(1 <= line <= data.count(b"\n") + 1 for line, _ in problems)
    assert all(count > 0 for count in missed.values())
    mysql.recognise(data)
    mysql_general.recognise(data)


HOSTILE = [
    *("# Time: " + "1" * 10**6, "# Time: 1\n" * 10**5, "# User@Host: " * 10**5, "\n# " * 10**5),
    *("# User@Host: x\n# Schema: " + " Last_errno: " * 10**5, "# User@Host: a\n" * 10**5),
    *("# User@Host: a\n# Query_time: " + "1" * 10**6, "# Query_time: 1.1" * 10**5),
    *(f"{TIMES}" + "# x\n" * 10**5, f"{TIMES}SET " + "a=1," * 10**5, f"{TIMES}SET " + "a" * 10**6),
    *(f"{TIMES}use " + ";" * 10**6, f"{TIMES}" + ";" * 10**6, f"{TIMES}" + "x;\n" * 10**5),
    *("# User@Host: " + "  Id: " * 10**5 + f"\n{TIMES}SELECT 1;\n", BANNER * 10**4),
    *(", Version: " * 10**5, "Time Id Command Argument\n" * 10**5, "\n" * 10**6, "\0" * 10**6),
    *("\t\t" * 10**5, "\t\t 4 " + "a " * 10**5, "\t\t 4 " + "a" * 10**6, "\t\t " + "4" * 10**6),
    *("\n\t\t 4 Query" + " " * 10**6, "\t\t 4 Query\t" + BANNER * 10**4),
    *(f"{TIMES}x" + "\nTime Id Command Argument" * 10**5, "\t\t 4 Query\t[" + "1" * 10**6),
]


@importers
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_megabytes_are_read(importer, text):
    """A pattern that is not linear would not come back from these."""
    data = text.encode()

    statements, _, _ = read(importer, [Block(data + b"\n", 1)])

    assert len(statements) <= data.count(b"\n") + 1
    assert importer.next_record(data, 0) <= len(data)
    mysql.recognise(data)
    mysql_general.recognise(data)
