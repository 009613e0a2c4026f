"""QL109: prefetches of one row at a time, and the one of all rows."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.prefetch_per_row import PrefetchPerRow
from tests.rules.traces import cause, sent, trace

EXPLICIT = cause("prefetch", "prefetch_related", "library.Book.tags", facts=["explicit"])
WITH_ROWS = cause("prefetch", "prefetch_related", "library.Book.tags")
LOOKUP = cause("lookup", "get")
SET = cause("reverse", "all", "library.Author.books")


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], sent(EXPLICIT, 1, 2), id="no queries"),
        pytest.param(sent(EXPLICIT, 1), sent(EXPLICIT, 1, 2), id="one row"),
        pytest.param(sent(EXPLICIT, 1, 1), sent(EXPLICIT, 1, 2), id="the same row again"),
        pytest.param(
            sent(EXPLICIT, None, None), sent(EXPLICIT, 1, 2), id="several rows in each turn"
        ),
        pytest.param(
            [*sent(EXPLICIT, 1, line=1), *sent(EXPLICIT, 2, line=2)],
            [*sent(EXPLICIT, 1, line=1), *sent(EXPLICIT, 2, line=1)],
            id="two lines",
        ),
        pytest.param(sent(LOOKUP, 1, 2), sent(EXPLICIT, 1, 2), id="a lookup: QL104"),
        pytest.param(
            [*sent(SET, 1, line=1), *sent(WITH_ROWS, 1, 2, parent=0)],
            [*sent(LOOKUP, 1, line=1), *sent(WITH_ROWS, 1, 2, parent=0)],
            id="with a related set: QL102",
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(PrefetchPerRow().check(trace(*silent))) == []
    assert len(list(PrefetchPerRow().check(trace(*loud)))) == 1


def test_finds_a_prefetch_of_each_row():
    [finding] = PrefetchPerRow().check(trace(*sent(EXPLICIT, 1, 2, 3)))

    assert finding.rule.code == "QL109"
    assert finding.message == "library.Book.tags is prefetched for each of 3 rows alone"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.fix.kind, finding.count, finding.saved) == ("prefetch_related", 3, 2)
    assert finding.fix.code == 'prefetch_related_objects(rows, "tags")'
    assert finding.fix.at is None


def test_relations_of_one_call_are_one_finding():
    chapters = cause("prefetch", "prefetch_related", "library.Book.chapters", facts=["explicit"])
    other_sql = 'SELECT * FROM "library_chapter" WHERE "book_id" IN (%s)'
    queries = [*sent(EXPLICIT, 1, 2), *sent(chapters, 1, 2, sql=other_sql)]
    [finding] = PrefetchPerRow().check(trace(*queries))

    assert finding.message == (
        "library.Book.tags and library.Book.chapters are prefetched for each of 2 rows alone"
    )
    assert (finding.count, finding.saved) == (4, 2)


def test_has_no_fix_of_its_own_for_what_comes_with_rows():
    [finding] = PrefetchPerRow().check(trace(*sent(WITH_ROWS, 1, 2)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)
    assert "comes with its rows" in finding.fix.caveats[0]


TYPED = {
    "a queryset": (
        """
        for author in Author.objects.order_by("pk"):
            prefetch_related_objects([author], "books")
            show(list(author.books.all()))
        """,
        """
        authors = list(Author.objects.order_by("pk"))
        prefetch_related_objects(authors, "books")
        for author in authors:
            show(list(author.books.all()))
        """,
    ),
    "a variable": (
        """
        books = Book.objects.order_by("pk")
        for book in books:
            show(book.title)
            prefetch_related_objects((book,), "tags", "chapters")  # both
            show(list(book.tags.all()))
        """,
        """
        books = Book.objects.order_by("pk")
        all_books = list(books)
        prefetch_related_objects(all_books, "tags", "chapters")
        for book in all_books:
            show(book.title)
            show(list(book.tags.all()))
        """,
    ),
    "a list": (
        """
        books = list(Book.objects.order_by("pk"))
        for book in books:
            prefetch_related_objects([book], "tags")
            show(list(book.tags.all()))
        """,
        """
        books = list(Book.objects.order_by("pk"))
        prefetch_related_objects(books, "tags")
        for book in books:
            show(list(book.tags.all()))
        """,
    ),
    "a loop of its own": (
        """
        books = [book for book in Book.objects.order_by("pk")]
        for book in books:
            prefetch_related_objects([book], "tags")
        show([list(book.tags.all()) for book in books])
        """,
        """
        books = [book for book in Book.objects.order_by("pk")]
        prefetch_related_objects(books, "tags")
        show([list(book.tags.all()) for book in books])
        """,
    ),
    "rows that are popped": (
        """
        books = list(Book.objects.order_by("pk"))
        while books:
            book = books.pop()
            prefetch_related_objects([book], "tags")
            show(list(book.tags.all()))
        """,
        """
        books = list(Book.objects.order_by("pk"))
        prefetch_related_objects(books, "tags")
        while books:
            book = books.pop()
            show(list(book.tags.all()))
        """,
    ),
    "a condition around the loop": (
        """
        if ids(Book):
            for book in Book.objects.order_by("pk"):
                prefetch_related_objects([book], "tags")
                show(list(book.tags.all()))
        """,
        """
        if ids(Book):
            books = list(Book.objects.order_by("pk"))
            prefetch_related_objects(books, "tags")
            for book in books:
                show(list(book.tags.all()))
        """,
    ),
    "a target that makes a keyword": (
        """
        for a in Author.objects.order_by("pk"):
            prefetch_related_objects([a], "books")
            show(list(a.books.all()))
        """,
        """
        rows = list(Author.objects.order_by("pk"))
        prefetch_related_objects(rows, "books")
        for a in rows:
            show(list(a.books.all()))
        """,
    ),
    "asynchronous": (
        """
        from django.db.models import aprefetch_related_objects

        books = [book async for book in Book.objects.order_by("pk")]
        for book in books:
            await aprefetch_related_objects([book], "tags")
            show([tag.name for tag in book.tags.all()])
        """,
        """
        from django.db.models import aprefetch_related_objects

        books = [book async for book in Book.objects.order_by("pk")]
        await aprefetch_related_objects(books, "tags")
        for book in books:
            show([tag.name for tag in book.tags.all()])
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.values(), ids=TYPED)
def test_types_one_prefetch_before_the_loop(tried, before, after):
    found = tried(PrefetchPerRow(), before)

    assert found.fix.kind == "prefetch_related"
    assert found.fixed() == textwrap.dedent(after).strip()


