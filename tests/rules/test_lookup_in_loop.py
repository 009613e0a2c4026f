"""QL104: advice that is finished by hand keeps the row that the lookup gave."""

from __future__ import annotations

import pytest

import querylens
from tests.project.library.models import Author, Book
from tests.project.library.populate import ids

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "books",
    [Book.objects.all(), Book.objects.order_by("-title", "pk")],
    ids=["unordered", "ordered"],
)
@pytest.mark.parametrize("access", ["first", "last"])
def test_the_dict_keeps_the_row_that_the_lookup_gave(rows, books, access):
    Book.objects.update(author=Author.objects.order_by("pk")[0])
    Book.objects.filter(pk=ids(Book)[-1]).update(author=Author.objects.order_by("pk")[1])
    expected = {}
    with querylens.capture() as trace:
        # Not a form that can be rewritten: the advice has to be finished by hand.
        for key in iter(ids(Author).__iter__().__next__, None):
            expected[key] = getattr(books.filter(author=key), access)()
            if len(expected) == 2:
                break

    fix = querylens.check(trace).findings[0].fix
    code = fix.code.replace("Book.objects", "books")
    found = {"values": list(expected), "books": books}
    exec(code, found)

    assert fix.at is None
    assert found["rows"] == expected
