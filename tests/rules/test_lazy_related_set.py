"""QL102: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.lazy_related_set import LazyRelatedSet
from tests.rules.traces import cause, sent, trace

BOOKS = cause("reverse", "all", "library.Author.books")
PREFETCHED = cause("reverse", "filter", "library.Author.books", facts=["prefetched"])
FILTERED = cause("reverse", "filter", "library.Author.books")
PROFILE = cause("reverse", "attribute", "library.Author.profile", to_one=True)
COUNTED = cause("aggregate", "count", "library.Author.books")


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], sent(BOOKS, 1, 2), id="no queries"),
        pytest.param(sent(BOOKS, 1), sent(BOOKS, 1, 2), id="one row"),
        pytest.param(sent(BOOKS, 1, 1), sent(BOOKS, 1, 2), id="the same row again"),
        pytest.param(
            [*sent(BOOKS, 1, line=1), *sent(BOOKS, 2, line=2)],
            [*sent(BOOKS, 1, line=1), *sent(BOOKS, 2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*sent(BOOKS, 1, stack="one way"), *sent(BOOKS, 2, stack="another way")],
            [*sent(BOOKS, 1, stack="one way"), *sent(BOOKS, 2, stack="one way")],
            id="one helper called from two lines",
        ),
        pytest.param(
            [*sent(BOOKS, 1, scope="first"), *sent(BOOKS, 2, scope="second")],
            [*sent(BOOKS, 1, scope="first"), *sent(BOOKS, 2, scope="first")],
            id="two requests",
        ),
        pytest.param(sent(PREFETCHED, 1, 2), sent(FILTERED, 1, 2), id="past a prefetch: QL103"),
        pytest.param(sent(PROFILE, 1, 2), sent(BOOKS, 1, 2), id="a relation to one row: QL101"),
        pytest.param(sent(COUNTED, 1, 2), sent(BOOKS, 1, 2), id="a number: QL105"),
        pytest.param(
            sent(cause("reverse", "all"), 1, 2), sent(BOOKS, 1, 2), id="no relation of the project"
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(LazyRelatedSet().check(trace(*silent))) == []
    assert len(list(LazyRelatedSet().check(trace(*loud)))) == 1


@pytest.mark.parametrize("kind", ["reverse", "many_to_many", "generic"])
def test_finds_every_kind_of_set(kind):
    books = cause(kind, "all", "library.Author.books")
    [finding] = LazyRelatedSet().check(trace(*sent(books, 1, 2, 3)))

    assert finding.rule.code == "QL102"
    assert finding.message == "library.Author.books is fetched for each of 3 rows"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.saved, finding.evidence) == (3, 2, "loop")


def test_threshold_is_a_number_of_rows():
    queries = trace(*sent(BOOKS, 1, 2, 3))

    assert list(LazyRelatedSet(threshold=4).check(queries)) == []
    assert len(list(LazyRelatedSet(threshold=3).check(queries))) == 1


def test_says_what_to_type_where_the_rows_come_from_nowhere():
    [finding] = LazyRelatedSet().check(trace(*sent(BOOKS, 1, 2)))

    assert finding.fix.kind == "prefetch_related"
    assert finding.fix.code == '.prefetch_related("books")'
    assert finding.fix.at is None
    assert finding.fix.caveats == (
        "It was not seen where the rows were fetched: type it behind that queryset.",
    )


def test_advises_nothing_for_rows_that_were_fetched_one_by_one(tried):
    found = tried(
        LazyRelatedSet(),
        """
        for key in ids(Author):
            author = Author.objects.get(pk=key)
            show(list(author.books.all()))
        """,
    )

    assert (found.fix.kind, found.finding.saved) == ("none", 0)
    assert "fetch the rows together first" in found.fix.caveats[0]


def test_advises_nothing_for_such_rows_whatever_is_asked(tried):
    found = tried(
        LazyRelatedSet(),
        """
        for key in ids(Author):
            author = Author.objects.get(pk=key)
            show(list(author.books.filter(pages__gte=author.pk)))
        """,
    )

    assert (found.fix.kind, found.finding.saved) == ("none", 0)


def test_leaves_a_property_of_the_name_as_it_is(tried):
    found = tried(
        LazyRelatedSet(),
        """
        for shelf in [Shelf(author) for author in Author.objects.all()]:
            show(*shelf.books)
        """,
        head="""
