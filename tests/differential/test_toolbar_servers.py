"""The toolbar's numbers on database servers, with what only they have."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.capture.sending import send, send_many
from tests.capture.test_servers import postgres_values
from tests.differential.generated import SETTINGS, anything
from tests.differential.toolbar import assert_equal, both, ours, theirs
from tests.project.library.models import Publisher, Tag

SERVERS = [alias for alias in ("postgresql", "mysql") if alias in settings.DATABASES]
pytestmark = pytest.mark.django_db(databases=["default", "other", *SERVERS])
FEWER = hypothesis_settings(SETTINGS, max_examples=SETTINGS.max_examples // 5)


@pytest.fixture(params=["postgresql", "mysql"])
def server(request, requires_server):
    requires_server(request.param)
    return request.param


@pytest.fixture
def postgresql(requires_server):
    requires_server("postgresql")
    return "postgresql"


@pytest.fixture
def mysql(requires_server):
    requires_server("mysql")
    return "mysql"


def test_rows_savepoints_and_failures(server):
    def workload():
        for name in ("one", "two", "two"):
            with suppress(DatabaseError), transaction.atomic(server):
                Tag.objects.using(server).create(name=name)
            list(Tag.objects.using(server).filter(name=name))
        list(Publisher.objects.using(server).iterator(chunk_size=1))

    assert_equal(*both(workload))


def test_executemany(server):
    def workload():
        for rows in ([("one",), ("two",)], [("one",), ("two",)], [["three"]]):
            with suppress(DatabaseError), transaction.atomic(server):
                send_many("INSERT INTO library_tag (name) VALUES (%s)", rows, server)

    assert_equal(*both(workload))


def test_callproc(postgresql):
    def workload():
        for word in ("A", "B", "A"):
            with connections["postgresql"].cursor() as cursor:
                cursor.callproc("lower", [word])

    stats, trace = both(workload)

    assert_equal(stats, trace)
    assert trace.duplicated_counts() == [2, 1, 2]


def test_a_named_cursor(postgresql):
    def workload():
        for _ in range(2):
            with connections["postgresql"].chunked_cursor() as cursor:
                cursor.execute("SELECT generate_series(1, 3)")
                cursor.fetchone()

    assert_equal(*both(workload))


def test_composed_sql_and_bytes(postgresql):
    from psycopg import sql

    composed = sql.SQL("SELECT {}").format(sql.Literal(1))

    def workload():
        for text in (composed, "SELECT 1", b"SELECT 1", sql.SQL("SELECT 2")):
            send(text, alias="postgresql")

    stats, trace = both(workload)

    assert_equal(stats, trace)
    assert trace.similar_counts() == [3, 3, 3, 1]


@pytest.mark.parametrize("kind", ["array", "nested array", "range", "multirange", "uuid", "binary"])
def test_values_that_only_postgresql_takes(postgresql, kind):
    values = postgres_values()[kind]

    def workload():
        for value in values:
            send("SELECT pg_typeof(%s)", [value], "postgresql")

    assert_equal(*both(workload))


def test_json_as_django_sends_it(postgresql):
    adapt = connections["postgresql"].ops.adapt_json_value

    def workload():
        for document in ({"a": 1}, {"a": 1}, {"a": 2}, {}, None):
            send("SELECT %s", [adapt(document, None)], "postgresql")

    stats, trace = both(workload)

    assert_equal(stats, trace)
    assert trace.duplicated_counts() == [2, 2, 1, 1, 1]


@pytest.mark.usefixtures("_readable")
@FEWER
@given(values=st.lists(anything, max_size=6))
def test_generated_values(server, values):
    """Many are refused, each in a savepoint of its own."""

    def workload():
        for value in values:
            with suppress(Exception), transaction.atomic(server):
                send("SELECT %s", [value], server)

    assert_equal(*both(workload))


def test_deviation_json_without_a_function_to_dump_it_is_equal_to_everything(postgresql):
    from psycopg.types.json import Jsonb

    def workload():
        for document in ({"a": 1}, {"a": 2}):
            send("SELECT %s", [Jsonb(document)], "postgresql")

    stats, trace = both(workload)

    assert [query[3] for query in theirs(stats)] == [2, 2]
    assert trace.duplicated_counts() == [1, 1]


def test_deviation_of_long_json_only_the_beginning_is_compared(postgresql):
    from psycopg.types.json import Json

    def workload():
        for ending in ("1", "2"):
            send("SELECT %s", [Json({"a": "x" * 50 + ending})], "postgresql")

    stats, trace = both(workload)

    assert [query[3] for query in theirs(stats)] == [2, 2]
    assert trace.duplicated_counts() == [1, 1]


def test_deviation_bytes_on_mysql_are_no_text(mysql):
    def workload():
        for text in (b"SELECT 1", "SELECT 1"):
            send(text, alias="mysql")

    stats, trace = both(workload)

    assert [query[1:] for query in theirs(stats)] == [("b'SELECT 1'", 1, 1), ("SELECT 1", 1, 1)]
    assert [query[1:] for query in ours(trace)] == [("SELECT 1", 2, 2)] * 2
