"""Fixtures for all tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def rows(db):
    """Four rows of every model; the number is what the test is given."""
    from tests.project.library.populate import populate

    populate(4)
    return 4


@pytest.fixture
def requires_server(settings):
    """Skips a test whose database server is not there; in CI it must be."""

    def require(alias: str) -> None:
        if alias in settings.DATABASES:
            return
        reason = f"no {alias} server: set QUERYLENS_{_VARIABLES[alias]}_URL to one that answers"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    return require


_VARIABLES = {"postgresql": "POSTGRES", "mysql": "MYSQL"}
