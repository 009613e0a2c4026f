"""A site whose requests are kept for the page, in a folder of the test's own."""

from __future__ import annotations

import pytest
from django.test import Client

from querylens import recorder
from querylens.django.exchanges import subscribers
from querylens.django.inspector import recent
from querylens.django.inspector.memory import Memory
from querylens.django.inspector.recent import RecentRequests
from querylens.django.inspector.storage import SharedFolder
from tests.browser import browser as browser

HOME = "/__querylens__/"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "user" / "project"


@pytest.fixture
def make_recent(folder, monkeypatch):
    """Puts new requests in place of those of the process, as a new process has them."""

    def make(memory=None, **limits):
        made = RecentRequests(memory or Memory(), SharedFolder(folder, **limits))
        monkeypatch.setattr(recent, "recent", made)
        return made

    return make


@pytest.fixture
def site(settings, make_recent):
    """Makes a client that may see the page; all its requests are reported there."""

    def make(**querylens):
        settings.DEBUG = True
        settings.INTERNAL_IPS = ["127.0.0.1"]
        settings.ROOT_URLCONF = "tests.inspector.site"
        settings.MIDDLEWARE = ["querylens.django.QueryLensMiddleware"]
        settings.QUERYLENS = {"REPORT": ["page"]} | querylens
        return Client(raise_request_exception=False, enforce_csrf_checks=True)

    make_recent()
    subscribers.append(recent.keep)
    yield make
    subscribers.remove(recent.keep)


@pytest.fixture
def entries():
    """What is kept, the newest first."""
    return lambda: recent.recent.entries()


@pytest.fixture
def page_of():
    """The page of the last request, as text."""

    def page(client, position=0):
        entry = recent.recent.entries()[position]
        response = client.get(f"{HOME}requests/{entry.id}/")
        assert response.status_code == 200
        return response.content.decode()

    return page


@pytest.fixture(autouse=True)
def _fresh_failures():
    recorder._failures.clear()
    yield
    recorder._failures.clear()