class Shelf:
    def __init__(self, author):
        self.author = author

    @property
    def books(self):
        return self.author.books.all()
""",
    )

    assert (found.fix.code, found.fix.edits) == ('.prefetch_related("books")', ())
    found.fixed()


def test_goes_back_as_far_as_it_is_known():
    unknown = [*sent(cause("lookup", "all"), 1, line=1), *sent(None, 1, line=2, parent=0)]
    [finding] = LazyRelatedSet().check(trace(*unknown, *sent(BOOKS, 1, 2, 3, parent=1)))

    assert finding.saved == 2


@pytest.mark.parametrize(
    ("head", "is_known"),
    [
        ("from django.db.models import Prefetch", True),
        ("class Prefetch(models.Prefetch): pass", True),
        ("from django.db.models import F as Prefetch", False),
        ("import math as Prefetch", False),
        ("Prefetch = 1", False),
        ("def Prefetch(): pass", False),
    ],
)
def test_types_no_name_that_means_something_else(tried, head, is_known):
    code = "for author in Author.objects.all():\n    show(list(author.books.filter(pages__gte=1)))"
    found = tried(LazyRelatedSet(), code, head=head + "\n")

    assert (found.fix.at is not None) == is_known
    if is_known:
        assert found.fix.imports == ()
        found.fixed()


def test_counts_a_prefetch_for_each_time_that_rows_are_fetched(tried):
    found = tried(
        LazyRelatedSet(),
        """
        for start in range(0, 4, 2):
            for author in Author.objects.order_by("pk")[start : start + 2]:
                show(list(author.books.all()))
        """,
    )

    assert (found.finding.count, found.finding.saved) == (4, 2)
    found.fixed()


TYPED = {
    "all": (
        """
        for author in Author.objects.all():
            show(list(author.books.all()))
        """,
        """
        for author in Author.objects.all().prefetch_related("books"):
            show(list(author.books.all()))
        """,
    ),
    "all of all": (
        """
        for author in Author.objects.all():
            show(list(author.books.all().all()))
        """,
        """
        for author in Author.objects.all().prefetch_related("books"):
            show(list(author.books.all()))
        """,
    ),
    "a slice that is walked": (
        """
        for author in Author.objects.all():
            show([book.title for book in author.books.all()[:1]])
        """,
        """
        for author in Author.objects.all().prefetch_related("books"):
            show([book.title for book in author.books.all()[:1]])
        """,
    ),
    "a class in a shortcut": (
        """
        for author in get_list_or_404(Author):
            show(list(author.books.all()))
        """,
        """
        for author in get_list_or_404(Author.objects.prefetch_related("books")):
            show(list(author.books.all()))
        """,
    ),
    "rows of iterator()": (
        """
        for author in Author.objects.iterator():
            show(list(author.books.all()))
        """,
        """
        for author in Author.objects.prefetch_related("books").iterator(chunk_size=2000):
            show(list(author.books.all()))
        """,
    ),
    "rows of iterator() in chunks": (
        """
        authors = Author.objects.order_by("pk")
        for author in authors.iterator(chunk_size=100):
            show(list(author.books.all()))
        """,
        """
        authors = Author.objects.order_by("pk").prefetch_related("books")
        for author in authors.iterator(chunk_size=100):
            show(list(author.books.all()))
        """,
    ),
    "raw rows": (
        """
        for author in Author.objects.raw("SELECT * FROM library_author"):
            show(list(author.books.all()))
        """,
        """
        for author in Author.objects.raw("SELECT * FROM library_author").prefetch_related("books"):
            show(list(author.books.all()))
        """,
    ),
    "first of an order": (
        """
        for book in Book.objects.all():
            show(book.chapters.all().first())
        """,
        """
        for book in Book.objects.all().prefetch_related("chapters"):
            show(book.chapters.all().first())
        """,
    ),
    "in_bulk": (
        """
        for author in Author.objects.all():
            show(author.books.in_bulk())
        """,
        """
        for author in Author.objects.all().prefetch_related("books"):
            show({book.pk: book for book in author.books.all()})
        """,
    ),
    "get by a key of the row": (
        """
        for book in Book.objects.all():
            show(book.contributors.get(pk=book.editor_id))
        """,
        """
        for book in Book.objects.all().prefetch_related("contributors"):
            show([contributor for contributor in book.contributors.all() if contributor.pk == book.editor_id][0])
        """,  # noqa: E501
    ),
    "asynchronous": (
        """
        async for author in Author.objects.all():
            show([book.title async for book in author.books.all()])
        """,
        """
        async for author in Author.objects.all().prefetch_related("books"):
            show([book.title async for book in author.books.all()])
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.values(), ids=TYPED)
def test_types_prefetch_related(tried, before, after):
    found = tried(LazyRelatedSet(), before)

    assert found.fix.kind == "prefetch_related"
    assert found.fixed() == textwrap.dedent(after).strip()


