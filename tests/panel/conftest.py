"""Requests under the toolbar, and what our panel and the toolbar's own one tell of them."""

from __future__ import annotations

import pytest
from debug_toolbar.store import get_store
from django.test import AsyncClient, Client

from querylens import recorder
from tests.browser import browser as browser
from tests.project.toolbar import HEADER

OURS = "querylens.django.QueryLensMiddleware"
TOOLBAR = "debug_toolbar.middleware.DebugToolbarMiddleware"
PANELS = [
    "debug_toolbar.panels.history.HistoryPanel",
    "debug_toolbar.panels.sql.SQLPanel",
    "querylens.django.panel.QueryLensPanel",
]
ORDERS = [
    pytest.param([TOOLBAR], id="alone"),
    pytest.param([OURS, TOOLBAR], id="middleware-first"),
    pytest.param([TOOLBAR, OURS], id="toolbar-first"),
]


class Shown:
    """The toolbar of one request."""

    def __init__(self, client, response):
        self.client = client
        self.response = response
        # A toolbar that renders its panels at once sends no header.
        self.id = response.get("djdt-request-id") or list(get_store().request_ids())[-1]

    def stats(self, panel="QueryLensPanel"):
        """What a panel keeps in the toolbar's store."""
        return get_store().panel(self.id, panel)

    def panel(self):
        """What the toolbar loads when its user opens the panel."""
        query = {"request_id": self.id, "panel_id": "QueryLensPanel"}
        answer = self.client.get("/__debug__/render_panel/", query, headers={HEADER: "yes"})
        assert answer.status_code == 200
        return answer.json()

    def content(self):
        return self.panel()["content"]


class Site:
    """Asks a site for pages, with the toolbar."""

    def __init__(self):
        self.client = Client(raise_request_exception=False)

    def get(self, path, **headers):
        return Shown(self.client, self.client.get(path, headers={HEADER: "yes"} | headers))

    async def aget(self, path):
        response = await AsyncClient(raise_request_exception=False).get(
            path, headers={HEADER: "yes"}
        )
        return Shown(self.client, response)


@pytest.fixture
def site(settings):
    """Makes a site with these middleware, panels and settings of querylens."""

    def make(middleware=(TOOLBAR,), panels=PANELS, toolbar=(), **querylens):
        settings.ROOT_URLCONF = "tests.panel.site"
        settings.MIDDLEWARE = list(middleware)
        settings.DEBUG_TOOLBAR_PANELS = list(panels)
        # The pages of the test project have no body to end.
        toolbar = {"INSERT_BEFORE": "</ul>"} | dict(toolbar)
        settings.DEBUG_TOOLBAR_CONFIG = settings.DEBUG_TOOLBAR_CONFIG | toolbar
        settings.QUERYLENS = {"ENABLED": True, "REPORT": []} | querylens
        return Site()

    yield make
    # Not at the top: pytest has to hear first that its assertions are rewritten.
    from tests.differential.toolbar import restore_cursors

    get_store().clear()
    restore_cursors()


@pytest.fixture(autouse=True)
def _fresh_failures():
    recorder._failures.clear()
    yield
    recorder._failures.clear()
