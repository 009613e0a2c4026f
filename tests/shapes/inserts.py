"""Rows that are written one at a time."""

from __future__ import annotations

from django.db import transaction

from tests.project.library.forms import DraftForm
from tests.project.library.models import (
    Author,
    Book,
    Chapter,
    Draft,
    Loan,
    Note,
    Publisher,
    Restaurant,
    Review,
    Shipment,
    Stamp,
    Tag,
)
from tests.project.library.populate import ids
from tests.shapes.declare import shape, show
from tests.shapes.families import get_or_create, insert, lookup


@shape(insert("Tag"))
def insert_create():
    for key in ids(Book):  # loop
        Tag.objects.create(name=f"new {key}")  # access


@shape(insert("Loan"))
def insert_create_for_rows():
    for book in Book.objects.all():  # origin, loop
        Loan.objects.create(book=book, borrower_id=book.author_id)  # access


@shape(insert("Tag"))
def insert_create_comprehension():
    show([Tag.objects.create(name=f"new {key}") for key in ids(Book)])  # access, loop


@shape(insert("Tag"))
def insert_create_in_atomic():
    for key in ids(Book):  # loop
        with transaction.atomic():
            Tag.objects.create(name=f"new {key}")  # access


@shape(insert("Tag"), site=Tag.register)
def insert_create_in_classmethod():
    for key in ids(Book):  # loop
        Tag.register(f"new {key}")


@shape(insert("Chapter", relation="library.Book.chapters"))
def insert_related_create():
    for book in Book.objects.all():  # origin, loop
        book.chapters.create(position=9, title="Index")  # access


@shape(insert("Note", relation="library.Book.notes"))
def insert_generic_create():
    for book in Book.objects.all():  # origin, loop
        book.notes.create(text="lost")  # access


@shape(insert("Tag", relation="library.Book.tags", queries=8))
def insert_many_to_many_create():
    for book in Book.objects.all():  # origin, loop
        book.tags.create(name=f"of {book.title}")  # access


@shape(insert("Tag", "save"))
def insert_save():
    for key in ids(Book):  # loop
        tag = Tag(name=f"new {key}")
        tag.save()  # access


@shape(insert("Publisher", "save"))
def insert_save_copy():
    for publisher in Publisher.objects.all():  # origin, loop
        publisher.pk = None
        publisher._state.adding = True
        publisher.save()  # access


@shape(insert("Chapter", "save", queries=8))
def insert_save_in_nested_loops():
    for book in Book.objects.all():
        for position in (7, 8):  # loop
            Chapter(book=book, position=position, title="Appendix").save()  # access


@shape(insert("Draft"))
def insert_create_with_own_save():
    for key in ids(Book):  # loop
        Draft.objects.create(title=f"Draft of {key}")  # access


@shape(insert("Draft", "save"))
def insert_save_with_own_save():
    for key in ids(Book):  # loop
        Draft(title=f"Draft of {key}").save()  # access


@shape(insert("Shipment"))
def insert_create_with_receivers():
    for key in ids(Book):  # loop
        Shipment.objects.create(destination=f"Town {key}")  # access


@shape(insert("Stamp"))
def insert_create_with_auto_now():
    for key in ids(Book):  # loop
        Stamp.objects.create(label=f"Stamp {key}")  # access


@shape(insert("Restaurant", fix="none", queries=8))
def insert_create_child_row():
    for author in Author.objects.all():  # origin, loop
        Restaurant.objects.create(name="Inn", cuisine="any", owner=author)  # access


@shape(insert("Tag", "bulk_create"))
def insert_bulk_create_of_one():
    for key in ids(Book):  # loop
        Tag.objects.bulk_create([Tag(name=f"new {key}")])  # access


@shape(insert("Draft", "save"))
def insert_form_save():
    for key in ids(Book):  # loop
        form = DraftForm({"title": f"Draft of {key}"})
        if form.is_valid():
            form.save()  # access


@shape(insert("Review"))
def insert_create_by_custom_manager():
    for book in Book.objects.all():  # origin, loop
        Review.objects.create(book=book, text="fine")  # access


@shape(get_or_create("Tag", queries=8))
def insert_get_or_create():
    for key in ids(Book):  # loop
        tag, created = Tag.objects.get_or_create(name=f"new {key}")  # access
        show(tag, created)


@shape(get_or_create("Tag"))
def insert_get_or_create_existing():
    for name in [f"Tag {number}" for number in range(len(ids(Tag)))]:  # loop
        Tag.objects.get_or_create(name=name)  # access


@shape(get_or_create("Chapter", relation="library.Book.chapters", queries=8))
def insert_related_get_or_create():
    for book in Book.objects.all():  # origin, loop
        book.chapters.get_or_create(position=9, defaults={"title": "Index"})  # access


@shape(get_or_create("Tag", "update_or_create", queries=8))
def insert_update_or_create():
    for key in ids(Book):  # loop
        Tag.objects.update_or_create(name=f"new {key}", defaults={"name": key})  # access


@shape(get_or_create("Publisher", "update_or_create", queries=8))
def insert_update_or_create_existing():
    for key in ids(Publisher):  # loop
        Publisher.objects.update_or_create(pk=key, defaults={"name": "Press"})  # access


@shape(insert("Note", "save"))
def insert_save_generic():
    for book in Book.objects.all():  # origin, loop
        note = Note(obj=book, text="lost")
        note.save()  # access


@shape(lookup("Tag", "get", queries=8), insert("Loan", queries=8, mark="2"))
def insert_after_lookup_in_nested_loops():
    borrower = Author.objects.latest("pk")
    books = list(Book.objects.all())
    for days in (7, 14):
        for number, book in enumerate(books):  # loop
            show(Tag.objects.get(name=f"Tag {number}"))  # access
            Loan.objects.create(book=book, borrower=borrower, days=days)  # access2