#: The access, the queryset of the `Prefetch`, its attribute, and the code in place of the access.
OBJECTS = {
    "author.books.filter(pages__gte=101)": (
        "Book.objects.filter(pages__gte=101)",
        "matching_books",
        "author.matching_books",
    ),
    'author.books.all().exclude(title="")': (
        'Book.objects.exclude(title="")',
        "matching_books",
        "author.matching_books",
    ),
    'author.books.filter(Q(pages=1) | Q(title__startswith="B")).order_by("-pk")': (
        'Book.objects.filter(Q(pages=1) | Q(title__startswith="B")).order_by("-pk")',
        "matching_books",
        "author.matching_books",
    ),
    'author.books.order_by("-pk")[:1]': (
        'Book.objects.order_by("-pk")',
        "sorted_books",
        "author.sorted_books[:1]",
    ),
    'author.books.select_related("editor")': (
        'Book.objects.select_related("editor")',
        "loaded_books",
        "author.loaded_books",
    ),
    'author.books.only("title")': (
        'Book.objects.only("title", "author")',
        "loaded_books",
        "author.loaded_books",
    ),
    'author.books.only("title", "author")': (
        'Book.objects.only("title", "author")',
        "loaded_books",
        "author.loaded_books",
    ),
    'author.books.defer("summary")': (
        'Book.objects.defer("summary")',
        "loaded_books",
        "author.loaded_books",
    ),
    'author.books.values_list("title", flat=True)': (
        'Book.objects.only("title", "author")',
        "loaded_books",
        "[book.title for book in author.loaded_books]",
    ),
    'author.books.values_list("title")': (
        'Book.objects.only("title", "author")',
        "loaded_books",
        "[(book.title,) for book in author.loaded_books]",
    ),
    'author.books.order_by("title").values_list("title", "editor_id")': (
        'Book.objects.order_by("title").only("title", "editor_id", "author")',
        "sorted_books",
        "[(book.title, book.editor_id) for book in author.sorted_books]",
    ),
    'author.books.values("title", "pages")': (
        'Book.objects.only("title", "pages", "author")',
        "loaded_books",
        '[{"title": book.title, "pages": book.pages} for book in author.loaded_books]',
    ),
    "author.books.filter(pages__gte=1).iterator()": (
        "Book.objects.filter(pages__gte=1)",
        "matching_books",
        "author.matching_books",
    ),
    "author.books.filter(pages__gte=1).in_bulk()": (
        "Book.objects.filter(pages__gte=1)",
        "matching_books",
        "{book.pk: book for book in author.matching_books}",
    ),
    'author.loan_set.order_by("days")': (
        'Loan.objects.order_by("days")',
        "sorted_loans",
        "author.sorted_loans",
    ),
}


