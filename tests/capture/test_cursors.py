"""Cursors: every way to send a statement, and what the caller gets from each."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.utils import CursorDebugWrapper

import querylens
from tests.capture.sending import send_many, texts
from tests.project.library.models import Author, Book

pytestmark = pytest.mark.django_db(databases=["default", "other"])
INSERT = "INSERT INTO library_tag (name) VALUES (%s)"


class Procedures:
    """A driver's cursor that knows a procedure; SQLite has none."""

    def __init__(self):
        self.calls = []

    def callproc(self, *call):
        self.calls.append(call)
        if call[0] == "fails":
            raise OperationalError("no such procedure")
        return ["result", *call]


@pytest.fixture
def procedures():
    driver = Procedures()
    return driver, connection.make_cursor(driver)


def test_execute_and_executemany_are_recorded():
    with querylens.capture() as trace, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.executemany(INSERT, [("one",), ("two",)])
        count = cursor.rowcount

    assert [(query.sql, query.many) for query in trace.queries] == [
        ("SELECT 1", False),
        (INSERT, True),
    ]
    assert count == 2


def test_a_failing_executemany_is_recorded():
    with querylens.capture() as trace, pytest.raises(OperationalError):
        send_many("INSERT INTO nowhere VALUES (%s)", [(1,)])

    assert [(query.many, query.error) for query in trace.queries] == [(True, "OperationalError")]


def test_callproc_is_recorded_and_gives_what_the_driver_gives(procedures):
    driver, cursor = procedures
    with querylens.capture() as trace:
        assert cursor.callproc("plain") == ["result", "plain"]
        assert cursor.callproc("area", [2, 3]) == ["result", "area", [2, 3]]

    assert driver.calls == [("plain",), ("area", [2, 3])]
    assert [(query.sql, query.params) for query in trace.queries] == [
        ("plain", None),
        ("area", [2, 3]),
    ]
    assert [query.cause.access for query in trace.queries] == ["callproc", "callproc"]


def test_a_failing_callproc_is_recorded(procedures):
    _, cursor = procedures
    with querylens.capture() as trace, pytest.raises(OperationalError, match="no such procedure"):
        cursor.callproc("fails")

    assert [query.error for query in trace.queries] == ["OperationalError"]


def test_callproc_goes_on_while_nobody_records(procedures):
    _, cursor = procedures

    assert cursor.callproc("plain") == ["result", "plain"]


def test_iterator_is_one_query_for_all_of_its_chunks(rows):
    with querylens.capture() as trace:
        names = [author.name for author in Author.objects.iterator(chunk_size=1)]

    assert (len(names), len(trace)) == (rows, 1)


def test_iterator_prefetches_with_one_query_a_chunk(rows):
    with querylens.capture() as trace:
        list(Author.objects.prefetch_related("books").iterator(chunk_size=2))

    assert len(trace) == 1 + rows / 2


def test_a_chunked_cursor_is_recorded():
    with querylens.capture() as trace, closing(connection.chunked_cursor()) as cursor:
        cursor.execute("SELECT 1")

    assert texts(trace) == ["SELECT 1"]


def test_a_cursor_that_was_opened_before_the_block_is_recorded():
    with connection.cursor() as cursor:
        with querylens.capture() as trace:
            cursor.execute("SELECT 1")
        cursor.execute("SELECT 2")

    assert texts(trace) == ["SELECT 1"]


def test_cursors_of_two_aliases_are_told_apart():
    one, two = connections["default"].cursor(), connections["other"].cursor()
    with querylens.capture() as trace, one, two:
        two.execute("SELECT 1")
        one.execute("SELECT 1")

    assert [query.alias for query in trace.queries] == ["other", "default"]
    assert trace.similar_counts() == [1, 1]


def test_djangos_debug_cursor_is_recorded_once(settings):
    settings.DEBUG = True
    with querylens.capture() as trace, connection.cursor() as cursor:
        assert isinstance(cursor, CursorDebugWrapper)
        cursor.execute("SELECT %s", [1])

    assert texts(trace) == ["SELECT %s"]


def test_a_cursor_can_be_read_after_the_block(rows):
    with connection.cursor() as cursor:
        with querylens.capture():
            cursor.execute("SELECT id FROM library_book ORDER BY id")
        found = [key for (key,) in cursor]

    assert found == list(Book.objects.order_by("pk").values_list("pk", flat=True))


def test_sql_that_is_a_text_of_another_type_is_recorded_as_text():
    class Marked(str):
        __slots__ = ()

    with querylens.capture() as trace, connection.cursor() as cursor:
        cursor.execute(Marked("SELECT 1"))
        cursor.execute("SELECT 1")

    assert texts(trace) == ["SELECT 1", "SELECT 1"]
    assert trace.similar_counts() == [2, 2]


def test_sql_that_is_no_text_is_recorded_though_the_driver_refuses_it():
    with querylens.capture() as trace:
        for sql in (b"SELECT 1", None, 7):
            with connection.cursor() as cursor, pytest.raises(TypeError):
                cursor.execute(sql)

    assert [(query.sql, query.error) for query in trace.queries] == [
        ("SELECT 1", "TypeError"),
        ("None", "TypeError"),
        ("7", "TypeError"),
    ]
