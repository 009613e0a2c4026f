"""QL107: rows behind a GenericForeignKey, of one model or of several."""

from __future__ import annotations

import django
import pytest

from querylens.rules.lazy_generic_relation import LazyGenericRelation
from tests.rules.traces import cause, sent, trace

OBJ = cause("generic", "attribute", "library.Note.obj", model="", to_one=True)
NOTES = cause("generic", "all", "library.Book.notes", model="library.Note")
AUTHOR = cause("forward", "attribute", "library.Book.author", to_one=True)
BOOK_SQL = 'SELECT * FROM "library_book" WHERE "id" = %s'
AUTHOR_SQL = 'SELECT * FROM "library_author" WHERE "id" = %s'


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], sent(OBJ, 1, 2), id="no queries"),
        pytest.param(sent(OBJ, 1), sent(OBJ, 1, 2), id="one row"),
        pytest.param(sent(OBJ, 1, 1), sent(OBJ, 1, 2), id="the same row again"),
        pytest.param(sent(NOTES, 1, 2), sent(OBJ, 1, 2), id="the other way: QL102"),
        pytest.param(sent(AUTHOR, 1, 2), sent(OBJ, 1, 2), id="a foreign key: QL101"),
        pytest.param(
            [*sent(OBJ, 1, line=1), *sent(OBJ, 2, line=2)],
            [*sent(OBJ, 1, line=1), *sent(OBJ, 2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*sent(OBJ, 1, scope="first"), *sent(OBJ, 2, scope="second")],
            [*sent(OBJ, 1, scope="first"), *sent(OBJ, 2, scope="first")],
            id="two requests",
        ),
        pytest.param(
            [*sent(OBJ, 1, sql=BOOK_SQL, line=1), *sent(OBJ, 2, sql=AUTHOR_SQL, line=2)],
            [*sent(OBJ, 1, sql=BOOK_SQL), *sent(OBJ, 2, sql=AUTHOR_SQL)],
            id="two models on two lines",
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(LazyGenericRelation().check(trace(*silent))) == []
    assert len(list(LazyGenericRelation().check(trace(*loud)))) == 1


def test_finds_one_row_for_each_row():
    [finding] = LazyGenericRelation().check(trace(*sent(OBJ, 1, 2, 3)))

    assert finding.rule.code == "QL107"
    assert finding.message == "library.Note.obj is fetched for each of 3 rows"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.fix.kind, finding.count, finding.saved) == ("prefetch_related", 3, 2)


def test_models_of_one_line_are_one_finding():
    books, authors = sent(OBJ, 1, 2, sql=BOOK_SQL), sent(OBJ, 3, 4, sql=AUTHOR_SQL)
    mixed = [query for pair in zip(books, authors, strict=True) for query in pair]
    [finding] = LazyGenericRelation().check(trace(*mixed))

    assert (finding.count, finding.saved) == (4, 2)
    assert [query.row for query in finding.group.queries] == [1, 3, 2, 4]


def test_types_a_prefetch(tried):
    found = tried(
        LazyGenericRelation(),
        """
        for note in Note.objects.order_by("pk"):
            show(note.text, note.obj)
        """,
    )

    assert (found.finding.count, found.finding.saved) == (8, 6)
    assert 'Note.objects.order_by("pk").prefetch_related("obj")' in found.fixed()
    kinds = [fix.kind for fix in found.fix.alternatives]
    assert kinds == ["prefetch_related", "fetch_mode"][: 1 + (django.VERSION >= (6, 1))]


@pytest.mark.skipif(django.VERSION < (6, 1), reason="fetch modes are new in Django 6.1")
def test_fetch_mode_would_do_as_well(tried):
    found = tried(
        LazyGenericRelation(),
        """
        for note in Note.objects.order_by("pk"):
            show(note.text, note.obj)
        """,
    )

    assert "fetch_mode(models.FETCH_PEERS)" in found.fixed(found.fix.alternatives[-1])


@pytest.mark.parametrize(
    "code",
    [
        "for note in Note.objects.iterator():\n    show(note.obj)",
        """
        for book in Book.objects.prefetch_related("notes"):
            for note in book.notes.all():
                show(note.obj)
        """,
    ],
    ids=["rows of iterator()", "rows of a related set"],
)
def test_fetch_mode_does_not_reach_such_rows(tried, code):
    found = tried(LazyGenericRelation(), code)

    assert [fix.kind for fix in found.fix.alternatives] == ["prefetch_related"]
    found.fixed()


def test_advises_nothing_for_rows_that_were_fetched_one_by_one(tried):
    found = tried(
        LazyGenericRelation(),
        """
        for key in ids(Note):
            show(Note.objects.get(pk=key).obj)
        """,
    )

    assert (found.fix.kind, found.fix.alternatives, found.finding.saved) == ("none", (), 0)
