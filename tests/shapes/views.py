"""Whole requests: function and class views, streams, coroutines and the admin's lists."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from tests.project.library import generic_views, views
from tests.project.library.admin import AuthorAdmin, BookAdmin, NoteAdmin
from tests.project.library.models import Book, Edition
from tests.project.library.populate import ids
from tests.project.library.services import author_label
from tests.shapes.declare import shape, show
from tests.shapes.families import generic_row, lookup, to_one, update

LIST = {
    "template": "library/book_list.html",
    "tag": "{{ book.author.name }}",
    "loop_tag": "{% for book in books %}",
}
PAGE = {
    "template": "library/book_page.html",
    "tag": "{{ book.editor }}",
    "loop_tag": "{% for book in page %}",
}
REVIEWS = {
    "template": "library/review_list.html",
    "tag": "{{ review.book.title }}",
    "loop_tag": "{% for review in object_list %}",
}


def librarian():
    client = Client()
    client.force_login(User.objects.get(username="librarian"))
    return client


@shape(to_one("Book.author", **LIST), site=views.book_list)
def view_function():
    show(Client().get("/library/books/"))


@shape(to_one("Book.author", **LIST), site=views.book_list)
def view_function_with_header():
    show(Client().get("/library/books/", headers={"X-Tenant": "north"}))


@shape(to_one("Book.author"), site=(views.books_as_json, author_label))
def view_json():
    show(Client().get("/library/books/json/"))


@shape(to_one("Book.author"), site=(views.books_as_stream, views.csv_lines))
def view_stream():
    show(Client().get("/library/books/stream/").getvalue())


@shape(to_one("Book.editor", **PAGE), site=views.book_page)
def view_paginator():
    show(Client().get("/library/books/pages/"))


@shape(to_one("Book.author", **LIST), site=generic_views.BookList)
def view_class_with_queryset():
    show(Client().get("/library/books/class/"))


@shape(to_one("Book.author", **LIST), site=generic_views.LongBookList)
def view_class_with_get_queryset():
    show(Client().get("/library/books/class/long/"))


@shape(to_one("Review.book", **REVIEWS))
def view_class_with_model():
    show(Client().get("/library/books/reviews/"))


@shape(lookup("Author", "get"), site=views.books_in_coroutine)
async def view_coroutine():
    show(await AsyncClient().get("/library/books/async/"))


@shape(
    to_one("Author.publisher", path="author__publisher"),
    site=BookAdmin.publisher,
)
def admin_method():
    show(librarian().get("/admin/library/book/"))


@shape(to_one("Author.publisher", declared="AuthorAdmin.publisher__name"), site=AuthorAdmin)
def admin_column_across_relation():
    show(librarian().get("/admin/library/author/"))


@shape(generic_row(declared="NoteAdmin.obj", queries=8), site=NoteAdmin)
def admin_generic_column():
    show(librarian().get("/admin/library/note/"))


@shape(to_one("Edition.book"), site=Edition.__str__)
def admin_str():
    show(librarian().get("/admin/library/edition/"))


@shape(update("Book"), site=BookAdmin.lengthen)
def admin_action():
    data = {"action": "lengthen", "_selected_action": ids(Book)}
    show(librarian().post("/admin/library/book/", data))
