"""A site whose requests are watched, and what comes of it."""

from __future__ import annotations

import pytest
from django.test import AsyncClient, Client

from querylens import recorder
from querylens.django.middleware import subscribers

NAME = "querylens.django.QueryLensMiddleware"


@pytest.fixture
def exchanges():
    """What every request came to, in order."""
    found = []
    subscribers.append(found.append)
    yield found
    subscribers.remove(found.append)


@pytest.fixture
def site(settings):
    """Makes a client of a site with these settings; the site reports nowhere unless told to."""

    def make(*, kind=Client, middleware=(), crashes=False, **querylens):
        settings.ROOT_URLCONF = "tests.middleware.views"
        settings.MIDDLEWARE = [NAME, *middleware]
        settings.QUERYLENS = {"ENABLED": True, "REPORT": []} | querylens
        return kind(raise_request_exception=crashes)

    return make


@pytest.fixture
def async_site(site):
    """The same, served by the ASGI handler."""
    return lambda **options: site(kind=AsyncClient, **options)


@pytest.fixture(autouse=True)
def _fresh_failures():
    recorder._failures.clear()
    yield
    recorder._failures.clear()
