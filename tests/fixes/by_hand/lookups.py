"""Lookups: the values are gathered, asked for once, and read from a dictionary."""

from __future__ import annotations

from collections import defaultdict

from asgiref.sync import sync_to_async
from django.db.models import F

from tests.fixes.by_hand.declare import after
from tests.project.library.models import Author, Book, Profile, Tag
from tests.project.library.populate import ids
from tests.shapes.declare import show


@after("lookup_get_by_related_row", "QL104", "get", "in_bulk")
def rows_of_related_rows():
    values = list(Author.objects.exclude(profile=None))
    rows = {row.author_id: row for row in Profile.objects.filter(author__in=values)}
    show([rows[author.pk] for author in values])


@after("async_gather", "QL104", "get", "in_bulk")
async def rows_instead_of_coroutines():
    values = await sync_to_async(ids)(Author)
    rows = {row.id: row async for row in Author.objects.filter(id__in=values)}
    show([rows[key] for key in values])


@after("lookup_filter", "QL104", "filter", "in_bulk")
def rows_of_each_value():
    authors = list(Author.objects.all())
    values = [author.pk for author in authors]
    rows = defaultdict(list)
    for row in Book.objects.filter(author__in=values):
        rows[row.author_id].append(row)
    for author in authors:
        for book in rows[author.pk]:
            show(author.name, book.title)


@after("lookup_filter_iterator", "QL104", "iterator", "in_bulk")
def rows_of_each_value_instead_of_iterators():
    values = ids(Author)
    rows = defaultdict(list)
    for row in Book.objects.filter(author__in=values):
        rows[row.author_id].append(row)
    for key in values:
        for book in rows[key]:
            show(book.title)


@after("async_first", "QL104", "first", "in_bulk")
async def first_row_of_each_value():
    values = await sync_to_async(ids)(Author)
    found = Book.objects.filter(author__in=values).order_by("-pk")
    rows = {row.author_id: row async for row in found}
    for key in values:
        show(rows.get(key))


@after("lookup_last", "QL104", "last", "in_bulk")
def last_row_of_each_value():
    values = ids(Author)
    rows = {row.author_id: row for row in Book.objects.filter(author__in=values).order_by("pk")}
    for key in values:
        show(rows.get(key))


@after("lookup_earliest", "QL104", "earliest", "in_bulk")
def earliest_row_of_each_value():
    values = ids(Tag)
    rows = Book.objects.filter(tags__in=values).annotate(tag_id=F("tags"))
    earliest = {row.tag_id: row for row in rows.order_by("-pages")}
    for key in values:
        show(earliest[key])


@after("lookup_latest", "QL104", "latest", "in_bulk")
def latest_row_of_each_value():
    values = ids(Tag)
    rows = Book.objects.filter(tags__in=values).annotate(tag_id=F("tags"))
    latest = {row.tag_id: row for row in rows.order_by("pages")}
    for key in values:
        show(latest[key])


@after("lookup_in_bulk", "QL104", "in_bulk", "in_bulk")
def all_rows_in_bulk():
    values = ids(Book)
    rows = Book.objects.in_bulk(values)
    for key in values:
        show({key: rows[key]})


@after("lookup_slice", "QL104", "slice", "in_bulk")
def one_list():
    number = len(ids(Book))
    rows = list(Book.objects.all())
    for position in range(number):
        show(rows[position])
