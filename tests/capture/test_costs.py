"""What recording keeps, what it keeps alive, and that it does nothing while nobody records."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from contextvars import copy_context

import pytest
from django.db import connection

import querylens
from querylens.django import capturing
from tests.capture.sending import send
from tests.project.library.models import Author, Book
from tests.project.library.populate import ids

pytestmark = pytest.mark.django_db


def test_counts_a_hundred_thousand_queries():
    with querylens.capture() as trace, connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute("SELECT 1")

    assert len(trace) == 100_000
    assert (trace.similar_count(), trace.duplicated_count()) == (100_000, 100_000)


def test_a_recorded_query_keeps_at_most_a_kilobyte(rows):
    keys = ids(Author)
    wanted = [keys[number % rows] for number in range(3_000)]

    with querylens.capture() as trace:
        get_each(wanted[:100])
        tracemalloc.start()
        try:
            get_each(wanted)
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert len(trace.records) == 3_100
    assert kept / len(wanted) <= 1024


def get_each(keys):
    for key in keys:
        Author.objects.get(pk=key)


def test_a_trace_keeps_no_row_alive(rows):
    with querylens.capture() as trace:
        book = Book.objects.select_related("author").first()
        book.author.publisher.authors.first()
        found = weakref.ref(book)
        del book
        gc.collect()

    assert found() is None
    assert len(trace) == 3


def test_a_context_that_outlives_its_capture_does_not_keep_the_trace():
    with querylens.capture() as trace:
        context = copy_context()
        send()
    found = weakref.ref(trace)
    del trace
    gc.collect()

    assert found() is None
    assert context.run(send) == [(1,)]


def test_nothing_is_looked_at_while_nobody_records(rows, monkeypatch):
    with querylens.capture():
        context = copy_context()
    for name in ("keep", "perf_counter_ns", "_shape_of", "came_from", "_make"):
        monkeypatch.setattr(capturing, name, None)

    send("SELECT %s", [1])
    context.run(send, "SELECT %s", [1])


def test_rows_carry_nothing_while_nobody_records(rows):
    with querylens.capture():
        context = copy_context()
    here, there = Author.objects.first(), context.run(Author.objects.first)

    assert "_querylens_loaded_by" not in vars(here._state)
    assert "_querylens_loaded_by" not in vars(there._state)


def test_the_stacks_that_are_remembered_have_a_limit(monkeypatch):
    monkeypatch.setattr(capturing, "_MOST_STACKS", 10)
    with querylens.capture() as trace:
        for number in range(30):
            exec(f"send('SELECT {number}')", {"send": send})

    assert len(trace) == 30
    assert len(capturing._stacks) <= 10
    assert len(capturing._expected) <= 10
