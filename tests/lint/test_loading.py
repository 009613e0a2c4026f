"""What a queryset brings along, on whichever way it reaches the loop."""

from __future__ import annotations

import pytest

from tests.lint.snippets import differences, found_in

SILENT = {
    "selected": """\
from shop.models import Book

def at_once():
    for book in Book.objects.select_related("author"):
        print(book.author.name)

def all_of_them():
    for book in Book.objects.select_related():
        print(book.author.name, book.author.publisher.name)

def all_of_them_after_all():
    for book in Book.objects.select_related("editor").select_related():
        print(book.author.name)

def a_path():
    for book in Book.objects.select_related("author__publisher"):
        print(book.author.name, book.author.publisher.name)

def later():
    books = Book.objects.filter(pages__gt=3)
    books = books.select_related("author").order_by("title")
    print([book.author.name for book in books])

def prefetched():
    for book in Book.objects.prefetch_related("author", "chapters", "tags"):
        print(book.author.name, list(book.chapters.all()), [tag.name for tag in book.tags.all()])

def counted_in_memory():
    for book in Book.objects.prefetch_related("chapters"):
        print(book.chapters.count(), len(book.chapters.all()))

def both():
    for book in Book.objects.select_related("author").prefetch_related("chapters"):
        for chapter in book.chapters.all():
            print(chapter.book.author.name)
""",
    "sometimes_selected": """\
from shop.models import Book

def in_each_branch(short):
    if short:
        books = Book.objects.select_related("author").filter(pages__lt=100)
    else:
        books = Book.objects.prefetch_related("author")
    return [book.author.name for book in books]

def in_each_return(short):
    if short:
        return Book.objects.filter(pages__lt=100).select_related("author")
    return Book.objects.select_related("author").all()

def names(short):
    return [book.author.name for book in in_each_return(short)]
""",
    "managers": """\
from shop.models import Book

def of_a_manager():
    return [book.author.name for book in Book.joined.filter(pages=3)]

def of_a_queryset():
    return [book.author.name for book in Book.objects.long().with_author()]

def of_both():
    return [book.author.name for book in Book.objects.with_author().long()]
""",
    "own_prefetches": """\
from django.db.models import Prefetch, prefetch_related_objects
from shop.models import Author, Book, Chapter

def of_a_queryset():
    books = Prefetch("books", queryset=Book.objects.select_related("editor"))
    for author in Author.objects.prefetch_related(books):
        print([book.editor.name for book in author.books.all()])

def to_an_attribute():
    long = Prefetch("books", Book.objects.filter(pages__gt=400), to_attr="long_books")
    for author in Author.objects.prefetch_related(long):
        print([book.title for book in author.long_books])

def afterwards():
    books = list(Book.objects.all())
    prefetch_related_objects(books, "chapters", "author")
    for book in books:
        print(book.author.name, list(book.chapters.all()))
""",
    "known_rows": """\
from shop.models import Author, Book

def back(key):
    author = Author.objects.get(pk=key)
    for book in author.books.all():
        print(book.author.name)

def prefetched_back():
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.all():
            print(book.author.name)

def assigned(keys):
    authors = Author.objects.in_bulk(keys)
    for book in Book.objects.all():
        book.author = authors[book.author_id]
        print(book.author.name)

def of_new_objects(author, titles):
    for title in titles:
        print(Book(title=title, author=author).author.name)
""",
    "keys": """\
from shop.models import Book

def keys():
    return [(book.author_id, book.editor_id) for book in Book.objects.all()]

def texts():
    return [book["author__name"] for book in Book.objects.values("author__name")]

def tuples():
    return [name for _, name in Book.objects.values_list("title", "author__name")]
""",
    "annotated": """\
from django.db.models import Count
from shop.models import Book

def numbers():
    for book in Book.objects.annotate(number=Count("chapters")):
        print(book.number)
""",
    "kept": """\
from shop.models import Book

def twice(key):
    book = Book.objects.get(pk=key)
    for _ in range(100):
        print(book.author.name)

def once_before(key):
    book = Book.objects.get(pk=key)
    author = book.author
    for chapter in book.chapters.all():
        print(chapter.title, author.name, chapter.book.author.name)
""",
}
LOUD = {
    "not_selected": """\
from shop.models import Book

def another_one():
    for book in Book.objects.select_related("editor"):
        print(book.author.name)  # QL101

def too_short_a_path():
    for book in Book.objects.select_related("author"):
        print(book.author.publisher.name)  # QL101

def taken_back():
    for book in Book.objects.select_related("author").select_related(None):
        print(book.author.name)  # QL101

def all_but_what_may_be_null():
    for book in Book.objects.select_related():
        print(book.editor and book.editor.name)  # QL101

def what_is_behind_is_not_joined():
    for book in Book.objects.select_related():
        if book.editor_id:
            print(book.editor.name)  # QL101
            print(book.editor.publisher.name)  # QL101

def a_name_in_place_of_all():
    for book in Book.objects.select_related().select_related("editor"):
        print(book.author.name)  # QL101

def a_filter_is_no_join():
    for book in Book.objects.filter(author__name="x"):
        print(book.author.name)  # QL101

def another_set():
    for book in Book.objects.prefetch_related("tags"):
        print(list(book.chapters.all()))  # QL102
""",
    "one_branch_missing": """\
from shop.models import Book

def of_two(short):
    books = Book.objects.select_related("author")
    if short:
        books = Book.objects.filter(pages__lt=100)  # fix
    return [book.author.name for book in books]  # QL101
""",
    "one_return_missing": """\
from shop.models import Book

def rows(kind):
    if kind == "short":
        return Book.objects.filter(pages__lt=100).select_related("author")
    if kind == "long":
        return Book.objects.filter(pages__gt=400)  # fix
    return Book.objects.select_related("author").all()

def names(kind):
    return [book.author.name for book in rows(kind)]  # QL101
""",
    "past_the_prefetch": """\
from shop.models import Author

def filtered():
    for author in Author.objects.prefetch_related("books"):
        print(list(author.books.filter(pages__gt=3)))  # QL103

def first():
    for author in Author.objects.prefetch_related("books"):
        print(author.books.order_by("title").first())  # QL103
""",
    "own_prefetch_too_short": """\
from django.db.models import Prefetch
from shop.models import Author, Book

def of_a_queryset():
    books = Prefetch("books", queryset=Book.objects.filter(pages=3))
    for author in Author.objects.prefetch_related(books):
        print([book.editor.name for book in author.books.all()])  # QL101

def to_an_attribute():
    long = Prefetch("books", Book.objects.all(), to_attr="long_books")
    for author in Author.objects.prefetch_related(long):
        print([book.editor.name for book in author.long_books])  # QL101
""",
    "deferred": """\
from shop.models import Book

def left_out():
    for book in Book.objects.only("title"):
        print(book.title, book.pages)  # QL106

def put_off():
    for book in Book.objects.defer("pages"):
        print(book.pages)  # QL106
""",
    "back_to_another": """\
from shop.models import Author

def back(key):
    author = Author.objects.get(pk=key)
    for book in author.books.all():
        print(book.editor.name)  # QL101
""",
}
SNIPPETS = SILENT | LOUD


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return found_in(tmp_path_factory.mktemp("loading"), SNIPPETS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_only_what_is_marked_is_found(found, name):
    assert differences(name, SNIPPETS[name], found) == []
