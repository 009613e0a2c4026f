"""Budgets and no N+1: what passes, what fails, and what is never covered."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from querylens import recorder
from querylens.testing import (
    MisuseError,
    NPlusOneFound,
    TooFewQueries,
    TooManyQueries,
    assert_exact_queries,
    assert_max_queries,
    assert_no_n_plus_one,
)
from querylens.testing import assertions as tested
from tests.project.library.models import Author, Tag
from tests.testing.rows import authors

pytestmark = pytest.mark.django_db
EVERY = [assert_max_queries, assert_exact_queries, lambda n: assert_no_n_plus_one()]


@pytest.mark.parametrize("block", EVERY)
def test_an_empty_block_passes(block):
    with block(0) as trace:
        pass

    assert len(trace) == 0


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_up_to_the_budget_passes(sent):
    with assert_max_queries(2) as trace:
        for _ in range(sent):
            Tag.objects.count()

    assert len(trace) == sent


def test_over_the_budget_fails(shop):
    authors(3)

    with pytest.raises(TooManyQueries) as failure, assert_max_queries(2):
        shop.lazy()

    assert str(failure.value).startswith("2 queries allowed, 4 sent: 2 too many\n\n")
    assert '.select_related("publisher")' in str(failure.value)
    [finding] = failure.value.findings
    assert (finding.rule.code, finding.count) == ("QL501", 4)
    assert [len(trace) for trace in failure.value.traces] == [4]


def test_exactly_the_number_passes(shop):
    authors(2)

    with assert_exact_queries(3):
        shop.lazy()


@pytest.mark.parametrize(
    ("expected", "failed", "verdict"),
    [
        (1, TooManyQueries, "exactly 1 query expected, 2 sent: 1 too many"),
        (5, TooFewQueries, "exactly 5 queries expected, 2 sent: 3 too few"),
    ],
)
def test_another_number_fails(expected, failed, verdict):
    def send():
        with assert_exact_queries(expected, info="the tags"):
            Tag.objects.count()
            Tag.objects.exists()

    with pytest.raises(failed) as failure:
        send()

    assert str(failure.value).splitlines()[:2] == [verdict, "the tags"]


def test_a_loop_of_the_project_fails(shop):
    authors(2)

    with pytest.raises(NPlusOneFound) as failure, assert_no_n_plus_one():
        shop.lazy_in_two_places()

    assert str(failure.value).splitlines()[0] == "2 N+1 found: 4 queries could go"
    assert {finding.rule.code for finding in failure.value.findings} == {"QL101", "QL105"}


def test_set_up_in_the_block_is_no_n_plus_one(shop):
    with assert_no_n_plus_one():
        authors(3)
        shop.eager()
        assert [author.publisher.name for author in Author.objects.all()]


def test_a_duplicate_is_no_n_plus_one(project):
    module = project("def read():\n    return Tag.objects.count(), Tag.objects.count()")

    with assert_no_n_plus_one() as trace:
        module.read()

    assert len(trace) == 2


@pytest.mark.parametrize("block", [assert_max_queries, assert_exact_queries])
def test_an_exception_of_the_block_is_never_covered(block):
    def send():
        Tag.objects.count()
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"), block(0):
        send()


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("using", ["other", ["other"], iter(["other"])])
def test_only_the_named_database_counts(using):
    def send():
        Tag.objects.count()
        Tag.objects.using("other").exists()

    with (
        pytest.raises(TooManyQueries, match="0 queries allowed, 1 sent") as failure,
        assert_max_queries(0, using=using),
    ):
        send()

    assert "COUNT" not in str(failure.value)


@pytest.mark.django_db(databases=["default", "other"])
def test_an_n_plus_one_of_another_database_passes(shop):
    authors(2, "other")

    with assert_no_n_plus_one(using="default"):
        shop.lazy("other")
    with pytest.raises(NPlusOneFound), assert_no_n_plus_one(using="other"):
        shop.lazy("other")


def test_async_blocks(shop):
    async def over():
        async with assert_max_queries(0):
            await Tag.objects.acount()

    async def within():
        async with assert_max_queries(1) as trace:
            await Tag.objects.acount()
        return trace

    assert len(async_to_sync(within)()) == 1
    with pytest.raises(TooManyQueries, match="0 queries allowed, 1 sent: 1 too many"):
        async_to_sync(over)()


@pytest.mark.parametrize("n", [-1, 1.5, "7", None, True])
@pytest.mark.parametrize("block", [assert_max_queries, assert_exact_queries])
def test_what_is_no_number_of_queries(block, n):
    with pytest.raises(MisuseError, match="is no number of queries: write a whole number"):
        block(n)


def test_an_unknown_database():
    with (
        pytest.raises(MisuseError, match="using='nowhere': no such database"),
        assert_max_queries(1, using="nowhere"),
    ):
        pass
    assert not recorder.recordings.get()


def test_it_is_no_decorator():
    with pytest.raises(MisuseError, match="write `with …:` inside the function"):
        assert_max_queries(1)(test_it_is_no_decorator)


def test_the_verdict_stands_when_explaining_it_fails(monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("a part of ours")

    monkeypatch.setattr(tested, "budget_message", broken)
    monkeypatch.setattr(recorder, "_failures", {})

    with pytest.raises(TooManyQueries) as failure, assert_max_queries(0):
        Tag.objects.count()

    assert str(failure.value) == "0 queries allowed, 1 sent: 1 too many"
    assert [record.getMessage() for record in caplog.records] == [
        "querylens: explaining a failed assertion failed; its results are missing here"
    ]
