"""Writes: objects are made or changed in the loop, and written together behind it."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils.text import slugify

from tests.fixes.by_hand.declare import after
from tests.project.library.models import (
    Author,
    Book,
    Chapter,
    Contribution,
    Draft,
    Note,
    Publisher,
    Shipment,
    Stamp,
    Tag,
)
from tests.project.library.populate import ids
from tests.project.library.receivers import set_reference
from tests.shapes.declare import show


@after("insert_create_in_classmethod", "QL201", "create", "bulk_create")
def objects_of_a_classmethod():
    tags = [Tag(name=f"new {key}") for key in ids(Book)]
    Tag.objects.bulk_create(tags)


@after("insert_create_with_own_save", "QL201", "create", "bulk_create")
def objects_with_what_save_would_set():
    titles = [f"Draft of {key}" for key in ids(Book)]
    drafts = [Draft(title=title, slug=slugify(title)) for title in titles]
    Draft.objects.bulk_create(drafts)


@after("insert_create_with_receivers", "QL201", "create", "bulk_create")
def objects_with_what_receivers_would_set():
    shipments = [Shipment(destination=f"Town {key}") for key in ids(Book)]
    for shipment in shipments:
        set_reference(Shipment, shipment)
    Shipment.objects.bulk_create(shipments)


@after("insert_form_save", "QL201", "save", "bulk_create")
def objects_of_valid_forms():
    titles = [f"Draft of {key}" for key in ids(Book)]
    drafts = [Draft(title=title, slug=slugify(title)) for title in titles]
    Draft.objects.bulk_create(drafts)


@after("insert_get_or_create", "QL204", "get_or_create", "bulk_create")
def existing_rows_and_new_ones():
    values = [f"new {key}" for key in ids(Book)]
    existing = {row.name: row for row in Tag.objects.filter(name__in=values)}
    tags = [Tag(name=name) for name in values if name not in existing]
    Tag.objects.bulk_create(tags)
    created = {tag.name: tag for tag in tags}
    for name in values:
        show(existing.get(name) or created[name], name in created)


@after("insert_update_or_create", "QL204", "update_or_create", "bulk_create")
def existing_rows_changed_and_new_ones():
    keys = ids(Book)
    values = [f"new {key}" for key in keys]
    existing = {row.name: row for row in Tag.objects.filter(name__in=values)}
    tags = []
    for key, name in zip(keys, values, strict=True):
        if name in existing:
            existing[name].name = key
        else:
            tags.append(Tag(name=key))
    Tag.objects.bulk_create(tags)
    Tag.objects.bulk_update(existing.values(), ["name"])


@after("update_save_in_helper", "QL202", "save", "bulk_update")
def objects_changed_by_a_helper():
    books = list(Book.objects.all())
    for book in books:
        book.pages += 1
    Book.objects.bulk_update(books, ["pages"])


@after("update_save_with_receivers", "QL202", "save", "bulk_update")
def objects_changed_as_receivers_would():
    shipments = list(Shipment.objects.all())
    for shipment in shipments:
        shipment.destination = shipment.destination.upper()
        set_reference(Shipment, shipment)
    Shipment.objects.bulk_update(shipments, ["destination", "reference"])


@after("update_comprehension", "QL202", "update", "queryset_update")
def one_update():
    values = ids(Book)
    show(Book.objects.filter(id__in=values).update(pages=1))


@after("delete_filter_comprehension", "QL203", "delete", "queryset_delete")
def one_delete():
    values = ids(Stamp)
    Stamp.objects.filter(id__in=values).delete()
    show([(1, {"library.Stamp": 1}) for _ in values])


@after("write_add_with_through_defaults", "QL205", "add", "through_bulk_create")
def links_that_are_not_there_yet():
    author = Author.objects.create(name="New", publisher=Publisher.objects.first())
    books = list(Book.objects.all())
    known = set(Contribution.objects.filter(author=author).values_list("book", flat=True))
    links = [
        Book.contributors.through(book=book, author=author, role="art")
        for book in books
        if book.pk not in known
    ]
    Book.contributors.through.objects.bulk_create(links, ignore_conflicts=True)


@after("async_set", "QL205", "set", "through_bulk_create")
async def links_set_anew():
    tags = [tag async for tag in Tag.objects.all()[:2]]
    books = [book async for book in Book.objects.all()]

    @transaction.atomic
    def write():
        Book.tags.through.objects.exclude(tag__in=tags).delete()
        links = [Book.tags.through(book=book, tag=tag) for book in books for tag in tags]
        Book.tags.through.objects.bulk_create(links, ignore_conflicts=True)

    await sync_to_async(write)()


@after("write_generic_add", "QL205", "add", "bulk_update")
def notes_given_to_another():
    note = Note.objects.latest("pk")
    for book in Book.objects.all():
        note.obj = book
    notes = [note]
    Note.objects.bulk_update(notes, ["content_type", "object_id"])


@after("async_related_create", "QL201", "create", "bulk_create")
async def objects_of_each_row():
    books = [book async for book in Book.objects.all()]
    chapters = [Chapter(book=book, position=9, title="Index") for book in books]
    await sync_to_async(Chapter.objects.bulk_create)(chapters)
