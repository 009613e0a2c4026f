"""The provider API, its client, and what the page shows when a fetch fails."""

from __future__ import annotations

from contextlib import closing

import pytest

from demo_app import provider_api
from demo_app.media.tmdb import FetchError, TmdbClient
from demo_app.provider_api import ProviderApi, watch_providers

MOVIE = 687163


@pytest.fixture
def api():
    with ProviderApi() as api:
        yield api


@pytest.fixture
def client(api):
    with closing(TmdbClient(api.url, timeout=20)) as client:
        yield client


def test_answers_in_the_form_of_tmdb():
    answer = watch_providers(MOVIE, offers=8)

    assert answer["id"] == MOVIE
    assert list(answer["results"]) == ["IT"]
    country = answer["results"]["IT"]
    assert list(country) == ["link", "rent", "buy"]
    assert country["rent"] == country["buy"]
    assert [provider["provider_id"] for provider in country["rent"]] == [2, 10, 35, 40]
    assert country["rent"][0] == {
        "logo_path": "/2.svg",
        "provider_id": 2,
        "provider_name": "Apple TV",
        "display_priority": 1,
    }


@pytest.mark.parametrize("offers", [1, 7, 8, 30, 1000])
def test_no_two_offers_are_alike(offers):
    country = watch_providers(MOVIE, offers)["results"]["IT"]

    pairs = [(kind, p["provider_id"]) for kind in ("rent", "buy") for p in country[kind]]
    assert len(pairs) == len(set(pairs)) == offers


def test_the_client_reads_the_offers_of_a_country(client):
    offers = client.watch_providers(MOVIE, "IT")

    assert {kind: len(providers) for kind, providers in offers.items()} == {"rent": 4, "buy": 4}


def test_the_client_knows_countries_without_offers(client):
    assert client.watch_providers(MOVIE, "SM") == {}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("unavailable", "503", id="answers 503"),
        pytest.param("garbled", "delimiter|property name|Unterminated", id="sends no JSON"),
    ],
)
def test_the_client_tells_how_a_fetch_failed(api, client, fault, words):
    api.fault = fault

    with pytest.raises(FetchError, match=words):
        client.watch_providers(MOVIE, "IT")


def test_the_client_does_not_wait_for_ever(api):
    api.fault = "slow"

    with (
        closing(TmdbClient(api.url, timeout=0.1)) as client,
        pytest.raises(FetchError, match="timed out"),
    ):
        client.watch_providers(MOVIE, "IT")


def test_a_refused_connection_is_a_failed_fetch():
    with ProviderApi() as api:
        url = api.url

    with (
        closing(TmdbClient(url, timeout=20)) as client,
        pytest.raises(FetchError, match="refused"),
    ):
        client.watch_providers(MOVIE, "IT")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="a list"),
        pytest.param({"id": MOVIE}, id="no results"),
        pytest.param({"results": []}, id="results are a list"),
        pytest.param({"results": {"IT": []}}, id="the country is a list"),
        pytest.param({"results": {"IT": {"rent": ["Apple TV"]}}}, id="a provider is text"),
        pytest.param({"results": {"IT": {"rent": [{"id": 2}]}}}, id="a provider has no number"),
    ],
)
def test_json_of_another_form_is_a_failed_fetch(monkeypatch, client, answer):
    monkeypatch.setattr(provider_api, "watch_providers", lambda movie_id, offers: answer)

    with pytest.raises(FetchError):
        client.watch_providers(MOVIE, "IT")


@pytest.mark.parametrize("fault", ["unavailable", "slow", "garbled", "refused"])
def test_the_page_keeps_its_stale_offers(run_script, fault):
    result = run_script("failures.py", STREAMING_API_TIMEOUT="2")

    assert result["tiles"][fault] == 8
    assert len(result["logged"]) == 4
    assert all("the offers of Project Hail Mary stay" in message for message in result["logged"])
