"""Rows behind a many-to-many relation, both ways and with a model of its own in between."""

from __future__ import annotations

from tests.project.library.models import Author, Book, Tag
from tests.shapes.declare import shape, show
from tests.shapes.families import related_aggregate, related_set


def many_to_many(relation, access="all", **more):
    return related_set(relation, access, kind="many_to_many", **more)


@shape(many_to_many("Book.tags"))
def many_to_many_all():
    for book in Book.objects.all():  # origin, loop
        show(", ".join(tag.name for tag in book.tags.all()))  # access


@shape(many_to_many("Book.tags"), site=Book.tag_names)
def many_to_many_method():
    show([book.tag_names() for book in Book.objects.all()])  # origin, loop


@shape(many_to_many("Tag.books"))
def many_to_many_reverse():
    for tag in Tag.objects.all():  # origin, loop
        for book in tag.books.all():  # access
            show(tag.name, book.title)


@shape(many_to_many("Book.contributors"))
def many_to_many_through():
    for book in Book.objects.all():  # origin, loop
        show([author.name for author in book.contributors.all()])  # access


@shape(many_to_many("Author.contributed_books"))
def many_to_many_through_reverse():
    for author in Author.objects.all():  # origin, loop
        show(list(author.contributed_books.all()))  # access


@shape(related_set("Book.contributions"))
def many_to_many_through_rows():
    for book in Book.objects.all():  # origin, loop
        show([contribution.role for contribution in book.contributions.all()])  # access


@shape(many_to_many("Book.tags", "filter"))
def many_to_many_filter():
    for book in Book.objects.all():  # origin, loop
        show(list(book.tags.filter(name__startswith="Tag")))  # access


@shape(many_to_many("Book.tags", "order_by"))
def many_to_many_order_by():
    for book in Book.objects.all():  # origin, loop
        show([tag.name for tag in book.tags.order_by("name")])  # access


@shape(many_to_many("Book.tags", "values_list"))
def many_to_many_values_list():
    for book in Book.objects.all():  # origin, loop
        show(set(book.tags.values_list("pk", flat=True)))  # access


@shape(many_to_many("Book.tags", "first"))
def many_to_many_first():
    for book in Book.objects.all():  # origin, loop
        show(book.tags.first().name)  # access


@shape(many_to_many("Book.contributors", "get", fix="prefetch_related"))
def many_to_many_get():
    for book in Book.objects.all():  # origin, loop
        show(book.contributors.get(pk=book.editor_id).name)  # access


@shape(many_to_many("Book.tags"))
def many_to_many_in():
    tag = Tag.objects.latest("pk")
    show([book for book in Book.objects.all() if tag in book.tags.all()])  # access, loop, origin


@shape(related_aggregate("Book.tags", "count"))
def many_to_many_count():
    for book in Book.objects.all():  # origin, loop
        show(book.tags.count())  # access


@shape(related_aggregate("Tag.books", "exists"))
def many_to_many_exists():
    show([tag for tag in Tag.objects.all() if tag.books.exists()])  # access, loop, origin


@shape(related_aggregate("Book.tags", "contains"))
def many_to_many_contains():
    tag = Tag.objects.latest("pk")
    for book in Book.objects.all():  # origin, loop
        show(book.tags.contains(tag))  # access
