"""Relations: what the advice says of rows whose queryset was not seen, or is nobody's alone."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.cache import cache
from django.db.models import Count, Prefetch, prefetch_related_objects

from tests.fixes.by_hand.declare import after
from tests.project.library.models import Author, Book, Note, Publisher
from tests.shapes.declare import show


@after("rows_of_two_querysets", "QL101", "attribute", "select_related")
def joined_in_both_querysets():
    books = Book.objects.select_related("author")
    for book in [*books.filter(pages__lt=102), *books.filter(pages__gte=102)]:
        show(book.author.name)


@after("rows_from_cache", "QL101", "attribute", "select_related")
def joined_before_they_are_cached():
    cache.set("books", list(Book.objects.select_related("author")))
    for book in cache.get("books"):
        show(book.author.name)


@after("deferred_key_of_relation", "QL101", "attribute", "select_related")
def joined_with_the_key_loaded():
    for book in Book.objects.only("title", "author").select_related("author"):
        show(book.author.name)


@after("deferred_by_raw", "QL106", "attribute", "load_field")
def one_column_more():
    for book in Book.objects.raw("SELECT id, title, summary FROM library_book"):
        show(book.title, book.summary)


@after("generic_foreign_key_to_two_models", "QL107", "attribute", "prefetch_related")
def a_queryset_for_each_model():
    each = [Book.objects.all(), Author.objects.all()]
    for note in Note.objects.prefetch_related(GenericPrefetch("obj", each)):
        show(note.text, note.obj)


@after("chain_behind_generic_row", "QL101", "attribute", "prefetch_related")
def prefetched_behind_rows_of_one_model():
    notes = Note.objects.filter(content_type__model="book")
    for note in notes.prefetch_related("obj__author"):
        show(note.obj.author.name)


@after("chain_related_set_then_count", "QL105", "count", "annotate")
def numbers_of_prefetched_rows():
    counted = Author.objects.annotate(books_count=Count("books"))
    for publisher in Publisher.objects.prefetch_related(Prefetch("authors", queryset=counted)):
        show(sum(author.books_count for author in publisher.authors.all()))


@after("past_prefetch_get", "QL103", "get", "reuse_relation")
def picked_from_rows_at_hand():
    for book in Book.objects.prefetch_related("tags"):
        show(max(book.tags.all(), key=lambda tag: tag.pk))


@after("async_prefetch_of_one_row", "QL109", "prefetch_related", "prefetch_related")
async def prefetched_for_all_rows():
    rows = [book async for book in Book.objects.all()]
    await sync_to_async(prefetch_related_objects)(rows, "tags")
