"""QL105: numbers that a loop asks for, and what brings them along."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.aggregate_in_loop import AggregateInLoop
from tests.rules.traces import asked, cause, known, sent, trace

COUNTED = cause("aggregate", "count", "library.Author.books")
PREFETCHED = cause("aggregate", "count", "library.Author.books", facts=["prefetched"])
OWN = cause("aggregate", "count", fields=("author",))
VALIDATED = cause("aggregate", "full_clean", fields=("slug",))


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], sent(COUNTED, 1, 2), id="no queries"),
        pytest.param(sent(COUNTED, 1), sent(COUNTED, 1, 2), id="one row"),
        pytest.param(sent(COUNTED, 1, 1), sent(COUNTED, 1, 2), id="the same row again"),
        pytest.param(asked(OWN, 1), asked(OWN, 1, 2), id="one value"),
        pytest.param(asked(OWN, 1, 1), asked(OWN, 1, 2), id="the same value again: QL301"),
        pytest.param(sent(PREFETCHED, 1, 2), sent(COUNTED, 1, 2), id="past a prefetch: QL103"),
        pytest.param(asked(VALIDATED, 1, 2), asked(OWN, 1, 2), id="validation of a form"),
        pytest.param(asked(None, 1, 2), asked(OWN, 1, 2), id="no cause"),
        pytest.param(
            [*asked(OWN, 1, line=1), *asked(OWN, 2, line=2)],
            [*asked(OWN, 1, line=1), *asked(OWN, 2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*asked(OWN, 1, scope="first"), *asked(OWN, 2, scope="second")],
            [*asked(OWN, 1, scope="first"), *asked(OWN, 2, scope="first")],
            id="two requests",
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(AggregateInLoop().check(trace(*silent))) == []
    assert len(list(AggregateInLoop().check(trace(*loud)))) == 1


def test_is_silent_where_the_answer_ends_the_loop(tried):
    found = tried(
        AggregateInLoop(),
        """
        number = 0
        while Book.objects.filter(title=f"Book {number}").exists():
            number += 1
        show(number)
        """,
    )

    assert found.findings == ()


@pytest.mark.parametrize("values", ['["Book 0", "Book 1", "no book"]', '("Book 0", "Book 1")'])
def test_is_silent_where_the_values_stand_in_the_source(tried, values):
    loop = f"for title in {values}:\n    show(Book.objects.filter(title=title).count())"
    comprehension = f"show([Book.objects.filter(title=title).count() for title in {values}])"

    assert tried(AggregateInLoop(), loop).findings == ()
    assert tried(AggregateInLoop(), comprehension).findings == ()


def test_finds_a_number_of_a_related_set():
    [finding] = AggregateInLoop().check(trace(*sent(COUNTED, 1, 2, 3)))

    assert finding.rule.code == "QL105"
    assert finding.message == "library.Author.books.count() is asked for each of 3 rows"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.fix.kind, finding.count, finding.saved) == ("annotate", 3, 3)


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ("count", '.annotate(book_count=Count("…"))'),
        ("aggregate", '.annotate(books_total=Sum("…__…"))'),
    ],
)
def test_leaves_a_gap_where_the_way_to_the_rows_was_not_recorded(access, expected):
    """Not `Count("")`, which is no code: other programs may write recordings too."""
    asked_for = cause("aggregate", access, "library.Author.books")

    (finding,) = AggregateInLoop().check(trace(*sent(asked_for, 1, 2)))

    assert finding.fix.code == expected
    assert any("Say there what the access asks for" in caveat for caveat in finding.fix.caveats)


def test_finds_a_number_of_a_queryset():
    [finding] = AggregateInLoop().check(trace(*asked(OWN, 1, 2, 3)))

    assert finding.message == "library.Book is asked count() by author 3 times in a loop"
    assert (finding.fix.kind, finding.count, finding.saved) == ("annotate", 3, 2)


#: Access, annotation, and what the code reads in place of the access.
NUMBERS = {
    "author.books.count()": ('books_count=Count("books")', "author.books_count"),
    "author.books.all().count()": ('books_count=Count("books")', "author.books_count"),
    "author.loan_set.count()": ('loan_count=Count("loan")', "author.loan_count"),
    "author.books.filter(pages__gte=101).count()": (
        'books_count=Count("books", filter=Q(books__pages__gte=101))',
        "author.books_count",
    ),
    "author.books.exists()": (
        'has_books=Exists(Book.objects.filter(author=OuterRef("pk")))',
        "author.has_books",
    ),
    'author.books.filter(pages__gte=101).exclude(title="").exists()': (
        'has_books=Exists(Book.objects.filter(author=OuterRef("pk")).filter(pages__gte=101)'
        '.exclude(title=""))',
        "author.has_books",
    ),
    "author.books.contains(longest)": (
        'has_book=Exists(Book.objects.filter(author=OuterRef("pk"), pk=longest.pk))',
        "author.has_book",
    ),
    'author.books.aggregate(Sum("pages"))': (
        'books_pages__sum=Sum("books__pages")',
        '{"pages__sum": author.books_pages__sum}',
    ),
    'author.books.aggregate(total=Sum("pages", default=0))["total"]': (
        'books_total=Sum("books__pages", default=0)',
        "author.books_total",
    ),
    'author.books.filter(pages__gte=1).aggregate(models.Max("pages"), n=Count("pk"))': (
        'books_n=Count("books__pk", filter=Q(books__pages__gte=1)), '
        'books_pages__max=models.Max("books__pages", filter=Q(books__pages__gte=1))',
        '{"n": author.books_n, "pages__max": author.books_pages__max}',
    ),
}


@pytest.mark.parametrize(("access", "expected"), NUMBERS.items(), ids=NUMBERS)
def test_types_an_annotation(tried, access, expected):
    annotation, code = expected
    head = 'longest = Book.objects.latest("pages")\nfor author in Author.objects.order_by("pk")'
    found = tried(AggregateInLoop(), f"{head}:\n    show(longest, {access})")

    assert found.fix.kind == "annotate"
    assert found.fixed() == f"{head}.annotate({annotation}):\n    show(longest, {code})"


@pytest.mark.parametrize("access", ["count()", "exists()", "contains(longest)", "all().exists()"])
def test_a_prefetch_would_do_as_well(tried, access):
    found = tried(
        AggregateInLoop(),
        f"""
        longest = Book.objects.latest("pages")
        for author in Author.objects.order_by("pk"):
            show(author.books.{access}, longest)
        """,
    )
    [alternative] = found.fix.alternatives

    assert alternative.kind == "prefetch_related"
    assert 'order_by("pk").prefetch_related("books")' in found.fixed(alternative)


@pytest.mark.parametrize(
    "access", ["filter(pages__gte=1).count()", 'aggregate(Sum("pages"))', "distinct().count()"]
)
def test_a_prefetch_is_no_alternative_for_part_of_a_set(tried, access):
    code = f'for author in Author.objects.order_by("pk"):\n    show(author.books.{access})'

    assert tried(AggregateInLoop(), code).fix.alternatives == ()


def test_says_where_the_order_of_rows_may_change(tried):
    unordered = tried(
        AggregateInLoop(), "for author in Author.objects.all():\n    show(author.books.count())"
    )
    ordered = tried(
        AggregateInLoop(),
        'for author in Author.objects.order_by("pk"):\n    show(author.books.count())',
    )

    assert "may come in another one" in unordered.fix.caveats[0]
    assert ordered.fix.caveats == ()


def test_numbers_that_join_several_sets_count_each_row_once(tried):
    found = tried(
        AggregateInLoop(),
        """
        for author in Author.objects.order_by("pk"):
            show(author.books.count(), author.loan_set.count())
        """,
    )

    for finding in found.findings:
        assert "distinct=True" in finding.fix.code
        found.fixed(finding.fix)


def test_numbers_with_two_conditions_have_two_names(tried):
    found = tried(
        AggregateInLoop(),
        """
        for author in Author.objects.order_by("pk"):
            show(author.books.filter(pages__lt=102).count())
            show(author.books.filter(pages__gte=102).count())
        """,
    )
    first, second = [finding.fix.code for finding in found.findings]

    assert first.startswith(".annotate(books_count=")
    assert second.startswith(".annotate(book_count_2=")


PREFETCHED_FIRST = {
    "joined rows": """
        for author in Author.objects.select_related("publisher"):
            show(author.publisher.name, author.books.count())
        """,
    "rows of a filter across relations": """
        for author in Author.objects.filter(books__pages__gte=102):
            show(author.books.count())
        """,
    "rows of a union": """
        authors = Author.objects.filter(pk__lt=3).union(Author.objects.filter(pk__gte=3))
        for author in authors:
            show(author.books.count())
        """,
    "raw rows": """
        for author in Author.objects.raw("SELECT * FROM library_author"):
            show(author.books.count())
        """,
    "a manager that hides rows": """
        for book in Book.objects.all():
            show(book.reviews.count())
        """,
}


@pytest.mark.parametrize("code", PREFETCHED_FIRST.values(), ids=PREFETCHED_FIRST)
def test_types_a_prefetch_where_joining_may_change_the_number(tried, code):
    found = tried(AggregateInLoop(), code)
    [alternative] = found.fix.alternatives

    assert found.fix.kind == "prefetch_related"
    assert (alternative.kind, alternative.at) == ("annotate", None)
    assert "joins and groups" in alternative.caveats[0]
    found.fixed()


@pytest.mark.parametrize(
    ("rows", "kind"),
    [("Author.objects.all()", "prefetch_related"), ('Author.objects.order_by("pk")', "annotate")],
)
def test_a_default_order_would_be_lost(tried, rows, kind):
    """Rows that are grouped have no default order, so that a prefetch is safer."""
    found = tried(AggregateInLoop(), f"for author in {rows}:\n    show(author.books.count())")
    ordered = known(found.run.trace, found.finding, more=["owner ordering"])
    [finding] = AggregateInLoop().check(ordered)

    assert finding.fix.kind == kind


@pytest.mark.parametrize("less", [["back", "type"], ["module"]], ids=["no way back", "no module"])
@pytest.mark.parametrize("access", ["exists()", "contains(longest)"])
def test_leaves_to_a_developer_what_the_orm_can_not_name(tried, access, less):
    code = f"""
    longest = Book.objects.latest("pages")
    for author in Author.objects.order_by("pk"):
        show(author.books.{access}, longest)
    """
    found = tried(AggregateInLoop(), code)
    [finding] = AggregateInLoop().check(known(found.run.trace, found.finding, less=less))

    assert found.fix.at is not None
    assert (finding.fix.kind, finding.fix.at) == ("annotate", None)


@pytest.mark.parametrize(
    ("accessor", "name"),
    [
        ("libraries", "library_count"),
        ("boxes", "box_count"),
        ("classes", "class_count"),
        ("news", "new_count"),
        ("staff", "staff_count"),
        ("book_set", "book_count"),
    ],
)
def test_names_the_number_after_one_row(accessor, name):
    counted = cause("aggregate", "count", f"library.Author.{accessor}", facts=["lookup: x"])
    [finding] = AggregateInLoop().check(trace(*sent(counted, 1, 2)))

    assert finding.fix.code == f'.annotate({name}=Count("x"))'


GENERIC = {
    "book.notes.count()": ('note_count=Count("notes")', "book.note_count"),
    "book.notes.exists()": ("has_notes=Exists(Note.objects.filter({}))", "book.has_notes"),
    "book.notes.contains(note)": (
        "has_note=Exists(Note.objects.filter({}, pk=note.pk))",
        "book.has_note",
    ),
}


@pytest.mark.parametrize(("access", "expected"), GENERIC.items(), ids=GENERIC)
def test_types_an_annotation_of_a_generic_relation(tried, access, expected):
    annotation, code = expected
    own = 'content_type__app_label="library", content_type__model="book", object_id=OuterRef("pk")'
    head = 'note = Note.objects.latest("pk")\nfor book in Book.objects.order_by("pk")'
    found = tried(AggregateInLoop(), f"{head}:\n    show(note, {access})")

    assert found.fixed() == (f"{head}.annotate({annotation.format(own)}):\n    show(note, {code})")


def test_types_an_annotation_of_keys_that_are_no_primary_keys(tried):
    found = tried(
        AggregateInLoop(),
        """
        from tests.project.library.models import Shelf

        for shelf in Shelf.objects.order_by("pk"):
            show(shelf.refs.exists())
        """,
    )

    assert 'shelf=OuterRef("code")' in found.fixed()


UNTYPED = {
    "a property of the model": (
        "show([author.book_count for author in Author.objects.all()])",
        '.annotate(books_count=Count("books"))',
    ),
    "rows of a related set": (
        """
        for author in Author.objects.all():
            for book in author.books.all():
                show(book.chapters.count())
        """,
        '.prefetch_related(Prefetch("books", queryset=Book.objects.annotate('
        'chapter_count=Count("chapters"))))',
    ),
    "what differs from row to row": (
        """
        for author in Author.objects.all():
            show(author.books.filter(pages__gte=author.pk).count())
        """,
        '.annotate(books_count=Count("books", filter=Q(books__pages__gte=author.pk)))',
    ),
    "a count on another database": (
        """
        for author in Author.objects.all():
            show(author.books.using("default").count())
        """,
        '.annotate(book_count=Count("books"))',
    ),
    "an aggregate of what is left": (
        """
        for author in Author.objects.all():
            show(author.books.exclude(title="").aggregate(Sum("pages")))
        """,
        '.annotate(books_total=Sum("books__…"))',
    ),
    "a name that means something else": (
        """
        Exists = 1
        for author in Author.objects.all():
            show(author.books.exists(), Exists)
        """,
        '.annotate(has_books=Exists(Book.objects.filter(author=OuterRef("pk"))))',
    ),
    "an aggregate of an expression": (
        """
        for author in Author.objects.all():
            show(author.books.aggregate(total=Sum(models.F("pages") + 1)))
        """,
        '.annotate(books_total=Sum("books__…"))',
    ),
    "an aggregate with a condition": (
        """
        for author in Author.objects.all():
            show(author.books.aggregate(total=Sum("pages", filter=Q(pages__gte=1))))
        """,
        '.annotate(books_total=Sum("books__…"))',
    ),
    "an aggregate of everything": (
        """
        for author in Author.objects.all():
            show(author.books.aggregate(number=Count("*")))
        """,
        '.annotate(books_total=Sum("books__…"))',
    ),
    "an expression of an aggregate": (
        """
        for author in Author.objects.all():
            show(author.books.aggregate(total=Sum("pages") + 1))
        """,
        '.annotate(books_total=Sum("books__…"))',
    ),
    "a condition that is no keyword": (
        """
        for author in Author.objects.all():
            show(author.books.filter(Q(pages__gte=1)).count())
        """,
        '.annotate(book_count=Count("books"))',
    ),
    "a row that is made on the spot": (
        """
        for author in Author.objects.all():
            show(author.books.contains(Book.objects.first()))
        """,
        '.annotate(has_books=Exists(Book.objects.filter(author=OuterRef("pk"))))',
    ),
    "a number of a variable": (
        """
        for author in Author.objects.all():
            books = author.books.filter(pages__gte=1)
            show(books.count())
        """,
        '.annotate(books_count=Count("books"))',
    ),
    "an aggregate beside another join": (
        """
        for author in Author.objects.all():
            show(author.books.aggregate(Sum("pages")))
            show(author.loan_set.filter(days__gte=1).count())
        """,
        '.annotate(books_total=Sum("books__…"))',
    ),
    "a joined aggregate": (
        """
        for author in Author.objects.select_related("publisher"):
            show(author.publisher.name, author.books.aggregate(total=Sum("pages")))
        """,
        '.annotate(books_total=Sum("books__pages"))',
    ),
}


@pytest.mark.parametrize(("code", "expected"), UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code, expected):
    finding = tried(AggregateInLoop(), code).findings[0]
    fixes = (finding.fix, *finding.fix.alternatives)
    [annotation] = [fix for fix in fixes if fix.kind == "annotate"]

    assert (annotation.code.replace("books_count", "book_count"), annotation.at) == (
        expected.replace("books_count", "book_count"),
        None,
    )
    assert annotation.caveats


def test_advises_nothing_for_rows_that_were_fetched_one_by_one(tried):
    found = tried(
        AggregateInLoop(),
        """
        for key in ids(Author):
            show(Author.objects.get(pk=key).books.count())
        """,
    )

    assert (found.fix.kind, found.finding.saved) == ("none", 0)


GATHERED = {
    "count for each row": (
        """
        for author in Author.objects.order_by("pk"):
            show(author.name, Book.objects.filter(author=author).count())
        """,
        """
        authors = list(Author.objects.order_by("pk"))
        book_counts = dict(Book.objects.filter(author__in=authors).values_list("author__pk").annotate(Count("pk")))
        for author in authors:
            show(author.name, book_counts.get(author.pk, 0))
        """,  # noqa: E501
    ),
    "count of rows with an order": (
        """
        for book in Book.objects.order_by("pk"):
            show(book.title)
            show(Chapter.objects.filter(book_id=book.pk).count())
        """,
        """
        books = list(Book.objects.order_by("pk"))
        chapter_counts = dict(Chapter.objects.filter(book_id__in={book.pk for book in books}).order_by().values_list("book_id").annotate(Count("pk")))
        for book in books:
            show(book.title)
            show(chapter_counts.get(book.pk, 0))
        """,  # noqa: E501
    ),
    "count with a second condition": (
        """
        for author in Author.objects.order_by("pk"):
            show(Book.objects.filter(author_id=author.pk, pages__gte=101).using("default").count())
        """,
        """
        authors = list(Author.objects.order_by("pk"))
        book_counts = dict(Book.objects.filter(author_id__in={author.pk for author in authors}, pages__gte=101).using("default").values_list("author_id").annotate(Count("pk")))
        for author in authors:
            show(book_counts.get(author.pk, 0))
        """,  # noqa: E501
    ),
    "exists for each key": (
        """
        for key in ids(Author):
            if Book.objects.filter(author_id=key).exists():
                show(key)
        """,
        """
        keys = list(ids(Author))
        known_author_ids = set(Book.objects.filter(author_id__in=keys).values_list("author_id", flat=True))
        for key in keys:
            if key in known_author_ids:
                show(key)
        """,  # noqa: E501
    ),
    "not exists": (
        """
        authors = list(Author.objects.order_by("pk"))
        show([author for author in authors if not Book.objects.filter(author=author).exists()])
        """,
        """
        authors = list(Author.objects.order_by("pk"))
        all_authors = list(authors)
        known_authors = set(Book.objects.filter(author__in=all_authors).values_list("author__pk", flat=True))
        show([author for author in all_authors if author.pk not in known_authors])
        """,  # noqa: E501
    ),
    "exists inside a comparison": (
        """
        for title in sorted({"Book 0", "Book 1"}):
            show(Book.objects.filter(title=title).exists() == True)
        """,
        """
        titles = list(sorted({"Book 0", "Book 1"}))
        known_titles = set(Book.objects.filter(title__in=titles).values_list("title", flat=True))
        for title in titles:
            show((title in known_titles) == True)
        """,
    ),
    "exists for part of each item": (
        """
        items = [{"title": title} for title in ("Book 0", "no book")]
        show([Book.objects.filter(title=item["title"]).exists() for item in items])
        """,
        """
        items = [{"title": title} for title in ("Book 0", "no book")]
        all_items = list(items)
        known_titles = set(Book.objects.filter(title__in={item["title"] for item in all_items}).values_list("title", flat=True))
        show([item["title"] in known_titles for item in all_items])
        """,  # noqa: E501
    ),
    "exists for each pair": (
        """
        for title, number in dict.fromkeys(("Book 0", "no book"), 1).items():
            show(number, Book.objects.filter(title=title).exists())
        """,
        """
        rows = list(dict.fromkeys(("Book 0", "no book"), 1).items())
        known_titles = set(Book.objects.filter(title__in={title for title, number in rows}).values_list("title", flat=True))
        for title, number in rows:
            show(number, title in known_titles)
        """,  # noqa: E501
    ),
    "sum": (
        """
        for author in Author.objects.order_by("pk"):
            pages = Book.objects.filter(author=author).aggregate(total=Sum("pages"))
            show(pages["total"])
        """,
        """
        authors = list(Author.objects.order_by("pk"))
        book_numbers = dict(Book.objects.filter(author__in=authors).values_list("author__pk").annotate(Sum("pages")))
        for author in authors:
            pages = {"total": book_numbers.get(author.pk)}
            show(pages["total"])
        """,  # noqa: E501
    ),
    "a list that is kept": (
        """
        found = [Book.objects.filter(pk=key).exists() for key in ids(Book)]
        show(found)
        """,
        """
        keys = list(ids(Book))
        known_pks = set(Book.objects.filter(pk__in=keys).values_list("pk", flat=True))
        found = [key in known_pks for key in keys]
        show(found)
        """,
    ),
    "contains": (
        """
        long_books = Book.objects.filter(pages__gte=102)
        show([long_books.contains(book) for book in Book.objects.order_by("pk")])
        """,
        """
        long_books = Book.objects.filter(pages__gte=102)
        books = list(Book.objects.order_by("pk"))
        known_keys = set(long_books.values_list("pk", flat=True))
        show([book.pk in known_keys for book in books])
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), GATHERED.values(), ids=GATHERED)
def test_types_one_question_before_the_loop(tried, before, after):
    found = tried(AggregateInLoop(), before)

    assert found.fix.kind == "annotate"
    assert found.fixed() == textwrap.dedent(after).strip()


