"""Numbers: one query brings them for all rows, and a dictionary or a set answers."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db.models import Count, OuterRef, Subquery, Sum

from tests.fixes.by_hand.declare import after
from tests.project.library.models import Author, Book, Loan, Tag
from tests.project.library.populate import ids
from tests.shapes.declare import show

keys_of = sync_to_async(ids)


@after("aggregate_count_of_keys", "QL105", "count", "annotate")
def numbers_of_each_value():
    values = ids(Tag)
    found = Book.objects.filter(tags__in=values).values_list("tags").annotate(Count("pk"))
    numbers = dict(found)
    show([numbers.get(key, 0) for key in values])


@after("aggregate_exists_in_helper", "QL105", "exists", "annotate")
def known_values():
    books = list(Book.objects.all())
    values = [book.pk for book in books]
    known = set(Loan.objects.filter(book__in=values).values_list("book", flat=True))
    show([book for book in books if book.pk in known])


@after("aggregate_max_of_values", "QL105", "aggregate", "annotate")
def subquery_of_each_row():
    shorter = Book.objects.filter(pages__lt=OuterRef("pages")).values("pages").order_by("-pages")
    for most in Book.objects.annotate(aggregate=Subquery(shorter[:1])).values_list("aggregate"):
        show({"pages__max": most[0]})


@after("async_aggregate", "QL105", "aggregate", "annotate")
async def sums_of_each_value():
    values = await keys_of(Author)
    found = Book.objects.filter(author_id__in=values).values_list("author_id")
    numbers = dict([pair async for pair in found.annotate(Sum("pages"))])
    for key in values:
        show({"pages__sum": numbers.get(key)})


@after("async_contains", "QL105", "contains", "annotate")
async def known_rows():
    long_books = Book.objects.filter(pages__gte=100)
    known = set(await sync_to_async(list)(long_books.values_list("pk", flat=True)))
    async for book in Book.objects.all():
        show(book.pk in known)
