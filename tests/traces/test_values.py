"""Parameter values are in no recorded file, in whichever way they were sent."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid

import pytest
from django.db import connection

import querylens
from querylens.parameters import RecordedParams
from querylens.reporters.terminal import TerminalReporter
from querylens.traces import TraceWriter, decode, encode, read_traces
from querylens.traces.literals import without_literals
from tests.project.library.models import Book
from tests.traces.samples import page, recordings, statements

#: Of every kind that is sent.
SECRETS = [
    "sesame-4711",
    4711081512,
    4711.0815,
    decimal.Decimal("471108.15"),
    datetime.date(2031, 7, 23),
    datetime.datetime(2031, 7, 23, 4, 7, 11, tzinfo=datetime.UTC),
    datetime.time(4, 7, 11),
    uuid.UUID("4711abcd-0000-4000-8000-00000815cafe"),
    b"sesame-4711",
    ["sesame-4711", "other"],
    {"name": "sesame-4711"},
    ("sesame-4711",),
]
#: What would be left of them; long enough to be in no hash, id or time by chance.
LEFT = ("sesame", "4711081512", "4711.08", "471108.", "2031", "04:07", "cafe-", "736573616d65")


def holds_none(text):
    return [left for left in LEFT if left in text] == []


@pytest.mark.parametrize("value", SECRETS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("wrap", [lambda value: (value,), lambda value: {"v": value}])
def test_no_parameter_is_written(tmp_path, value, wrap):
    with TraceWriter(tmp_path) as writer:
        writer.write(statements("SELECT %s", "UPDATE t SET a = %s", params=wrap(value)))
        writer.write(statements("SELECT %s", params=[wrap(value), wrap(value)]))

    [file] = recordings(tmp_path)
    assert holds_none(without_numbers(file.read_text("ascii")))


def without_numbers(line):
    """Times and ids are long digits, in which a year may be."""
    return re.sub(r'"(?:at|pid)":[0-9]+|"id":"[0-9a-f]+"|"[0-9a-f]{16}"|-?[0-9]{12,}', "", line)


@pytest.mark.parametrize(
    ("vendor", "sql"),
    [
        ("sqlite", "SELECT * FROM t WHERE a = 'sesame-4711' AND b = 4711081512 LIMIT 21"),
        ("sqlite", "INSERT INTO t VALUES (4711, 'sesame'), (0815, x'736573616d65')"),
        ("sqlite", "SELECT 1 -- sesame-4711"),
        ("sqlite", "SELECT 'sesame"),
        ("postgresql", "SELECT $$sesame-4711$$, E'ses\\'ame', $a$0815$a$, B'4711'"),
        ("postgresql", "SELECT * FROM t WHERE a IN ('sesame', '4711') /* 0815 */"),
        ("postgresql", "ALTER USER me PASSWORD 'sesame-4711'"),
        ("postgresql", "SELECT DATE '2031-07-23', '04:07'::time, -4711.0815e4"),
        ("mysql", 'SELECT * FROM t WHERE a = "sesame-4711" # 0815'),
        ("mysql", "SELECT _binary 'sesame-4711', 0x4711, N'0815'"),
        ("mysql", "SELECT /*!40001 4711 */ 'ses''ame'"),
        ("oracle", "SELECT * FROM t WHERE a = N'sesame-4711' AND b = 4711"),
        ("other", "SELECT * FROM t WHERE a = 'sesame-4711' AND b = 4711"),
    ],
)
def test_no_literal_is_written(vendor, sql):
    trace = statements(sql, sql, sql.replace("s", "z").replace("4711", "4712"), vendor=vendor)
    again = decode(encode(trace))

    assert holds_none("".join(query.sql for query in again).replace("4712", "4711"))
    assert not re.search("4711|0815|zezame", "".join(query.sql for query in again))
    assert [query.fingerprint for query in again] == [query.fingerprint for query in trace]
    assert again.similar_counts() == trace.similar_counts()


@pytest.mark.parametrize(
    "sql",
    [
        "",
        'SELECT "t"."id" FROM "t" WHERE "t"."id" = %s LIMIT 21 OFFSET 5',
        'SELECT 1 AS "a" FROM "t" WHERE "t"."id" = %(id)s LIMIT 1',
        "SELECT * FROM t2 WHERE a = ? AND b = $1 AND c = :name AND d IS NULL AND e = TRUE",
        'SAVEPOINT "s140_x1"',
    ],
)
def test_a_statement_without_literals_is_written_as_it_is(sql):
    assert without_literals(sql, "postgresql") == sql


def test_lists_keep_their_length():
    sql = "SELECT * FROM t WHERE a IN (5, 'x', %s) AND b = -3"

    expected = "SELECT * FROM t WHERE a IN (0, '?', %s) AND b = -0"
    assert without_literals(sql, "sqlite") == expected


@pytest.mark.django_db
def test_a_recorded_request_holds_no_values(tmp_path, rows):
    secret = SECRETS[0]
    with querylens.capture("GET /books/") as trace:
        list(Book.objects.filter(title=secret, summary=secret))
        Book.objects.filter(title=secret).update(summary=secret)
        list(Book.objects.raw(f"SELECT * FROM library_book WHERE title = '{secret}'"))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT '{secret}'")
            cursor.executemany(
                "UPDATE library_book SET summary = %s WHERE title = %s",
                [(secret, "x"), (secret, "y")],
            )
    with TraceWriter(tmp_path) as writer:
        writer.write(trace)

    [file] = recordings(tmp_path)
    assert "sesame" in "".join(f"{query.sql} {query.params}" for query in trace)
    assert b"sesame" not in file.read_bytes()
    [again] = read_traces(file, [])
    assert len(again) == len(trace) == 5


def test_the_hash_depends_on_the_writers_key(tmp_path):
    one, other = encode(page(), key=b"a" * 32), encode(page(), key=b"b" * 32)
    hashes = [[query.params.key for query in decode(line)] for line in (one, other)]

    assert hashes[0] == [query.params.key for query in decode(encode(page(), key=b"a" * 32))]
    assert set(hashes[0]).isdisjoint(hashes[1])
    assert hashes[0][1] == hashes[0][2] != hashes[0][0]


def test_values_are_written_when_the_user_asks(tmp_path):
    with TraceWriter(tmp_path, record_params=True) as writer:
        writer.write(page(values=("sesame", "x" * 900, "sesame")))

    [trace] = read_traces(tmp_path, [])
    first, long, _ = trace.queries
    assert isinstance(first.params, RecordedParams)
    assert repr(first.params) == "('sesame',)"
    assert len(repr(long.params)) < 250
    assert trace.duplicated_counts() == [2, 1, 2]


def test_a_report_shows_values_only_when_they_were_written():
    without, with_values = (
        decode(encode(page(values=("sesame", "4711", "4711")), record_params=kept))
        for kept in (False, True)
    )
    report = TerminalReporter(width=100, color=False)

    assert "with 'sesame', '4711'" in report.render(querylens.check(with_values))
    shown = report.render(querylens.check(without))
    assert "sesame" not in shown
    assert "•••" not in shown


def test_a_value_that_cannot_be_printed_costs_nothing():
    class Broken:
        def __repr__(self):
            raise ValueError

        __str__ = __repr__

    trace = page(values=(Broken(), 2))

    [first, _] = decode(encode(trace, record_params=True)).queries
    assert repr(first.params) == "(<Broken>,)"
