"""What a real MariaDB writes of a known list of statements, and what the importers say of it."""

from __future__ import annotations

import re
from itertools import pairwise

import MySQLdb
import pytest

from querylens.traces.importers import mysql, mysql_general
from querylens.traces.statements import Block, Untold
from tests.traces.importers.mysql_server import mariadb

HEADER = (
    "# Time: 071015 21:43:52\n# User@Host: root[root] @ localhost []\n"
    "# Thread_id: 4  Schema:   QC_hit: No\nno Query_time"
)
_TIMES = re.compile(r"^# Thread_id: (\d+) .*\n# Query_time: ([\d.]+) ", re.MULTILINE)
SENT = [
    "CREATE TABLE book (id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(500)) CHARSET utf8mb4",
    "INSERT INTO book (title) VALUES ('a;\nb'), ('it''s \\'quoted\\''), (\"#\")",
    "SELECT `id`,\n\t`title`\nFROM `book` WHERE `id` = 1",
    "SELECT 'größer — 🐍', ';', ';\n'",
    f"INSERT INTO book (title) VALUES ('{HEADER}')",
    "SELECT 1 /* a;\n# comment */",
    "/*controller='movies',route='movies%2F'*/ SELECT 2",
    "# a comment\nSELECT 3",
    "-- another\nSELECT 4 # and one",
    "SELECT nope FROM book",
    "SELEC 5",
    "SET timestamp=1000",
    "SELECT 6",
    "SET timestamp=DEFAULT",
    "UPDATE book SET title = 'x' ORDER BY id LIMIT 1",
    "SELECT * FROM book ORDER BY title DESC",
    "use mysql",
    "SELECT 'a\0b'",
    "DELETE FROM shop.book",
]


def send(server):
    """Sends each statement as it is, over one connection, as Django does."""
    server.client(sql="CREATE DATABASE shop;")
    connection = MySQLdb.connect(
        user="root", unix_socket=str(server.socket), db="shop", charset="utf8mb4"
    )
    connection.autocommit(True)
    cursor = connection.cursor()
    # The slow log has a statement only behind its answer: the last one is not waited for.
    for sql in [*SENT, "SELECT 'the end'"]:
        try:
            cursor.execute(sql)
            cursor.fetchall()
        except MySQLdb.Error:
            assert sql in ("SELECT nope FROM book", "SELEC 5")
    number = connection.thread_id()
    connection.close()
    return str(number)


def read(module, data):
    importer, untold = module.recognise(data[:100_000]), Untold()
    assert importer is not None
    found = list(importer.statements([Block(data, 1)], untold))
    assert untold.problems == []
    return found, untold


@pytest.fixture(
    scope="module",
    params=["--log-slow-verbosity=", "--log-slow-verbosity=full"],
    ids=["plain", "verbose"],
)
def server(request):
    with mariadb(request.param) as started:
        started.session = send(started)
        yield started


def of_session(server, found):
    """The statements of the test's connection, behind those that set it up."""
    told = [statement for statement in found if statement.session == server.session]
    first = [statement.sql for statement in told].index(SENT[0])
    return told[first : first + len(SENT)]


def test_slow_log_tells_what_was_sent(server):
    found, untold = read(mysql, server.log("slow"))

    told = of_session(server, found)
    assert [statement.sql for statement in told] == SENT
    assert {statement.error for statement in told} == {""}
    assert untold.missed == {}


def test_slow_log_tells_how_long_each_took(server):
    """To the microsecond; those that change a variable may take none."""
    log = server.log("slow")
    found, _ = read(mysql, log)
    written = _TIMES.findall(log.decode())

    took = [round(float(time) * 1e9) for session, time in written if session == server.session]
    assert len(took) > len(SENT)
    assert sum(took) > 0
    assert [each.duration_ns for each in found if each.session == server.session] == took


def test_general_log_tells_what_was_sent(server):
    found, _ = read(mysql_general, server.log("general"))

    assert [statement.sql for statement in of_session(server, found)] == SENT


def test_both_logs_agree_on_the_order_of_time(server):
    """`SET timestamp` moves what the slow log tells, as it moves the session's clock."""
    found, _ = read(mysql, server.log("slow"))
    times = [s.at_ns for s in of_session(server, found) if s.at_ns > 10**18]

    assert times == sorted(times)
    assert len(times) >= len(SENT) - 3


def test_prepared_statements_are_told_once(server):
    server.client(
        "shop",
        sql="PREPARE s FROM 'SELECT id FROM book WHERE id = ?'; SET @i = 7; EXECUTE s USING @i;",
    )

    general, _ = read(mysql_general, server.log("general"))
    slow, _ = read(mysql, server.log("slow"))

    for found in (general, slow):
        executed = [s.sql for s in found if s.sql == "SELECT id FROM book WHERE id = 7"]
        assert executed == ["SELECT id FROM book WHERE id = 7"]
    assert "SELECT id FROM book WHERE id = ?" not in [s.sql for s in general + slow]


def test_banner_of_a_log_that_was_opened_again_is_no_statement(server):
    server.client(sql="SELECT 'before'; FLUSH LOGS; SELECT 'after';")

    for module, name in ((mysql, "slow"), (mysql_general, "general")):
        found, _ = read(module, server.log(name))
        last = [s.sql for s in found if s.sql.startswith(("SELECT 'before", "SELECT 'after"))]
        assert last[-2:] == ["SELECT 'before'", "SELECT 'after'"]
        assert not any("started with" in s.sql for s in found)


@pytest.mark.parametrize("piece", [1, 300, 5_000])
def test_cut_logs_tell_the_same(server, piece):
    for module, name in ((mysql, "slow"), (mysql_general, "general")):
        data = server.log(name)
        importer = module.recognise(data)
        whole = list(importer.statements([Block(data, 1)], Untold()))

        cuts = [0]
        while cuts[-1] < len(data):
            start = data.find(b"\n", cuts[-1] + piece) + 1
            position = importer.next_record(data, start) if start else -1
            cuts.append(len(data) if position < 0 else position)
        blocks = [Block(data[a:b], 1) for a, b in pairwise(cuts)]

        assert list(importer.statements(blocks, Untold())) == whole
