"""A site in a process of its own: `python -m tests.middleware.recording_site TASK SITE …`.

SITE is a JSON object: `database` is a file, `querylens` the settings.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

APPS = ["django.contrib.auth", "django.contrib.contenttypes", "tests.project.library"]


def set_up(database, querylens):
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": database,
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=APPS,
        MIDDLEWARE=["querylens.django.QueryLensMiddleware"],
        MIGRATION_MODULES={"auth": None, "contenttypes": None, "library": None},
        QUERYLENS=querylens,
        ROOT_URLCONF="tests.middleware.recorded_views",
        SECRET_KEY="only for tests",
        USE_TZ=True,
    )
    django.setup()


class Site:
    """The WSGI application, and what a server gets from it."""

    def __init__(self):
        from django.core.handlers.wsgi import WSGIHandler
        from django.test import RequestFactory

        self._handler = WSGIHandler()
        self._requests = RequestFactory()

    def answer(self, path):
        """Status, headers and body, all as text."""
        told = []
        environ = self._requests.get(path).environ
        response = self._handler(environ, lambda *start: told.extend(start))
        content = b"".join(response)
        response.close()
        return [told[0], told[1], content.decode()]

    def answer_pairs(self, requests):
        """How many of so many requests were answered as they must be."""
        expected = [f'{{"authors": 4, "found": ["Book {number}"]}}' for number in range(4)]
        return sum(
            self.answer(f"/pair/{number % 4 + 1}/")[::2] == ["200 OK", expected[number % 4]]
            for number in range(requests)
        )


def populated():
    from tests.project.library.populate import populate

    call_command("migrate", run_syncdb=True, verbosity=0)
    populate(4)


def serve(threads, requests):
    """Answers so many requests in each thread, all threads at once; prints the right answers."""
    site = Site()
    started = threading.Barrier(int(threads))

    def work():
        started.wait()
        try:
            return site.answer_pairs(int(requests))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(int(threads)) as pool:
        answers = [pool.submit(work) for _ in range(int(threads))]
        tell(sum(answer.result() for answer in answers))


def serve_until_killed(*last):
    """Tells each answered request, until it is killed. `last` is asked for in the end, if given."""
    site = Site()
    for number in range(20) if last else itertools.count():
        site.answer("/pair/1/")
        tell(number)
    for path in last:
        tell("asking")
        site.answer(path)
        tell("answered")
    sys.stdin.read()


def fork():
    """Forks in the middle of a request, while other threads are answered."""
    warnings.filterwarnings("ignore", "This process", DeprecationWarning)
    # The child has the connections of threads that it has not.
    warnings.simplefilter("ignore", ResourceWarning)
    site = Site()
    is_over = threading.Event()
    parent = os.getpid()

    def work():
        answered = 0
        while not is_over.is_set():
            answered += site.answer_pairs(1)
        connections.close_all()
        return answered

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(work) for _ in range(3)]
        site.answer_pairs(1)
        status, _, content = site.answer("/forking/")
        if os.getpid() != parent:
            tell([os.getpid(), status, content, site.answer_pairs(50)])
            os._exit(0)
        _, code = os.wait()
        answered = 1 + site.answer_pairs(50)
        is_over.set()
        answered += sum(other.result() for other in others)
    tell([os.getpid(), status, content, answered, code])


def answers(*paths):
    """Prints what a server would send, one path after the other, as a user who is not root."""
    populated()
    chosen = settings.QUERYLENS
    with TemporaryDirectory() as folder:
        # Another user may not be able to import what is still missing.
        settings.QUERYLENS = chosen | {"ENABLED": True, "RECORD_FOLDER": folder}
        list(map(Site().answer, paths))
    settings.QUERYLENS = chosen
    if os.geteuid() == 0:
        os.setuid(65534)
    site = Site()
    for path in paths:
        tell(site.answer(path))


def tell(value):
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _, task, site, *arguments = sys.argv
    set_up(**json.loads(site))
    globals()[task](*arguments)
