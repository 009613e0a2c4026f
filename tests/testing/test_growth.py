"""Proof by growth: what passes, what fails and with which words, and what is left behind."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction

from querylens.testing import QueriesGrow, assert_constant
from tests.project.library.models import Author, Tag
from tests.testing.rows import authors, authors_async

pytestmark = pytest.mark.django_db


def test_as_many_queries_for_more_rows_pass(shop):
    growth = assert_constant(shop.eager, populate=authors)

    assert (growth.sizes, growth.counts, growth.grows) == ((2, 3), (1, 1), False)
    assert growth.verdict == "queries: 1 for 2 rows, 1 for 3 (+0 a row)"


def test_fewer_queries_for_more_rows_pass(shop):
    def run():
        for _ in range(10 - Author.objects.count()):
            Tag.objects.count()

    assert assert_constant(run, populate=authors).counts == (9, 8)


def test_a_cache_that_the_first_run_fills_passes():
    cache = {}

    def run():
        if "tags" not in cache:
            cache["tags"] = Tag.objects.count()
        Author.objects.count()

    assert assert_constant(run, populate=authors, sizes=(1, 2)).counts == (1, 1)


def test_without_a_warm_up_the_first_size_fills_the_caches():
    cache = {}

    def run():
        if "tags" not in cache:
            cache["tags"] = Tag.objects.count()
        Author.objects.count()

    assert assert_constant(run, populate=authors, warm_up=False).counts == (2, 1)


def test_a_query_a_row_fails(shop):
    with pytest.raises(QueriesGrow) as failure:
        assert_constant(shop.lazy, populate=authors)

    lines = str(failure.value).splitlines()
    assert lines[0] == "queries grow with rows: 3 for 2 rows, 4 for 3 (+1 a row)"
    grown = r"QL502 library_publisher: 2 → 3 \(\+1 a row\) at shop/snippet_\d+\.py:9"
    assert re.fullmatch(grown, lines[2])
    assert lines[3] == "  QL101 lazy-forward-relation"
    assert '    .select_related("publisher")' in lines


def test_the_failure_keeps_the_findings_and_the_traces(shop):
    with pytest.raises(QueriesGrow) as failure:
        assert_constant(shop.lazy, populate=authors, sizes=(2, 4))

    grown, behind = failure.value.findings
    assert (grown.rule.code, behind.rule.code) == ("QL502", "QL101")
    assert (grown.evidence, behind.evidence) == ("grows", "grows")
    assert grown.fix == behind.fix
    assert (grown.count, grown.saved) == (4, 4)
    assert [len(trace) for trace in failure.value.traces] == [3, 5]


def test_each_place_that_grew_is_told(shop):
    with pytest.raises(QueriesGrow) as failure:
        assert_constant(shop.lazy_in_two_places, populate=authors)

    told = [line for line in str(failure.value).splitlines() if line.startswith("QL502")]
    assert [line.partition(" at ")[0] for line in told] == [
        "QL502 library_publisher: 2 → 3 (+1 a row)",
        "QL502 library_book: 2 → 3 (+1 a row)",
    ]


def test_growth_at_a_later_size_fails_too(shop):
    def run():
        shop.lazy() if Author.objects.count() > 3 else shop.eager()

    with pytest.raises(QueriesGrow, match=r"2 for 2 rows, 2 for 3, 6 for 4 \(\+2 a row\)"):
        assert_constant(run, populate=authors, sizes=(2, 3, 4))


def test_growth_at_a_size_between_fails_too(shop):
    def run():
        shop.lazy() if Author.objects.count() == 3 else shop.eager()

    with pytest.raises(QueriesGrow, match=r"2 for 2 rows, 5 for 3, 2 for 4 \(\+3 a row\)"):
        assert_constant(run, populate=authors, sizes=(2, 3, 4))


def test_declared_growth_passes(shop):
    assert assert_constant(shop.lazy, populate=authors, slope=1).counts == (3, 4)


def test_more_than_the_declared_growth_fails(shop):
    with pytest.raises(QueriesGrow, match=r"\(\+2 a row, 1 allowed\)"):
        assert_constant(shop.lazy_in_two_places, populate=authors, slope=1)


def test_queries_of_the_test_itself_count():
    """The loop is test code, so that no finding is told; the growth is."""

    def run():
        return [author.publisher for author in Author.objects.all()]

    with pytest.raises(QueriesGrow) as failure:
        assert_constant(run, populate=authors, info="authors and their publishers")

    lines = str(failure.value).splitlines()
    assert lines[1] == "authors and their publishers"
    assert lines[3].startswith("QL502 library_publisher: 2 → 3 (+1 a row) at ")
    assert lines[4].strip() == "return [author.publisher for author in Author.objects.all()]"
    assert "QL101" not in str(failure.value)


@pytest.mark.parametrize("populate", [authors, authors_async])
def test_async_code_stays_on_the_test_s_connection(shop, populate):
    assert assert_constant(shop.eager_async, populate=populate).counts == (1, 1)
    assert Author.objects.count() == 0


def test_async_code_that_grows_fails(shop):
    with pytest.raises(QueriesGrow, match=r"3 for 2 rows, 4 for 3 \(\+1 a row\)") as failure:
        assert_constant(shop.lazy_async, populate=authors_async)

    assert "QL104 lookup-in-loop" in str(failure.value)


def test_what_run_returns_is_awaited(shop):
    assert assert_constant(lambda: shop.eager_async(), populate=authors).counts == (1, 1)


def test_every_size_begins_without_the_rows_of_the_last(shop):
    met = []

    assert_constant(lambda: met.append(len(shop.eager())), populate=authors, sizes=(2, 3, 5))

    assert met == [2, 2, 3, 5]
    assert Author.objects.count() == 0


def test_rows_made_before_stay(shop):
    authors(1)

    growth = assert_constant(shop.eager, populate=authors)

    assert growth.counts == (1, 1)
    assert Author.objects.count() == 1


def test_an_error_of_the_code_is_raised_as_it_is_and_rows_are_gone(shop):
    def run():
        Author.objects.count()
        raise LookupError("of the code")

    with pytest.raises(LookupError, match="of the code"):
        assert_constant(run, populate=authors)

    assert Author.objects.count() == 0
    assert not connection.needs_rollback


def test_code_may_open_a_durable_transaction():
    def run():
        with transaction.atomic(durable=True):
            Author.objects.count()

    assert assert_constant(run, populate=authors).counts == (1, 1)


@pytest.mark.django_db(databases=["default", "other"])
def test_only_the_named_database_counts(shop):
    def populate(count):
        authors(count)
        authors(count, "other")

    def run():
        shop.eager("other")
        shop.lazy()

    assert assert_constant(run, populate=populate, using="other").counts == (1, 1)
    with pytest.raises(QueriesGrow, match=r"queries grow with rows: 3 for 2 rows, 4 for 3"):
        assert_constant(run, populate=populate, using=["default"])
    assert Author.objects.using("other").count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_starts_each_size_from_nothing(shop):
    met = []
    authors(1)

    def run():
        assert not connection.in_atomic_block
        met.append(len(shop.eager()))

    growth = assert_constant(run, populate=authors)

    assert (met, growth.counts) == ([2, 2, 3], (1, 1))
    assert Author.objects.count() == 0
