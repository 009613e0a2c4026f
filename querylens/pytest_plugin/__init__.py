"""The pytest plugin: query budgets, no N+1, proof by growth, a baseline for old code.

It is loaded in every project that installed querylens. Until a test asks for a fixture or a marker
of it, or an option switches it on, it imports nothing else and watches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from querylens.pytest_plugin.options import add_options, is_switched_on

if TYPE_CHECKING:
    from querylens.pytest_plugin.fixtures import BudgetMaker, QueryLens

_MARKERS = (
    "querylens(max_queries=None, n_plus_one=True, ignore={}, include_setup=False): what the test's "
    "body may send: at most max_queries, and no N+1 with n_plus_one=False",
    "max_queries(number, *, using=None, count_transactions=False, include_setup=False): the test's "
    "body may send so many queries at most",
    "no_n_plus_one: the test's body may not hold an N+1",
    "querylens_ignore(*codes, reason): rules that say nothing of this test",
)
_OURS = frozenset({"querylens", "max_queries", "no_n_plus_one", "querylens_ignore"})
_FIXTURES = frozenset({"querylens", "assert_max_queries"})
_WATCHER = "querylens watcher"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the options; see `options`."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers, and watches all tests when an option asks for it."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    if is_switched_on(config):
        _watch(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Watches the tests that ask for it."""
    if not config.pluginmanager.has_plugin(_WATCHER) and any(map(_asks_for_us, items)):
        _watch(config)
    watcher = config.pluginmanager.get_plugin(_WATCHER)
    if watcher is not None:
        watcher.choose(items)


def _asks_for_us(item: pytest.Item) -> bool:
    if not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
        return True
    return any(marker.name in _OURS for marker in item.iter_markers())


def _watch(config: pytest.Config) -> None:
    from querylens.pytest_plugin.watcher import Watcher

    config.pluginmanager.register(Watcher.of(config), _WATCHER)


@pytest.fixture
def querylens(request: pytest.FixtureRequest) -> QueryLens:
    """Query budgets for blocks, the trace of this test, and proof by growth."""
    from querylens.pytest_plugin.fixtures import QueryLens

    return QueryLens(request.node)


@pytest.fixture
def assert_max_queries(querylens: QueryLens) -> BudgetMaker:
    """`with assert_max_queries(7): client.get(url)`."""
    return querylens.max_queries
