"""Fields that the queryset left out and the loop reads all the same."""

from __future__ import annotations

from tests.project.library.models import Book, Restaurant
from tests.shapes.declare import shape, show
from tests.shapes.families import deferred, to_one


@shape(deferred("Book.summary"))
def deferred_by_only():
    for book in Book.objects.only("title"):  # origin, loop
        show(book.title, book.summary)  # access


@shape(deferred("Book.summary"))
def deferred_by_defer():
    for book in Book.objects.defer("summary"):  # origin, loop
        show(book.title, book.summary)  # access


@shape(deferred("Book.summary"), site=Book.has_long_summary)
def deferred_behind_method():
    books = Book.objects.defer("summary")  # origin
    show([book for book in books if book.has_long_summary()])  # loop


@shape(deferred("Author.biography", path="author__biography"))
def deferred_on_joined_row():
    books = Book.objects.select_related("author").defer("author__biography")  # origin
    for book in books:  # loop
        show(book.author.biography)  # access


@shape(deferred("Author.biography", path="author__biography"))
def deferred_on_joined_row_by_only():
    books = Book.objects.select_related("author").only("title", "author__name")  # origin
    for book in books:  # loop
        show(book.author.name, book.author.biography)  # access


@shape(deferred("Book.summary", fix="load_field"))
def deferred_by_raw():
    books = Book.objects.raw("SELECT id, title FROM library_book")  # origin
    for book in books:  # loop
        show(book.title, book.summary)  # access


@shape(deferred("Book.author"))
def deferred_key():
    for book in Book.objects.only("title"):  # origin, loop
        show(book.author_id)  # access


@shape(deferred("Book.author", mark="2"), to_one("Book.author"))
def deferred_key_of_relation():
    for book in Book.objects.only("title"):  # origin, loop
        show(book.author.name)  # access, access2


@shape(deferred("Place.name", queries=3))
def deferred_on_parent_row():
    for restaurant in Restaurant.objects.only("cuisine"):  # origin, loop
        show(restaurant.name, restaurant.cuisine)  # access


@shape(deferred("Book.summary"), deferred("Book.pages", mark="2"))
def deferred_two_fields():
    for book in Book.objects.only("title"):  # origin, loop
        show(book.summary)  # access
        show(book.pages)  # access2


@shape(deferred("Book.summary"))
def deferred_on_iterator():
    for book in Book.objects.defer("summary").iterator():  # origin, loop
        show(book.summary)  # access