def test_says_that_values_must_have_the_type_of_their_field(tried):
    keys = tried(
        AggregateInLoop(),
        "for key in ids(Author):\n    show(Book.objects.filter(author_id=key).count())",
    )
    rows = tried(
        AggregateInLoop(),
        "for author in Author.objects.all():\n    show(Book.objects.filter(author=author).count())",
    )

    assert "field's own type" in keys.fix.caveats[0]
    assert rows.fix.caveats == ()


BY_HAND = {
    "a helper": (
        """
        def is_lent(book):
            return Book.objects.filter(sequel=book).exists()

        show([book for book in Book.objects.all() if is_lent(book)])
        """,
        'known = set(Book.objects.filter(sequel__in=values).values_list("sequel", flat=True))',
    ),
    "a row or its key": (
        "show([Book.objects.filter(tags=key).count() for key in ids(Tag)])",
        'numbers = dict(Book.objects.filter(tags__in=values).values_list("tags")'
        '.annotate(Count("pk")))',
    ),
    "keys of rows by the name of a relation": (
        """
        books = Book.objects.all()
        for key in [book.author_id for book in books]:
            show(Book.objects.filter(author=key).count())
        """,
        'numbers = dict(Book.objects.filter(author__in=values).values_list("author")'
        '.annotate(Count("pk")))',
    ),
    "another condition than equality": (
        """
        for author in Author.objects.all():
            show(Book.objects.exclude(title="").filter(author=author).count())
        """,
        'numbers = dict(Book.objects.exclude(title="").filter(author__in=values)'
        '.values_list("author").annotate(Count("pk")))',
    ),
    "a key by the name of a relation": (
        """
        for key in ids(Author):
            show(Book.objects.filter(author=key).exists())
        """,
        'known = set(Book.objects.filter(author__in=values).values_list("author", flat=True))',
    ),
    "a condition on what the turn was given": (
        """
        items = [{"title": title} for title in ("Book 0", "no book")]
        show([1 for item in items if item and Book.objects.filter(title=item["title"]).exists()])
        """,
        'known = set(Book.objects.filter(title__in=values).values_list("title", flat=True))',
    ),
    "an index that varies": (
        """
        titles = ["Book 0", "no book"]
        for number in range(2):
            show(Book.objects.filter(title=titles[number]).exists())
        """,
        'known = set(Book.objects.filter(title__in=values).values_list("title", flat=True))',
    ),
    "a value that the turn changes": (
        """
        for title in dict.fromkeys(["Book 0 ", "no book"]):
            title = title.strip()
            show(Book.objects.filter(title=title).exists())
        """,
        'known = set(Book.objects.filter(title__in=values).values_list("title", flat=True))',
    ),
    "a second condition that differs": (
        """
        for title in dict.fromkeys(["Book 0", "no book"]):
            show(Book.objects.filter(Q(title__startswith=title), title=title).exists())
        """,
        "known = set(Book.objects.filter(…).values_list(…))",
    ),
    "a question of some turns": (
        """
        for author in Author.objects.all():
            if author.pk:
                show(Book.objects.filter(pages=author.pk).exists())
        """,
        'known = set(Book.objects.filter(pages__in=values).values_list("pages", flat=True))',
    ),
    "a comprehension of two": (
        """
        show([Book.objects.filter(pk=key).exists() for _ in range(1) for key in ids(Book)])
        """,
        'known = set(Book.objects.filter(pk__in=values).values_list("pk", flat=True))',
    ),
    "a comprehension in a condition": (
        """
        if all(Book.objects.filter(pk=key).exists() for key in ids(Book)):
            show("all")
        """,
        'known = set(Book.objects.filter(pk__in=values).values_list("pk", flat=True))',
    ),
    "a text over several lines": (
        '''
        for key in ids(Book):
            show("""one
            two""", Book.objects.filter(pk=key).exists())
        ''',
        'known = set(Book.objects.filter(pk__in=values).values_list("pk", flat=True))',
    ),
    "a while": (
        """
        keys = ids(Book)
        while keys:
            key = keys.pop()
            show(Book.objects.filter(pk=key).exists())
        """,
        'known = set(Book.objects.filter(pk__in=values).values_list("pk", flat=True))',
    ),
    "an awaited question": (
        """
        async for book in Book.objects.all():
            show(await Chapter.objects.filter(book_id=book.pk).aexists())
        """,
        'known = set(Chapter.objects.filter(book_id__in=values).values_list("book_id", flat=True))',
    ),
    "a name that means something else": (
        """
        Count = 1
        for key in ids(Author):
            show(Book.objects.filter(author_id=key).count(), Count)
        """,
        'numbers = dict(Book.objects.filter(author_id__in=values).values_list("author_id")'
        '.annotate(Count("pk")))',
    ),
    "another row than the loop's": (
        """
        long_books = Book.objects.filter(pages__gte=1)
        for book in Book.objects.filter(sequel__isnull=False):
            show(long_books.contains(book.sequel))
        """,
        'known = set(long_books.values_list("pk", flat=True))',
    ),
    "rows that differ from turn to turn": (
        """
        for book in Book.objects.all():
            show(Book.objects.filter(pages=book.pages).contains(book))
        """,
        'known = set(rows.values_list("pk", flat=True))',
    ),
    "a list in each turn": (
        """
        for author in Author.objects.all():
            keys = [author.pk, author.pk + 1]
            show(Book.objects.filter(pk__in=keys, title="Book 0").count(), author)
        """,
        "rows = list(Book.objects.filter(id__in=values, title=…))",
    ),
    "two loops": (
        """
        for author in Author.objects.all():
            for tag in ids(Tag):
                show(Book.objects.filter(author_id=author.pk, tags=tag).exists())
        """,
        "known = set(Book.objects.filter(…).values_list(…))",
    ),
    "two fields": (
        """
        for author in Author.objects.all():
            for pages in ids(Book):
                show(Book.objects.filter(author_id=author.pk, pages=pages).exists())
        """,
        "known = set(Book.objects.filter(author__in=…, pages__in=…)"
        '.values_list("author", "pages"))',
    ),
    "how often two fields": (
        """
        for author in Author.objects.all():
            for pages in ids(Book):
                show(Book.objects.filter(author_id=author.pk, pages=pages).count())
        """,
        "numbers = {tuple(key): number for *key, number in "
        'Book.objects.filter(author__in=…, pages__in=…).values_list("author", "pages")'
        '.annotate(Count("pk"))}',
    ),
    "another comparison": (
        """
        for pages in list(Book.objects.values_list("pages", flat=True)):
            show(Book.objects.filter(pages__lt=pages).aggregate(Max("pages")))
        """,
        '.annotate(aggregate=Subquery(Book.objects.filter(pages__lt=OuterRef("…")).values(…)))',
    ),
    "an aggregate of an expression": (
        """
        for author in Author.objects.all():
            show(Book.objects.filter(author=author).aggregate(total=Sum(models.F("pages") + 1)))
        """,
        'numbers = dict(Book.objects.filter(author__in=values).values_list("author").annotate(…))',
    ),
    "several aggregates": (
        """
        for author in Author.objects.all():
            show(Book.objects.filter(author=author).aggregate(Sum("pages"), Max("pages")))
        """,
        'numbers = dict(Book.objects.filter(author__in=values).values_list("author").annotate(…))',
    ),
    "a condition that leaves rows out": (
        """
        for title in ids(Book):
            show(Book.objects.exclude(pk=title).count())
        """,
        "numbers = {tuple(key): number for *key, number in "
        'Book.objects.filter(…).values_list(…).annotate(Count("pk"))}',
    ),
    "distinct rows": (
        """
        for key in ids(Author):
            show(Book.objects.filter(author_id=key).distinct().count())
        """,
        'numbers = dict(Book.objects.filter(author_id__in=values).values_list("author_id")'
        '.annotate(Count("pk", distinct=True)))',
    ),
    "turns that do not all ask": (
        """
        for book in Book.objects.all():
            if book.sequel is None:
                continue
            show(Book.objects.filter(pk=book.sequel.pk).exists())
        """,
        'known = set(Book.objects.filter(pk__in=values).values_list("pk", flat=True))',
    ),
    "a set of rows of no model": (
        """
        long_books = Book.objects.filter(pages__gte=102)
        rows = Book.objects.all()
        show(*map(long_books.contains, rows))
        """,
        'known = set(rows.values_list("pk", flat=True))',
    ),
}


