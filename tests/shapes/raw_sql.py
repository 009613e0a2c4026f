"""SQL that the project wrote itself, sent for every turn of a loop."""

from __future__ import annotations

from django.db import connection, connections

from tests.project.library.models import Author, Book
from tests.project.library.populate import ids
from tests.shapes.declare import shape, show
from tests.shapes.families import raw

TITLE = "SELECT title FROM library_book WHERE id = %s"
LENGTHEN = "UPDATE library_book SET pages = pages + 1 WHERE id = %s"


def fetch_title(key):
    with connection.cursor() as cursor:
        cursor.execute(TITLE, [key])  # access
        return cursor.fetchone()[0]


@shape(raw())
def raw_execute():
    with connection.cursor() as cursor:
        for key in ids(Book):  # loop
            cursor.execute(TITLE, [key])  # access
            show(cursor.fetchone())


@shape(raw())
def raw_execute_without_parameters():
    with connection.cursor() as cursor:
        for key in ids(Book):  # loop
            cursor.execute(f"SELECT pages FROM library_book WHERE id = {key}")  # access
            show(cursor.fetchall())


@shape(raw())
def raw_execute_named_parameters():
    with connection.cursor() as cursor:
        for book in Book.objects.all():  # origin, loop
            query = "SELECT name FROM library_author WHERE id = %(author)s"
            cursor.execute(query, {"author": book.author_id})  # access


@shape(raw(), site=fetch_title)
def raw_execute_in_helper():
    show([fetch_title(key) for key in ids(Book)])  # loop


@shape(raw())
def raw_execute_update():
    with connection.cursor() as cursor:
        for key in ids(Book):  # loop
            cursor.execute(LENGTHEN, [key])  # access


@shape(raw())
def raw_execute_insert():
    with connection.cursor() as cursor:
        for key in ids(Book):  # loop
            cursor.execute("INSERT INTO library_tag (name) VALUES (%s)", [f"of {key}"])  # access


@shape(raw())
def raw_execute_on_other_database():
    for key in ids(Book):  # loop
        with connections["other"].cursor() as cursor:
            cursor.execute(TITLE, [key])  # access


@shape(raw("executemany"))
def raw_executemany():
    with connection.cursor() as cursor:
        for key in ids(Book):  # loop
            cursor.executemany(LENGTHEN, [(key,), (key + 1,)])  # access


@shape(raw("raw", "Author"))
def raw_manager():
    for book in Book.objects.all():  # origin, loop
        query = "SELECT * FROM library_author WHERE id = %s"
        [author] = Author.objects.raw(query, [book.author_id])  # access
        show(author.name)


@shape(raw("raw", "Book"))
def raw_manager_comprehension():
    query = "SELECT * FROM library_book WHERE author_id = %s"
    show([list(Book.objects.raw(query, [key])) for key in ids(Author)])  # access, loop
