"""The slow query log: headers of each server, by hand. A real server's are in test_mysql_server."""

from __future__ import annotations

import pickle

import pytest

from querylens.traces.importers.mysql import SlowLog, recognise
from querylens.traces.statements import Block, Untold

BANNER = """\
/usr/sbin/mysqld, Version: 5.7.12-log (MySQL Community Server (GPL)). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
"""
WINDOWS = """\
mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
TCP Port: 3306, Named Pipe: MySQL
Time                 Id Command    Argument
"""
PERCONA = """\
mysqld, Version: 8.0.23-14 (Source distribution), Time: 2021-07-12T10:19:56.373448Z. started with:
Tcp port: 13000  Unix socket: /tmp/mysqld.1.sock
Time                 Id Command    Argument
"""
TIMES = "# Query_time: 0.000123  Lock_time: 0.000045 Rows_sent: 1  Rows_examined: 0\n"
MYSQL8 = f"""\
# Time: 2026-07-04T12:00:00.123456Z
# User@Host: shop[shop] @ localhost []  Id:     4
{TIMES}SET timestamp=1783166400;
"""
MYSQL56 = f"""\
# Time: 260704 12:00:00
# User@Host: shop[shop] @ localhost []  Id:     4
{TIMES}SET timestamp=1783166400;
"""
MARIADB = f"""\
# User@Host: shop[shop] @ localhost []
# Thread_id: 4  Schema: shop  QC_hit: No
{TIMES}# Rows_affected: 0  Bytes_sent: 57
# Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
# Filesort: No  Filesort_on_disk: No  Merge_passes: 0  Priority_queue: No
#
# explain: id\tselect_type\ttable\ttype
# explain: 1\tSIMPLE\tt\tALL
#
use `shop`;
SET timestamp=1783166400;
"""
SECOND = 10**9
NOON = 1783166400 * SECOND


def read(text, *, untold=None):
    data = text if isinstance(text, bytes) else text.encode()
    return list(SlowLog().statements([Block(data, 1)], untold or Untold()))


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
        BANNER,
        "SELECT 1;\n",
        "# Time: 071015 21:43:52\n",
        "# Time: 071015 21:43:52\n# User@Host: root[root] @ localhost []\n",
        "2026-07-04T12:00:00.123456Z\t    4 Query\tSELECT 1\n",
        f"junk\n{MYSQL8}SELECT 1;\n",
        f"LOG:  statement: INSERT INTO t VALUES ('\n{MYSQL8}SELECT 1;');\n",
        "2026-07-04 12:00:00 UTC [5] LOG:  duration: 0.1 ms  statement: SELECT 1\n",
        "\0" * 100,
    ],
)
def test_other_files_are_notrecognised(text):
    assert recognise(text.encode()) is None


@pytest.mark.parametrize("banner", ["", BANNER, WINDOWS, PERCONA, BANNER * 2, "\n"])
@pytest.mark.parametrize("header", [MYSQL8, MYSQL56, MARIADB])
def test_logs_are_recognised_by_a_whole_header(banner, header):
    text = f"{banner}{header}SELECT 1;\n"

    assert recognise(text.encode()) == SlowLog()
    assert sql(text) == ["SELECT 1"]
    assert problems(text) == []


def test_header_of_a_replica_may_name_the_user_twice():
    user = "# User@Host: [SQL_SLAVE] @  []\n"
    text = f"# Time: 071218 11:48:27 {user}{user}# Thread_id: 7\n"
    text += "# Query_time: 0.5  Lock_time: 0\nSELECT 1;\n"

    assert recognise(text.encode()) == SlowLog()
    [told] = read(text * 2)[1:]
    assert (told.sql, told.session, told.duration_ns) == ("SELECT 1", "7", 500_000_000)
    assert problems(text) == []


def test_rotated_log_is_recognised_behind_a_statement():
    text = f"FROM t;\n{MYSQL8}SELECT 1;\n"

    assert recognise(text.encode()) == SlowLog()
    assert sql(text) == ["SELECT 1"]
    assert problems(text) == [(1, "this is no record of a slow query log")]


def test_importer_travels_to_other_processes():
    assert pickle.loads(pickle.dumps(SlowLog())) == SlowLog()


