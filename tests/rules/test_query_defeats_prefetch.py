"""QL103: reads that go round a prefetch, and how they use it afterwards."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.query_defeats_prefetch import QueryDefeatsPrefetch
from tests.rules.traces import asked, cause, sent, trace

FILTERED = cause("reverse", "filter", "library.Author.books", facts=["prefetched"])
LAZY = cause("reverse", "filter", "library.Author.books")
COUNTED = cause("aggregate", "count", "library.Author.books", facts=["prefetched"])
DEFERRED = cause("deferred", "attribute", "library.Author.name", facts=["prefetched"])
OWN = cause("aggregate", "count", facts=["prefetched"])


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], sent(FILTERED, 1, 2), id="no queries"),
        pytest.param(sent(FILTERED, 1), sent(FILTERED, 1, 2), id="one row"),
        pytest.param(sent(FILTERED, 1, 1), sent(FILTERED, 1, 2), id="the same row again"),
        pytest.param(sent(LAZY, 1, 2), sent(FILTERED, 1, 2), id="nothing was prefetched: QL102"),
        pytest.param(asked(OWN, 1, 2), sent(COUNTED, 1, 2), id="no relation: QL105"),
        pytest.param(
            [*sent(FILTERED, 1, line=1), *sent(FILTERED, 2, line=2)],
            [*sent(FILTERED, 1, line=1), *sent(FILTERED, 2, line=1)],
            id="two lines",
        ),
        pytest.param(sent(DEFERRED, 1, 2), sent(FILTERED, 1, 2), id="a field: QL106"),
        pytest.param(sent(None, 1, 2), sent(FILTERED, 1, 2), id="no cause"),
    ],
)
def test_is_silent(silent, loud):
    assert list(QueryDefeatsPrefetch().check(trace(*silent))) == []
    assert len(list(QueryDefeatsPrefetch().check(trace(*loud)))) == 1


def test_finds_a_read_that_goes_round_a_prefetch():
    [finding] = QueryDefeatsPrefetch().check(trace(*sent(FILTERED, 1, 2, 3)))

    assert finding.rule.code == "QL103"
    assert finding.message == (
        "library.Author.books is prefetched, and filter() asks for it again for each of 3 rows"
    )
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.fix.kind, finding.count, finding.saved) == ("prefetch_object", 3, 2)


TYPED = {
    "filter": (
        """
        for author in Author.objects.prefetch_related("books"):
            show(list(author.books.filter(pages__gte=101)))
        """,
        """
        for author in Author.objects.prefetch_related("books").prefetch_related(Prefetch("books", queryset=Book.objects.filter(pages__gte=101), to_attr="matching_books")):
            show(list(author.matching_books))
        """,  # noqa: E501
        ("prefetch_object", 3),
    ),
    "iterator": (
        """
        for author in Author.objects.prefetch_related("books"):
            show(list(author.books.iterator()))
        """,
        """
        for author in Author.objects.prefetch_related("books"):
            show(list(author.books.all()))
        """,
        ("reuse_relation", 4),
    ),
    "in_bulk": (
        """
        for author in Author.objects.prefetch_related("books"):
            show(author.books.in_bulk())
        """,
        """
        for author in Author.objects.prefetch_related("books"):
            show({book.pk: book for book in author.books.all()})
        """,
        ("reuse_relation", 4),
    ),
    "get by a key of the row": (
        """
        for book in Book.objects.prefetch_related("contributors"):
            show(book.contributors.get(id=book.editor_id).name)
        """,
        """
        for book in Book.objects.prefetch_related("contributors"):
            show([contributor for contributor in book.contributors.all() if contributor.id == book.editor_id][0].name)
        """,  # noqa: E501
        ("reuse_relation", 4),
    ),
    "generic values": (
        """
        for book in Book.objects.prefetch_related("notes"):
            show(list(book.notes.values_list("text", flat=True)))
        """,
        """
        for book in Book.objects.prefetch_related("notes"):
            show(list([note.text for note in book.notes.all()]))
        """,
        ("reuse_relation", 4),
    ),
    "a number": (
        """
        for author in Author.objects.prefetch_related("books"):
            show(author.books.filter(pages__gte=101).count())
        """,
        """
        for author in Author.objects.prefetch_related("books").annotate(books_count=Count("books", filter=Q(books__pages__gte=101))):
            show(author.books_count)
        """,  # noqa: E501
        ("annotate", 4),
    ),
}


@pytest.mark.parametrize(("before", "after", "advice"), TYPED.values(), ids=TYPED)
def test_types_what_uses_the_prefetch(tried, before, after, advice):
    found = tried(QueryDefeatsPrefetch(), before)

    assert (found.fix.kind, found.finding.saved) == advice
    assert found.fixed() == textwrap.dedent(after).strip()


def test_leaves_to_a_developer_what_differs_from_row_to_row(tried):
    found = tried(
        QueryDefeatsPrefetch(),
        """
        for book in Book.objects.prefetch_related("tags"):
            show(book.tags.get(pk=max(tag.pk for tag in book.tags.all())))
        """,
    )

    assert (found.fix.kind, found.fix.code, found.fix.at) == (
        "reuse_relation",
        "book.tags.all()",
        None,
    )


@pytest.mark.parametrize("access", ["count", "exists", "contains(longest)", "all"])
def test_what_a_prefetch_answers_is_silent(tried, access):
    call = access if "(" in access else f"{access}()"
    found = tried(
        QueryDefeatsPrefetch(),
        f"""
        longest = Book.objects.latest("pages")
        for author in Author.objects.prefetch_related("books"):
            show(author.books.{call}, longest)
        """,
    )

    assert found.findings == ()
