"""Workloads by hand: each shows one thing that decides what is similar or duplicated."""

from __future__ import annotations

import datetime
from contextlib import suppress
from decimal import Decimal

from django.db import DatabaseError, models, transaction
from django.utils.safestring import mark_safe

from tests.capture.sending import send
from tests.project.library.models import Author, Book, Publisher, Tag

DAY = datetime.date(2020, 1, 1)
MOMENT = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


class Colour(models.TextChoices):
    RED = "red"


class Level(models.IntegerChoices):
    ONE = 1


#: Parameters of one statement that are each sent once; which of them are equal is the question.
VALUES = {
    "numbers": [1, True, 1.0, "1", Decimal("1"), b"1", Level.ONE, 1],
    "nothing": [None, "None", "", 0, False, None],
    "decimals": [Decimal("1.0"), Decimal("1.00"), Decimal("1.0"), 1.0],
    "bytes": [b"x", memoryview(b"x"), bytearray(b"x"), "x", "b'x'"],
    "dates": [DAY, str(DAY), MOMENT, str(MOMENT), MOMENT.isoformat(), DAY],
    "texts": ["red", Colour.RED, mark_safe("red"), "RED", "red "],
}


def nothing():
    pass


def lazy_relations():
    for book in Book.objects.all():
        assert book.author.publisher.name


def joined_relations():
    for book in Book.objects.select_related("author__publisher"):
        assert book.author.publisher.name


def prefetched_sets():
    for author in Author.objects.prefetch_related("books__tags"):
        assert all(tag.name for book in author.books.all() for tag in book.tags.all())


def lookups_of_the_same_and_of_other_rows():
    for number in (0, 1, 0):
        Author.objects.get(name=f"Author {number}")


def counts_and_slices():
    for number in range(3):
        list(Book.objects.order_by("pk")[number : number + 1])
        Author.objects.filter(pk=number).exists()
        Author.objects.filter(pk__in=range(number + 1)).count()


def writes():
    for number in range(3):
        tag = Tag.objects.create(name=f"new {number}")
        tag.name += "!"
        tag.save()
        Tag.objects.get_or_create(name="shared")
    Tag.objects.bulk_create(Tag(name=f"bulk {number}") for number in range(3))
    Tag.objects.filter(name__startswith="bulk").update(name=models.F("pk"))
    Tag.objects.filter(name="shared").delete()


def two_aliases():
    for alias in ("default", "other", "default"):
        send("SELECT 1", alias=alias)
        Publisher.objects.using(alias).count()


def two_aliases_with_values():
    for alias, value in [("default", 1), ("other", 1), ("default", 2), ("other", 1)]:
        send("SELECT %s", [value], alias)


def savepoints():
    for _ in range(2):
        with suppress(ZeroDivisionError), transaction.atomic(), transaction.atomic():
            send("SELECT 1")
            raise ZeroDivisionError


def failures():
    for sql in ("SELECT * FROM nowhere", "SELECT 1 FROM", "SELECT * FROM nowhere", "SELECT 1"):
        with suppress(DatabaseError):
            send(sql)
    for value in (1, 2, 1):
        with suppress(DatabaseError):
            send("SELECT %s FROM nowhere", [value])
    for _ in range(2):
        with suppress(DatabaseError), transaction.atomic():
            Tag.objects.create(name="only once")


def texts_that_look_alike():
    for sql in (
        "SELECT 1",
        "select 1",
        "SELECT  1",
        "SELECT 1 -- page",
        "SELECT /* page */ 1",
        "SELECT 2",
        "SELECT 1",
        mark_safe("SELECT 1"),
    ):
        send(sql)


def forms_of_parameters():
    for params in (None, [], (), {}):
        send("SELECT 1", params)
    for params in ([1, 2], (1, 2), [2, 1], (1, 2.0)):
        send("SELECT %s, %s", params)


def one_line_and_many_lines():
    send("SELECT 5")
    for _ in range(2):
        send("SELECT 5")


def raw_rows_and_chunks():
    for _ in range(2):
        list(Tag.objects.raw("SELECT * FROM library_tag"))
        list(Tag.objects.iterator(chunk_size=1))


def sends(values):
    def workload():
        for value in values:
            send("SELECT %s", [value])

    return workload


BY_HAND = {
    workload.__name__: workload
    for workload in (
        nothing,
        lazy_relations,
        joined_relations,
        prefetched_sets,
        lookups_of_the_same_and_of_other_rows,
        counts_and_slices,
        writes,
        two_aliases,
        two_aliases_with_values,
        savepoints,
        failures,
        texts_that_look_alike,
        forms_of_parameters,
        one_line_and_many_lines,
        raw_rows_and_chunks,
    )
} | {name: sends(values) for name, values in VALUES.items()}
