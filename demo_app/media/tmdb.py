"""A client of the provider API: where a movie can be streamed, bought or rented."""

from __future__ import annotations

import functools
from typing import Any

import httpx
from django.conf import settings


class FetchError(Exception):
    """The provider API gave no usable answer."""


class TmdbClient:
    """Asks the API at `base_url`; gives up when `timeout` seconds pass without an answer."""

    def __init__(self, base_url: str, timeout: float) -> None:
        # The demo's API is on loopback, where a proxy of the environment leads nowhere.
        self._http = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False)

    def watch_providers(self, movie_id: int, country: str) -> dict[str, list[dict[str, Any]]]:
        """The providers of each offer type; empty for a country without any."""
        try:
            response = self._http.get(f"/3/movie/{movie_id}/watch/providers")
            response.raise_for_status()
            return _offers_in(country, response.json())
        except (httpx.HTTPError, ValueError) as error:
            raise FetchError(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Lets go of the connections that are kept open between requests."""
        self._http.close()


def get_watch_providers(movie_id: int, country: str) -> dict[str, list[dict[str, Any]]]:
    """Asks the API that the settings name."""
    client = _client(settings.STREAMING_API_URL, settings.STREAMING_API_TIMEOUT)
    return client.watch_providers(movie_id, country)


@functools.cache
def _client(base_url: str, timeout: float) -> TmdbClient:
    return TmdbClient(base_url, timeout)


def _offers_in(country: str, answer: Any) -> dict[str, list[dict[str, Any]]]:
    match answer:
        case {"results": dict(countries)}:
            offers = countries.get(country, {})
        case _:
            raise ValueError("the answer has no results")
    if not isinstance(offers, dict):
        raise ValueError(f"the answer for {country} is not an object")
    # Beside its lists of providers a country has the link to its page.
    return {
        offer_type: [_provider(entry) for entry in providers]
        for offer_type, providers in offers.items()
        if isinstance(providers, list)
    }


def _provider(entry: Any) -> dict[str, Any]:
    match entry:
        case {"provider_id": int()}:
            return entry
        case _:
            raise ValueError("a provider has no provider_id")
