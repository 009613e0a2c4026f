"""Generic relations: the row that a note is about, and the notes on a row."""

from __future__ import annotations

from tests.project.library.models import Book, Note
from tests.shapes.declare import shape, show
from tests.shapes.families import generic_row, past_prefetch, related_aggregate, related_set


@shape(generic_row())
def generic_foreign_key():
    for note in Note.objects.filter(content_type__model="book"):  # origin, loop
        show(note.text, note.obj)  # access


@shape(generic_row(queries=8))
def generic_foreign_key_to_two_models():
    for note in Note.objects.all():  # origin, loop
        show(note.text, note.obj)  # access


@shape(generic_row())
def generic_foreign_key_sorted():
    notes = Note.objects.filter(content_type__model="author")  # origin
    show(sorted(notes, key=lambda note: note.obj.name))  # access, loop


@shape(generic_row())
def generic_foreign_key_selected_in_vain():
    notes = Note.objects.select_related("content_type")  # origin
    for note in notes.filter(content_type__model="book"):  # loop
        show(note.content_type.model, note.obj)  # access


def notes(access="all", **more):
    return related_set("Book.notes", access, kind="generic", **more)


@shape(notes())
def generic_relation():
    for book in Book.objects.all():  # origin, loop
        show([note.text for note in book.notes.all()])  # access


@shape(notes("filter"))
def generic_relation_filter():
    for book in Book.objects.all():  # origin, loop
        show(list(book.notes.filter(text="read")))  # access


@shape(notes("order_by"))
def generic_relation_order_by():
    for book in Book.objects.all():  # origin, loop
        show(list(book.notes.order_by("-pk")))  # access


@shape(notes("first"))
def generic_relation_first():
    for book in Book.objects.all():  # origin, loop
        show(book.notes.first())  # access


@shape(notes("get"))
def generic_relation_get():
    for book in Book.objects.all():  # origin, loop
        show(book.notes.get(text="read"))  # access


@shape(related_aggregate("Book.notes", "count"))
def generic_relation_count():
    for book in Book.objects.all():  # origin, loop
        show(book.notes.count())  # access


@shape(related_aggregate("Book.notes", "exists"))
def generic_relation_exists():
    show([book for book in Book.objects.all() if book.notes.exists()])  # access, loop, origin


@shape(past_prefetch("Book.notes", "filter", kind="generic"))
def generic_relation_filter_past_prefetch():
    for book in Book.objects.prefetch_related("notes"):  # origin, loop
        show(list(book.notes.filter(text="read")))  # access