@pytest.mark.parametrize(("access", "expected"), OBJECTS.items(), ids=OBJECTS)
def test_types_a_prefetch_object(tried, access, expected):
    queryset, attribute, read = expected
    path = "loan_set" if "loan_set" in access else "books"
    code = f"for author in Author.objects.all():\n    show(list({access}))"
    found = tried(LazyRelatedSet(), code)

    prefetch = f'Prefetch("{path}", queryset={queryset}, to_attr="{attribute}")'
    assert found.fix.kind == "prefetch_object"
    assert found.fix.imports[0] == "from django.db.models import Prefetch"
    assert found.fixed() == (
        f"for author in Author.objects.all().prefetch_related({prefetch}):\n    show(list({read}))"
    )


#: The same for one row of each set.
ONE_ROW = {
    "author.books.first()": ('.order_by("pk")[:1]', "first", "next(iter({}), None)"),
    "author.books.last()": ('.order_by("-pk")[:1]', "last", "next(iter({}), None)"),
    'author.books.order_by("title").last()': (
        '.order_by("title").reverse()[:1]',
        "last",
        "next(iter({}), None)",
    ),
    "author.books.filter(pages__gte=1).distinct().first()": (
        '.filter(pages__gte=1).distinct().order_by("pk")',
        "first",
        "next(iter({}), None)",
    ),
    'author.books.earliest("title")': ('.order_by("title")[:1]', "earliest", "{}[0]"),
    'author.books.latest("-title", "pk")': ('.order_by("title", "-pk")[:1]', "latest", "{}[0]"),
    'author.books.get(title__startswith="Book", pages__gte=1)': (
        '.filter(title__startswith="Book", pages__gte=1)',
        "matching",
        "{}[0]",
    ),
}


@pytest.mark.parametrize(("access", "expected"), ONE_ROW.items(), ids=ONE_ROW)
def test_types_a_prefetch_of_one_row(tried, access, expected):
    queryset, adjective, code = expected
    head = "for author in Author.objects.filter(name__in=['Author 1', 'Author 2'])"
    found = tried(LazyRelatedSet(), f"{head}:\n    show({access})")

    attribute = f"{adjective}_books"
    prefetch = f'Prefetch("books", queryset=Book.objects{queryset}, to_attr="{attribute}")'
    assert found.fixed() == (
        f"{head}.prefetch_related({prefetch}):\n    show({code.format(f'author.{attribute}')})"
    )
    assert ("IndexError" in " ".join(found.fix.caveats)) == ("[0]" in code)


