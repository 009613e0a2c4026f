"""What code calls, and what it gets its rows from, in other functions, classes and modules."""

from __future__ import annotations

import pytest

from tests.lint.snippets import differences, found_in

SILENT = {
    "selected_for_a_helper": """\
from shop.models import Book

def line(book):
    return f"{book.title}: {book.author.name}"

def lines():
    return [line(book) for book in Book.objects.select_related("author")]

def one(key):
    return line(Book.objects.get(pk=key))
""",
    "selected_for_properties": """\
from shop.models import Book

def names():
    return [book.author_name for book in Book.objects.select_related("author")]

def labels():
    return [book.label() for book in Book.objects.with_author()]
""",
    "selected_for_texts": """\
from shop.models import Author

def texts():
    return [str(author) for author in Author.objects.select_related("publisher")]
""",
    "selected_for_objects": """\
from dataclasses import dataclass
from shop.models import Book

@dataclass
class Line:
    number: int
    book: Book

class Report:
    def __init__(self):
        self.books = Book.objects.select_related("author")

    def names(self):
        return [book.author.name for book in self.books]

def lines():
    books = Book.objects.select_related("author")
    found = [Line(number, book) for number, book in enumerate(books)]
    return [line.book.author.name for line in found]
""",
    "unknown_things": """\
from somewhere import rows, service
from shop.models import Book

def from_nowhere():
    return [row.author.name for row in rows()]

def handed_in(books):
    return [book.author.name for book in books]

def one_handed_in(book: Book):
    return [book.author.name for _ in range(100)]

def sent_away(titles):
    return [service.fetch(title).author.name for title in titles]
""",
    "models_by_name": """\
from shop.loading import get_model

Book = get_model("shop", "book")

def names():
    return [book.author.name for book in Book.objects.select_related("author")]

def nobody():
    return [book.author.name for book in get_model("shop", "Magazine").objects.all()]

=== shop/loading.py
from django.apps import apps

def get_model(app_label, model_name):
    return apps.get_model(app_label, model_name)
""",
    "own_keywords": """\
from shop.models import Book

def books(**options):
    found = Book.objects.all()
    if options.get("plain") is None and options.get("joins", True):
        found = found.select_related("author")
    return found

def names():
    return [book.author.name for book in books(short=True)]
""",
    "dicts_of_rows": """\
from shop.models import Author, Book

def joined():
    authors = {author.pk: author for author in Author.objects.all()}
    return [(book.title, authors[book.author_id].name) for book in Book.objects.all()]
""",
}
LOUD = {
    "own_keywords": """\
from shop.models import Book

def books(**options):
    found = Book.objects.all()
    if options.get("plain") is None and options.get("joins", True):
        found = found.select_related("author")
    return found

def names():
    return [book.author.name for book in books(joins=False)]  # QL101

def all_names(**options):
    return [book.author.name for book in books(**options)]  # QL101
""",
    "models_by_name": """\
from shop.loading import get_model

Book = get_model("shop", "book")

def names():
    return [book.author.name for book in Book.objects.all()]  # QL101

=== shop/loading.py
from django.apps import apps
from django.core.exceptions import AppRegistryNotReady
from shop.moved import MOVED

def get_model(app_label, model_name):
    if app_label in MOVED:
        app_label = MOVED[app_label]
    try:
        return apps.get_model(app_label, model_name)
    except AppRegistryNotReady:
        if apps.apps_ready:
            return apps.get_registered_model(app_label, model_name)
        raise
""",
    "helpers": """\
from functools import partial
from shop.models import Book

def line(book):
    return f"{book.title}: {book.author.name}"  # QL101

def lines():
    return [line(book) for book in Book.objects.all()]

def mapped():
    return list(map(line, Book.objects.order_by("title")))

def deeper(book, prefix):
    return prefix + line(book)

def prefixed():
    return list(map(partial(deeper, prefix="-"), Book.objects.filter(pages=3)))
""",
    "modules": """\
from shop.texts import shown
from shop.rows import long_books

def lines():
    return [shown(book) for book in long_books()]
=== shop/texts.py
def shown(book):
    return book.author.name  # QL101
=== shop/rows.py
from shop import models

def long_books():
    return models.Book.objects.long()
""",
    "packages": """\
import shop.more as more

def lines():
    for book in more.books():
        print(book.author.name)  # QL101
=== shop/more/__init__.py
from .inner import *
=== shop/more/inner.py
from ..models import Book

__all__ = ["books"]

def books():
    return Book.objects.all()
""",
    "decorated": """\
import functools
from django.core.cache import cache
from django.db import transaction
from shop.models import Book, Tag

def noted(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

@noted
def line(book):
    return book.author.name  # QL101

@transaction.atomic
def tag_of(name):
    return Tag.objects.get(name=name)  # QL104

def lines():
    return [line(book) for book in Book.objects.all()]

def tags(names):
    return [tag_of(name) for name in names]
""",
    "model_code": """\
from shop.models import Author, Book, Publisher

def names():
    return [book.author_name for book in Book.objects.all()]

def labels():
    return [book.label() for book in Book.objects.all()]

def tags():
    return [book.first_tag for book in Book.objects.all()]

def texts():
    return [str(author) for author in Author.objects.all()]

def shown():
    return [f"{author}" for author in Author.objects.all()]
""",
    "classes": """\
from dataclasses import dataclass
from shop.models import Author, Book

class Report:
    rows = Book.objects.all()

    def __init__(self, limit):
        self.limit = limit
        self.books = Book.objects.filter(pages__lt=limit)

    def names(self):
        return [self.name(book) for book in self.books]

    def name(self, book):
        return book.author.name  # QL101

    def editors(self):
        for book in self.rows:
            print(book.editor.name)  # QL101

@dataclass
class Line:
    book: Book

    @property
    def publisher(self):
        return self.book.author.publisher.name

def lines():
    found = [Line(book) for book in Book.objects.select_related("author")]
    return [line.book.author.publisher.name for line in found]  # QL101

class Base:
    def get_rows(self):
        return Book.objects.all()

    def shown(self):
        return [book.title for book in self.get_rows()]

class Listed(Base):
    def shown(self):
        return [book.author.name for book in super().get_rows()]  # QL101
""",
    "generators": """\
from shop.models import Book

def rows():
    for book in Book.objects.all():
        yield book

def both():
    yield from rows()

def names():
    for book in both():
        print(book.author.name)  # QL101
""",
    "tuples_and_dicts": """\
from itertools import chain, groupby
from shop.models import Author, Book

def pairs():
    pairs = [(book.pages, book) for book in Book.objects.all()]
    for pages, book in pairs:
        print(pages, book.author.name)  # QL101

def numbered():
    for number, book in enumerate(Book.objects.all()):
        print(number, book.author.name)  # QL101

def zipped(texts):
    for text, book in zip(texts, Book.objects.all()):
        print(text, book.author.name)  # QL101

def by_key():
    books = {book.pk: book for book in Book.objects.all()}
    for key, book in books.items():
        print(key, book.author.name)  # QL101

def chained():
    for book in chain(Book.objects.filter(pages=1), Book.objects.filter(pages=2)):
        print(book.author.name)  # QL101

def grouped():
    for pages, books in groupby(Book.objects.order_by("pages"), key=lambda book: book.pages):
        print(pages, [book.author.name for book in books])  # QL101

def walrus():
    if books := Book.objects.all():
        print([book.author.name for book in books])  # QL101
""",
    "lookups": """\
from django.shortcuts import get_object_or_404
from shop.models import Author, Book

def got(keys):
    return [Book.objects.get(pk=key) for key in keys]  # QL104

def first(titles):
    return [Book.objects.filter(title=title).first() for title in titles]  # QL104

def shortcut(keys):
    return [get_object_or_404(Book, pk=key) for key in keys]  # QL104

def exists(titles):
    return [Book.objects.filter(title=title).exists() for title in titles]  # QL105

def counts():
    for author in Author.objects.all():
        print(author.books.count())  # QL105
""",
}
SNIPPETS = SILENT | LOUD


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return found_in(tmp_path_factory.mktemp("following"), SNIPPETS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_only_what_is_marked_is_found(found, name):
    assert differences(name, SNIPPETS[name], found) == []


def test_what_methods_of_a_model_read_is_found_in_them(found):
    told = {(each.rule.code, each.call_site.code) for each in found["shop/models.py"]}

    assert told == {
        ("QL101", 'return f"{self.name} at {self.publisher}"'),
        ("QL101", 'return f"{self.title} by {self.author.name}"'),
        ("QL101", "return self.author.name"),
        ("QL102", "return self.tags.first()"),
    }
