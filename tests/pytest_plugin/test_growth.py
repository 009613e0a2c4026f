"""Proof by growth, from the fixture."""

from __future__ import annotations

import os

import pytest

#: Read before the project is made, which knows nothing of it.
POSTGRES = os.environ.get("QUERYLENS_POSTGRES_URL", "")

GROWTH = """
    def test_as_found(querylens, client, db):
        querylens.assert_constant(lambda: client.get("/as-found/"), populate=populate)

    def test_fixed(querylens, client, db):
        querylens.assert_constant(lambda: client.get("/fixed/"), populate=populate)
        assert Author.objects.count() == 0

    def test_declared(querylens, client, db):
        querylens.assert_constant(
            lambda: client.get("/as-found/"), populate=populate, sizes=(2, 5), slope=1
        )

    def test_asynchronous(querylens, async_client, db):
        async def run():
            await async_client.get("/as-found/")

        querylens.assert_constant(run, populate=populate)

    @pytest.mark.django_db(transaction=True)
    def test_transactional(querylens, client):
        querylens.assert_constant(lambda: client.get("/as-found/"), populate=populate)

    def test_no_rows(querylens, client, db):
        querylens.assert_constant(lambda: client.get("/fixed/"), populate=lambda n: None)

    def test_no_query(querylens, client, db):
        querylens.assert_constant(lambda: None, populate=populate)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_growth(project, database, requires_server, monkeypatch, settings):
    if database == "postgresql":
        requires_server("postgresql")
        monkeypatch.setenv("SHOP_DATABASE", POSTGRES)
    project.test(GROWTH)

    result = project.run()

    result.assert_outcomes(passed=2, failed=5)
    text = result.stdout.str()
    assert text.count("queries grow with rows: 3 for 2 rows, 4 for 3 (+1 a row)") >= 3
    assert "shop_author: 2 → 3 (+1 a row) at shop/views.py:7" in text
    assert '.select_related("author")' in text
    assert "made no rows" in text
    assert "sent no quer" in text
    assert "pytest_plugin" not in text
