"""Parameters of any kind: kept as they were when they were sent, and never used up."""

from __future__ import annotations

import datetime
import uuid
from collections import OrderedDict, UserDict, UserList, deque, namedtuple
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import connection
from django.db.utils import DatabaseError, ProgrammingError
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe

import querylens
from querylens.parameters import Unread, comparison_key, keep
from querylens.recorder import _failures
from tests.capture.sending import send, send_many
from tests.project.library.models import Book, Tag

pytestmark = pytest.mark.django_db
INSERT = "INSERT INTO library_tag (name) VALUES (%s)"
Pair = namedtuple("Pair", "first second")


class OwnList(list):
    pass


class OwnDict(dict):
    pass


def sent(params, sql="SELECT %s"):
    """What the record has of parameters, whatever the database thought of them."""
    with querylens.capture() as trace, suppress(DatabaseError, TypeError):
        send(sql, params)
    return trace.queries[0].params


@pytest.mark.parametrize(
    "value",
    [
        1,
        True,
        1.5,
        None,
        "one",
        b"one",
        Decimal("1.5"),
        datetime.date(2020, 1, 1),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        datetime.time(12),
        datetime.timedelta(1),
        uuid.UUID(int=1),
        mark_safe("one"),
        memoryview(b"one"),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_never_change_are_kept_as_they_are(value):
    assert sent((value,))[0] is value
    assert sent([value])[0] is value


@pytest.mark.parametrize("params", [None, (), [], {}])
def test_no_parameters_are_kept_as_they_were_given(params):
    assert sent(params, "SELECT 1") == params


def test_named_parameters_are_kept():
    assert sent({"a": 1}, "SELECT %(a)s") == {"a": 1}


@pytest.mark.parametrize(
    ("given", "change", "kept"),
    [
        ([1], lambda value: value.append(2), [1]),
        (OwnList([1]), lambda value: value.append(2), [1]),
        ({"a": 1}, lambda value: value.update(a=2), {"a": 1}),
        (OwnDict(a=1), lambda value: value.update(a=2), {"a": 1}),
        (OrderedDict(a=1), lambda value: value.update(a=2), {"a": 1}),
        (UserDict(a=1), lambda value: value.update(a=2), {"a": 1}),
        (UserList([1]), lambda value: value.append(2), [1]),
        (deque([1]), lambda value: value.append(2), deque([1])),
        ({1}, lambda value: value.add(2), {1}),
        (bytearray(b"a"), lambda value: value.extend(b"b"), b"a"),
        ([[1]], lambda value: value[0].append(2), [[1]]),
        (([1], 2), lambda value: value[0].append(2), ([1], 2)),
        ([{"a": [1]}], lambda value: value[0]["a"].append(2), [{"a": [1]}]),
        (Pair([1], 2), lambda value: value.first.append(2), ([1], 2)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_changed_later_is_kept_as_it_was_sent(given, change, kept):
    """At the top and inside, as parameters and as one of them."""
    alone, inside = keep(given), keep((given,))
    change(given)

    assert alone == kept
    assert inside == (kept,)


def test_a_list_that_is_reused_for_each_statement_keeps_them_apart():
    params = [0]
    with querylens.capture() as trace:
        for number in range(3):
            params[0] = number
            send("SELECT %s", params)

    assert [query.params for query in trace.queries] == [[0], [1], [2]]
    assert (trace.similar_count(), trace.duplicated_count()) == (3, 0)


def test_a_buffer_that_is_overwritten_later_is_kept_as_it_was():
    buffer = bytearray(b"first")
    kept = sent((memoryview(buffer),))
    buffer[:] = b"other"

    assert kept == (b"first",)


def test_the_generator_of_an_executemany_is_not_used_up():
    with querylens.capture() as trace:
        send_many(INSERT, ((f"made {number}",) for number in range(3)))

    [query] = trace.queries
    assert Tag.objects.filter(name__startswith="made").count() == 3
    assert (query.many, repr(query.params)) == (True, "<generator>")


@pytest.mark.parametrize(
    "make", [iter, lambda rows: map(tuple, rows), lambda rows: filter(None, rows)]
)
def test_no_iterator_is_used_up(make):
    rows = [("one",), ("two",)]
    given = make(rows)

    kept = keep(given)

    assert isinstance(kept, Unread)
    assert len(list(given)) == 2


def test_two_generators_are_never_duplicates():
    with querylens.capture() as trace:
        for word in ("one", "two"):
            send_many(INSERT, (name for name in [(word,)]))

    assert (trace.similar_count(), trace.duplicated_count()) == (2, 0)


def test_the_rows_of_an_executemany_are_kept_as_they_were():
    rows = [["one"], ["two"]]
    with querylens.capture() as trace:
        send_many(INSERT, rows)
    rows[0][0] = "changed"

    assert trace.queries[0].params == [["one"], ["two"]]


def test_an_executemany_is_one_query():
    with querylens.capture() as trace:
        send_many(INSERT, [("one",), ("two",)])

    assert (len(trace), trace.queries[0].many) == (1, True)


def test_a_lazy_object_is_not_woken():
    """`request.user` is one: to look at it would send a query."""
    woken = []
    lazy = SimpleLazyObject(lambda: woken.append(1) or "name")

    keep((lazy, [lazy], {"lazy": lazy}))

    assert woken == []


def test_the_values_of_the_orm_are_kept(rows):
    with querylens.capture() as trace:
        list(Book.objects.filter(title__in=["Book 1", "Book 2"], pages__gt=3))

    assert sorted(map(str, trace.queries[0].params)) == ["3", "Book 1", "Book 2"]


def test_parameters_that_cannot_be_kept_cost_one_line_and_are_equal_to_nothing(caplog):
    class Broken(list):
        def __iter__(self):
            raise ZeroDivisionError

    _failures.clear()
    with querylens.capture() as trace:
        for _ in range(2):
            with pytest.raises((ProgrammingError, ZeroDivisionError)):
                send("SELECT %s", ([Broken()],))

    assert [record.getMessage() for record in caplog.records] == [
        "querylens: keeping parameters failed; its results are missing here"
    ]
    assert (trace.similar_count(), trace.duplicated_count()) == (2, 0)


def test_parameters_reach_the_database_as_the_very_object_that_was_given():
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(params)
        return execute(sql, params, many, context)

    given = OwnList([1])
    with connection.execute_wrapper(note), querylens.capture():
        send("SELECT %s", given)

    assert seen[0] is given


@pytest.mark.parametrize(
    "values",
    [(), (1,), (True,), (1.0,), (None, "a'b"), (b"a", "a"), (1, [2, 3]), (mark_safe("a"), 2)],
    ids=repr,
)
def test_values_are_compared_one_way_however_they_came(values):
    assert comparison_key(values) == comparison_key(list(values))


def test_values_of_different_types_are_different():
    keys = [comparison_key((value,)) for value in (1, True, 1.0, "1", b"1", None, [1])]

    assert len(set(keys)) == len(keys)
