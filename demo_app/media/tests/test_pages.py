"""The page "Where to watch" keeps its budget, however many offers there are."""

from __future__ import annotations

import pytest

PAGE = "/fixed/project-hail-mary/"


@pytest.mark.max_queries(7)
def test_budget(client, cached_offers):
    assert client.get(PAGE).status_code == 200


@pytest.mark.no_n_plus_one
def test_no_n_plus_one(client, cached_offers):
    client.get(PAGE)


@pytest.mark.no_n_plus_one
def test_no_n_plus_one_when_offers_are_fetched_anew(client, old_offers):
    client.get(PAGE)


def test_growth(querylens, client, populate):
    querylens.assert_constant(lambda: client.get(PAGE), populate=populate)


def test_growth_when_offers_are_fetched_anew(querylens, client, populate):
    querylens.assert_constant(
        lambda: client.get(PAGE), populate=lambda offers: populate(offers, "miss")
    )
