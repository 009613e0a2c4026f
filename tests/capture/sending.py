"""Sends statements: here, in threads of its own, and in a process of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).parents[2]
#: Seconds to wait for another thread before a test fails.
PATIENCE = 20


def send(sql="SELECT 1", params=None, alias="default"):
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def send_many(sql, params, alias="default"):
    with connections[alias].cursor() as cursor:
        cursor.executemany(sql, params)


def texts(trace):
    return [query.sql for query in trace.queries]


def with_context(function, *arguments):
    """The function in a copy of the context of whoever calls this."""
    context = copy_context()
    return lambda: context.run(function, *arguments)


def in_threads(*functions):
    """Runs each function in a thread of its own, all at once; gives what they return."""
    with ThreadPoolExecutor(len(functions)) as pool:
        futures = [pool.submit(_and_disconnect, function) for function in functions]
        return [future.result() for future in futures]


def _and_disconnect(function):
    try:
        return function()
    finally:
        disconnect()


def disconnect():
    """Closes this thread's connections; `close()` leaves those to a database in memory open."""
    for connection in connections.all(initialized_only=True):
        BaseDatabaseWrapper.close(connection)


def in_event_loop(function):
    """Runs a coroutine function in a real event loop; the ORM works in asgiref's own thread."""

    async def run():
        try:
            return await function()
        finally:
            await sync_to_async(disconnect)()

    return asyncio.run(run())


def run_in_process(program, tmp_path, *arguments):
    """The output of a program in a fresh process, with Django set up on a database of its own.

    The application `querylens.django` is left out: its hooks are not there before the first
    capture.
    """
    file = tmp_path / "program.py"
    file.write_text(_SETUP.format(database=str(tmp_path / "db.sqlite3")) + textwrap.dedent(program))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    finished = subprocess.run(
        [sys.executable, "-W", "error", str(file), *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


_SETUP = """\
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "tests.project.library"
    ],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {database!r}}}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIGRATION_MODULES={{"library": None, "auth": None, "contenttypes": None}},
    USE_TZ=True,
)
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
import querylens
"""