@pytest.mark.parametrize(("code", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_leaves_to_a_developer_what_can_not_be_gathered(tried, code, expected):
    fix = tried(AggregateInLoop(), code).fix

    assert (fix.kind, fix.code, fix.at) == ("annotate", expected, None)
    assert fix.caveats


def test_rows_of_another_file_may_be_anything(tried, tmp_path):
    (tmp_path / "shelves.py").write_text(
        "from tests.project.library.models import Author\n\n\n"
        "def authors():\n    return Author.objects.all()\n"
    )
    found = tried(
        AggregateInLoop(),
        """
        from shelves import authors

        for author in authors():
            show(Book.objects.filter(author=author).count())
        """,
    )

    assert found.fix.at is None


def test_says_that_the_loop_writes_what_it_asks_for(tried):
    found = tried(
        AggregateInLoop(),
        """
        for name in [f"tag {number}" for number in range(3)]:
            if not Tag.objects.filter(name=name).exists():
                Tag.objects.create(name=name)
        """,
    )

    assert found.fix.at is None
    assert "writes to the table" in found.fix.caveats[-1]


def test_a_librarys_own_questions_have_no_fix():
    own = cause("aggregate", "exists", fields=("name",), facts=["library: rest_framework"])
    [finding] = AggregateInLoop().check(trace(*asked(own, 1, 2)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)
    assert finding.fix.caveats[0].startswith("rest_framework asks this")
