"""The same forward relation, with rows that come from elsewhere or are kept in between."""

from __future__ import annotations

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import models
from django.shortcuts import get_list_or_404

from tests.project.library.models import Author, Book, Review
from tests.project.library.services import BookReport, published_reviews, recent_books
from tests.shapes.declare import shape, show
from tests.shapes.families import to_one


@shape(to_one("Book.author", fix="prefetch_related"))
def rows_of_raw():
    books = Book.objects.raw("SELECT * FROM library_book")  # origin
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_of_iterator():
    for book in Book.objects.all().iterator():  # origin, loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_of_slice():
    for book in Book.objects.order_by("-pk")[:10]:  # origin, loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_in_variable():
    books = Book.objects.filter(pages__gte=100)  # origin
    show(len(books))
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_in_list():
    books = list(Book.objects.exclude(pages=0))  # origin
    books.reverse()
    for position, book in enumerate(books):  # loop
        show(position, book.author.name)  # access


@shape(to_one("Book.author"))
def rows_in_dictionary():
    books = Book.objects.in_bulk()  # origin
    for key in books:  # loop
        show(books[key].author.name)  # access


@shape(to_one("Book.author"))
def rows_in_groups():
    by_pages = {}
    for book in Book.objects.all():  # origin
        by_pages.setdefault(book.pages, []).append(book)
    for books in by_pages.values():
        show([book.author.name for book in books])  # access, loop


@shape(to_one("Book.editor"), site=BookReport)
def rows_on_object():
    show(*BookReport().lines())


@shape(to_one("Book.author"), site=recent_books)
def rows_from_other_module():
    for book in recent_books():  # loop
        show(book.author.name)  # access


@shape(to_one("Review.book"))
def rows_of_custom_manager():
    for review in Review.objects.published():  # origin, loop
        show(review.book.title)  # access


@shape(to_one("Review.book"), site=published_reviews)
def rows_of_custom_manager_in_other_module():
    for review in published_reviews():  # loop
        show(review.book.title)  # access


@shape(to_one("Book.author"))
def rows_of_chain_over_lines():
    books = (
        Book.objects.filter(pages__gte=100)  # origin
        .exclude(title="")
        .order_by("title")
    )
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_of_chain_in_steps():
    books = Book.objects.all()  # origin
    if books is not None:
        books = books.filter(pages__gte=100)
    books = books.order_by("title")
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author", fix="prefetch_related"))
def rows_of_union():
    short = Book.objects.filter(pages__lt=102)  # origin
    books = short.union(Book.objects.filter(pages__gte=102))
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_of_two_querysets():
    books = [*Book.objects.filter(pages__lt=102), *Book.objects.filter(pages__gte=102)]
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_of_page():
    page = Paginator(Book.objects.order_by("pk"), 20).page(1)  # origin
    for book in page:  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_of_get_list_or_404():
    for book in get_list_or_404(Book, pages__gte=100):  # origin, loop
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def rows_from_cache():
    cache.set("books", list(Book.objects.all()))
    for book in cache.get("books"):  # loop
        show(book.author.name)  # access


@shape(to_one("Book.editor"))
def rows_of_one_related_set():
    author = Author.objects.latest("pk")
    Book.objects.update(author=author)
    for book in author.books.all():  # origin, loop
        show(book.editor.name)  # access


@shape(to_one("Book.author"), django=(6, 1))
def rows_of_iterator_fetching_peers():
    books = Book.objects.fetch_mode(models.FETCH_PEERS)  # origin
    for book in books.iterator():  # loop
        show(book.author.name)  # access
