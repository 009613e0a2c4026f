"""Threads: those a capture is handed on to are seen, all others are not. Barriers, no sleeps."""

from __future__ import annotations

import threading
from contextvars import Context
from itertools import groupby

import pytest
from django.db import connection, connections

import querylens
from querylens.django import capturing, hooks
from tests.capture.sending import (
    PATIENCE,
    in_threads,
    send,
    texts,
    with_context,
)
from tests.project.library.models import Author

pytestmark = pytest.mark.django_db


def test_a_thread_with_the_context_copied_is_recorded():
    with querylens.capture() as trace:
        in_threads(with_context(send, "SELECT 1"))

    assert texts(trace) == ["SELECT 1"]


def test_a_thread_with_a_context_of_its_own_is_not_recorded():
    with querylens.capture() as trace:
        in_threads(lambda: Context().run(send))

    assert len(trace) == 0


def test_a_capture_inside_a_thread_records_that_thread():
    def work():
        with querylens.capture() as trace:
            send("SELECT 1")
        return trace

    [trace] = in_threads(work)

    assert texts(trace) == ["SELECT 1"]


def test_queries_of_several_threads_are_all_counted():
    start = threading.Barrier(8)

    def work():
        start.wait(PATIENCE)
        for _ in range(200):
            send()

    with querylens.capture() as trace:
        in_threads(*[with_context(work) for _ in range(8)])

    assert len(trace) == 1600


def test_captures_of_two_threads_never_see_each_other():
    step = threading.Barrier(2)

    def work(number):
        with querylens.capture() as trace:
            for _ in range(50):
                step.wait(PATIENCE)
                send(f"SELECT {number}")
        return trace

    first, second = in_threads(lambda: work(1), lambda: work(2))

    assert texts(first) == ["SELECT 1"] * 50
    assert texts(second) == ["SELECT 2"] * 50


def test_an_outer_capture_sees_both_threads_and_each_of_them_only_itself():
    step = threading.Barrier(2)

    def work(number):
        with querylens.capture() as trace:
            step.wait(PATIENCE)
            send(f"SELECT {number}")
            step.wait(PATIENCE)
        return trace

    with querylens.capture() as outer:
        first, second = in_threads(with_context(work, 1), with_context(work, 2))

    assert (texts(first), texts(second)) == (["SELECT 1"], ["SELECT 2"])
    assert sorted(texts(outer)) == ["SELECT 1", "SELECT 2"]


def test_one_capture_object_may_be_open_in_two_threads():
    capture = querylens.capture()
    step = threading.Barrier(2)
    second_is_in = threading.Event()

    def enters_first_and_leaves_first():
        with capture as trace:
            step.wait(PATIENCE)
            second_is_in.wait(PATIENCE)
            send("SELECT 1")
        step.wait(PATIENCE)
        send("SELECT 3")
        return trace

    def enters_second_and_leaves_second():
        step.wait(PATIENCE)
        with capture as trace:
            second_is_in.set()
            step.wait(PATIENCE)
            send("SELECT 2")
        return trace

    first, second = in_threads(enters_first_and_leaves_first, enters_second_and_leaves_second)

    assert (texts(first), texts(second)) == (["SELECT 1"], ["SELECT 2"])


def test_a_thread_that_outlives_the_capture_is_recorded_until_it_ends():
    inside, over = threading.Event(), threading.Event()

    def work():
        send("SELECT 1")
        inside.set()
        assert over.wait(PATIENCE)
        send("SELECT 2")

    def main():
        with querylens.capture() as trace:
            worker = threading.Thread(target=with_context(in_threads, with_context(work)))
            worker.start()
            assert inside.wait(PATIENCE)
        over.set()
        worker.join(PATIENCE)
        return trace

    assert texts(main()) == ["SELECT 1"]


def test_a_thread_goes_on_in_the_outer_capture_when_the_inner_one_has_ended():
    over = threading.Event()

    def work():
        assert over.wait(PATIENCE)
        send("SELECT 1")

    with querylens.capture() as outer:
        with querylens.capture() as inner:
            worker = threading.Thread(target=with_context(in_threads, with_context(work)))
            worker.start()
        over.set()
        worker.join(PATIENCE)

    assert (texts(outer), texts(inner)) == (["SELECT 1"], [])


def test_a_trace_can_be_read_while_threads_write_to_it():
    start = threading.Barrier(3)
    done = threading.Event()

    def write():
        start.wait(PATIENCE)
        for number in range(300):
            send("SELECT %s", [number])

    def read(trace):
        start.wait(PATIENCE)
        sizes = []
        while not done.is_set():
            sizes.append((len(trace), trace.similar_count(), trace.duplicated_count("default")))
        return sizes

    with querylens.capture() as trace:
        writers = with_context(in_threads, with_context(write), with_context(write))
        watcher = threading.Thread(target=lambda: (writers(), done.set()))
        watcher.start()
        sizes = read(trace)
        watcher.join(PATIENCE)

    assert sizes == sorted(sizes)
    assert len(trace) == 600


def test_a_connection_that_is_made_in_another_thread_later_is_seen():
    """The thread began, and connected, after the capture; it is handed the context alone."""
    with querylens.capture() as trace:
        in_threads(with_context(lambda: connections["default"].ensure_connection() or send()))

    assert len(trace) == 1


def test_connections_get_one_wrapper_when_threads_capture_at_once():
    start = threading.Barrier(8)

    def work():
        start.wait(PATIENCE)
        with querylens.capture():
            send()
        return connection.execute_wrappers.count(capturing.record_query)

    assert in_threads(*[work] * 8) == [1] * 8


def test_the_hooks_go_in_once_when_threads_capture_first(monkeypatch):
    installed = []
    monkeypatch.setattr(hooks, "_installed", False)
    monkeypatch.setattr(hooks, "_install", lambda: installed.append(threading.get_ident()))
    start = threading.Barrier(8)

    def work():
        start.wait(PATIENCE)
        with querylens.capture():
            pass

    in_threads(*[work] * 8)

    assert len(installed) == 1


@pytest.mark.django_db(transaction=True)
def test_rows_are_not_taken_for_those_of_another_threads_query(rows, monkeypatch):
    """Both queries are sent before either thread gets its row."""
    both_sent = threading.Barrier(2)
    make = Author.from_db.__func__

    def meet_and_make(cls, *args, **kwargs):
        both_sent.wait(PATIENCE)
        return make(cls, *args, **kwargs)

    def work(name):
        [author] = Author.objects.filter(name=name)
        return author.publisher

    monkeypatch.setattr(Author, "from_db", classmethod(meet_and_make))
    with querylens.capture() as trace:
        in_threads(with_context(work, "Author 0"), with_context(work, "Author 1"))

    authors = dict(Author.objects.values_list("pk", "name"))
    lazy = [query for query in trace.queries if query.parent is not None]
    assert sorted(authors[query.row] for query in lazy) == ["Author 0", "Author 1"]
    for query in lazy:
        assert trace.queries[query.parent].params == (authors[query.row],)


def test_sql_of_neighbours_is_not_mixed_up():
    """Threads that send the same text keep their own parameters, in their own order."""
    start = threading.Barrier(4)

    def work(number):
        start.wait(PATIENCE)
        for turn in range(100):
            send("SELECT %s, %s", [number, turn])

    with querylens.capture() as trace:
        in_threads(*[with_context(work, number) for number in range(4)])

    sent = sorted((query.params for query in trace.queries), key=lambda params: params[0])
    turns = {number: [turn for _, turn in own] for number, own in groupby(sent, lambda p: p[0])}
    assert turns == {number: list(range(100)) for number in range(4)}
