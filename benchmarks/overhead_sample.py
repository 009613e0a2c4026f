"""One sample of overhead.py: sets a project up, runs the workload once to warm it, then timed."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import platform
import sys
import time
import tracemalloc
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path

NAME, FRAMES, QUERIES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

APPS = {
    "zeal": ["zeal"],
    "nplusone": ["nplusone.ext.django"],
    "toolbar": ["debug_toolbar"],
    "silk": ["silk"],
    "querylens": ["querylens.django"],
}
MIDDLEWARE = {
    "nplusone, active": ["nplusone.ext.django.NPlusOneMiddleware"],
    "toolbar, SQL panel": ["debug_toolbar.middleware.DebugToolbarMiddleware"],
    "silk": ["silk.middleware.SilkyMiddleware"],
}
TOOL = NAME.partition(",")[0]
deepest = 0


def work() -> None:
    from django.contrib.auth.models import Permission

    for permission in Permission.objects.filter(codename__startswith="sample"):
        permission.content_type  # noqa: B018


def descend(frames: int) -> None:
    """Puts frames between the view and its queries."""
    if frames:
        descend(frames - 1)
    else:
        work()


def view(request):
    descend(FRAMES - 11)
    return HttpResponse("done")


urlpatterns = [path("", view)]


def show_toolbar(request) -> bool:
    return True


def configure() -> None:
    settings.configure(
        DEBUG=False,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="-",
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            *APPS.get(TOOL, []),
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
        ],
        STATIC_URL="/static/",
        MIDDLEWARE=MIDDLEWARE.get(NAME, []),
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEBUG_TOOLBAR_CONFIG={
            "SHOW_TOOLBAR_CALLBACK": f"{__name__}.show_toolbar",
            "IS_RUNNING_TESTS": False,
        },
        DEBUG_TOOLBAR_PANELS=["debug_toolbar.panels.sql.SQLPanel"],
        ZEAL_NPLUSONE_THRESHOLD=10**9,
        NPLUSONE_LOG_LEVEL=logging.DEBUG,
        LOGGING_CONFIG=None,
    )
    if TOOL == "nplusone":
        adapt_nplusone()
    django.setup()
    if TOOL == "toolbar":
        urlpatterns.append(path("__debug__/", include("debug_toolbar.urls", namespace="djdt")))


def adapt_nplusone() -> None:
    """Django 6.1 gives `RelatedPopulator` an argument that nplusone does not expect."""
    from nplusone.ext.django import patch

    original = patch.query.RelatedPopulator.__init__

    def __init__(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.__nplusone__["args"] = self.__nplusone__["args"][:3]

    patch.query.RelatedPopulator.__init__ = __init__


def populate() -> None:
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    kind = ContentType.objects.first()
    Permission.objects.bulk_create(
        Permission(name=f"{number}", codename=f"sample {number}", content_type=kind)
        for number in range(QUERIES)
    )


@contextlib.contextmanager
def watching():
    """The tool around the workload; gives what checks it afterwards."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    if NAME == "CaptureQueriesContext":
        with CaptureQueriesContext(connection):
            yield None
    elif NAME == "zeal, active":
        from zeal import zeal_context

        with warnings.catch_warnings(record=True), zeal_context():
            yield None
    elif "recording" in NAME:
        import querylens

        with querylens.capture() as trace:
            yield trace
        if "check" in NAME:
            report = querylens.check(trace)
            assert len(report.findings) == 1
    else:
        yield None


def count_frames(execute, sql, params, many, context):
    """How many frames lie between the query and the view."""
    global deepest
    frame, frames = sys._getframe(1), 0
    while frame is not None and frame.f_code is not view.__code__:
        frame, frames = frame.f_back, frames + 1
    deepest = max(deepest, frames)
    return execute(sql, params, many, context)


def run() -> float:
    from django.test import Client

    client = Client()
    gc.collect()
    started = time.process_time()
    with watching():
        client.get("/")
    return time.process_time() - started


def bytes_kept() -> float:
    """Memory that a trace keeps for each query."""
    if NAME != "querylens, recording":
        return 0
    from django.test import Client

    tracemalloc.start()
    with watching() as trace:
        Client().get("/")
        gc.collect()
        kept = sum(
            item.size
            for item in tracemalloc.take_snapshot()
            .filter_traces([tracemalloc.Filter(True, "*/querylens/*")])
            .statistics("filename")
        )
    return kept / len(trace.records)


def main() -> None:
    configure()
    populate()
    from django.db import connection

    with connection.execute_wrapper(count_frames):
        run()
    assert deepest >= FRAMES, f"{deepest} frames, {FRAMES} wanted"
    seconds = run()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "frames": deepest,
                "bytes": bytes_kept(),
                "python": platform.python_version(),
                "django": django.get_version(),
            }
        )
    )


if __name__ == "__main__":
    main()
