"""QL202: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.update_in_loop import UpdateInLoop
from tests.rules.traces import asked, cause, place, sent, trace

UPDATE = 'UPDATE "library_book" SET "pages" = %s WHERE "library_book"."id" = %s'
CASES = 'UPDATE "b" SET "p" = CASE WHEN ("b"."id" = %s) THEN %s END WHERE "b"."id" IN (%s)'
MORE_CASES = CASES.replace("IN (%s)", "IN (%s, %s)")
CHUNK = 'UPDATE "library_book" SET "pages" = %s WHERE "library_book"."id" IN (%s, %s)'
LOOP = {"loop": place(11)}
SAVE = cause("update", "save")
CHANGE = cause("update", "update")
BULK = cause("update", "bulk_update")
INSERT = cause("insert", "save")
DELETE = cause("delete", "delete")
HISTORY = cause("update", "save", facts=["library: reversion"])


def saved(*rows, cause=SAVE, sql=UPDATE, **more):
    return sent(cause, *rows, sql=sql, **more)


def updated(*values, cause=CHANGE, sql=UPDATE, **more):
    return asked(cause, *values, sql=sql, **more)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], saved(1, 2), id="no queries"),
        pytest.param(saved(1), saved(1, 2), id="one row"),
        pytest.param(saved(1, 1), saved(1, 2), id="the same row again"),
        pytest.param(
            [*saved(1, line=1), *saved(2, line=2)],
            [*saved(1, line=1), *saved(2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*saved(1, stack="one way"), *saved(2, stack="another")],
            [*saved(1, stack="one way"), *saved(2, stack="one way")],
            id="one helper called from two lines",
        ),
        pytest.param(
            [*saved(1, scope="first"), *saved(2, scope="second")],
            [*saved(1, scope="first"), *saved(2, scope="first")],
            id="two requests",
        ),
        pytest.param(
            [*saved(1, 2), *asked(INSERT, 1, 2, sql="INSERT INTO t VALUES (%s)")],
            saved(1, 2),
            id="an insert that tried an update first: QL201",
        ),
        pytest.param(saved(1, 2, cause=DELETE), saved(1, 2), id="a deletion: QL203"),
        pytest.param(updated(1), updated(1, 2), id="one value"),
        pytest.param(updated(1, 1), updated(1, 2), id="the same values again"),
        pytest.param(updated(1, 2, sql=CHUNK), updated(1, 2), id="chunks of keys"),
        pytest.param(
            updated(1, 2, cause=BULK, sql=CASES),
            updated(1, 2, cause=BULK, sql=CASES, **LOOP),
            id="batches of one call",
        ),
        pytest.param(
            updated(1, 2, cause=BULK, sql=MORE_CASES, **LOOP),
            updated(1, 2, cause=BULK, sql=CASES, **LOOP),
            id="batches of several rows",
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(UpdateInLoop().check(trace(*silent))) == []
    assert len(list(UpdateInLoop().check(trace(*loud)))) == 1


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        (saved(1, 2, 3), "library.Book is changed one row at a time: 3 rows"),
        (updated(1, 2, 3), "library.Book is updated for each of 3 values"),
        (
            sent(cause("update", "update", "library.Author.books"), 1, 2, 3, sql=UPDATE),
            "library.Book is updated for each of 3 rows",
        ),
    ],
)
def test_says_how_often(queries, message):
    [finding] = UpdateInLoop().check(trace(*queries))

    assert (finding.rule.code, finding.message) == ("QL202", message)
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.saved, finding.evidence) == (3, 2, "loop")


def test_a_row_without_a_value_is_a_row_like_the_others():
    null = UPDATE.replace("%s WHERE", "NULL WHERE")
    [finding] = UpdateInLoop().check(trace(*saved(1), *saved(2, sql=null), *saved(3)))

    assert finding.message == "library.Book is changed one row at a time: 3 rows"


def test_threshold_is_a_number_of_rows():
    queries = trace(*saved(1, 2, 3))

    assert list(UpdateInLoop(threshold=4).check(queries)) == []
    assert len(list(UpdateInLoop(threshold=3).check(queries))) == 1


def test_what_a_library_writes_is_its_own():
    [finding] = UpdateInLoop().check(trace(*saved(1, 2, cause=HISTORY)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)


def test_names_what_would_be_skipped():
    facts = ["custom save: Draft.save", "auto_now: changed_at", "auto_now of a day: day"]
    draft = cause("update", "save", model="library.Draft", facts=facts)
    [finding] = UpdateInLoop().check(trace(*saved(1, 2, cause=draft)))

    assert finding.fix.code == "Draft.objects.bulk_update(drafts, […])"
    assert finding.fix.caveats[1:] == (
        "bulk_update does not call Draft.save.",
        "bulk_update does not set changed_at: assign it in the loop.",
        "bulk_update does not set day: assign it in the loop.",
    )


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ('WHERE "b"."author_id" = %s', "filter(author_id__in=values)"),
        ('WHERE "b"."pages" < %s', "filter(conditions)"),
        ('WHERE "b"."id" IN (SELECT "a" FROM "t" WHERE "t"."tag_id" = %s)', "filter(conditions)"),
    ],
)
def test_says_what_to_filter_by(where, code):
    [finding] = UpdateInLoop().check(trace(*updated(1, 2, sql=f'UPDATE "b" SET "p" = 1 {where}')))

    assert finding.fix.code == f"Book.objects.{code}.update(…)"


SHOW = 'show(list(Book.objects.order_by("pk").values_list("title", "pages", "author")))'
TYPED = {
    "all of them": (
        """
        for book in Book.objects.all():
            book.pages += 1
            book.title = book.title.upper()
            book.save()
        """,
        """
        books_to_update = []
        for book in Book.objects.all():
            book.pages += 1
            book.title = book.title.upper()
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["pages", "title"])
        """,
    ),
    "some of them": (
        """
        for number, book in enumerate(list(Book.objects.order_by("pk"))):
            if book.pages > 101:
                book.pages = number
                book.save(update_fields=["pages"])
        """,
        """
        books_to_update = []
        for number, book in enumerate(list(Book.objects.order_by("pk"))):
            if book.pages > 101:
                book.pages = number
                books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["pages"])
        """,
    ),
    "a list that is emptied": (
        """
        books = list(Book.objects.all())
        while books:
            book = books.pop()
            book.author_id = book.editor_id
            book.save()
        """,
        """
        books = list(Book.objects.all())
        books_to_update = []
        while books:
            book = books.pop()
            book.author_id = book.editor_id
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["author_id"])
        """,
    ),
    "an expression": (
        """
        for book in Book.objects.all():
            book.pages = models.F("pages") + 1
            book.save()
        """,
        """
        books_to_update = []
        for book in Book.objects.all():
            book.pages = models.F("pages") + 1
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["pages"])
        """,
    ),
    "what is written down": (
        """
        for book in Book.objects.all():
            book.title = f"{book.title}!"
            print(book.title.upper(), end="")
            book.save()
        """,
        """
        books_to_update = []
        for book in Book.objects.all():
            book.title = f"{book.title}!"
            print(book.title.upper(), end="")
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["title"])
        """,
    ),
    "bulk_update of one": (
        """
        for book in Book.objects.all():
            book.pages += 1
            Book.objects.bulk_update([book], fields=["pages"])
        """,
        """
        books_to_update = []
        for book in Book.objects.all():
            book.pages += 1
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, fields=["pages"])
        """,
    ),
    "another value for each key": (
        """
        for key in ids(Book):
            Book.objects.filter(pk=key).update(pages=key, title=f"Book {key}")
        """,
        """
        books_to_update = []
        for key in ids(Book):
            books_to_update.append(Book(pk=key, pages=key, title=f"Book {key}"))
        Book.objects.bulk_update(books_to_update, ["pages", "title"])
        """,
    ),
    "awaited": (
        """
        async for book in Book.objects.all():
            book.pages += 1
            await book.asave()
        """,
        """
        books_to_update = []
        async for book in Book.objects.all():
            book.pages += 1
            books_to_update.append(book)
        await Book.objects.abulk_update(books_to_update, ["pages"])
        """,
    ),
}
ONE_UPDATE = {
    "the same value for all keys": (
        """
        for key in ids(Book):
            Book.objects.exclude(title="").filter(pk=key, pages__gte=1).update(pages=1)  # slow
        """,
        """
        book_keys = []
        for key in ids(Book):
            book_keys.append(key)  # slow
        Book.objects.exclude(title="").filter(pk__in=book_keys, pages__gte=1).update(pages=1)
        """,
    ),
    "rows instead of keys": (
        """
        for author in Author.objects.all():
            Book.objects.filter(editor=author).update(pages=models.F("pages") + 1)
        """,
        """
        editors = []
        for author in Author.objects.all():
            editors.append(author)
        Book.objects.filter(editor__in=editors).update(pages=models.F("pages") + 1)
        """,
    ),
    "a related manager": (
        """
        for author in Author.objects.all():
            author.books.all().filter(pages__gte=101).update(title="")
        """,
        """
        authors = []
        for author in Author.objects.all():
            authors.append(author)
        Book.objects.filter(author__in=authors).filter(pages__gte=101).update(title="")
        """,
    ),
    "a related manager's rows": (
        """
        for author in Author.objects.all():
            author.books.all().update(title="")
        """,
        """
        authors = []
        for author in Author.objects.all():
            authors.append(author)
        Book.objects.filter(author__in=authors).update(title="")
        """,
    ),
    "one line": (
        'for key in ids(Book): Book.objects.filter(pk=key).update(title="")',
        """
        book_keys = []
        for key in ids(Book): book_keys.append(key)
        Book.objects.filter(pk__in=book_keys).update(title="")
        """,
    ),
    "twice the same": (
        """
        for key in ids(Book)[:2] * 2:
            Book.objects.filter(pk=key).update(pages=5)
        """,
        """
        book_keys = []
        for key in ids(Book)[:2] * 2:
            book_keys.append(key)
        Book.objects.filter(pk__in=book_keys).update(pages=5)
        """,
    ),
    "awaited": (
        """
        for key in range(4):
            await Book.objects.filter(pages=key + 100).aupdate(title="")
        """,
        """
        pages = []
        for key in range(4):
            pages.append(key + 100)
        await Book.objects.filter(pages__in=pages).aupdate(title="")
        """,
    ),
}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        *(pytest.param("bulk_update", *pair, id=name) for name, pair in TYPED.items()),
        *(pytest.param("queryset_update", *pair, id=name) for name, pair in ONE_UPDATE.items()),
    ],
)
def test_types_one_update(tried, kind, before, after):
    shows = "" if "await" in before else f"\n{SHOW}"
    found = tried(UpdateInLoop(), textwrap.dedent(before).strip() + shows)

    assert found.fix.kind == kind
    assert found.fixed() == textwrap.dedent(after).strip() + shows


def test_sets_the_time_that_save_would_set(tried):
    found = tried(
        UpdateInLoop(),
        """
        from tests.project.library.models import Stamp
        for stamp in Stamp.objects.all():
            stamp.label = stamp.label.upper()
            stamp.save()
        show(list(Stamp.objects.values_list("label", flat=True)))
        """,
    )

    assert found.fix.imports == ("from django.utils import timezone",)
    assert "    stamp.changed_at = timezone.now()\n" in found.fixed()


def test_finds_every_row_whatever_the_default_manager_leaves_out(tried):
    found = tried(
        UpdateInLoop(),
        """
        from tests.project.library.models import Review
        for review in Review.objects.all():
            review.text = ""
            review.save()
        show(Review._base_manager.filter(text="").count())
        """,
    )

    assert 'Review._base_manager.bulk_update(reviews_to_update, ["text"])' in found.fixed()


UNTYPED = {
    "rows that were changed before": """
        books = list(Book.objects.all())
        for book in books:
            book.title = "new"
        for book in books:
            book.pages = 1
            book.save()
        """,
    "a method that may change more": """
        for book in Book.objects.all():
            book.clean()
            book.pages = 1
            book.save()
        """,
    "a row that is handed on": """
        for book in Book.objects.all():
            show(book)
            book.pages = 1
            book.save()
        """,
    "a change behind": """
        for book in Book.objects.all():
            book.pages = 1
            book.save()
            book.pages = 2
        """,
    "what is no field": """
        for book in Book.objects.all():
            book.is_new = True
            book.save()
        """,
    "nothing that can be seen": """
        for book in Book.objects.all():
            setattr(book, "pages", 1)
            book.save()
        """,
    "the same row twice": """
        for book in [*Book.objects.all(), *Book.objects.all()]:
            book.pages += 1
            book.save()
        """,
    "fields in a variable": """
        names = ["pages"]
        for book in Book.objects.all():
            book.pages = 1
            book.save(update_fields=names)
        """,
    "rows that the loop asks for": """
        for key in ids(Book):
            book = Book.objects.get(pk=key)
            book.pages = 1
            book.save()
        """,
    "a field of the parent's table": """
        from tests.project.library.models import Restaurant
        for restaurant in Restaurant.objects.all():
            restaurant.name = "Inn"
            restaurant.save()
        """,
    "objects that were made here": """
        books = list(Book.objects.all())
        books = [Book(pk=b.pk, title="", author=b.author, editor=b.editor) for b in books]
        for book in books:
            book.pages = 1
            book.save()
        """,
    "what is changed in place": """
        for book in Book.objects.all():
            book.pages = 1
            book.title.upper()
            book.save()
        """,
    "what is handed to a function": """
        for book in Book.objects.all():
            book.pages = 1
            show(book.title)
            book.save()
        """,
    "arguments of save": """
        for book in Book.objects.all():
            book.pages = 1
            book.save(force_update=True)
        """,
    "items of an attribute": """
        for book in Book.objects.all():
            book.extra = {}
            book.extra["pages"] = 1
            book.save()
        """,
    "rows of a dictionary": """
        books = Book.objects.in_bulk()
        for key in books:
            book = books[key]
            book.pages = 1
            book.save()
        """,
    "rows of a list that is no query": """
        books = [*Book.objects.all()]
        for book in books:
            book.pages = 1
            book.save()
        """,
    "one of two lists": """
        books = list(Book.objects.filter(pages__lt=102))
        if not books:
            books = list(Book.objects.all())
        for book in reversed(books):
            book.pages = 1
            book.save()
        """,
    "rows that come from elsewhere": """
        def rows():
            for book in Book.objects.all():
                book.title = ""
                yield book
        for book in rows():
            book.pages = 1
            book.save()
        """,
    "bulk_update of a variable": """
        for book in Book.objects.all():
            book.pages = 1
            books = [book]
            Book.objects.bulk_update(books, ["pages"])
        """,
    "bulk_update with a size": """
        for book in Book.objects.all():
            book.pages = 1
            Book.objects.bulk_update([book], ["pages"], batch_size=1)
        """,
    "bulk_update of a row that is used": """
        for book in Book.objects.all():
            book.pages = 1
            Book.objects.bulk_update([book], ["pages"])
            show(book)
        """,
    "bulk_update of other fields": """
        for book in Book.objects.all():
            names = ["pages"]
            Book.objects.bulk_update([book], names)
        """,
    "another meaning of timezone": """
        from datetime import timezone
        from tests.project.library.models import Stamp
        for stamp in Stamp.objects.all():
            stamp.label = str(timezone.utc)
            stamp.save()
        """,
}
UNTYPED_FILTERS = {
    "what is added up twice": """
        for key in ids(Book)[:2] * 2:
            Book.objects.filter(pk=key).update(pages=models.F("pages") + 1)
        """,
    "two values for one row": """
        for number, key in enumerate(ids(Book)[:2] * 2):
            Book.objects.filter(pk=key).update(pages=number)
        """,
    "rows that are met by several": """
        for tag in Tag.objects.all():
            Book.objects.filter(tags=tag).update(pages=models.F("pages") + 1)
        """,
    "a comparison": """
        for pages in (101, 102):
            Book.objects.filter(pages__lt=pages).update(title="")
        """,
    "an exclusion": """
        for key in ids(Book):
            Book.objects.exclude(pk=key).update(title="")
        """,
    "two conditions that change": """
        for book in Book.objects.all():
            Book.objects.filter(pk=book.pk, pages=book.pages).update(title="")
        """,
    "a keyword that is unpacked": """
        for key in ids(Book):
            Book.objects.filter(**{"pk": key}).update(title="")
        """,
    "values that are unpacked": """
        for key in ids(Book):
            Book.objects.filter(pk=key).update(**{"title": ""})
        """,
    "a value that the loop counts up": """
        book = Book.objects.latest("pk")
        for key in ids(Book):
            book.pages += 1
            Book.objects.filter(title=book.title, pk=key).update(pages=book.pages)
        """,
    "a condition as an object": """
        for key in ids(Book):
            Book.objects.filter(Q(pk=key)).update(title="")
        """,
    "a key that is named on the way": """
        for key in ids(Book):
            Book.objects.filter(pk=(book := key)).update(title="")
            show(book)
        """,
    "a key that is a call": """
        for number in range(4):
            Book.objects.filter(title=str(id)[:number]).update(pages=len(str(number)))
        """,
    "a method that is no filter": """
        for key in ids(Book):
            Book.objects.filter(pk=key).distinct().update(title="")
        """,
    "a method that is no filter, with a value": """
        for key in ids(Book):
            Book.objects.filter(pk=key).distinct().update(pages=key)
        """,
    "another value for each title": """
        for book in Book.objects.all():
            Book.objects.filter(title=book.title).update(pages=book.pk)
        """,
    "another value by a manager that changes": """
        for number, key in enumerate(ids(Book)):
            books = Book.objects
            books.filter(pk=key).update(pages=number)
        """,
    "a manager that changes": """
        for key in ids(Book):
            books = Book.objects
            books.filter(pk=key).update(title="")
        """,
    "a condition that changes with the row": """
        for author in Author.objects.all():
            author.books.filter(pages=100 + author.pk).update(title="")
        """,
    "rows without a key": """
        for mentor in [*Author.objects.all()[:2], None]:
            Author.objects.filter(mentor=mentor).update(name="")
        """,
    "a queryset in a variable": """
        for key in ids(Book):
            books = Book.objects.filter(pk=key)
            books.update(title="")
        """,
    "a number that is used": """
        show(sum(Book.objects.filter(pk=key).update(title="") for key in ids(Book)))
        """,
    "rows of a generic relation": """
        for book in Book.objects.all():
            book.notes.update(text="")
        """,
}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *(pytest.param("bulk_update", code, id=name) for name, code in UNTYPED.items()),
        *(pytest.param("queryset_update", code, id=name) for name, code in UNTYPED_FILTERS.items()),
    ],
)
def test_leaves_to_a_developer_what_is_not_certain(tried, kind, code):
    fix = tried(UpdateInLoop(), code).fix

    assert (fix.kind, fix.at) == (kind, None)
    assert fix.caveats
