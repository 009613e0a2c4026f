"""Makes the shared comparisons as talkative as those in a test."""

from __future__ import annotations

import pytest
from django.db import connections

pytest.register_assert_rewrite("tests.differential.toolbar")


@pytest.fixture(autouse=True)
def _without_stack_traces(settings):
    """They decide nothing here, and take most of the toolbar's time."""
    config = settings.DEBUG_TOOLBAR_CONFIG
    settings.DEBUG_TOOLBAR_CONFIG = config | {"ENABLE_STACKTRACES": False}


@pytest.fixture
def _readable(monkeypatch):
    """Without a bug of the toolbar's: it loses a statement whose text it cannot put together.

    That is one with the wrong number of values, or with values that SQLite cannot take; see
    test_deviations.py.
    """
    for connection in connections.all():
        monkeypatch.setattr(connection.ops, "last_executed_query", lambda cursor, sql, params: sql)
