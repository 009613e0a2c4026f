"""Assertions on queries for tests: budgets, no N+1, and proof by growth.

`QueryLensMixin` is for unittest and Django's test classes, the functions are for any runner.
Importing this loads the standard library only.
"""

from __future__ import annotations

from querylens.errors import MisuseError
from querylens.test_code import is_test_file, without_test_code
from querylens.testing.assertions import (
    assert_exact_queries,
    assert_max_queries,
    assert_no_n_plus_one,
)
from querylens.testing.counting import count_queries
from querylens.testing.failures import (
    NPlusOneFound,
    QueriesGrow,
    QueryAssertionError,
    TooFewQueries,
    TooManyQueries,
)
from querylens.testing.growth import Growth, aassert_constant, assert_constant
from querylens.testing.messages import budget_message, findings_message, n_plus_one_message
from querylens.testing.mixin import QueryLensMixin

__all__ = [
    "Growth",
    "MisuseError",
    "NPlusOneFound",
    "QueriesGrow",
    "QueryAssertionError",
    "QueryLensMixin",
    "TooFewQueries",
    "TooManyQueries",
    "aassert_constant",
    "assert_constant",
    "assert_exact_queries",
    "assert_max_queries",
    "assert_no_n_plus_one",
    "budget_message",
    "count_queries",
    "findings_message",
    "is_test_file",
    "n_plus_one_message",
    "without_test_code",
]
