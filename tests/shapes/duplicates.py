"""What is there already and is asked for again."""

from __future__ import annotations

from django.db import connection
from django.template.loader import render_to_string
from django.test import Client

from tests.project.library.models import Author, Book, Profile, Publisher, Tag
from tests.project.library.populate import ids
from tests.project.library.services import find_author, profile_of
from tests.project.library.views import menu_page
from tests.shapes.declare import shape, show
from tests.shapes.families import (
    aggregate,
    beside_relation,
    lookup,
    raw,
    related_aggregate,
    related_set,
    repeated,
)


def page_title():
    return f"{Book.objects.count()} books"  # access


def page_footer():
    return f"We have {Book.objects.count()} books"  # access


@shape(repeated(lookup("Tag", "get", queries=2)), grows=False)
def duplicate_get():
    tag = Tag.objects.get(name="Tag 1")  # access
    show(tag)
    show(Tag.objects.get(name="Tag 1").pk)  # access


@shape(repeated(lookup("Author", "get", queries=2)), grows=False, site=find_author)
def duplicate_helper():
    key = ids(Author)[0]
    show(find_author(key).name)
    show(find_author(key).biography)


@shape(
    repeated(aggregate("Book", "count", queries=2)),
    grows=False,
    site=(page_title, page_footer),
)
def duplicate_in_two_functions():
    show(page_title(), page_footer())


@shape(repeated(aggregate("Book", "count", queries=3)), grows=False)
def duplicate_in_loop_of_three():
    for label in ("top", "middle", "bottom"):  # loop
        show(label, Book.objects.count())  # access


@shape(repeated(aggregate("Author", "count")))
def duplicate_in_loop():
    for book in Book.objects.all():  # origin, loop
        show(book.pages / Author.objects.count())  # access


@shape(repeated(lookup("Tag", "order_by")))
def duplicate_list_in_loop():
    for book in Book.objects.all():  # origin, loop
        tags = [tag.name for tag in Tag.objects.order_by("name")]  # access
        show(book.title, tags)


@shape(repeated(lookup("Publisher", "all", queries=2)), grows=False)
def duplicate_evaluation():
    publishers = Publisher.objects.all()
    names = [publisher.name for publisher in publishers.all()]  # access
    show(names, {publisher.pk for publisher in publishers.all()})  # access


@shape(repeated(aggregate("Book", "exists", queries=2)), grows=False)
def duplicate_exists():
    books = Book.objects.filter(pages__gte=100)
    if books.exists():  # access
        show("some")
    show(not books.exists())  # access


@shape(repeated(related_set("Author.books", queries=2, path=None)), grows=False)
def duplicate_related_set():
    author = Author.objects.earliest("name")  # origin
    for book in author.books.all():  # access
        show(book.title)
    show(max((book.pages for book in author.books.all()), default=0))  # access


@shape(repeated(related_aggregate("Author.books", "count", queries=2, path=None)), grows=False)
def duplicate_related_count():
    author = Author.objects.earliest("name")  # origin
    if author.books.count():  # access
        show(f"{author.books.count()} books")  # access


@shape(repeated(raw(queries=2)), grows=False)
def duplicate_raw():
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(pages) FROM library_book")  # access
        show(cursor.fetchone())
        cursor.execute("SELECT MAX(pages) FROM library_book")  # access


@shape(
    repeated(
        related_aggregate("Book.chapters", "count", queries=2, path=None),
        template="library/chapter_count.html",
        tag="book.chapters.count",
    ),
    grows=False,
)
def duplicate_in_template():
    book = Book.objects.latest("pk")  # origin
    show(render_to_string("library/chapter_count.html", {"book": book}))


@shape(
    repeated(
        lookup("Tag", "order_by", queries=2),
        template="library/menu.html",
        tag="{% for tag in menu_tags %}",
    ),
    grows=False,
    site=menu_page,
)
def duplicate_in_view_and_context_processor():
    show(Client().get("/library/menu/"))


@shape(beside_relation(lookup("Profile", "get", queries=2)), grows=False)
def relation_beside_get():
    author = Author.objects.get(name="Author 0")
    show(author.profile.website)
    show(Profile.objects.get(author=author).pk)  # access


@shape(beside_relation(lookup("Profile", "get", queries=2)), grows=False, site=profile_of)
def relation_after_helper():
    author = Author.objects.get(name="Author 0")
    show(profile_of(author).website)
    show(author.profile.pk)


@shape(beside_relation(lookup("Author", "get", queries=2)), grows=False)
def relation_beside_get_by_key():
    book = Book.objects.get(title="Book 0")
    show(book.author.name)
    show(Author.objects.get(pk=book.author_id).biography)  # access


@shape(beside_relation(lookup("Profile", "get", queries=2)), grows=False, site=profile_of)
def relation_beside_get_in_view_and_template():
    author = Author.objects.get(name="Author 0")
    show(Client().get(f"/library/authors/{author.pk}/"))
