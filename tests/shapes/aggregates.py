"""A queryset of the project's own that asks for a number for every turn of a loop."""

from __future__ import annotations

from django.db.models import Max, Sum

from tests.project.library.models import Author, Book, Language, Loan, Tag
from tests.project.library.populate import ids
from tests.shapes.declare import shape, show
from tests.shapes.families import aggregate


def is_lent(book):
    return Loan.objects.filter(book=book).exists()  # access


@shape(aggregate("Book", "count"))
def aggregate_count():
    for author in Author.objects.all():  # origin, loop
        show(author.name, Book.objects.filter(author=author).count())  # access


@shape(aggregate("Book", "count"))
def aggregate_count_of_keys():
    show([Book.objects.filter(tags=key).count() for key in ids(Tag)])  # access, loop


@shape(aggregate("Book", "exists"))
def aggregate_exists():
    for key in ids(Author):  # loop
        if Book.objects.filter(author_id=key).exists():  # access
            show(key)


@shape(aggregate("Loan", "exists"), site=is_lent)
def aggregate_exists_in_helper():
    show([book for book in Book.objects.all() if is_lent(book)])  # origin, loop


@shape(aggregate("Loan", "exists"), site=is_lent)
def aggregate_exists_in_filter_function():
    books = Book.objects.all()  # origin
    show(*filter(is_lent, books))  # loop


@shape(aggregate("Book", "aggregate"))
def aggregate_sum():
    for author in Author.objects.all():  # origin, loop
        pages = Book.objects.filter(author=author).aggregate(total=Sum("pages"))  # access
        show(author.name, pages["total"])


@shape(aggregate("Book", "aggregate"))
def aggregate_max_of_values():
    for pages in list(Book.objects.values_list("pages", flat=True)):  # origin, loop
        show(Book.objects.filter(pages__lt=pages).aggregate(Max("pages")))  # access


@shape(aggregate("Book", "contains"))
def aggregate_contains():
    long_books = Book.objects.filter(pages__gte=102)
    for book in Book.objects.all():  # origin, loop
        show(long_books.contains(book))  # access


@shape(aggregate("Tag", "exists"))
def aggregate_exists_on_other_database():
    for key in ids(Language):  # loop
        show(Tag.objects.using("other").filter(name=key).exists())  # access
