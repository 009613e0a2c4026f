"""Rows that are changed one at a time."""

from __future__ import annotations

from django.db.models import F
from django.db.models.signals import post_save

from tests.project.library.models import (
    Author,
    Book,
    Chapter,
    Draft,
    Publisher,
    Restaurant,
    Shipment,
    Stamp,
    Tag,
)
from tests.project.library.populate import ids
from tests.shapes.declare import shape, show
from tests.shapes.families import aggregate, lookup, update


def lengthen(book):
    book.pages += 1
    book.save()  # access


def count_chapters(sender, instance, **kwargs):
    show(Chapter.objects.filter(book=instance).count())  # access2


@shape(update("Book"))
def update_save():
    for book in Book.objects.all():  # origin, loop
        book.pages += 1
        book.save()  # access


@shape(update("Book"))
def update_save_fields():
    for book in Book.objects.all():  # origin, loop
        book.title = book.title.upper()
        book.save(update_fields=["title"])  # access


@shape(update("Book"))
def update_save_expression():
    for book in Book.objects.all():  # origin, loop
        book.pages = F("pages") + 1
        book.save()  # access


@shape(update("Book"))
def update_save_of_only():
    for book in Book.objects.only("pages"):  # origin, loop
        book.pages += 1
        book.save()  # access


@shape(update("Book"))
def update_save_while():
    books = list(Book.objects.all())  # origin
    while books:  # loop
        book = books.pop()
        book.pages *= 2
        book.save()  # access


@shape(update("Book"), site=lengthen)
def update_save_in_helper():
    for book in Book.objects.all():  # origin, loop
        lengthen(book)


@shape(update("Draft"))
def update_save_with_own_save():
    for draft in Draft.objects.all():  # origin, loop
        draft.title = draft.title.upper()
        draft.save()  # access


@shape(update("Shipment"))
def update_save_with_receivers():
    for shipment in Shipment.objects.all():  # origin, loop
        shipment.destination = shipment.destination.upper()
        shipment.save()  # access


@shape(update("Book"), aggregate("Chapter", "count", fix="annotate", mark="2"), site=count_chapters)
def update_save_with_receiver_that_queries():
    post_save.connect(count_chapters, sender=Book)
    try:
        for book in Book.objects.all():  # origin, loop
            book.save()  # access
    finally:
        post_save.disconnect(count_chapters, sender=Book)


@shape(update("Stamp"))
def update_save_with_auto_now():
    for stamp in Stamp.objects.all():  # origin, loop
        stamp.label = stamp.label.upper()
        stamp.save()  # access


@shape(update("Restaurant", queries=6))
def update_save_child_row():
    for restaurant in Restaurant.objects.all():  # origin, loop
        restaurant.cuisine = "other"
        restaurant.save()  # access


@shape(lookup("Tag", "get"), update("Tag", mark="2"))
def update_get_and_save():
    for key in ids(Tag):  # loop
        tag = Tag.objects.get(pk=key)  # access
        tag.name = tag.name.upper()
        tag.save()  # access2


@shape(update("Book", "update", fix="bulk_update"))
def update_filter_update():
    for key in ids(Book):  # loop
        Book.objects.filter(pk=key).update(pages=key)  # access


@shape(update("Book", "update"))
def update_filter_update_expression():
    for author in Author.objects.all():  # origin, loop
        Book.objects.filter(author=author).update(pages=F("pages") + 1)  # access


@shape(update("Book", "update", relation="library.Author.books"))
def update_related_update():
    for author in Author.objects.all():  # origin, loop
        author.books.update(title="")  # access


@shape(update("Book", "update"))
def update_comprehension():
    show(sum(Book.objects.filter(pk=key).update(pages=1) for key in ids(Book)))  # access, loop


@shape(update("Publisher", "bulk_update", fix="bulk_update"))
def update_bulk_update_of_one():
    for publisher in Publisher.objects.all():  # origin, loop
        publisher.name = publisher.name.upper()
        Publisher.objects.bulk_update([publisher], ["name"])  # access
