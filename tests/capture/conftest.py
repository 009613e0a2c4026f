"""Connections to database servers; without a server the test is skipped, with CI=true it fails."""

from __future__ import annotations

import pytest
from django.db import connections


@pytest.fixture
def postgresql(requires_server):
    requires_server("postgresql")
    return connections["postgresql"]


@pytest.fixture
def mysql(requires_server):
    requires_server("mysql")
    return connections["mysql"]