@pytest.mark.parametrize(
    ("header", "session"),
    [
        pytest.param(MYSQL8, "4", id="mysql-8"),
        pytest.param(MYSQL56, "4", id="mysql-5.6"),
        pytest.param(MARIADB, "4", id="mariadb"),
        pytest.param(
            f"# Time: 121123 19:56:06\n# User@Host: root[root] @ localhost [127.0.0.1]  Id:     4\n"
            f"# Schema: shop  Last_errno: 0  Killed: 0\n{TIMES}# Bytes_sent: 64\n"
            "# InnoDB_trx_id: 1A88583F\n# QC_Hit: No  Full_scan: No\n#   InnoDB_IO_r_ops: 0\n"
            "# Log_slow_rate_type: query  Log_slow_rate_limit: 2\nSET timestamp=1783166400;\n",
            "4",
            id="percona-5.6",
        ),
        pytest.param(
            f"# User@Host: meow[meow] @  [1.2.3.8]\n# Thread_id: 5  Schema: db1\n{TIMES}"
            "# No InnoDB statistics available for this query\nuse db;\nSET timestamp=1783166400;\n",
            "5",
            id="percona-5.0",
        ),
        pytest.param(
            f"# Time: 071218 11:48:27 # User@Host: [SQL_SLAVE] @  []\n# Thread_id: 10\n{TIMES}"
            "SET timestamp=1783166400;\n",
            "10",
            id="percona-one-line",
        ),
        pytest.param(
            f"# User@Host: root[root] @ localhost []\n{TIMES}"
            "use test;\nSET last_insert_id=5,insert_id=7,timestamp=1783166400;\n",
            "root[root] @ localhost []",
            id="mysql-5.1",
        ),
        pytest.param(
            f"# User@Host: root[root] @ localhost []\n{TIMES}"
            "SET timestamp=1783166400, insert_id=7;\n",
            "root[root] @ localhost []",
            id="other-order",
        ),
        pytest.param(f"{TIMES}SET timestamp=1783166400;\n", "", id="short-format"),
    ],
)
def test_headers_of_servers(header, session):
    text = f"{header}SELECT 1;\n{header}SELECT 2;\n"

    [first, second] = read(text)

    assert (first.sql, second.sql) == ("SELECT 1", "SELECT 2")
    assert {first.session, second.session} == {session}
    assert first.duration_ns == 123_000
    assert abs(first.at_ns - NOON) < SECOND
    assert first.error == ""
    assert problems(text) == []


def test_header_of_5_0_has_whole_seconds_and_perhaps_no_time():
    header = (
        "# User@Host: root[root] @ localhost []\n"
        "# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 0\n"
    )
    text = f"{header}use test;\nselect 1;\n# Time: 260704 12:00:02\n{header}select 2;\n{header}a;\n"
    untold = Untold()

    found = read(text, untold=untold)

    assert [s.sql for s in found] == ["select 1", "select 2", "a"]
    assert [s.at_ns for s in found] == [0, NOON, NOON]
    assert [s.duration_ns for s in found] == [2 * SECOND] * 3
    assert untold.missed == {"timestamps in an unknown time zone": 1}


def test_times_are_beginnings():
    """`# Time` with microseconds is the end; so is the second that MySQL 5.6 tells."""
    slow = "Query_time: 2.500000 "
    texts = [header.replace("Query_time: 0.000123 ", slow) for header in (MYSQL8, MYSQL56, MARIADB)]

    found = [read(f"{text}SELECT 1;\n")[0].at_ns for text in texts]

    assert found == [NOON + 123_456_000 - 2_500_000_000, NOON - 2 * SECOND, NOON]


def test_time_zones_are_told():
    east = MYSQL8.replace("T12:00:00.123456Z", "T14:00:00.123456+02:00")
    west = MYSQL8.replace("T12:00:00.123456Z", "T08:30:00.123456-03:30")

    assert {s.at_ns for s in read(f"{east}a;\n{west}b;\n{MYSQL8}c;\n")} == {NOON + 123_333_000}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("# Schema: shop  Last_errno: 1062  Killed: 0\n", "1062"),
        ("# Schema: shop  Last_errno: 0  Killed: 1\n", ""),
        ("# Thread_id: 4  Schema: shop  Last_errno: 1205  Killed: 0\n", "1205"),
    ],
)
def test_errors_of_percona(line, error):
    header = MYSQL56.replace("# Query_time", f"{line}# Query_time")

    assert [s.error for s in read(f"{header}SELECT ' Last_errno: 9';\n")] == [error]


def test_errors_of_log_slow_extra():
    extra = " Thread_id: 8 Errno: 1064 Killed: 0 Bytes_received: 0 Start: 2026 End: 2026\n"
    header = MYSQL8.replace("Rows_examined: 0\n", f"Rows_examined: 0{extra}")

    assert [(s.error, s.session) for s in read(f"{header}SELEC;\n")] == [("1064", "4")]


