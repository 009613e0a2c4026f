"""Which loops have as many turns as there are rows, and which have not."""

from __future__ import annotations

import pytest

from tests.lint.snippets import differences, found_in

SILENT = {
    "literals": """\
from shop.models import Book

def counts():
    return [Book.objects.filter(title=title).count() for title in ("A", "B", "C")]

def of_a_dict():
    for title, pages in {"A": 1, "B": 2}.items():
        Book.objects.filter(title=title).update(pages=pages)
""",
    "constants": """\
from django.conf import settings
from shop.models import Book, Tag

TITLES = ["Faust", "Emma"]
PAIRS = {"A": 1, "B": 2}

def titles():
    for title in TITLES:
        print(Book.objects.get(title=title))

def pairs():
    for title, pages in PAIRS.items():
        print(Book.objects.filter(title=title, pages=pages).exists())

def languages():
    for code, name in settings.LANGUAGES:
        print(code, Tag.objects.filter(name=name).count())
""",
    "arguments_of_a_call": """\
from shop.models import Book

def merged(**kwargs):
    return {label: list(books) for label, books in kwargs.items()}

def joined(*args):
    return [list(books) for books in args]

def passed_on(**kwargs):
    return merged(**kwargs)

def titles(first, second):
    books = Book.objects.all()
    print(merged(a=books.filter(title=first), b=books.filter(title=second)))
    print(passed_on(a=books.filter(title=first), b=books.filter(title=second)))
    print(joined(books.filter(title=first), books.filter(title=second)))
""",
    "lists_of_many": """\
import itertools
from django.db import connection
from django.db.models import Q
from shop.models import Book

def sliced(keys, size):
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE shop_book SET pages = 1 WHERE id = ANY(%s)", [some])

def pages():
    books = Book.objects.order_by("pk")
    for start in range(0, books.count(), 500):
        print([book.title for book in books[start : start + 500]])

def batched(titles):
    for batch in itertools.batched(titles, 500):
        wanted = Q()
        for title in batch:
            wanted |= Q(title=title)
        print(list(Book.objects.filter(wanted)))
""",
    "batches_of_the_projects_own": """\
from itertools import islice
from shop.models import Author, Book

def steps(items):
    for start in range(0, len(items), 500):
        yield items[start : start + 500]

def steps_of_steps(items):
    yield from steps(items)

def collected(items):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == 500:
            yield batch
            batch = []
    if batch:
        yield batch

def taken(items):
    iterator = iter(items)
    while batch := list(islice(iterator, 500)):
        yield batch

def pages(books):
    last = 0
    while True:
        page = list(books.filter(pk__gt=last)[:500])
        if not page:
            return
        yield page
        last = page[-1].pk

def used():
    books = Book.objects.order_by("pk")
    for way in (steps, steps_of_steps, collected, taken, pages):
        for batch in way(books):
            print(list(Author.objects.filter(books__in=batch)))

def one(name):
    yield Author.objects.filter(name=name).first()

def used_once(name):
    for author in one(name):
        print(author.books.count())
""",
    "given_to_all_rows": """\
from shop.models import Author, Book

def made(author, titles):
    for title in titles:
        book = Book(title=title, author=author)
        print(Book.objects.filter(author=book.author).count())

def read_through(author: Author):
    for book in author.books.all():
        print(book.author.name, Book.objects.filter(author=book.author).exists())

class Shelf:
    def __init__(self, author):
        self.author = author

    def holds(self):
        return Book.objects.filter(author=self.author).exists()

def held(author, titles):
    return [Shelf(author).holds() for title in titles]
""",
    "enumerations": """\
from enum import Enum
from shop.models import Book

class Colour(Enum):
    RED = "red"
    BLUE = "blue"

def kinds():
    return {kind: Book.objects.filter(title=kind).count() for kind in Book.Kind.values}

def choices():
    for value, label in Book.Kind.choices:
        print(label, Book.objects.filter(title=value).exists())

def colours():
    return [Book.objects.filter(title=colour.value).count() for colour in Colour]
""",
    "ranges": """\
from shop.models import Book

def three():
    for number in range(3):
        print(Book.objects.filter(pages=number).count())
""",
    "found_at_once": """\
from shop.models import Book

def first(titles):
    for title in titles:
        return Book.objects.get(title=title)

def free(titles):
    for title in titles:
        if not Book.objects.filter(title=title).exists():
            break
    return title

def known(titles):
    for title in titles:
        book = Book.objects.filter(title=title).first()
        if book is not None:
            return book
    return None
""",
    "polls": """\
import time
from shop.models import Book

def wait(key):
    while not Book.objects.filter(pk=key).exists():
        time.sleep(1)

def free_title(title):
    number = 0
    while Book.objects.filter(title=f"{title} {number}").exists():
        number += 1
    return number
""",
    "pages_of_keys": """\
from shop.models import Book

def pages():
    last = 0
    while True:
        books = list(Book.objects.select_related("author").filter(pk__gt=last).order_by("pk")[:100])
        if not books:
            break
        for book in books:
            print(book.author.name)
        last = books[-1].pk
""",
    "batches": """\
from shop.models import Book

def batches(keys):
    for start in range(0, len(keys), 500):
        for book in Book.objects.filter(pk__in=keys[start : start + 500]):
            print(book.title)

def batches_deleted(keys):
    for start in range(0, len(keys), 500):
        Book.objects.filter(pk__in=keys[start : start + 500]).delete()
""",
    "keys_alone": """\
from shop.models import Book

def keys():
    return [key for key in Book.objects.values_list("pk", flat=True).iterator()]

def rows_of_values():
    return [row["author__name"] for row in Book.objects.values("author__name").iterator()]
""",
    "bulk": """\
from shop.models import Book, Tag

def made(names):
    Tag.objects.bulk_create([Tag(name=name) for name in names])

def changed():
    books = list(Book.objects.all())
    for book in books:
        book.pages += 1
    Book.objects.bulk_update(books, ["pages"])

def gathered(titles):
    books = {book.title: book for book in Book.objects.filter(title__in=titles)}
    return [books[title] for title in titles]

def by_key(keys):
    books = Book.objects.in_bulk(keys)
    return [books[key].title for key in keys]
""",
    "one_row": """\
from shop.models import Book

def one(key):
    book = Book.objects.get(pk=key)
    return book.author.name, book.author.publisher.name, book.chapters.count()
""",
}
LOUD = {
    "rows": """\
from shop.models import Book

def names():
    for book in Book.objects.all():
        print(book.author.name)  # QL101
""",
    "values_of_a_caller": """\
from shop.models import Book, Tag

def counts(titles):
    return [Book.objects.filter(title=title).count() for title in titles]  # QL105

def made(names):
    for name in names:
        Tag.objects.create(name=name)  # QL201
""",
    "long_range": """\
from shop.models import Book

def many():
    for number in range(10_000):
        print(Book.objects.filter(pages=number).count())  # QL105
""",
    "break_on_another_matter": """\
from shop.models import Book

def names(limit):
    for number, book in enumerate(Book.objects.all()):
        if number > limit:
            break
        print(book.author.name)  # QL101
""",
    "while_takes": """\
from shop.models import Book

def taken():
    books = list(Book.objects.all())
    while books:
        print(books.pop().author.name)  # QL101
""",
    "batches_of_rows": """\
from shop.models import Book

def pages():
    last = 0
    while True:
        books = list(Book.objects.filter(pk__gt=last).order_by("pk")[:100])
        if not books:
            break
        for book in books:
            print(book.author.name)  # QL101
        last = books[-1].pk
""",
    "keys_and_rows": """\
from shop.models import Book

def titles():
    for key in Book.objects.values_list("pk", flat=True).iterator():
        print(Book.objects.get(pk=key).title)  # QL104
""",
    "rows_of_batches": """\
from itertools import batched
from shop.models import Book

def of_a_list():
    for batch in batched(Book.objects.all(), 500):
        for book in batch:
            print(book.author.name)  # QL101

def of_pages(count):
    books = Book.objects.order_by("pk")
    for start in range(0, count, 500):
        for book in books[start : start + 500]:
            print(book.author.name)  # QL101

def each(count):
    for key in range(0, count, 1):
        print(Book.objects.get(pk=key))  # QL104
""",
    "rows_of_batches_of_the_projects_own": """\
from shop.models import Author, Book

def collected(items):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == 500:
            yield batch
            batch = []
    yield batch

def of_a_generator():
    for batch in collected(Book.objects.all()):
        for book in batch:
            print(book.author.name)  # QL101

def each_pair():
    for book in Book.objects.all():
        if len(book.title) > 1:
            yield [book.title, book.pk]

def of_pairs():
    for title, key in each_pair():
        print(Book.objects.get(pk=key))  # QL104

def pairs():
    while True:
        yield 1, next(keys)

def of_while():
    for number, key in pairs():
        print(Book.objects.get(pk=key))  # QL104

def all_of_them():
    yield from Book.objects.all()

def of_all():
    for book in all_of_them():
        print(book.author.name)  # QL101
""",
    "entries_of_a_dict": """\
from shop.models import Book

def merged(**kwargs):
    return [Book.objects.filter(title=title).first() for title in kwargs.values()]  # QL104

def titles(wanted):
    print(merged(**{label: title for label, title in wanted}))
""",
    "given_to_each_row": """\
from shop.models import Book

def made(authors):
    for author in authors:
        book = Book(title="A", author=author)
        print(Book.objects.filter(author=book.author).count())  # QL105

class Shelf:
    def __init__(self, author):
        self.author = author

    def holds(self):
        return Book.objects.filter(author=self.author).exists()  # QL105

def held(authors):
    return [Shelf(author).holds() for author in authors]

def made_before(authors):
    books = [Book(title="A", author=author) for author in authors]
    for book in books:
        print(Book.objects.filter(author=book.author).count())  # QL105
""",
    "comprehensions": """\
from shop.models import Book

def a_list():
    return [book.author.name for book in Book.objects.all()]  # QL101

def a_set():
    return {book.author.name for book in Book.objects.all()}  # QL101

def a_dict():
    return {book.pk: book.author.name for book in Book.objects.all()}  # QL101

def a_generator():
    return ", ".join(book.author.name for book in Book.objects.all())  # QL101

def a_condition():
    return [book for book in Book.objects.all() if book.author.name]  # QL101

def nested():
    books = Book.objects.all()
    return [chapter.title for book in books for chapter in book.chapters.all()]  # QL102
""",
    "functions_over_rows": """\
from operator import attrgetter
from shop.models import Book

def mapped():
    return list(map(lambda book: book.author.name, Book.objects.all()))  # QL101

def ordered():
    return sorted(Book.objects.all(), key=lambda book: book.author.name)  # QL101

def least():
    return min(Book.objects.all(), key=attrgetter("author.name"))  # QL101

def greatest():
    return max(Book.objects.all(), key=lambda book: book.author.name)  # QL101

def chosen():
    return list(filter(lambda book: book.author.name, Book.objects.all()))  # QL101

def in_place():
    books = list(Book.objects.all())
    books.sort(key=lambda book: book.author.name)  # QL101
""",
    "coroutines": """\
import asyncio
from shop.models import Author, Book

async def rows():
    async for book in Book.objects.all():
        print(await Author.objects.aget(pk=book.author_id))  # QL104

async def listed():
    keys = Book.objects.values_list("author_id", flat=True)
    return [await Author.objects.aget(pk=key) async for key in keys]  # QL104

async def gathered(keys):
    return await asyncio.gather(*[Book.objects.aget(pk=key) for key in keys])  # QL104

async def counted():
    async for book in Book.objects.all():
        print(await book.chapters.acount())  # QL105
""",
    "lists_in_a_dict": """\
from collections import defaultdict
from shop.models import Book

def of_a_default():
    by_pages = defaultdict(list)
    for book in Book.objects.all():
        by_pages[book.pages].append(book)
    for books in by_pages.values():
        print([book.author.name for book in books])  # QL101

def of_setdefault():
    by_pages = {}
    for book in Book.objects.all():
        by_pages.setdefault(book.pages, []).append(book)
    for books in by_pages.values():
        print([book.author.name for book in books])  # QL101

def of_items():
    by_pages = {}
    for book in Book.objects.all():
        if book.pages not in by_pages:
            by_pages[book.pages] = []
        by_pages[book.pages].append(book)
    for books in by_pages.values():
        print([book.author.name for book in books])  # QL101
""",
    "writes": """\
from shop.models import Book, Tag

def saved():
    for book in Book.objects.all():
        book.pages += 1
        book.save()  # QL202

def deleted():
    for book in Book.objects.all():
        book.delete()  # QL203

def found_or_made(names):
    for name in names:
        Tag.objects.get_or_create(name=name)  # QL204

def tied(tag):
    for book in Book.objects.all():
        book.tags.add(tag)  # QL205

def new(names):
    for name in names:
        tag = Tag(name=name)
        tag.save()  # QL201
""",
}
SNIPPETS = SILENT | LOUD


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return found_in(tmp_path_factory.mktemp("loops"), SNIPPETS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_only_what_is_marked_is_found(found, name):
    assert differences(name, SNIPPETS[name], found) == []
