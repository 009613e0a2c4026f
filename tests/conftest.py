"""Fixtures for all tests."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

#: The same examples each time, however slow the machine is: no failure is an accident of the run.
hypothesis_settings.register_profile(
    "querylens", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("querylens")

#: Servers of tests are on loopback, where a proxy of the environment leads nowhere.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"


def pytest_configure():
    """Lets the programs that tests start be interrupted.

    A shell starts what it runs in the background so that SIGINT is ignored, and each program that
    is started from there inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
