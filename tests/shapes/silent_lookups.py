"""Lookups, numbers and raw SQL that are not one per row."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Sum

from tests.project.library.models import Author, Book, Chapter, Profile, Publisher, Tag
from tests.project.library.populate import ids
from tests.project.library.services import find_author
from tests.shapes.declare import show, silent


@silent("one lookup")
def lookup_get_once():
    show(Book.objects.get(title="Book 1"))


@silent("two different rows on one line, without a loop")
def lookup_get_twice_on_one_line():
    show(Book.objects.get(title="Book 0"), Book.objects.get(title="Book 1"))


@silent("two models on one line")
def lookup_get_of_two_models_on_one_line():
    show(Book.objects.get(title="Book 0"), Author.objects.get(name="Author 0"))


@silent("a helper that two lines call for two rows")
def lookup_helper_in_other_module_called_from_two_lines():
    first, *_, last = ids(Author)
    show(find_author(first))
    show(find_author(last))


@silent("gathered, fetched at once and looked up in a dictionary")
def lookup_get_by_key_of_row_gathered():
    books = list(Book.objects.all())
    authors = Author.objects.in_bulk({book.author_id for book in books})
    for book in books:
        show(book.title, authors[book.author_id].name)


@silent("one query for all names")
def lookup_get_by_name_gathered():
    names = [f"Tag {number}" for number in range(len(ids(Tag)))]
    tags = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    show([tags[name] for name in names])


@silent("one query for all keys")
def lookup_in_bulk_of_all():
    show(Book.objects.in_bulk(ids(Book)))


@silent("a few keys at a time", grows="one more query for every two rows")
def lookup_filter_in_batches():
    keys = ids(Book)
    for start in range(0, len(keys), 2):
        show(list(Book.objects.filter(pk__in=keys[start : start + 2])))


@silent("a page at a time, by the last key", grows="one more query for every two rows")
def lookup_while_keyset_pages():
    last = 0
    while page := list(Book.objects.filter(pk__gt=last).order_by("pk")[:2]):
        last = page[-1].pk
        show([book.title for book in page])


@silent("a page at a time, newest first", grows="one more query for every two rows")
def lookup_while_keyset_pages_backwards():
    books = Book.objects.order_by("-pk")
    page = list(books[:2])
    while page:
        show(page)
        page = list(books.filter(pk__lt=page[-1].pk)[:2])


@silent("one row that is waited for", repeats="the value is expected to change")
def lookup_refresh_from_db_poll():
    book = Book.objects.get(title="Book 1")
    for _ in range(3):
        book.refresh_from_db()
        if book.pages > 10_000:
            break


@silent("one row was refreshed")
def lookup_refresh_from_db_once():
    book = Book.objects.get(title="Book 0")
    book.refresh_from_db(fields=["pages"])
    show(book.pages)


@silent("content types are kept after their first load")
def lookup_get_of_cached_content_types():
    for model in (Book, Author, Tag, Book, Author, Tag):
        show(ContentType.objects.get_for_model(model).pk)
    show([ContentType.objects.get_for_id(ContentType.objects.get_for_model(Book).pk)])


@silent("a queryset is walked twice and fetched once")
def lookup_filter_walked_twice():
    books = Book.objects.filter(pages__gte=100)
    show([book.title for book in books])
    show([book.pages for book in books])


@silent("a queryset that nobody evaluates")
def lookup_filter_never_evaluated():
    for author in Author.objects.all():
        show(Book.objects.filter(author=author))


@silent("one number for all rows")
def aggregate_count_grouped():
    pages = Book.objects.values("author").annotate(total=Sum("pages"))
    show({row["author"]: row["total"] for row in pages})


@silent("one number for each of three models")
def aggregate_count_of_each_model():
    for model in (Author, Book, Tag):
        show(model.__name__, model.objects.count())


@silent("the same number on each database")
def aggregate_count_on_each_database():
    for alias in ("default", "other"):
        show(alias, Publisher.objects.using(alias).count())


@silent("one question before the loop")
def aggregate_exists_once():
    if Book.objects.filter(pages__gte=100).exists():
        for book in Book.objects.filter(pages__gte=100):
            show(book.title)


@silent("one prefetch for all rows")
def prefetch_objects_of_one_row_only():
    book = Book.objects.latest("pk")
    show(Book.objects.prefetch_related("tags", "chapters").get(pk=book.pk).tags.all()[0])


@silent("one filtered read of a prefetched row")
def past_prefetch_filter_of_one_row():
    for author in Author.objects.prefetch_related("books").filter(name="Author 0"):
        show(list(author.books.filter(pages__gte=100)))


@silent("one statement with all keys")
def raw_execute_with_all_keys():
    keys = ids(Book)
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT title FROM library_book WHERE id IN ({marks})", keys)
        show([title for (title,) in cursor])


@silent("one statement with many sets of parameters")
def raw_executemany_once():
    with connection.cursor() as cursor:
        values = [(key,) for key in ids(Book)]
        cursor.executemany("UPDATE library_book SET pages = 1 WHERE id = %s", values)


@silent("one raw query with all keys")
def raw_manager_with_join():
    query = "SELECT b.*, a.name AS writer FROM library_book b JOIN library_author a"
    for book in Book.objects.raw(f"{query} ON a.id = b.author_id"):
        show(book.title, book.writer)


@silent("savepoints are not queries")
def raw_execute_of_savepoints():
    for _ in ids(Book):
        with transaction.atomic():
            show("nothing is sent in here")


@silent("different statements")
def raw_execute_two_statements():
    with connection.cursor() as cursor:
        for column in ("title", "summary", "pages"):
            cursor.execute(f"SELECT MAX({column}) FROM library_book")
            show(cursor.fetchone())


@silent("two unrelated lookups that wait together")
async def async_gather_of_two_models():
    author = Author.objects.aget(name="Author 0")
    book = Book.objects.aget(title="Book 0")
    show(await asyncio.gather(author, book))


@silent("two lookups on two lines")
async def async_get_on_two_lines():
    show(await Author.objects.aget(name="Author 0"))
    show(await Author.objects.aget(name="Author 1"))


@silent("the relation came with the rows")
async def async_get_selected():
    async for book in Book.objects.select_related("author"):
        show(book.title, book.author.name)


@silent("the rows were prefetched")
async def async_related_set_prefetched():
    async for author in Author.objects.prefetch_related("books"):
        show([book.title async for book in author.books.all()])


@silent("one question for all rows")
async def async_in_bulk_of_all():
    keys = await sync_to_async(ids)(Book)
    show(await Book.objects.ain_bulk(keys))


@silent("each level of one row")
async def async_lambda_of_one_row():
    book = await Book.objects.alatest("pk")
    show(await sync_to_async(lambda: book.author.publisher.name)())


@silent("two different values")
def duplicate_get_of_two_rows():
    show(Tag.objects.get(name="Tag 0"))
    show(Tag.objects.get(name="Tag 1"))


@silent("the result was kept")
def duplicate_in_loop_hoisted():
    number = Author.objects.count()
    for book in Book.objects.all():
        show(book.pages / number)


@silent("the same question before and after a write", repeats="the answer is another one")
def duplicate_exists_around_write():
    show(Tag.objects.filter(name="new").exists())
    Tag.objects.create(name="new")
    show(Tag.objects.filter(name="new").exists())


@silent("the relation is used, and it is kept")
def relation_beside_get_reused():
    author = Author.objects.get(name="Author 0")
    show(author.profile.website)
    show(author.profile.pk)


@silent("the profile of another author")
def relation_beside_get_of_other_row():
    author = Author.objects.get(name="Author 0")
    show(author.profile.website)
    show(Profile.objects.get(author__name="Author 1").website)


@silent("chapters of one book, counted and listed: two statements")
def duplicate_related_count_and_list():
    chapters = Chapter.objects.filter(book__title="Book 0")
    show(chapters.count(), list(chapters))
