"""QL106: fields that a queryset leaves out, and the call that leaves them out."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import django
import pytest

from querylens.rules.deferred_field_in_loop import DeferredFieldInLoop
from tests.rules.traces import cause, sent, trace

SUMMARY = cause("deferred", "attribute", "library.Book.summary", fields=("summary",))
AUTHOR = cause("forward", "attribute", "library.Book.author", to_one=True)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], sent(SUMMARY, 1, 2), id="no queries"),
        pytest.param(sent(SUMMARY, 1), sent(SUMMARY, 1, 2), id="one row"),
        pytest.param(sent(SUMMARY, 1, 1), sent(SUMMARY, 1, 2), id="the same row again"),
        pytest.param(sent(AUTHOR, 1, 2), sent(SUMMARY, 1, 2), id="a foreign key: QL101"),
        pytest.param(
            [*sent(SUMMARY, 1, line=1), *sent(SUMMARY, 2, line=2)],
            [*sent(SUMMARY, 1, line=1), *sent(SUMMARY, 2, line=1)],
            id="two lines",
        ),
        pytest.param(sent(None, 1, 2), sent(SUMMARY, 1, 2), id="no cause"),
    ],
)
def test_is_silent(silent, loud):
    assert list(DeferredFieldInLoop().check(trace(*silent))) == []
    assert len(list(DeferredFieldInLoop().check(trace(*loud)))) == 1


def test_finds_a_field_of_each_row():
    [finding] = DeferredFieldInLoop().check(trace(*sent(SUMMARY, 1, 2, 3)))

    assert finding.rule.code == "QL106"
    assert finding.message == "library.Book.summary is deferred, and fetched for each of 3 rows"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.fix.kind, finding.count, finding.saved) == ("load_field", 3, 3)
    assert (finding.fix.code, finding.fix.at) == ('.only(…, "summary")', None)


#: The queryset that leaves the field out, and the one that loads it.
TYPED = {
    'Book.objects.only("title")': 'Book.objects.only("title", "summary")',
    'Book.objects.only("title").order_by("pk")': 'Book.objects.only("title", "summary").order_by("pk")',  # noqa: E501
    'Book.objects.defer("summary")': "Book.objects.all()",
    'Book.objects.defer("summary").iterator()': "Book.objects.all().iterator()",
    'Book.objects.defer("pages", "summary")': 'Book.objects.defer("pages")',
    'Book.objects.filter(pages__gte=1).defer("summary")': "Book.objects.filter(pages__gte=1)",
    'Book.objects.select_related("author").only("title", "author__name")': (
        'Book.objects.select_related("author").only("title", "author__name", "summary")'
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.items(), ids=TYPED)
def test_types_the_call_that_loads_the_field(tried, before, after):
    found = tried(DeferredFieldInLoop(), f"for book in {before}:\n    show(book.summary)")

    assert found.fix.kind == "load_field"
    assert found.fixed() == f"for book in {after}:\n    show(book.summary)"


STEPS = {
    "another line": (
        """
        books = Book.objects.select_related("author")
        for book in books.defer("author__biography"):
            show(book.author.biography)
        """,
        """
        books = Book.objects.select_related("author")
        for book in books.all():
            show(book.author.biography)
        """,
    ),
    "several lines": (
        """
        books = Book.objects.filter(
            pages__gte=1,
        ).only(
            "title",
        )
        for book in books:
            show(book.pages)
        """,
        """
        books = Book.objects.filter(
            pages__gte=1,
        ).only("title", "pages")
        for book in books:
            show(book.pages)
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), STEPS.values(), ids=STEPS)
def test_types_it_wherever_the_queryset_is_made(tried, before, after):
    assert tried(DeferredFieldInLoop(), before).fixed() == textwrap.dedent(after).strip()


UNTYPED = {
    "unpacked names": """
        names = ["title"]
        for book in Book.objects.only(*names):
            show(book.summary)
        """,
    "two calls": """
        for book in Book.objects.defer("pages").only("title"):
            show(book.summary)
        """,
    "another function": """
        def books():
            return Book.objects.all()

        for book in books().only("title"):
            show(book.summary)
        """,
    "a queryset inside another": """
        rows = models.Prefetch("books", Book.objects.only("author"))
        for author in Author.objects.prefetch_related(rows):
            show([book.summary for book in author.books.all()])
        """,
    "raw rows": """
        for book in Book.objects.raw("SELECT id FROM library_book"):
            show(book.summary)
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    fix = tried(DeferredFieldInLoop(), code).fix

    assert (fix.kind, fix.at) == ("load_field", None)
    assert fix.caveats


def test_says_nothing_of_a_call_that_leaves_out_other_fields(tried):
    found = tried(
        DeferredFieldInLoop(), 'for book in Book.objects.defer("summary"):\n    show(book.summary)'
    )
    other = [
        replace(query, cause=replace(query.cause, path="pages")) if query.cause.path else query
        for query in found.run.trace
    ]
    [finding] = DeferredFieldInLoop().check(trace(*other))

    assert finding.fix.at is None


@pytest.mark.skipif(django.VERSION < (6, 1), reason="fetch modes are new in Django 6.1")
def test_fetch_mode_would_do_as_well(tried):
    found = tried(
        DeferredFieldInLoop(), 'for book in Book.objects.only("title"):\n    show(book.summary)'
    )
    [alternative] = found.fix.alternatives

    assert 'only("title").fetch_mode(models.FETCH_PEERS)' in found.fixed(alternative)
