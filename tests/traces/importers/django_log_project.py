"""A script: a Django project whose pages are visited while Django logs its SQL.

    python django_log_project.py LOGGING FILE

`LOGGING` is one of the configurations below, `FILE` the SQLite database. The log goes to stderr,
what each page sent (`connection.queries`) to stdout: `[["/books/2/", ["SELECT …", …]], …]`.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from urllib.request import urlopen

import django
import sqlparse
from django.conf import settings

VERBOSE = "{levelname} {asctime} {module} {process:d} {thread:d} {message}"
THREADS = "%(asctime)s,%(msecs)03d [%(processName)s:%(threadName)s] %(name)s:%(lineno)d %(message)s"
COUNTED = "%(relativeCreated)d %(lineno)d %(levelname)s %(process)s %(name)s: %(message)s"
CORRELATED = "%(levelname)s [request_id=%(request_id)s] %(message)s"
FORMATTERS = {
    "message": {},
    "verbose": {"format": VERBOSE, "style": "{"},
    "threads": {"format": THREADS, "datefmt": "%Y-%m-%d %H:%M:%S"},
    "counted": {"format": COUNTED},
    "correlated": {"format": CORRELATED},
    "debug_sql": {"()": "__main__.DebugSqlFormatter"},
    "json": {"()": "__main__.JsonFormatter"},
    "json_message": {"()": "__main__.JsonMessageFormatter"},
}
#: A server whose lines look like those of Django's own `runserver`, or like all others.
SERVER_FORMATTER = {
    "()": "django.utils.log.ServerFormatter",
    "format": "[{server_time}] {message}",
    "style": "{",
}
OWN_SERVER_LINES = {"message", "counted", "debug_sql"}

requests = threading.local()


class DebugSqlFormatter(logging.Formatter):
    """Lays SQL out as `manage.py test --debug-sql` does since Django 6.0."""

    def format(self, record):
        if hasattr(record, "sql"):
            seconds, sql, *rest = record.args
            formatted = sqlparse.format(sql, reindent=True, keyword_case="upper")
            record.args = (seconds, formatted, *rest)
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """Writes what python-json-logger does: the message and all that was given as extra."""

    kept = ("sql", "params", "alias", "duration", "thread", "process", "name", "created")

    def format(self, record):
        told = {"message": record.getMessage(), "asctime": self.formatTime(record)}
        told |= {key: getattr(record, key) for key in self.kept if hasattr(record, key)}
        return json.dumps(told, default=str)


class JsonMessageFormatter(JsonFormatter):
    """Writes the message only, as structlog's renderers do with foreign records."""

    kept = ("threadName", "level")


class RequestFilter(logging.Filter):
    """As django-log-request-id has it."""

    def filter(self, record):
        record.request_id = getattr(requests, "id", "none")
        return True


def logging_of(name):
    server = SERVER_FORMATTER if name in OWN_SERVER_LINES else FORMATTERS[name]
    handler = {"class": "logging.StreamHandler", "filters": ["request"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "__main__.RequestFilter"}},
        "formatters": {"sql": FORMATTERS[name], "server": server},
        "handlers": {
            "sql": handler | {"formatter": "sql"},
            "server": handler | {"formatter": "server"},
        },
        "loggers": {
            "django.db.backends": {"handlers": ["sql"], "level": "DEBUG"},
            "django.server": {"handlers": ["server"], "level": "INFO", "propagate": False},
        },
    }


def configure(name, file):
    settings.configure(
        DEBUG=True,
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file}},
        INSTALLED_APPS=["django.contrib.contenttypes"],
        LOGGING=logging_of(name),
        LOGGING_CONFIG="logging.config.dictConfig",
        ROOT_URLCONF="__main__",
        USE_TZ=True,
    )
    django.setup()
    logging.getLogger("django.db.backends.schema").propagate = False


sent = []


def books(request, number):
    """Sends queries in a loop, a transaction, raw SQL on several lines, and hostile values."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import DatabaseError, connection, transaction

    requests.id = f"request-{len(sent)}"
    connection.queries_log.clear()
    for key in range(number):
        ContentType.objects.filter(model=f"it's; args=({key}); alias=x").first()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("\n    SELECT 1\n    WHERE 2 > (0.125) -- why\n    AND %s = ''", ["\n'"])
        cursor.executemany(
            "INSERT INTO django_content_type (app_label, model) VALUES (%s, %s)",
            [("shop", f"{request.path}{row}") for row in range(2)],
        )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM missing")
    except DatabaseError:
        pass
    sent.append([request.path, [query["sql"] for query in connection.queries]])
    return HttpResponse("done")


def visit():
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, connections_override=None)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for number in (3, 1, 2):
        with urlopen(f"http://127.0.0.1:{server.server_port}/books/{number}/?page=2") as response:
            response.read()
    server.shutdown()
    thread.join()
    server.server_close()


if __name__ == "__main__":
    configure(*sys.argv[1:])
    from django.core.management import call_command
    from django.http import HttpResponse
    from django.urls import path

    urlpatterns = [path("books/<int:number>/", books)]
    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)
    logging.disable(logging.NOTSET)
    visit()
    sys.stdout.write(json.dumps(sent))
