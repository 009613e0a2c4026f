"""What only database servers have: their cursors, procedures, SQL objects and parameter types."""

from __future__ import annotations

import datetime
import json
import uuid
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

import querylens
from tests.capture.sending import in_threads, send, texts
from tests.project.library.models import Author, Publisher, Tag

SERVERS = [alias for alias in ("postgresql", "mysql") if alias in settings.DATABASES]
pytestmark = pytest.mark.django_db(databases=["default", *SERVERS])


def publishers(alias, rows=5):
    made = Publisher.objects.using(alias).bulk_create(
        Publisher(name=f"Publisher {number}") for number in range(rows)
    )
    return [publisher.name for publisher in made]


def test_a_server_side_cursor_is_one_query(postgresql):
    names = publishers("postgresql")
    with querylens.capture() as trace:
        found = Publisher.objects.using("postgresql").order_by("pk").iterator(chunk_size=2)
        assert [publisher.name for publisher in found] == names

    [query] = trace.queries
    assert (query.cause.access, query.alias, query.vendor) == (
        "iterator",
        "postgresql",
        "postgresql",
    )


def test_rows_of_a_server_side_cursor_are_looked_up_one_by_one(postgresql):
    [publisher, *_] = Publisher.objects.using("postgresql").bulk_create([Publisher(name="one")])
    Author.objects.using("postgresql").bulk_create(
        Author(name=f"Author {number}", publisher=publisher) for number in range(3)
    )
    with querylens.capture() as trace:
        for author in Author.objects.using("postgresql").iterator(chunk_size=2):
            assert author.publisher.name == "one"

    assert len(trace) == 4
    assert [query.parent for query in trace.queries] == [None, 0, 0, 0]
    [finding] = querylens.check(trace).findings
    assert (finding.rule.code, finding.count) == ("QL101", 3)


def test_a_cursor_of_its_own_name_is_recorded(postgresql):
    with querylens.capture() as trace, transaction.atomic("postgresql"):
        with postgresql.chunked_cursor() as cursor:
            cursor.execute("SELECT generate_series(1, 5)")
            assert cursor.fetchmany(2) == [(1,), (2,)]
        with postgresql.create_cursor(name="own") as driver:
            driver.execute("SELECT 2")

    assert texts(trace)[1] == "SELECT generate_series(1, 5)"
    assert len(trace) == 1


def test_callproc_is_recorded_on_postgresql(postgresql):
    with querylens.capture() as trace, postgresql.cursor() as cursor:
        cursor.callproc("lower", ["ABC"])
        assert cursor.fetchall() == [("abc",)]

    [query] = trace.queries
    assert (query.sql, query.params, query.cause.access) == ("lower", ["ABC"], "callproc")


def test_callproc_is_recorded_on_mysql(mysql):
    with mysql.cursor() as cursor:
        cursor.execute("DROP PROCEDURE IF EXISTS querylens_double")
        cursor.execute("CREATE PROCEDURE querylens_double(n INT) SELECT 2 * n")
        with querylens.capture() as trace:
            cursor.callproc("querylens_double", (21,))
            assert cursor.fetchall() == ((42,),)
        cursor.nextset()
        cursor.execute("DROP PROCEDURE querylens_double")

    assert [(query.sql, query.params) for query in trace.queries] == [("querylens_double", (21,))]


@pytest.mark.parametrize("alias", ["postgresql", "mysql"])
def test_a_failing_callproc_is_recorded(request, alias):
    connection = request.getfixturevalue(alias)
    failing = pytest.raises(DatabaseError)
    with querylens.capture() as trace, failing, transaction.atomic(alias):
        connection.cursor().callproc("nowhere", [1])

    [query] = [query for query in trace.queries if query.is_counted]
    assert (query.sql, query.error != "") == ("nowhere", True)


@pytest.mark.parametrize("alias", ["postgresql", "mysql"])
def test_executemany_is_one_query_and_the_rows_go_in(request, alias):
    request.getfixturevalue(alias)
    insert = "INSERT INTO library_tag (name) VALUES (%s)"
    with querylens.capture() as trace, connections[alias].cursor() as cursor:
        cursor.executemany(insert, ((f"made {number}",) for number in range(3)))

    assert [(query.many, repr(query.params)) for query in trace.queries] == [(True, "<generator>")]
    assert Tag.objects.using(alias).filter(name__startswith="made").count() == 3


def test_backticks_are_recorded_as_sent(mysql):
    with querylens.capture() as trace:
        list(Tag.objects.using("mysql").filter(name="a"))
        list(Tag.objects.using("mysql").filter(name="b"))

    assert "`library_tag`.`name` = %s" in texts(trace)[0]
    assert trace.similar_counts() == [2, 2]
    assert trace.queries[0].cause.model == "library.Tag"


