"""A script: plays requests of the demo, and writes what the process itself knows of them.

    python -m tests.audit.play_requests FOLDER DATABASE_URL [FORM …]

Each form of the page is asked for with its offers in the cache and without. FOLDER gets
`recorded`, a recording as the middleware writes it, and `django.log`, what `django.db.backends`
logs. Printed is, as JSON, what the library finds in each request, for each form and path a list of
`[code, table, count]`, and the longest pause between two statements of one request. All requests
go over one connection, one at once after the other; what prepares them goes over others.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from demo_app.database import throwaway_database
from demo_app.provider_api import ProviderApi

PATHS = ("hit", "miss")
DJANGO_LOG = "%(asctime)s %(process)d %(thread)d %(levelname)s %(name)s %(message)s"


def main(folder, url, forms):
    """Plays the forms, in turn."""
    with ProviderApi() as api:
        os.environ["STREAMING_API_URL"] = api.url
        with throwaway_database(url):
            found, pause_ns = played(api, forms, folder)
    sys.stdout.write(json.dumps({"found": found, "pause_ns": pause_ns}))


def played(api, forms, folder):
    """What the library finds in each request, by form and path, and the longest pause."""
    from django.db import connection
    from django.template.loader import get_template

    from demo_app import catalogue
    from demo_app.media.models import Movie
    from demo_app.play import arrange, log_in
    from demo_app.provider_api import COUNTRY
    from querylens.traces import TraceWriter

    # That which made the tables is another connection than that of the pages.
    connection.close()
    on_another_connection(catalogue.fill, api.offers, f"{api.url}/logos", COUNTRY)
    client = on_another_connection(log_in)
    movie = on_another_connection(Movie.objects.get)
    get_template("media/movie_detail.html")
    found, pause_ns = {}, 0
    with TraceWriter(folder / "recorded") as writer:
        for form in forms:
            for path in PATHS:
                on_another_connection(arrange, path, api, movie, COUNTRY)
                with logged_by_django(folder / "django.log"):
                    trace, found[f"{form} {path}"] = visited(client, form, movie)
                pause_ns = max(pause_ns, longest_pause(trace))
                writer.write(trace, {"method": "GET", "status": 200})
    return found, pause_ns


def visited(client, form, movie):
    """One request of the page: what it sent, and what is found in it."""
    from django.urls import reverse

    import querylens

    with querylens.capture() as trace:
        response = client.get(reverse(form, args=[movie.slug]))
    assert response.status_code == 200
    trace.name, trace.kind = f"GET {response.resolver_match.route}", "request"
    return trace, [told(finding) for finding in querylens.check(trace).findings]


def longest_pause(trace):
    """The longest time between the end of a statement and the beginning of the next."""
    ends = [query.started_ns + query.duration_ns for query in trace]
    return max(later.started_ns - end for end, later in zip(ends, list(trace)[1:], strict=False))


def on_another_connection(function, *arguments):
    """Calls a function in a thread, which has a connection of its own."""
    from django.db import connection

    results = []

    def called():
        try:
            results.append(function(*arguments))
        finally:
            connection.close()

    thread = Thread(target=called)
    thread.start()
    thread.join()
    return results[0]


def told(finding):
    """A finding of the library as a log may tell it: the table in place of the model."""
    from django.apps import apps

    label = finding.cause.relation.rpartition(".")[0] or finding.cause.model
    group = finding.group.fingerprint.text
    table = apps.get_model(label)._meta.db_table if label else group
    return [finding.rule.code, table, finding.count]


@contextmanager
def logged_by_django(file):
    """Has Django log what is sent over this thread's connection."""
    from django.db import connection

    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter(DJANGO_LOG))
    logger = logging.getLogger("django.db.backends")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    try:
        yield
    finally:
        connection.force_debug_cursor = False
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)
        handler.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
