"""A queryset of the project's own that fetches one row, or a few, for every turn of a loop."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q
from django.shortcuts import get_list_or_404, get_object_or_404

from tests.project.library.models import (
    Author,
    Book,
    Language,
    Profile,
    Review,
    ReviewManager,
    Stamp,
    Tag,
)
from tests.project.library.populate import ids
from tests.project.library.services import find_author
from tests.shapes.declare import shape, show
from tests.shapes.families import lookup


@shape(lookup("Book", "get"))
def lookup_get():
    for key in ids(Book):  # loop
        show(Book.objects.get(pk=key).title)  # access


@shape(lookup("Tag", "get"))
def lookup_get_by_name():
    for name in [f"Tag {key}" for key in range(len(ids(Tag)))]:  # loop
        show(Tag.objects.get(name=name))  # access


@shape(lookup("Author", "get"))
def lookup_get_by_key_of_row():
    for book in Book.objects.all():  # origin, loop
        author = Author.objects.get(pk=book.author_id)  # access
        show(book.title, author.name)


@shape(lookup("Profile", "get", queries=3))
def lookup_get_by_related_row():
    authors = Author.objects.exclude(profile=None)  # origin
    show([Profile.objects.get(author=author) for author in authors])  # access, loop


@shape(lookup("Language", "get"))
def lookup_get_text_key():
    show({key: Language.objects.get(code=key).name for key in ids(Language)})  # access, loop


@shape(lookup("Book", "get"))
def lookup_get_with_q():
    for key in ids(Book):  # loop
        show(Book.objects.get(Q(pk=key) & ~Q(title="")))  # access


@shape(lookup("Book", "get"))
def lookup_get_or_none():
    for key in [-key for key in ids(Book)]:  # loop
        try:
            show(Book.objects.get(pk=key))  # access
        except Book.DoesNotExist:
            continue


@shape(lookup("Book", "get"))
def lookup_get_of_values():
    for key in ids(Book):  # loop
        show(Book.objects.values("title", "pages").get(pk=key))  # access


@shape(lookup("Book", "get"))
def lookup_get_of_values_list():
    for key in ids(Book):  # loop
        title = Book.objects.values_list("title", flat=True).get(pk=key)  # access
        show(title)


@shape(lookup("Book", "get"))
def lookup_get_selected():
    for key in ids(Book):  # loop
        book = Book.objects.select_related("author").get(pk=key)  # access
        show(book.author.name)


@shape(lookup("Book", "get"))
def lookup_get_for_update():
    with transaction.atomic():
        for key in ids(Book):  # loop
            show(Book.objects.select_for_update().get(pk=key))  # access


@shape(lookup("Author", "get"), site=find_author)
def lookup_helper_in_other_module():
    show(*map(find_author, ids(Author)))  # loop


@shape(lookup("Review", "first"), site=ReviewManager.newest_of)
def lookup_custom_manager_method():
    for book in Book.objects.all():  # origin, loop
        show(Review.objects.newest_of(book))


@shape(lookup("Book", "get"))
def lookup_get_object_or_404():
    for key in ids(Book):  # loop
        show(get_object_or_404(Book, pk=key))  # access


@shape(lookup("Book", "filter"))
def lookup_get_list_or_404():
    for key in ids(Book):  # loop
        show(get_list_or_404(Book, pk=key))  # access


@shape(lookup("Book", "first"))
def lookup_first():
    for key in ids(Book):  # loop
        show(Book.objects.filter(pk=key).first())  # access


@shape(lookup("Book", "last"))
def lookup_last():
    for key in ids(Author):  # loop
        show(Book.objects.filter(author_id=key).last())  # access


@shape(lookup("Book", "latest"))
def lookup_latest():
    for key in ids(Tag):  # loop
        show(Book.objects.filter(tags=key).latest("pages"))  # access


@shape(lookup("Book", "earliest"))
def lookup_earliest():
    for key in ids(Tag):  # loop
        show(Book.objects.filter(tags__id=key).earliest("pages"))  # access


@shape(lookup("Book", "filter"))
def lookup_filter():
    for author in Author.objects.all():  # origin, loop
        for book in Book.objects.filter(author=author):  # access
            show(author.name, book.title)


@shape(lookup("Book", "filter"))
def lookup_filter_list():
    show({key: list(Book.objects.filter(author=key)) for key in ids(Author)})  # access, loop


@shape(lookup("Book", "filter"))
def lookup_filter_index():
    for key in ids(Book):  # loop
        show(Book.objects.filter(pk=key)[0])  # access


@shape(lookup("Book", "filter"))
def lookup_filter_len():
    for author in Author.objects.all():  # origin, loop
        show(len(Book.objects.filter(author=author)))  # access


@shape(lookup("Book", "filter"))
def lookup_filter_values_list():
    for key in ids(Author):  # loop
        show(*Book.objects.filter(author=key).values_list("title", flat=True))  # access


@shape(lookup("Book", "iterator"))
def lookup_filter_iterator():
    for key in ids(Author):  # loop
        for book in Book.objects.filter(author=key).iterator():  # access
            show(book.title)


@shape(lookup("Book", "slice", queries=3))
def lookup_slice():
    for position in range(len(ids(Book))):  # loop
        show(Book.objects.all()[position])  # access


@shape(lookup("Book", "in_bulk"))
def lookup_in_bulk():
    for key in ids(Book):  # loop
        show(Book.objects.in_bulk([key]))  # access


@shape(lookup("Book", "filter"))
def lookup_while():
    waiting = ids(Book)
    while waiting:  # loop
        [book] = Book.objects.filter(pk=waiting.pop())  # access
        show(book.title)


@shape(lookup("Book", "refresh_from_db", fix="none"))
def lookup_refresh_from_db():
    for book in list(Book.objects.all()):  # origin, loop
        book.refresh_from_db()  # access
        show(book.pages)


@shape(lookup("auth.User", "get", queries=5))
def lookup_natural_key():
    User.objects.bulk_create(User(username=f"user {key}") for key in ids(Book))
    for name in list(User.objects.values_list("username", flat=True)):  # origin, loop
        show(User.objects.get_by_natural_key(name))  # access


@shape(lookup("Stamp", "filter"))
def lookup_datetimes():
    for key in ids(Stamp):  # loop
        show(*Stamp.objects.filter(pk=key).datetimes("created_at", "day"))  # access


@shape(lookup("Book", "filter"))
def lookup_union():
    for author in Author.objects.all():  # origin, loop
        edited = Book.objects.filter(editor=author)
        show(list(Book.objects.filter(author=author).union(edited)))  # access


@shape(lookup("Book_tags", "filter"))
def lookup_through_rows():
    for book in Book.objects.all():  # origin, loop
        rows = Book.tags.through.objects.filter(book=book)
        show([row.tag_id for row in rows])  # access


@shape(lookup("Book", "get"))
def lookup_get_annotated():
    for key in ids(Book):  # loop
        book = Book.objects.annotate(number=Count("chapters")).get(pk=key)  # access
        show(book.number)
