"""SQL of the project's own: a placeholder for each value, and a dictionary of what came back."""

from __future__ import annotations

from django.db import connection

from tests.fixes.by_hand.declare import after
from tests.project.library.models import Author, Book
from tests.project.library.populate import ids
from tests.shapes.declare import show


@after("raw_execute", "QL108", "execute", "single_query")
def one_statement():
    values = ids(Book)
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, title FROM library_book WHERE id IN ({marks})", values)
        titles = dict(cursor.fetchall())
    for key in values:
        show((titles[key],))


@after("raw_manager", "QL108", "raw", "single_query")
def one_raw_query():
    books = list(Book.objects.all())
    values = [book.author_id for book in books]
    marks = ", ".join(["%s"] * len(values))
    found = Author.objects.raw(f"SELECT * FROM library_author WHERE id IN ({marks})", values)
    rows = {row.pk: row for row in found}
    for book in books:
        show(rows[book.author_id].name)