@pytest.mark.parametrize("header", [MYSQL8, MARIADB, f"{TIMES}", f"{TIMES}use db;\n"])
def test_commands_are_no_statements(header):
    command = "# administrator command: Prepare;\n"

    assert sql(f"{header}{command}{header}SELECT 1;\n{header}{command}") == ["SELECT 1"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1,\n  2\nFROM t",
        "SELECT '# Time: 071015 21:43:52'",
        "SELECT 'a\n# Time: 071015 21:43:52\n# User@Host: root[root] @ localhost []\n'",
        f"SELECT '\n{TIMES}'",
        "SELECT ';\n'",
        "SELECT 1; SELECT 2",
        "# comment\nSELECT 1",
        "SET timestamp=5",
        "use other",
        "SELECT 'größer 🐍'",
        "SELECT ' started with:\nTcp port: 1\nTime Id Command Argument'",
    ],
)
@pytest.mark.parametrize("header", [MYSQL8, MYSQL56, MARIADB])
def test_text_of_statements_stays(header, statement):
    text = f"{header}{statement};\n{header}SELECT 3;\n{header}{statement};\n"

    assert sql(text) == [statement, "SELECT 3", statement]
    assert problems(text) == []


@pytest.mark.parametrize("banner", [BANNER, WINDOWS, PERCONA, BANNER + PERCONA])
@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT\n1", "# administrator command: Quit"])
def test_banner_between_statements(banner, statement):
    text = f"{MYSQL8}{statement};\n{banner}{MARIADB}SELECT 2;\n{banner}"

    assert sql(text) == [s for s in (statement, "SELECT 2") if s[0] != "#"]
    assert problems(text) == []


def test_invalid_utf8_is_shown():
    assert sql(f"{MYSQL8}SELECT '".encode() + b"\xff';\n") == ["SELECT '\\xff'"]


def test_last_statement_may_be_half_written():
    whole = f"{MYSQL8}SELECT 1;\n"
    log = whole + whole.replace("SELECT 1", "SELECT 2")

    for end in range(len(whole), len(log) - 1):
        assert sql(log[:end]) == ["SELECT 1"]
    assert sql(log[:-1]) == sql(log) == ["SELECT 1", "SELECT 2"]
    assert problems(log[:-3]) == [(10, "the file ends within this statement, which is left out")]
    assert problems(log[: len(whole) + 5]) == [
        (5, "the file ends within this statement, which is left out")
    ]


def test_half_a_statement_of_several_is_left_out_whole():
    assert sql(f"{MYSQL8}SELECT 1;\n# comment\nSELECT 2 FR") == []


def test_header_that_is_none_ends_the_statement():
    text = f"{MYSQL8}SELECT 1;\n# Time: yesterday\n# Query: none\nSELECT 2;\n{MYSQL8}SELECT 3;\n"

    assert sql(text) == ["SELECT 1", "SELECT 3"]
    assert problems(text) == [(6, "this is no record of a slow query log")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "2026-07-04T12",
            "9999-99-99T99",
            (1, "this time cannot be read, and its statement has none"),
        ),
        (
            "0.000123",
            "18446744073708.796870",
            (3, "this duration is out of range, and its statement has none"),
        ),
        ("0.000123", "9" * 5000, (3, "this duration is out of range, and its statement has none")),
        ("0.000123", "..", (3, "this duration is out of range, and its statement has none")),
    ],
)
def test_numbers_out_of_range(old, new, problem):
    untold = Untold()

    [first, second] = read(f"{MYSQL8}a;\n{MYSQL8}b;\n".replace(old, new, 1), untold=untold)

    assert (first.sql, second.sql) == ("a", "b")
    assert first.at_ns >= 0
    assert first.duration_ns >= 0
    assert problems(f"{MYSQL8}a;\n".replace(old, new)) == [problem]


def test_timestamps_out_of_range():
    text = MARIADB.replace("1783166400", "9" * 5000)

    [statement] = read(f"{text}SELECT 1;\n")

    assert (statement.sql, statement.at_ns) == ("SELECT 1", 0)
    assert problems(f"{text}SELECT 1;\n") == [
        (1, "this time cannot be read, and its statement has none")
    ]


def test_problems_of_a_kind_are_counted_behind_the_first():
    untold = Untold()

    read(f"{MYSQL8}SELECT 1;\n# Time: x\n" * 30, untold=untold)

    assert len(untold.problems) == 20
    assert untold.missed == {"lines that could not be parsed": 10}


def test_blocks_number_their_lines():
    untold = Untold()

    list(SlowLog().statements([Block(f"{MYSQL8}SELECT 1;\n# Time: x\n".encode(), 101)], untold))

    assert [line for line, _ in untold.problems] == [106]


def test_records_begin_where_they_tell_their_time():
    timed, timeless = (
        f"{MYSQL8}SELECT 1;\n".encode(),
        f"# User@Host: a[a] @ b []\n{TIMES}c;\n".encode(),
    )
    data = timeless + timed + timeless + timed
    importer = SlowLog()

    assert importer.next_record(data, 0) == len(timeless)
    assert importer.next_record(data, len(timeless)) == len(timeless)
    assert importer.next_record(data, len(timeless) + 1) == len(data) - len(timed)
    assert importer.next_record(data, len(data)) == -1
    assert importer.next_record(timed, 0) == 0
    # `# User@Host` is not the beginning behind its `# Time`.
    assert importer.next_record(timed, timed.index(b"# User")) == -1
