"""The toolbar's numbers of requests, as its middleware and its store have them."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from debug_toolbar.store import get_store
from debug_toolbar.toolbar import DebugToolbar
from django.test import AsyncClient, Client

import querylens
from tests.differential.toolbar import assert_equal, restore_cursors, theirs
from tests.project.toolbar import HEADER

pytestmark = pytest.mark.django_db(databases=["default", "other"])
ASKED = {HEADER: "yes"}
PATHS = [
    "books/",
    "books/json/",
    "books/selected/",
    "books/async/",
    "books/class/",
    "books/reviews/",
    "api/books/",
    "menu/",
]


@pytest.fixture
def toolbars(settings):
    """The toolbars of the requests that a test sends.

    Without the panel of templates: it sends statements to show what a template was given, and
    counts none of them.
    """
    settings.DEBUG_TOOLBAR_PANELS = [
        "debug_toolbar.panels.history.HistoryPanel",
        "debug_toolbar.panels.sql.SQLPanel",
    ]
    made = []

    def keep(toolbar, **kwargs):
        made.append(toolbar)

    DebugToolbar._created.connect(keep)
    yield made
    DebugToolbar._created.disconnect(keep)
    restore_cursors()


def panel_of(toolbar):
    return toolbar.get_panel_by_id("SQLPanel").get_stats()


@pytest.mark.parametrize("path", PATHS)
def test_one_request(rows, toolbars, path):
    with querylens.capture() as trace:
        response = Client().get(f"/library/{path}", headers=ASKED)

    [toolbar] = toolbars
    assert response.status_code == 200
    assert_equal(panel_of(toolbar), trace)
    assert len(trace) > 0


@pytest.mark.parametrize("path", ["books/async/", "books/"])
def test_one_asynchronous_request(rows, toolbars, path):
    async def ask():
        async with querylens.capture() as trace:
            await AsyncClient().get(f"/library/{path}", headers=ASKED)
        return trace

    trace = async_to_sync(ask)()

    assert_equal(panel_of(toolbars[0]), trace)


def test_statements_of_the_toolbars_own_panel_of_templates_are_seen_too(rows, toolbars, settings):
    panel = "debug_toolbar.panels.templates.TemplatesPanel"
    settings.DEBUG_TOOLBAR_PANELS = [*settings.DEBUG_TOOLBAR_PANELS, panel]
    with querylens.capture() as trace:
        Client().get("/library/books/", headers=ASKED)

    counted = [query[1] for query in theirs(panel_of(toolbars[0]))]
    assert len(trace) > len(counted)
    assert {query.sql for query in trace.queries} >= set(counted)


def test_requests_inside_one_capture_are_counted_one_by_one(rows, toolbars):
    """The same statements three times: no request knows of another."""
    with querylens.capture() as trace:
        for path in ("books/", "books/json/", "books/"):
            Client().get(f"/library/{path}", headers=ASKED)

    sent = zip(trace.queries, trace.similar_counts(), trace.duplicated_counts(), strict=True)
    assert [(query.alias, query.sql, *counts) for query, *counts in sent] == [
        query for toolbar in toolbars for query in theirs(panel_of(toolbar))
    ]


def test_the_numbers_in_the_toolbars_store(rows, toolbars):
    with querylens.capture() as trace:
        response = Client().get("/library/books/", headers=ASKED)

    stats = get_store().panel(response["djdt-request-id"], "SQLPanel")
    assert_equal(stats, trace)
