"""The first capture of a process sees the connections that were opened before it."""

from __future__ import annotations

from tests.capture.sending import run_in_process

OPENED_BEFORE = """
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from django.db import connection

def send():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return threading.get_ident()

with ThreadPoolExecutor(1) as pool:
    before = pool.submit(send).result()
    with querylens.capture() as trace:
        during = pool.submit(copy_context().run, send).result()
    after = pool.submit(copy_context().run, send).result()
    pool.submit(lambda: connection.close()).result()
print(before == during == after, threading.get_ident() != before, len(trace))
connection.close()
"""


def test_a_pool_thread_that_was_connected_before_the_first_capture_is_seen(tmp_path):
    assert run_in_process(OPENED_BEFORE, tmp_path) == ["True True 1"]


WITHOUT_A_MAIN_CONNECTION = """
import threading
from django.db import connection
steps = threading.Barrier(2)

def work():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        steps.wait(60)
        steps.wait(60)
        with querylens.capture() as trace:
            cursor.execute("SELECT 2")
    connection.close()
    print([query.sql for query in trace.queries])

worker = threading.Thread(target=work)
worker.start()
steps.wait(60)
with querylens.capture() as here:
    pass
steps.wait(60)
worker.join()
print(len(here))
connection.close()
"""


def test_a_cursor_that_was_opened_before_the_first_capture_is_seen(tmp_path):
    """The first capture of the process is another thread's."""
    assert run_in_process(WITHOUT_A_MAIN_CONNECTION, tmp_path) == ["['SELECT 2']", "0"]


BEFORE_THE_FIRST_CAPTURE = """
import asyncio
from asgiref.sync import sync_to_async
from django.db import connection
from tests.project.library.models import Publisher

Publisher.objects.create(name="one")

async def main():
    await Publisher.objects.aget(name="one")
    async with querylens.capture() as trace:
        await Publisher.objects.aget(name="one")
        await Publisher.objects.acount()
    await sync_to_async(lambda: connection.close())()
    return trace

trace = asyncio.run(main())
connection.close()
print(len(trace))
"""


def test_aget_before_the_first_capture_of_the_process_hides_nothing(tmp_path):
    [line] = run_in_process(BEFORE_THE_FIRST_CAPTURE, tmp_path)

    assert line == "2"
