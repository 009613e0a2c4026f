"""Rows behind the manager of a reverse foreign key, by every way to read them."""

from __future__ import annotations

from django.db import models
from django.db.models import Count, Sum

from tests.project.library.models import Author, Book, Publisher, Shelf
from tests.shapes.declare import shape, show
from tests.shapes.families import related_aggregate, related_set


@shape(related_set("Author.books"))
def reverse_all():
    for author in Author.objects.all():  # origin, loop
        for book in author.books.all():  # access
            show(author.name, book.title)


@shape(related_set("Author.loan_set"))
def reverse_default_name():
    for author in Author.objects.all():  # origin, loop
        show([loan.days for loan in author.loan_set.all()])  # access


@shape(related_set("Shelf.refs"))
def reverse_to_field():
    for shelf in Shelf.objects.all():  # origin, loop
        show(shelf.room, list(shelf.refs.all()))  # access


@shape(related_set("Author.pupils"))
def reverse_to_self():
    for author in Author.objects.all():  # origin, loop
        show(author.name, [pupil.name for pupil in author.pupils.all()])  # access


@shape(related_set("Author.books"), site=Author.titles)
def reverse_method():
    for author in Author.objects.all():  # origin, loop
        show(author.titles())


@shape(related_set("Author.books"))
def reverse_comprehension():
    authors = Author.objects.all()  # origin
    show({author.name: list(author.books.all()) for author in authors})  # access, loop


@shape(related_set("Author.books"))
def reverse_len():
    for author in Author.objects.all():  # origin, loop
        show(len(author.books.all()))  # access


@shape(related_set("Author.books"))
def reverse_bool():
    for author in Author.objects.all():  # origin, loop
        if author.books.all():  # access
            show(author.name)


@shape(related_set("Author.books"))
def reverse_in():
    longest = Book.objects.latest("pages")
    for author in Author.objects.all():  # origin, loop
        show(longest in author.books.all())  # access


@shape(related_set("Author.books", "slice", queries=3))
def reverse_index():
    for author in Author.objects.filter(books__isnull=False).distinct():  # origin, loop
        show(author.books.all()[0].title)  # access


@shape(related_set("Author.books", "slice"))
def reverse_slice():
    for author in Author.objects.all():  # origin, loop
        for book in author.books.all()[:3]:  # access
            show(book.title)


@shape(related_set("Author.books", "filter"))
def reverse_filter():
    for author in Author.objects.all():  # origin, loop
        show(list(author.books.filter(pages__gte=100)))  # access


@shape(related_set("Author.books", "filter"))
def reverse_exclude():
    for author in Author.objects.all():  # origin, loop
        for book in author.books.exclude(title=""):  # access
            show(book.title)


@shape(related_set("Author.books", "filter"))
def reverse_filter_in_steps():
    for author in Author.objects.all():  # origin, loop
        books = author.books.all()
        books = books.filter(pages__gte=100).order_by("title")
        show([book.title for book in books])  # access


@shape(related_set("Book.reviews", "filter"))
def reverse_custom_manager():
    for book in Book.objects.all():  # origin, loop
        show([review.text for review in book.reviews.published()])  # access


@shape(related_set("Author.books", "order_by"))
def reverse_order_by():
    for author in Author.objects.all():  # origin, loop
        show([book.title for book in author.books.order_by("-pages")])  # access


@shape(related_set("Author.books", "distinct"))
def reverse_distinct():
    for author in Author.objects.all():  # origin, loop
        show(list(author.books.distinct()))  # access


@shape(related_set("Author.books", "values_list"))
def reverse_values_list():
    for author in Author.objects.all():  # origin, loop
        show(", ".join(author.books.values_list("title", flat=True)))  # access


@shape(related_set("Author.books", "values"))
def reverse_values():
    for author in Author.objects.all():  # origin, loop
        show(list(author.books.values("title", "pages")))  # access


@shape(related_set("Author.books", "select_related"))
def reverse_select_related():
    for author in Author.objects.all():  # origin, loop
        show([book.editor.name for book in author.books.select_related("editor")])  # access


@shape(related_set("Author.books", "only"))
def reverse_only():
    for author in Author.objects.all():  # origin, loop
        show([book.title for book in author.books.only("title", "author")])  # access


@shape(related_set("Author.books", "iterator", fix="prefetch_related"))
def reverse_iterator():
    for author in Author.objects.all():  # origin, loop
        for book in author.books.iterator():  # access
            show(book.title)


@shape(related_set("Book.chapters", "first", fix="prefetch_related"))
def reverse_first_ordered():
    for book in Book.objects.all():  # origin, loop
        show(book.chapters.first().title)  # access


@shape(related_set("Author.books", "first"))
def reverse_first():
    for author in Author.objects.all():  # origin, loop
        show(author.books.first())  # access


@shape(related_set("Author.books", "last"))
def reverse_last():
    for author in Author.objects.all():  # origin, loop
        show(author.books.last())  # access


@shape(related_set("Book.chapters", "earliest"))
def reverse_earliest():
    for book in Book.objects.all():  # origin, loop
        show(book.chapters.earliest("position").title)  # access


@shape(related_set("Book.chapters", "latest"))
def reverse_latest():
    for book in Book.objects.all():  # origin, loop
        show(book.chapters.latest("position").title)  # access


@shape(related_set("Book.editions", "get"))
def reverse_get():
    for book in Book.objects.all():  # origin, loop
        show(book.editions.get(language__isnull=False).pk)  # access


@shape(related_set("Author.books", "in_bulk", fix="prefetch_related"))
def reverse_in_bulk():
    for author in Author.objects.all():  # origin, loop
        show(author.books.in_bulk())  # access


@shape(related_aggregate("Author.books", "count"))
def reverse_count():
    for author in Author.objects.all():  # origin, loop
        show(author.name, author.books.count())  # access


@shape(related_aggregate("Author.books", "count"), site=Author.book_count)
def reverse_count_property():
    show(sorted(Author.objects.all(), key=lambda author: author.book_count))  # origin, loop


@shape(related_aggregate("Author.books", "count"))
def reverse_count_filtered():
    for author in Author.objects.all():  # origin, loop
        show(author.books.filter(pages__gte=100).count())  # access


@shape(related_aggregate("Publisher.authors", "exists"))
def reverse_exists():
    for publisher in Publisher.objects.all():  # origin, loop
        if publisher.authors.exists():  # access
            show(publisher.name)


@shape(related_aggregate("Author.books", "aggregate"))
def reverse_aggregate():
    for author in Author.objects.all():  # origin, loop
        show(author.books.aggregate(total=Sum("pages"))["total"])  # access


@shape(related_aggregate("Author.books", "contains"))
def reverse_contains():
    longest = Book.objects.latest("pages")
    for author in Author.objects.all():  # origin, loop
        show(author.books.contains(longest))  # access


@shape(related_set("Author.books", "annotate"))
def reverse_annotate():
    for author in Author.objects.all():  # origin, loop
        books = author.books.annotate(number=Count("chapters"))
        show([book.number for book in books])  # access


@shape(related_set("Author.books"), django=(6, 1))
def reverse_all_fetching_peers():
    for author in Author.objects.fetch_mode(models.FETCH_PEERS):  # origin, loop
        show([book.title for book in author.books.all()])  # access
