"""The rows behind the page, and a provider to ask; what these send is nobody's budget."""

from __future__ import annotations

import pytest

from demo_app import catalogue
from demo_app.accounts.models import Profile
from demo_app.play import arrange
from demo_app.provider_api import COUNTRY, ProviderApi


@pytest.fixture(scope="session")
def provider_api():
    """The provider, answering on a port of this machine."""
    with ProviderApi() as api:
        yield api


@pytest.fixture
def populate(db, client, provider_api, settings):
    """Makes a movie with so many offers, and signs a visitor in."""
    settings.STREAMING_API_URL = provider_api.url

    def populate(offers, path="hit"):
        provider_api.offers = offers
        movie = catalogue.fill(offers, f"{provider_api.url}/logos")
        arrange(path, provider_api, movie, COUNTRY)
        client.force_login(Profile.objects.get().user)

    return populate


@pytest.fixture
def cached_offers(populate):
    """Eight offers that are fresh: a visit is a cache hit."""
    populate(8)


@pytest.fixture
def old_offers(populate):
    """Eight offers that are too old: a visit is a cache miss."""
    populate(8, "miss")