ELSEWHERE = {
    "a path of two levels": (
        """
        for author in Author.objects.prefetch_related("books"):
            for book in author.books.all():
                show(list(book.chapters.filter(position=0)))
        """,
        '.prefetch_related(Prefetch("books__chapters", ',
    ),
    "a key function": (
        """
        authors = Author.objects.all()
        show(sorted(authors, key=lambda author: len(author.books.filter(pages__gte=101))))
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "a name that was bound before": (
        """
        least = 101
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=least)))
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "steps": (
        """
        for author in Author.objects.all():
            books = author.books.all()
            books = books.filter(pages__gte=101)
            books = books.order_by("title")
            show([book.title for book in books])
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "a variable that is walked twice": (
        """
        for author in Author.objects.all():
            books = author.books.filter(pages__gte=101)
            if books and not len(books) > 10:
                show(*[book.title for book in books if book in books], *books)
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "rows that are popped": (
        """
        authors = list(Author.objects.all())
        while authors:
            author = authors.pop()
            show(list(author.books.filter(pages__gte=101)))
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "a page": (
        """
        for author in Paginator(Author.objects.order_by("pk"), 3).page(1):
            show([*author.books.filter(pages__gte=101)])
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "rows in a dictionary": (
        """
        authors = Author.objects.in_bulk()
        for key in authors:
            show(list(authors[key].books.filter(pages__gte=101)))
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "a comprehension's condition": (
        "show([author for author in Author.objects.all() if author.books.filter(pages__gte=101)])",
        '.prefetch_related(Prefetch("books", ',
    ),
    "an awaited row": (
        """
        async for author in Author.objects.all():
            show(await author.books.afirst())
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
    "several readings of one set": (
        """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__lt=102)))
        for author in Author.objects.all():
            show(list(author.books.order_by("title")))
        """,
        '.prefetch_related(Prefetch("books", ',
    ),
}


@pytest.mark.parametrize(("code", "typed"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_types_a_prefetch_object_wherever_the_rows_can_be_followed(tried, code, typed):
    for finding in tried(LazyRelatedSet(), code).findings:
        assert finding.fix.code.startswith(typed)
        assert finding.fix.at is not None


@pytest.mark.parametrize("code", [code for code, _ in ELSEWHERE.values()], ids=ELSEWHERE)
def test_typed_prefetch_objects_keep_their_promise(tried, code):
    found = tried(LazyRelatedSet(), code)

    for finding in found.findings:
        found.fixed(finding.fix)


def test_names_of_two_readings_differ(tried):
    found = tried(
        LazyRelatedSet(),
        """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__lt=102)))
            show(list(author.books.filter(pages__gte=102)))
        """,
    )
    first, second = [finding.fix.code for finding in found.findings]

    assert 'to_attr="matching_books")' in first
    assert 'to_attr="matching_books_2")' in second


UNTYPED = {
    "another function": (
        """
        def books_of(author):
            return list(author.books.filter(pages__gte=1))

        for author in Author.objects.all():
            show(books_of(author))
        """,
        ("prefetch_object", "matching_books"),
    ),
    "rows of two querysets": (
        """
        for author in [*Author.objects.filter(pk__lt=3), *Author.objects.filter(pk__gte=3)]:
            show(list(author.books.filter(pages__gte=1)))
        """,
        ("prefetch_object", "matching_books"),
    ),
    "rows of one queryset or another": (
        """
        authors = Author.objects.all() if ids else Author.objects.none()
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
        ("prefetch_object", "matching_books"),
    ),
    "a variable with another value in between": (
        """
        for author in Author.objects.all():
            author = author or Author()
            show(list(author.books.filter(pages__gte=1)))
        """,
        ("prefetch_object", "matching_books"),
    ),
    "a parameter of the row's loop": (
        """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=author.pk)))
        """,
        ("prefetch_related", '.prefetch_related("books")'),
    ),
    "a name that a later line binds": (
        """
        authors = Author.objects.all()
        least = 101
        for author in authors:
            show(list(author.books.filter(pages__gte=least)))
        """,
        ("prefetch_object", "pages__gte=least"),
    ),
    "a call": (
        """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=len("a"))))
        """,
        ("prefetch_object", "pages__gte=len"),
    ),
    "a queryset that is handed on": (
        """
        for author in Author.objects.all():
            show(author.books.filter(pages__gte=1))
        """,
        ("prefetch_object", "matching_books"),
    ),
    "a variable that is handed on": (
        """
        for author in Author.objects.all():
            books = author.books.filter(pages__gte=1)
            if books:
                show(books)
        """,
        ("prefetch_object", "matching_books"),
    ),
    "steps with a condition": (
        """
        for author in Author.objects.all():
            books = author.books.all()
            if author.pk:
                books = books.filter(pages__gte=1)
            show(list(books))
        """,
        ("prefetch_object", "…"),
    ),
    "a slice that is handed on": (
        """
        for author in Author.objects.all():
            show(author.books.all()[:1])
        """,
        ("prefetch_related", '.prefetch_related("books")'),
    ),
    "an exception that is waited for": (
        """
        for book in Book.objects.all():
            try:
                show(book.editions.get(language__isnull=False))
            except Exception:
                show(None)
        """,
        ("prefetch_object", "matching_editions"),
    ),
    "names that mean something else": (
        """
        Prefetch = 1
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=Prefetch)))
        """,
        ("prefetch_object", "matching_books"),
    ),
    "asynchronous rows in a loop": (
        """
        async for author in Author.objects.all():
            show([book async for book in author.books.filter(pages__gte=1)])
        """,
        ("prefetch_object", "matching_books"),
    ),
    "many-to-many, by the way back": (
        """
        for tag in Tag.objects.all():
            show(list(tag.books.filter(tags__name="Tag 1")))
        """,
        ("prefetch_object", "…"),
    ),
    "another database": (
        """
        for author in Author.objects.all():
            show(list(author.books.using("default").filter(pages__gte=1)))
        """,
        ("prefetch_object", "…"),
    ),
    "values across a relation": (
        """
        for author in Author.objects.all():
            show(list(author.books.values_list("editor__name", flat=True)))
        """,
        ("prefetch_object", "…"),
    ),
    "values of a relation": (
        """
        for author in Author.objects.all():
            show(list(author.books.values("editor")))
        """,
        ("prefetch_object", "…"),
    ),
    "latest by the model's own field": (
        """
        for author in Author.objects.all():
            show(author.books.order_by("pk").values_list(named=True).last())
        """,
        ("prefetch_object", "…"),
    ),
    "unpacked arguments": (
        """
        condition = {"pages__gte": 1}
        for author in Author.objects.all():
            show(list(author.books.filter(**condition)))
        """,
        ("prefetch_object", "…"),
    ),
    "a manager that is handed on": (
        """
        def titles(books):
            return [book.title for book in books.order_by("pk")]

        for author in Author.objects.all():
            show(titles(author.books))
        """,
        ("prefetch_object", "…"),
    ),
    "earliest of an expression": (
        """
        for book in Book.objects.all():
            show(book.chapters.earliest(models.F("position")))
        """,
        ("prefetch_object", "…"),
    ),
    "get with unpacked arguments": (
        """
        condition = {"position": 1}
        for book in Book.objects.filter(chapters__position=1):
            show(book.chapters.get(**condition))
        """,
        ("prefetch_object", "…"),
    ),
    "get by what differs and is no key": (
        """
        for book in Book.objects.all():
            show(book.editions.get(book_id=book.pk))
        """,
        ("prefetch_related", '.prefetch_related("editions")'),
    ),
    "get by a key of unknown type": (
        """
        for book in Book.objects.all():
            show(book.editions.get(pk=str(book.editions.model.objects.get(book=book).pk)))
        """,
        ("prefetch_related", '.prefetch_related("editions")'),
    ),
    "some rows in bulk": (
        """
        for author in Author.objects.all():
            show(author.books.in_bulk([1]))
        """,
        ("prefetch_object", "…"),
    ),
    "a name that is a parameter": (
        """
        def show_all(Prefetch):
            for author in Author.objects.all():
                show(list(author.books.filter(pages__gte=Prefetch)))

        show_all(1)
        """,
        ("prefetch_object", "matching_books"),
    ),
    "rows that the loop writes": (
        """
        for author in Author.objects.all():
            show(list(author.books.all()))
            Book.objects.create(title="new", author=author, editor=author)
        """,
        ("prefetch_related", '.prefetch_related("books")'),
    ),
    "rows behind a generic relation": (
        """
        for note in Note.objects.filter(content_type__model="book"):
            show(list(note.obj.chapters.all()))
        """,
        ("prefetch_related", '.prefetch_related("obj__chapters")'),
    ),
    "chunks of an unknown loop": (
        """
        def rows(authors):
            return authors.iterator()

        for author in rows(Author.objects.all()):
            show(list(author.books.all()))
        """,
        ("prefetch_related", '.prefetch_related("books")'),
    ),
}


@pytest.mark.parametrize(("code", "expected"), UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code, expected):
    kind, words = expected
    fix = tried(LazyRelatedSet(), code).finding.fix

    assert fix.at is None
    assert fix.caveats
    assert (fix.kind, words in fix.code) == (kind, True)