def test_what_mysql_sends_while_connecting_is_set_up(mysql):
    def connect():
        with querylens.capture() as trace:
            send("SELECT 1", alias="mysql")
            connections["mysql"].close()
            send("SELECT 1", alias="mysql")
        return trace

    [trace] = in_threads(connect)

    set_up = [query.sql for query in trace.queries if query.is_setup]
    assert len(trace) == 2
    assert "VERSION()" in set_up[0]
    assert all("SET SESSION" in sql for sql in set_up[1:])
    assert len(set_up) == 3


def test_composed_sql_is_recorded_as_its_text(postgresql):
    from psycopg import sql

    by_name = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
        sql.Identifier("library_tag"), sql.Identifier("name")
    )
    with querylens.capture() as trace:
        send(by_name, ["a"], alias="postgresql")
        send(by_name.as_string(None), ["b"], alias="postgresql")

    text = 'SELECT count(*) FROM "library_tag" WHERE "name" = %s'
    assert texts(trace) == [text, text]
    assert (trace.similar_count(), trace.duplicated_count()) == (2, 0)


@pytest.mark.parametrize("alias", ["postgresql", "mysql"])
def test_sql_in_bytes_is_recorded_as_text(request, alias):
    request.getfixturevalue(alias)
    with querylens.capture() as trace:
        send(b"SELECT 1", alias=alias)
        send("SELECT 1", alias=alias)

    assert texts(trace) == ["SELECT 1", "SELECT 1"]


def test_a_broken_transaction_is_recorded_like_any_failure(postgresql):
    with querylens.capture() as trace:
        with pytest.raises(DatabaseError), transaction.atomic("postgresql"):
            send("SELECT * FROM nowhere", alias="postgresql")
        send("SELECT 1", alias="postgresql")

    errors = [query.error for query in trace.queries if query.is_counted]
    assert errors == ["ProgrammingError", ""]


def postgres_values():
    """By type: two that are equal, and one that is not."""
    from psycopg import Binary
    from psycopg.types.json import Json, Jsonb
    from psycopg.types.multirange import Multirange
    from psycopg.types.range import Int4Range, Range

    day = datetime.date(2020, 1, 1)
    return {
        "array": ([1, 2], [1, 2], [2, 1]),
        "nested array": ([[1], [2]], [[1], [2]], [[2], [1]]),
        "jsonb": (Jsonb({"a": [1]}), Jsonb({"a": [1]}), Jsonb({"a": [2]})),
        "json": (Json({"a": "x" * 50 + "1"}), Json({"a": "x" * 50 + "1"}), Json({"a": "x" * 50})),
        "range": (Range(1, 5), Range(1, 5), Range(1, 6)),
        "typed range": (Int4Range(1, 5), Int4Range(1, 5), Int4Range(1, 5, "[]")),
        "multirange": (
            Multirange([Int4Range(1, 2)]),
            Multirange([Int4Range(1, 2)]),
            Multirange([Int4Range(1, 3)]),
        ),
        "uuid": (uuid.UUID(int=1), uuid.UUID(int=1), uuid.UUID(int=2)),
        "decimal": (Decimal("1.0"), Decimal("1.0"), Decimal("1.00")),
        "date": (day, day, day.replace(day=2)),
        "timedelta": (datetime.timedelta(1), datetime.timedelta(1), datetime.timedelta(2)),
        "binary": (Binary(b"a"), Binary(b"a"), Binary(b"b")),
        "text": ("a", "a", "b"),
        "nothing": (None, None, "None"),
    }


@pytest.mark.parametrize("number", range(14))
def test_values_of_postgresql_are_sent_and_compared(postgresql, number):
    values = postgres_values()
    one, same, other = list(values.values())[number]
    assert len(values) == 14

    with querylens.capture() as trace:
        for value in (one, same, other):
            send("SELECT pg_typeof(%s)", [value], alias="postgresql")

    assert [query.error for query in trace.queries] == ["", "", ""]
    assert trace.duplicated_counts() == [2, 2, 1]


def test_json_that_is_changed_later_is_kept_as_it_was_sent(postgresql):
    from psycopg.types.json import Jsonb

    document = {"number": 0}
    with querylens.capture() as trace:
        for number in range(3):
            document["number"] = number
            send("SELECT %s", [Jsonb(document, dumps=json.dumps)], alias="postgresql")

    assert trace.duplicated_count() == 0
    assert trace.queries[0].params == ['{"number": 0}']


def test_named_parameters_are_recorded(postgresql):
    with querylens.capture() as trace:
        for number in (1, 2, 2):
            send("SELECT %(number)s", {"number": number}, alias="postgresql")

    assert trace.duplicated_counts() == [1, 2, 2]
