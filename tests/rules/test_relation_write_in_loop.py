"""QL205: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.relation_write_in_loop import RelationWriteInLoop
from tests.rules.traces import cause, place, sent, trace

INSERT = 'INSERT INTO "library_book_tags" ("book_id", "tag_id") VALUES (%s, %s)'
SEVERAL = f"{INSERT}, (%s, %s)"
LOOP = {"loop": place(11)}
THROUGH = ["through: book, tag"]


def relation(access, *facts, accessor="tags"):
    name = f"library.Book.{accessor}"
    return cause("relation_write", access, name, model="library.Tag", facts=facts or THROUGH)


ADD = relation("add")


def added(*rows, values=None, sql=INSERT, cause=ADD, **more):
    """The rows whose relation was written, each with its own value unless others are given."""
    queries = sent(cause, *rows, sql=sql, **more)
    return [
        type(query)(**{**vars(query), "params": (query.row, value)})
        for query, value in zip(queries, values or rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], added(1, 2), id="no queries"),
        pytest.param(added(1), added(1, 2), id="one row"),
        pytest.param(
            added(1, 1, values=[7, 8]),
            added(1, 1, values=[7, 8], **LOOP),
            id="one call without a loop",
        ),
        pytest.param(
            added(1, 1, values=[7, 8], sql=SEVERAL, **LOOP),
            added(1, 1, values=[7, 8], **LOOP),
            id="batches of one call",
        ),
        pytest.param(
            [*added(1, line=1), *added(2, line=2)],
            [*added(1, line=1), *added(2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*added(1, scope="first"), *added(2, scope="second")],
            [*added(1, scope="first"), *added(2, scope="first")],
            id="two requests",
        ),
        pytest.param(
            added(1, 2, cause=cause("insert", "create", "library.Book.tags")),
            added(1, 2),
            id="an insert: QL201",
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(RelationWriteInLoop().check(trace(*silent))) == []
    assert len(list(RelationWriteInLoop().check(trace(*loud)))) == 1


def test_says_how_often():
    [finding] = RelationWriteInLoop().check(trace(*added(1, 2, 3)))

    assert finding.rule.code == "QL205"
    assert finding.message == "library.Book.tags is written by add() for each of 3 rows: 3 queries"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.saved, finding.evidence) == (3, 2, "loop")


def test_says_that_it_is_always_the_same_row():
    [finding] = RelationWriteInLoop().check(trace(*added(1, 1, values=[7, 8], **LOOP)))

    assert finding.message == "library.Book.tags is written by add() 2 times for one row: 2 queries"


def test_threshold_is_a_number_of_rows():
    queries = trace(*added(1, 2, 3))

    assert list(RelationWriteInLoop(threshold=4).check(queries)) == []
    assert len(list(RelationWriteInLoop(threshold=3).check(queries))) == 1


@pytest.mark.parametrize(
    ("access", "facts", "left"),
    [
        ("add", THROUGH, 1),
        ("add", [*THROUGH, "through model: shop.Label"], 2),
        ("set", THROUGH, 2),
        ("set", [*THROUGH, "through model: shop.Label"], 3),
        ("clear", [*THROUGH, "through model: shop.Label"], 1),
    ],
)
def test_counts_what_is_left(access, facts, left):
    written = relation(access, *facts)
    [finding] = RelationWriteInLoop().check(trace(*added(1, 2, 3, 4, cause=written)))

    assert finding.count - finding.saved == left


def test_what_a_library_writes_is_its_own():
    written = relation("add", "library: taggit", *THROUGH)
    [finding] = RelationWriteInLoop().check(trace(*added(1, 2, cause=written)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)


ADVICE = {
    "add": (
        relation("add", *THROUGH, "through model: shop.Label", "m2m_changed: shop.notify"),
        "through_bulk_create",
        "Book.tags.through.objects.bulk_create(links, ignore_conflicts=True)",
        ["for each pair", "add() leaves out pairs that Label has", "No m2m_changed is sent to"],
    ),
    "add to oneself": (
        relation("add", *THROUGH, "symmetrical"),
        "through_bulk_create",
        "Book.tags.through.objects.bulk_create(links, ignore_conflicts=True)",
        ["for each pair", "each pair has a second row, the other way"],
    ),
    "set": (
        relation("set"),
        "through_bulk_create",
        "Book.tags.through.objects.bulk_create(links, ignore_conflicts=True)",
        ["for each pair", "must lose first"],
    ),
    "remove": (
        relation("remove"),
        "queryset_delete",
        "Book.tags.through.objects.filter(book__in=books, tag__in=tags).delete()",
        ["if all of them lose the same"],
    ),
    "clear": (
        relation("clear"),
        "queryset_delete",
        "Book.tags.through.objects.filter(book__in=books).delete()",
        ["are the rows of the loop"],
    ),
    "add by a foreign key": (
        relation("add", "foreign key: book"),
        "bulk_update",
        'Tag.objects.bulk_update(tags, ["book"])',
        ["got another book"],
    ),
    "set by a foreign key": (relation("set", "foreign key: book"), "none", "", ["set() compares"]),
    "remove by a foreign key": (
        relation("remove", "foreign key: book"),
        "queryset_update",
        "Tag.objects.filter(book__in=books, pk__in=[row.pk for row in tags]).update(book=None)",
        ["are the rows of the loop"],
    ),
    "clear by a foreign key": (
        relation("clear", "foreign key: book"),
        "queryset_update",
        "Tag.objects.filter(book__in=books).update(book=None)",
        ["are the rows of the loop"],
    ),
    "add by a generic relation": (
        relation("add", "foreign key: obj", "generic: content_type, object_id"),
        "bulk_update",
        'Tag.objects.bulk_update(tags, ["content_type", "object_id"])',
        ["got another obj"],
    ),
    "clear by a generic relation": (
        relation("clear", "foreign key: obj", "generic: content_type, object_id"),
        "queryset_delete",
        "Tag.objects.filter(content_type=…, object_id__in=keys).delete()",
        ["`keys`"],
    ),
}


@pytest.mark.parametrize(("written", "kind", "code", "notes"), ADVICE.values(), ids=ADVICE)
def test_says_what_to_write(written, kind, code, notes):
    [finding] = RelationWriteInLoop().check(trace(*added(1, 2, cause=written)))

    assert (finding.fix.kind, finding.fix.code, finding.fix.at) == (kind, code, None)
    assert len(finding.fix.caveats) == len(notes)
    assert all(note in text for note, text in zip(notes, finding.fix.caveats, strict=True))


SHOW = """
show(sorted(Book.tags.through.objects.values_list("book", "tag")))
show(sorted(Book.objects.values_list("title", "author")))
show(list(Author.objects.order_by("pk").values_list("mentor", flat=True)))
"""
TYPED = {
    "add": (
        "through_bulk_create",
        """
        wanted = list(Tag.objects.order_by("pk"))
        for book in Book.objects.all():
            for tag in wanted:
                book.tags.add(tag)
        """,
        """
        wanted = list(Tag.objects.order_by("pk"))
        book_tags_to_create = []
        for book in Book.objects.all():
            for tag in wanted:
                book_tags_to_create.append(Book.tags.through(book=book, tag=tag))
        Book.tags.through.objects.bulk_create(book_tags_to_create, ignore_conflicts=True)
        """,
    ),
    "add, from the other side": (
        "through_bulk_create",
        """
        book = Book.objects.latest("pk")
        for tag in Tag.objects.all():
            tag.books.add(book)
        """,
        """
        book = Book.objects.latest("pk")
        tag_books_to_create = []
        for tag in Tag.objects.all():
            tag_books_to_create.append(Tag.books.through(tag=tag, book=book))
        Tag.books.through.objects.bulk_create(tag_books_to_create, ignore_conflicts=True)
        """,
    ),
    "add to one row": (
        "through_bulk_create",
        """
        book = Book.objects.get(title="Book 0")
        for tag in Tag.objects.all():
            book.tags.add(tag)
        """,
        """
        book = Book.objects.get(title="Book 0")
        book_tags_to_create = []
        for tag in Tag.objects.all():
            book_tags_to_create.append(Book.tags.through(book=book, tag=tag))
        Book.tags.through.objects.bulk_create(book_tags_to_create, ignore_conflicts=True)
        """,
    ),
    "add several": (
        "through_bulk_create",
        """
        tags = [Tag.objects.create(name=name) for name in ("new", "newer")]
        for book in Book.objects.all():
            book.tags.add(*tags)
        """,
        """
        tags = [Tag.objects.create(name=name) for name in ("new", "newer")]
        book_tags_to_create = []
        for book in Book.objects.all():
            book_tags_to_create.extend(Book.tags.through(book=book, tag=tag) for tag in tags)
        Book.tags.through.objects.bulk_create(book_tags_to_create, ignore_conflicts=True)
        """,
    ),
    "set": (
        "through_bulk_create",
        """
        for number, book in enumerate(Book.objects.order_by("pk")):
            tags = list(Tag.objects.order_by("pk")[:number])
            book.tags.set(tags)
        """,
        """
        books = []
        book_tags_to_create = []
        for number, book in enumerate(Book.objects.order_by("pk")):
            tags = list(Tag.objects.order_by("pk")[:number])
            books.append(book)
            book_tags_to_create.extend(Book.tags.through(book=book, tag=tag) for tag in tags)
        with transaction.atomic():
            Book.tags.through.objects.filter(book__in=books).delete()
            Book.tags.through.objects.bulk_create(book_tags_to_create, ignore_conflicts=True)
        """,
    ),
    "remove the same": (
        "queryset_delete",
        """
        keys = ids(Tag)[:2]
        for book in Book.objects.filter(pages__gte=101):
            book.tags.remove(*keys)
        """,
        """
        keys = ids(Tag)[:2]
        books = []
        for book in Book.objects.filter(pages__gte=101):
            books.append(book)
        Book.tags.through.objects.filter(book__in=books, tag__in=keys).delete()
        """,
    ),
    "clear": (
        "queryset_delete",
        """
        for book in Book.objects.filter(pages__gte=101):
            book.tags.clear()
        """,
        """
        books = []
        for book in Book.objects.filter(pages__gte=101):
            books.append(book)
        Book.tags.through.objects.filter(book__in=books).delete()
        """,
    ),
    "add by a foreign key": (
        "bulk_update",
        """
        author = Author.objects.latest("pk")
        for book in Book.objects.all():
            author.books.add(book)
        """,
        """
        author = Author.objects.latest("pk")
        books_to_update = []
        for book in Book.objects.all():
            book.author = author
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["author"])
        """,
    ),
    "remove one": (
        "queryset_delete",
        """
        tag = Tag.objects.get(name="Tag 1")
        for book in Book.objects.filter(pages__gte=101):
            book.tags.remove(tag)
        """,
        """
        tag = Tag.objects.get(name="Tag 1")
        books = []
        for book in Book.objects.filter(pages__gte=101):
            books.append(book)
        Book.tags.through.objects.filter(book__in=books, tag=tag).delete()
        """,
    ),
    "add what is popped": (
        "bulk_update",
        """
        books = list(Book.objects.order_by("pk"))
        for author in Author.objects.order_by("pk"):
            author.books.add(books.pop())
        """,
        """
        books = list(Book.objects.order_by("pk"))
        books_to_update = []
        for author in Author.objects.order_by("pk"):
            book = books.pop()
            book.author = author
            books_to_update.append(book)
        Book.objects.bulk_update(books_to_update, ["author"])
        """,
    ),
    "clear by a foreign key": (
        "queryset_update",
        """
        for author in Author.objects.all():
            author.pupils.clear()
        """,
        """
        authors = []
        for author in Author.objects.all():
            authors.append(author)
        Author.objects.filter(mentor__in=authors).update(mentor=None)
        """,
    ),
    "awaited": (
        "through_bulk_create",
        """
        tag = await Tag.objects.acreate(name="new")
        async for book in Book.objects.all():
            await book.tags.aadd(tag)
        """,
        """
        tag = await Tag.objects.acreate(name="new")
        book_tags_to_create = []
        async for book in Book.objects.all():
            book_tags_to_create.append(Book.tags.through(book=book, tag=tag))
        await Book.tags.through.objects.abulk_create(book_tags_to_create, ignore_conflicts=True)
        """,
    ),
}


@pytest.mark.parametrize(("kind", "before", "after"), TYPED.values(), ids=TYPED)
def test_types_one_write(tried, kind, before, after):
    shows = "" if "await" in before else SHOW.rstrip()
    found = tried(RelationWriteInLoop(), textwrap.dedent(before).strip() + shows)

    assert found.fix.kind == kind
    assert found.fixed() == textwrap.dedent(after).strip() + shows


UNTYPED = {
    "keys instead of rows": """
        for book in Book.objects.all():
            for key in ids(Tag):
                book.tags.add(key)
        """,
    "two rows at once": """
        first, second = Tag.objects.order_by("pk")[:2]
        for book in Book.objects.all():
            book.tags.add(first, second)
        """,
    "a relation that is read again": """
        tag = Tag.objects.create(name="new")
        for book in Book.objects.prefetch_related("tags"):
            book.tags.add(tag)
            show(len(book.tags.all()))
        """,
    "a parameter": """
        def label(tag):
            for book in Book.objects.all():
                book.tags.add(tag)
        label(Tag.objects.create(name="new"))
        """,
    "keys in a set": """
        keys = ids(Tag)[:2]
        for book in Book.objects.all():
            book.tags.set(keys)
        """,
    "a set that clears": """
        tags = list(Tag.objects.all()[:2])
        for book in Book.objects.all():
            book.tags.set(tags, clear=True)
        """,
    "a table of the project's own": """
        author = Author.objects.earliest("pk")
        for book in Book.objects.all():
            book.contributors.add(author, through_defaults={"role": "art"})
        """,
    "one row for many": """
        book = Book.objects.earliest("pk")
        for author in Author.objects.all():
            author.books.add(book)
        """,
    "a relation that is read behind": """
        tag = Tag.objects.create(name="new")
        books = Book.objects.prefetch_related("tags")
        for book in books:
            book.tags.add(tag)
        show([len(book.tags.all()) for book in books])
        """,
    "what every row loses": """
        for book in Book.objects.all():
            book.tags.remove(book.pk)
        """,
    "perhaps another row": """
        books = list(Book.objects.all())
        for author in Author.objects.all():
            book = books.pop()
            if author.pk < 0:
                book = Book()
            author.books.add(book)
        """,
    "what each row loses": """
        for book in Book.objects.all():
            book.tags.remove(*book.contributors.none(), book.pk)
        """,
    "a row that is an item": """
        for item in [[author] for author in Author.objects.all()]:
            item[0].pupils.clear()
        """,
    "an item": """
        books = {author.pk: author.books.first() for author in Author.objects.all()}
        for author in Author.objects.order_by("pk")[:2]:
            author.edited_books.add(books[author.pk])
        """,
    "a class that has no name here": """
        from tests.project.library import models as library
        loans = list(library.Loan.objects.all())
        for author in Author.objects.all():
            author.loan_set.add(loans.pop())
        """,
    "the other class has no name here": """
        from tests.project.library.populate import models as library
        Book = None
        for book in library.Book.objects.all():
            book.tags.clear()
        """,
    "a list of rows": """
        for author in Author.objects.all():
            author.pupils.add(*Author.objects.filter(pk=author.pk))
        """,
    "a removal by a foreign key": """
        pupils = list(Author.objects.all())
        for author in Author.objects.all():
            author.pupils.remove(*[pupil for pupil in pupils if pupil.mentor_id == author.pk])
        """,
    "another kind of loop": """
        tag = Tag.objects.create(name="new")
        show([book.tags.add(tag) for book in Book.objects.all()])
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    fix = tried(RelationWriteInLoop(), code).fix

    assert fix.kind != "none"
    assert fix.at is None
    assert fix.caveats
