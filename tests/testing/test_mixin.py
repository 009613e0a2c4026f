"""The methods on Django's own test classes, sync and async."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from querylens.testing import (
    QueriesGrow,
    QueryLensMixin,
    TooFewQueries,
    TooManyQueries,
)
from tests.project.library.models import Author, Tag
from tests.testing.rows import authors, authors_async


def lazy():
    return [author.publisher.name for author in Author.objects.all()]


def eager():
    return [author.publisher.name for author in Author.objects.select_related("publisher")]


def names_one_by_one():
    """Sends its queries while it is read: one more than there are authors."""
    for author in Author.objects.all():
        yield author.publisher.name


class TestOnTestCase(QueryLensMixin, TestCase):
    def test_a_block_within_its_budget(self):
        with self.assertMaxQueries(1) as trace:
            Tag.objects.count()
        assert len(trace) == 1

    def test_a_block_over_its_budget(self):
        with (
            pytest.raises(TooManyQueries, match="0 queries allowed, 1 sent"),
            self.assertMaxQueries(0, info="no tags"),
        ):
            Tag.objects.count()

    def test_a_failure_is_a_failure_and_no_error(self):
        assert issubclass(TooManyQueries, self.failureException)

    def test_a_function_with_its_arguments(self):
        authors(1)
        names = self.assertMaxQueries(2, sorted, names_one_by_one(), key=len)
        assert names == ["Publisher 0"]
        with pytest.raises(TooManyQueries):
            self.assertMaxQueries(1, sorted, names_one_by_one(), key=len)

    def test_a_coroutine_function(self):
        self.assertMaxQueries(1, Tag.objects.acount)
        with pytest.raises(TooFewQueries):
            self.assertExactQueries(2, Tag.objects.acount)

    def test_no_n_plus_one(self):
        authors(2)
        with self.assertNoNPlusOne():
            eager()
        self.assertNoNPlusOne(lazy)

    def test_as_many_queries(self):
        growth = self.assertConstantQueries(eager, populate=authors, sizes=(1, 4))
        assert growth.counts == (1, 1)
        assert Author.objects.count() == 0

    def test_more_queries(self):
        with pytest.raises(QueriesGrow, match=r"3 for 2 rows, 4 for 3 \(\+1 a row\)"):
            self.assertConstantQueries(lazy, populate=authors)

    def test_declared_growth(self):
        self.assertConstantQueries(lazy, populate=authors, slope=1)

    async def test_async_blocks(self):
        async with self.assertMaxQueries(1) as trace:
            await Tag.objects.acount()
        assert len(trace) == 1
        with pytest.raises(TooManyQueries):
            async with self.assertMaxQueries(0):
                await Tag.objects.acount()
        with self.assertMaxQueries(1):
            await Tag.objects.acount()

    async def test_async_growth(self):
        async def run():
            return [author async for author in Author.objects.all()]

        growth = await self.aassertConstantQueries(run, populate=authors_async)
        assert growth.counts == (1, 1)
        with pytest.raises(QueriesGrow):
            await self.aassertConstantQueries(lazy, populate=authors)
        assert await Author.objects.acount() == 0


class TestOnTransactionTestCase(QueryLensMixin, TransactionTestCase):
    def test_transactions_count_when_asked(self):
        with self.assertExactQueries(3, count_transactions=True), transaction.atomic():
            Tag.objects.count()
        with self.assertExactQueries(1), transaction.atomic():
            Tag.objects.count()

    def test_as_many_queries(self):
        blocks = []

        def run():
            blocks.append(connection.in_atomic_block)
            eager()

        assert self.assertConstantQueries(run, populate=authors).counts == (1, 1)
        assert blocks == [False] * 3

    def test_more_queries(self):
        with pytest.raises(QueriesGrow):
            self.assertConstantQueries(lazy, populate=authors)
        assert Author.objects.count() == 0

    async def test_async_growth(self):
        growth = await self.aassertConstantQueries(eager, populate=authors)
        assert growth.counts == (1, 1)


class TestOnSimpleTestCase(QueryLensMixin, SimpleTestCase):
    databases = {"default"}

    def test_a_block(self):
        with self.assertMaxQueries(1), self.assertNoNPlusOne():
            Tag.objects.count()

    def test_growth_leaves_no_rows(self):
        self.assertConstantQueries(eager, populate=authors)
        assert Author.objects.count() == 0
