"""The general query log: lines of each server, by hand. A real one is in test_mysql_server."""

from __future__ import annotations

import pickle

import pytest

from querylens.traces.importers.mysql_general import GeneralLog, recognise
from querylens.traces.statements import Block, Untold
from tests.traces.importers.test_mysql import BANNER, MYSQL8, NOON, PERCONA, WINDOWS

MYSQL8_LINE = "2026-07-04T12:00:00.123456Z\t    4 "
MARIADB_LINE = "260704 12:00:00\t     4 "
SAME_SECOND = "\t\t     4 "


def read(text, *, untold=None):
    data = text if isinstance(text, bytes) else text.encode()
    return list(GeneralLog().statements([Block(data, 1)], untold or Untold()))


def sql(text):
    return [statement.sql for statement in read(text)]


def problems(text):
    untold = Untold()
    read(text, untold=untold)
    return [(line, message.split(":")[0]) for line, message in untold.problems]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT 1\n",
        f"{MYSQL8}SELECT 1;\n",
        f"{BANNER}{MYSQL8}SELECT 1;\n",
        f"{MYSQL8}SELECT '\n{MYSQL8_LINE}Query\tSELECT 1\n';\n",
        "2026-07-04T12:00:00.123456Z\t    4 Something\telse\n",
        "2026-07-04T12:00:00.123456Z 0 [Note] mysqld: ready for connections.\n",
        "2026-07-04 12:00:00 UTC [5] LOG:  statement: SELECT 1\n",
        "\t\tSELECT 1\n",
    ],
)
def test_other_files_are_notrecognised(text):
    assert recognise(text.encode()) is None


@pytest.mark.parametrize("banner", ["", BANNER, WINDOWS, PERCONA, BANNER + BANNER])
@pytest.mark.parametrize("line", [MYSQL8_LINE, MARIADB_LINE, SAME_SECOND])
def test_logs_are_recognised_by_their_commands(banner, line):
    text = f"{banner}{line}Query\tSELECT 1\n"

    assert recognise(text.encode()) == GeneralLog()
    assert sql(text) == ["SELECT 1"]
    assert problems(text) == []


def test_banner_alone_is_a_log_without_statements():
    assert recognise(BANNER.encode()) == GeneralLog()
    assert sql(BANNER) == []
    assert problems(BANNER) == []


def test_importer_travels_to_other_processes():
    assert pickle.loads(pickle.dumps(GeneralLog())) == GeneralLog()


@pytest.mark.parametrize(
    "line",
    [
        *("Connect\troot@localhost on shop", "Quit\t", "Quit", "Init DB\tshop", "Query\t"),
        *("Field List\tbook ", "Prepare\tSELECT ?", "Close stmt\t", "Statistics\t", "Ping\t"),
        *("Reset stmt\t", "Connect     root@localhost on db1", "Init DB     shop", "clone\tx"),
        *("Prepare     [1] SELECT ?", "Binlog Dump GTID\tLog: ''", "Reset connection\t"),
    ],
)
def test_other_commands_are_no_statements(line):
    text = f"{MARIADB_LINE}{line}\n{SAME_SECOND}Query\tSELECT 1\n{SAME_SECOND}{line}\n"

    assert sql(text) == ["SELECT 1"]
    assert problems(text) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{MYSQL8_LINE}Query\tSELECT 1", "SELECT 1"),
        (f"{MYSQL8_LINE}Execute\tSELECT 5", "SELECT 5"),
        ("2026-07-04T14:00:00.123456+02:00\t257426 Query\tSELECT 1", "SELECT 1"),
        ("260704 12:00:00\t      4 Query       SELECT 1", "SELECT 1"),
        ("260704 12:00:00\t      4 Execute     [1] SELECT 5", "SELECT 5"),
        (f"{MARIADB_LINE}Query\tSELECT '\t\t 5 x'\n  FROM t\n\n WHERE 1", None),
        (f"{MARIADB_LINE}Query\tSELECT ';\n# Time: 260704 12:00:00\n';", None),
        (f"{MARIADB_LINE}Query\tSELECT 'größer 🐍'", None),
        (f"{MARIADB_LINE}Query\t# comment\nSELECT 1", None),
        (f"{MARIADB_LINE}Query\tSELECT ' started with:\n'", None),
    ],
)
def test_statements(line, told):
    text = f"{line}\n{SAME_SECOND}Quit\t\n{line}\n"
    told = told or line.partition("Query\t")[2]

    [first, second] = read(text)

    assert first.sql == second.sql == told
    assert first.session in {"4", "257426"}
    assert abs(first.at_ns - NOON) < 10**9
    assert (first.duration_ns, first.error) == (0, "")
    assert problems(text) == []


def test_lines_without_time_have_that_of_the_line_before():
    text = f"{SAME_SECOND}Query\ta\n{MARIADB_LINE}Connect\tx\n{SAME_SECOND}Query\tb\n"
    untold = Untold()

    assert [s.at_ns for s in read(text, untold=untold)] == [0, NOON]
    assert untold.missed == {"timestamps in an unknown time zone": 1}


def test_banner_between_statements():
    text = f"{MARIADB_LINE}Query\tSELECT\n1\n{BANNER}{MARIADB_LINE}Query\tSELECT 2\n{WINDOWS}"

    assert sql(text) == ["SELECT\n1", "SELECT 2"]
    assert problems(text) == []


def test_beginning_and_end_may_be_cut_off():
    text = f"FROM t\n{MARIADB_LINE}Query\tSELECT 1\n{SAME_SECOND}Query\tSELECT 2 FR"

    assert recognise(text.encode()) == GeneralLog()
    assert sql(text) == ["SELECT 1"]
    assert problems(text) == [
        (1, "this is no record of a general query log"),
        (3, "the file ends within this statement, which is left out"),
    ]


def test_invalid_utf8_is_shown():
    assert sql(f"{MARIADB_LINE}Query\tSELECT '".encode() + b"\xff'\n") == ["SELECT '\\xff'"]


@pytest.mark.parametrize(
    "time", ["9999-99-99T99:99:99.000000Z", "269999 99:99:99", "0001-01-01T00:00:00.000000Z"]
)
def test_times_out_of_range(time):
    text = f"{MARIADB_LINE}Ping\t\n{time}\t    4 Query\tSELECT 1\n"

    assert [s.at_ns for s in read(text)] == [0]
    assert problems(text) == [(2, "this time cannot be read, and its statement has none")]


def test_records_begin_where_they_tell_their_time():
    timed, timeless = f"{MARIADB_LINE}Query\ta\n".encode(), f"{SAME_SECOND}Query\tb\n".encode()
    data = timeless + timed + timeless + timed
    importer = GeneralLog()

    assert importer.next_record(data, 0) == len(timeless)
    assert importer.next_record(data, len(timeless)) == len(timeless)
    assert importer.next_record(data, len(timeless) + 1) == len(data) - len(timed)
    assert importer.next_record(data, len(data)) == -1
    assert importer.next_record(timed, 0) == 0
