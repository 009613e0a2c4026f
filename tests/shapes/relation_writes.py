"""Relations that are written for one row at a time."""

from __future__ import annotations

from tests.project.library.models import Author, Book, Note, Publisher, Tag
from tests.shapes.declare import shape
from tests.shapes.families import relation_write


@shape(relation_write("Book.tags", "add"))
def write_add():
    tag = Tag.objects.create(name="new")
    for book in Book.objects.all():  # origin, loop
        book.tags.add(tag)  # access


@shape(relation_write("Book.tags", "add", queries=8))
def write_add_in_nested_loops():
    tags = Tag.objects.bulk_create([Tag(name="new"), Tag(name="newer")])
    for book in Book.objects.all():  # origin
        for tag in tags:  # loop
            book.tags.add(tag)  # access


@shape(relation_write("Book.tags", "add"))
def write_add_several():
    tags = Tag.objects.bulk_create([Tag(name="new"), Tag(name="newer")])
    for book in Book.objects.all():  # origin, loop
        book.tags.add(*tags)  # access


@shape(relation_write("Tag.books", "add"))
def write_add_reverse():
    author = Author.objects.latest("pk")
    book = Book.objects.create(title="New", author=author, editor=author)
    for tag in Tag.objects.all():  # origin, loop
        tag.books.add(book)  # access


@shape(relation_write("Book.contributors", "add", queries=8))
def write_add_with_through_defaults():
    author = Author.objects.create(name="New", publisher=Publisher.objects.first())
    for book in Book.objects.all():  # origin, loop
        book.contributors.add(author, through_defaults={"role": "art"})  # access


@shape(relation_write("Book.tags", "set", queries=10))
def write_set():
    tags = list(Tag.objects.all()[:2])
    for book in Book.objects.all():  # origin, loop
        book.tags.set(tags)  # access


@shape(relation_write("Book.tags", "remove", fix="queryset_delete"))
def write_remove():
    tag = Tag.objects.earliest("pk")
    for book in Book.objects.all():  # origin, loop
        book.tags.remove(tag)  # access


@shape(relation_write("Book.tags", "clear", fix="queryset_delete"))
def write_clear():
    for book in Book.objects.all():  # origin, loop
        book.tags.clear()  # access


@shape(relation_write("Author.books", "add", fix="bulk_update"))
def write_reverse_add():
    books = list(Book.objects.all())
    for author in Author.objects.all():  # origin, loop
        author.books.add(books.pop())  # access


@shape(relation_write("Author.pupils", "set", fix="none", queries=10))
def write_reverse_set():
    pupils = list(Author.objects.all()[:2])
    for author in Author.objects.all():  # origin, loop
        author.pupils.set(pupils)  # access


@shape(relation_write("Author.pupils", "clear", fix="queryset_update"))
def write_reverse_clear():
    for author in Author.objects.all():  # origin, loop
        author.pupils.clear()  # access


@shape(relation_write("Book.notes", "add", fix="bulk_update"))
def write_generic_add():
    note = Note.objects.latest("pk")
    for book in Book.objects.all():  # origin, loop
        book.notes.add(note)  # access
