"""`count_transactions` counts what Django's `assertNumQueries` counts."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

import querylens
from querylens.testing import (
    TooManyQueries,
    assert_exact_queries,
    assert_max_queries,
    count_queries,
)
from tests.testing.transactions import BLOCKS, one_block, reads

DATABASES = [alias for alias in ("default", "postgresql") if alias in settings.DATABASES]
blocks = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)


def assert_equal_counts(block, alias):
    with (
        CaptureQueriesContext(connections[alias]) as django,
        assert_max_queries(100, using=alias, count_transactions=True) as trace,
    ):
        block(alias)

    sent = [query.sql for query in trace if not query.is_setup]
    assert count_queries(trace, alias, count_transactions=True) == len(django), sent


@pytest.mark.django_db(transaction=True)
@blocks
def test_counts_as_django_does(block):
    assert_equal_counts(block, "default")


@pytest.mark.django_db
def test_counts_as_django_does_inside_a_test_s_transaction():
    assert_equal_counts(one_block, "default")


@pytest.mark.django_db(databases=DATABASES, transaction=True)
@blocks
def test_counts_as_django_does_on_postgresql(block, postgresql):
    assert_equal_counts(block, "postgresql")


@pytest.mark.django_db(transaction=True)
def test_a_capture_that_does_not_ask_sees_what_the_toolbar_shows():
    with querylens.capture() as outer, assert_max_queries(9, count_transactions=True) as inner:
        one_block("default")

    assert [query.sql for query in outer if query.kind == "transaction"] == ["BEGIN"]
    assert [query.sql for query in inner if query.kind == "transaction"] == ["BEGIN", "COMMIT"]


@pytest.mark.django_db(transaction=True)
def test_a_budget_is_over_by_its_transaction_statements():
    with assert_max_queries(1):
        one_block("default")

    with (
        pytest.raises(TooManyQueries, match="1 query allowed, 3 sent: 2 too many"),
        assert_max_queries(1, count_transactions=True),
        transaction.atomic(),
    ):
        reads("default")


@pytest.mark.django_db(databases=["default", "other"], transaction=True)
def test_only_the_named_database_s_transactions_count():
    with (
        assert_exact_queries(3, using="default", count_transactions=True),
        transaction.atomic(using="other"),
        transaction.atomic(using="default"),
    ):
        reads("default")
