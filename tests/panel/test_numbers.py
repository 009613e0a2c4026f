"""The panel counts the queries that the toolbar's own panel of SQL counts, and as that does."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

import querylens
from tests.panel.conftest import ORDERS, OURS, PANELS, TOOLBAR

pytestmark = pytest.mark.django_db(databases=["default", "other"])
SESSION = "tests.panel.site.asking"
PATHS = [
    "/",
    "/missing/",
    "/crashing/",
    "/two/",
    "/repeated/",
    "/library/books/",
    "/library/books/json/",
    "/library/books/async/",
    "/library/books/selected/",
    "/library/books/stream/",
    "/library/api/books/",
    "/library/books/reviews/",
]


def ours(shown):
    totals = shown.stats()["totals"]
    sent = totals["queries"] + totals["transactions"] + totals["setup"]
    return sent, totals["similar"], totals["duplicated"]


def theirs(shown):
    aliases = [numbers for _, numbers in shown.stats("SQLPanel")["databases"]]
    return tuple(
        sum(numbers[name] for numbers in aliases)
        for name in ("num_queries", "similar_count", "duplicate_count")
    )


@pytest.mark.parametrize("middleware", ORDERS)
@pytest.mark.parametrize("path", PATHS)
def test_one_request(site, rows, middleware, path):
    shown = site(middleware).get(path)

    assert ours(shown) == theirs(shown)


@pytest.mark.parametrize("middleware", ORDERS)
@pytest.mark.parametrize("path", ["/library/books/", "/library/books/async/", "/awaited/"])
def test_one_asynchronous_request(site, rows, middleware, path):
    shown = async_to_sync(site(middleware).aget)(path)

    assert ours(shown) == theirs(shown)
    assert ours(shown)[0] > 1


@pytest.mark.parametrize(
    "middleware",
    [
        pytest.param([TOOLBAR, SESSION], id="under-the-toolbar"),
        pytest.param([SESSION, TOOLBAR], id="before-the-toolbar"),
        pytest.param([OURS, SESSION, TOOLBAR], id="before-the-toolbar-in-the-middleware"),
        pytest.param([OURS, TOOLBAR, SESSION], id="under-both"),
    ],
)
def test_a_middleware_that_asks_too(site, rows, middleware):
    shown = site(middleware).get("/library/books/")

    assert ours(shown) == theirs(shown)


def test_what_other_panels_send_is_not_the_requests(site, rows):
    """The panel of templates fetches what a template was given, once the request is over."""
    panels = [*PANELS, "debug_toolbar.panels.templates.TemplatesPanel"]

    shown = site([OURS, TOOLBAR], panels=panels).get("/library/books/")

    assert shown.stats()["totals"]["queries"] == 5


def test_inside_a_capture_of_the_test(site, rows):
    with querylens.capture() as trace:
        shown = site().get("/library/books/")

    assert ours(shown) == theirs(shown)
    assert len(trace) == 5
    assert {query.scope.name for query in trace} == {"GET library/books/"}