UNTYPED = {
    "only for some rows": """
        for book in Book.objects.all():
            if book.pages:
                prefetch_related_objects([book], "tags")
        """,
    "what the loop binds": """
        for book in Book.objects.all():
            name = "tags"
            prefetch_related_objects([book], name)
        """,
    "a name for nothing": """
        for book in Book.objects.all():
            nothing = prefetch_related_objects([book], "tags")
            show(list(book.tags.all()), nothing)
        """,
    "a helper": """
        def load(book):
            prefetch_related_objects([book], "tags")

        for book in Book.objects.all():
            load(book)
        """,
    "a loop in a loop": """
        for _ in range(2):
            for book in Book.objects.all():
                prefetch_related_objects([book], "tags")
                show(list(book.tags.all()))
        """,
    "another row": """
        for book in Book.objects.all():
            row = book
            prefetch_related_objects([row], "tags")
            show(list(book.tags.all()))
        """,
    "a row that is bound again": """
        for book in Book.objects.all():
            book = Book.objects.get(pk=book.pk)
            prefetch_related_objects([book], "tags")
            show(list(book.tags.all()))
        """,
    "a part of a pair": """
        for number, book in enumerate(Book.objects.all()):
            prefetch_related_objects([book], "tags")
            show(number, list(book.tags.all()))
        """,
    "rows that nobody keeps": """
        for book in Book.objects.all():
            prefetch_related_objects([book], "tags")
        """,
    "a list that grows": """
        books = list(Book.objects.all())
        while books:
            book = books.pop()
            prefetch_related_objects([book], "tags")
            if book.pages < 0:
                books.append(book)
        """,
    "a text over several lines": '''
        for book in Book.objects.all():
            prefetch_related_objects([book], "tags")
            show("""one
            two""", list(book.tags.all()))
        ''',
    "a list of another list": """
        for book in Book.objects.all():
            rows = [book]
            prefetch_related_objects(rows, "tags")
            show(list(book.tags.all()))
        """,
    "an attribute": """
        class Shelf:
            book = None

        shelf = Shelf()
        for shelf.book in Book.objects.all():
            prefetch_related_objects([shelf.book], "tags")
            show(list(shelf.book.tags.all()))
        """,
    "asynchronous rows": """
        from django.db.models import aprefetch_related_objects

        async for book in Book.objects.all():
            await aprefetch_related_objects([book], "tags")
            show(book.title)
        """,
    "rows that the loop writes": """
        for book in Book.objects.all():
            prefetch_related_objects([book], "tags")
            Tag.objects.create(name=f"of {book.title}")
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    fix = tried(PrefetchPerRow(), code).fix

    assert (fix.kind, fix.at) == ("prefetch_related", None)
    assert fix.caveats == (
        "Prefetch for the list of all rows before the loop, and take the call out of it.",
    )
