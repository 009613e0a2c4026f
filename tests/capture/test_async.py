"""Coroutines and tasks: real event loops, where the ORM works in a thread of asgiref's."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

import querylens
from querylens.recorder import recordings
from tests.capture.sending import in_event_loop, send, texts
from tests.project.library.models import Author, Book, Tag

pytestmark = pytest.mark.django_db(transaction=True)

asend = sync_to_async(send)


def test_async_with_records():
    async def block():
        async with querylens.capture("async") as trace:
            await asend("SELECT 1")
        await asend("SELECT 2")
        return trace

    trace = in_event_loop(block)

    assert (trace.name, texts(trace)) == ("async", ["SELECT 1"])


def test_a_plain_with_records_in_a_coroutine():
    async def block():
        with querylens.capture() as trace:
            await asend("SELECT 1")
        return trace

    assert texts(in_event_loop(block)) == ["SELECT 1"]


def test_a_block_around_an_event_loop_records_it():
    with querylens.capture() as trace:
        in_event_loop(lambda: asend("SELECT 1"))

    assert texts(trace) == ["SELECT 1"]


def test_a_block_around_async_to_sync_records_it():
    with querylens.capture() as trace:
        async_to_sync(asend)("SELECT 1")

    assert texts(trace) == ["SELECT 1"]


def test_the_orms_asynchronous_methods_are_recorded(rows):
    async def ask():
        async with querylens.capture() as trace:
            author = await Author.objects.aget(name="Author 1")
            await author.books.acount()
            titles = [book.title async for book in Book.objects.all()]
            await Tag.objects.acreate(name="new")
        return trace, titles

    trace, titles = in_event_loop(ask)

    assert len(titles) == rows
    assert [query.cause.access for query in trace.queries if query.is_counted] == [
        "get",
        "count",
        "all",
        "create",
    ]


def test_concurrent_captures_of_gather_never_see_each_other():
    async def work(number, mine, others):
        async with querylens.capture() as trace:
            for _ in range(20):
                await asend(f"SELECT {number}")
                mine.set()
                await others.wait()
        return trace

    async def both():
        one, two = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(work(1, one, two), work(2, two, one))

    first, second = in_event_loop(both)

    assert texts(first) == ["SELECT 1"] * 20
    assert texts(second) == ["SELECT 2"] * 20


def test_a_capture_around_gather_sees_all_of_it():
    async def both():
        async with querylens.capture() as trace:
            await asyncio.gather(*[asend(f"SELECT {number}") for number in range(10)])
        return trace

    assert sorted(texts(in_event_loop(both))) == [f"SELECT {number}" for number in range(10)]


def test_tasks_that_are_started_inside_are_recorded_even_when_awaited_outside():
    async def ask():
        async with querylens.capture() as trace:
            inside = asyncio.create_task(asend("SELECT 1"))
            await inside
        outside = asyncio.create_task(asend("SELECT 2"))
        await outside
        return trace

    assert texts(in_event_loop(ask)) == ["SELECT 1"]


def test_a_task_that_outlives_its_capture_records_nothing_more():
    async def ask():
        over = asyncio.Event()

        async def work():
            await asend("SELECT 1")
            inside.set()
            await over.wait()
            await asend("SELECT 2")

        inside = asyncio.Event()
        async with querylens.capture() as trace:
            task = asyncio.create_task(work())
            await inside.wait()
        over.set()
        await task
        return trace

    assert texts(in_event_loop(ask)) == ["SELECT 1"]


def test_a_capture_in_a_task_leaves_its_siblings_alone():
    async def ask():
        async with querylens.capture() as outer, asyncio.TaskGroup() as group:
            alone = group.create_task(captured("SELECT 1"))
            group.create_task(asend("SELECT 2"))
        return outer, alone.result()

    async def captured(sql):
        async with querylens.capture() as trace:
            await asend(sql)
        return trace

    outer, alone = in_event_loop(ask)

    assert sorted(texts(outer)) == ["SELECT 1", "SELECT 2"]
    assert texts(alone) == ["SELECT 1"]


def test_a_capture_inside_the_thread_of_sync_to_async_records():
    def work():
        with querylens.capture() as trace:
            send("SELECT 1")
        return trace

    async def ask():
        trace = await sync_to_async(work)()
        await asend("SELECT 2")
        return trace, recordings.get()

    trace, still_open = in_event_loop(ask)

    assert (texts(trace), still_open) == (["SELECT 1"], ())


def test_a_cancelled_task_leaves_no_capture_open():
    async def ask():
        waits = asyncio.Event()

        async def work():
            async with querylens.capture():
                waits.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await waits.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled(), recordings.get()

    assert in_event_loop(ask) == (True, ())


def test_a_coroutine_that_is_closed_in_another_context_closes_quietly():
    """An abandoned `await` is closed by whoever drops it, as the garbage collector does."""

    async def ask():
        loop = asyncio.get_running_loop()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "run_in_executor", lambda *args: asyncio.Future())
            with querylens.capture():
                coroutine = sync_to_async(send, thread_sensitive=False)()
                copy_context().run(coroutine.send, None)
                coroutine.close()
        return "closed"

    assert in_event_loop(ask) == "closed"


def test_an_asynchronous_view_is_recorded(rows):
    async def ask():
        async with querylens.capture() as trace:
            response = await AsyncClient().get("/library/books/async/")
        return trace, response

    trace, response = in_event_loop(ask)

    assert response.status_code == 200
    assert len(trace) == 1 + rows
