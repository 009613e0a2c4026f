"""Prefetches that come for every row, and reads that go round a prefetch."""

from __future__ import annotations

from django.db.models import Sum, prefetch_related_objects

from tests.project.library.models import Author, Book, Tag
from tests.project.library.populate import ids
from tests.shapes.declare import shape, show
from tests.shapes.families import lookup, past_prefetch, prefetch


@shape(prefetch("Book.tags"))
def prefetch_objects_of_one_row():
    for book in Book.objects.all():  # origin, loop
        prefetch_related_objects([book], "tags")  # access
        show([tag.name for tag in book.tags.all()])


@shape(prefetch("Author.books"))
def prefetch_objects_in_while():
    authors = list(Author.objects.all())  # origin
    while authors:  # loop
        author = authors.pop()
        prefetch_related_objects([author], "books")  # access
        show(list(author.books.all()))


@shape(lookup("Book", "get"), prefetch("Book.tags", fix="none", mark="2"))
def prefetch_with_get():
    for key in ids(Book):  # loop
        book = Book.objects.prefetch_related("tags").get(pk=key)  # access, access2, origin2
        show(book.title, list(book.tags.all()))


@shape(past_prefetch("Author.books", "filter"))
def past_prefetch_filter():
    for author in Author.objects.prefetch_related("books"):  # origin, loop
        show(list(author.books.filter(pages__gte=100)))  # access


@shape(past_prefetch("Author.books", "order_by"))
def past_prefetch_order_by():
    for author in Author.objects.prefetch_related("books"):  # origin, loop
        show([book.title for book in author.books.order_by("title")])  # access


@shape(past_prefetch("Author.books", "first"))
def past_prefetch_first():
    for author in Author.objects.prefetch_related("books"):  # origin, loop
        show(author.books.first())  # access


@shape(past_prefetch("Book.chapters", "last"))
def past_prefetch_last_ordered():
    for book in Book.objects.prefetch_related("chapters"):  # origin, loop
        show(book.chapters.last())  # access


@shape(past_prefetch("Book.tags", "values_list", kind="many_to_many"))
def past_prefetch_values_list():
    for book in Book.objects.prefetch_related("tags"):  # origin, loop
        show(set(book.tags.values_list("name", flat=True)))  # access


@shape(past_prefetch("Book.tags", "get", kind="many_to_many", fix="reuse_relation"))
def past_prefetch_get():
    for book in Book.objects.prefetch_related("tags"):  # origin, loop
        show(book.tags.get(pk=max(tag.pk for tag in book.tags.all())))  # access


@shape(past_prefetch("Tag.books", "filter", kind="many_to_many"))
def past_prefetch_many_to_many_reverse():
    for tag in Tag.objects.prefetch_related("books"):  # origin, loop
        show(list(tag.books.filter(pages__gte=100)))  # access


@shape(past_prefetch("Author.books", "count", kind="aggregate", fix="annotate"))
def past_prefetch_count_filtered():
    for author in Author.objects.prefetch_related("books"):  # origin, loop
        show(author.books.filter(pages__gte=100).count())  # access


@shape(past_prefetch("Author.books", "aggregate", kind="aggregate", fix="annotate"))
def past_prefetch_aggregate():
    for author in Author.objects.prefetch_related("books"):  # origin, loop
        show(author.books.aggregate(Sum("pages")))  # access


@shape(past_prefetch("Author.books", "iterator", fix="reuse_relation"))
def past_prefetch_iterator():
    for author in Author.objects.prefetch_related("books"):  # origin, loop
        show(list(author.books.iterator()))  # access


@shape(past_prefetch("Book.chapters", "filter", path="books__chapters"))
def past_prefetch_second_level():
    for author in Author.objects.prefetch_related("books__chapters"):  # origin
        for book in author.books.all():  # loop
            show(list(book.chapters.filter(position=0)))  # access
