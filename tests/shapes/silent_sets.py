"""Related sets read as they should be; each is named after its loud twin."""

from __future__ import annotations

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery, prefetch_related_objects

from tests.project.library.models import (
    Author,
    Book,
    Chapter,
    Note,
)
from tests.shapes.declare import show, silent


@silent("the rows were prefetched")
def reverse_all_prefetched():
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.all():
            show(author.name, book.title)


@silent("one prefetch for all rows")
def reverse_all_prefetched_later():
    authors = list(Author.objects.all())
    prefetch_related_objects(authors, "books")
    show([list(author.books.all()) for author in authors])


@silent("a row of a related set knows the row that it belongs to")
def reverse_all_and_back():
    author = Author.objects.get(name="Author 0")
    for book in author.books.all():
        show(book.author.name)


@silent("an index into prefetched rows")
def reverse_index_prefetched():
    for author in Author.objects.prefetch_related("books"):
        if author.books.all():
            show(author.books.all()[0].title)


@silent("prefetched into a list under its own name")
def reverse_filter_prefetched_to_attribute():
    long_books = Prefetch("books", Book.objects.filter(pages__gte=100), to_attr="long_books")
    for author in Author.objects.prefetch_related(long_books):
        show(author.long_books)


@silent("the first of prefetched rows that have an order")
def reverse_first_ordered_prefetched():
    for book in Book.objects.prefetch_related("chapters"):
        show(book.chapters.first().title)


@silent("a subquery of the rows' own query")
def reverse_latest_in_subquery():
    chapters = Chapter.objects.filter(book=OuterRef("pk")).order_by("-position")
    for book in Book.objects.annotate(last_title=Subquery(chapters.values("title")[:1])):
        show(book.last_title)


@silent("prefetched rows are counted in memory")
def reverse_count_prefetched():
    for author in Author.objects.prefetch_related("books"):
        show(author.books.count())


@silent("counted with the rows")
def reverse_count_annotated():
    for author in Author.objects.annotate(number=Count("books")):
        show(author.number)


@silent("prefetched rows are asked in memory")
def reverse_exists_prefetched():
    for author in Author.objects.prefetch_related("books"):
        show(author.books.exists())


@silent("asked with the rows")
def reverse_exists_annotated():
    books = Book.objects.filter(author=OuterRef("pk"))
    show([author.has_books for author in Author.objects.annotate(has_books=Exists(books))])


@silent("prefetched rows are searched in memory")
def reverse_contains_prefetched():
    longest = Book.objects.latest("pages")
    for author in Author.objects.prefetch_related("books"):
        show(author.books.contains(longest))


@silent("none() asks nobody")
def reverse_filter_of_none():
    for author in Author.objects.all():
        show(list(author.books.none()))


@silent("the rows were prefetched")
def many_to_many_all_prefetched():
    for book in Book.objects.prefetch_related("tags"):
        show([tag.name for tag in book.tags.all()])


@silent("prefetched rows are counted in memory")
def many_to_many_count_prefetched():
    show([book.tags.count() for book in Book.objects.prefetch_related("tags")])


@silent("both levels were prefetched")
def many_to_many_through_rows_prefetched():
    for book in Book.objects.prefetch_related("contributions__author"):
        show([contribution.author.name for contribution in book.contributions.all()])


@silent("the rows were prefetched, one query for each model")
def generic_foreign_key_prefetched():
    for note in Note.objects.prefetch_related("obj"):
        show(note.obj)


@silent("each model has a queryset of its own")
def generic_foreign_key_prefetched_deeper():
    models_of_obj = [Book.objects.select_related("author"), Author.objects.all()]
    for note in Note.objects.prefetch_related(GenericPrefetch("obj", models_of_obj)):
        show(getattr(note.obj, "author", note.obj).name)


@silent("one note, and the first load of its content type")
def generic_foreign_key_of_one_row():
    show(Note.objects.latest("pk").obj)


@silent("the rows were prefetched")
def generic_relation_prefetched():
    for book in Book.objects.prefetch_related("notes"):
        show([note.text for note in book.notes.all()])


@silent("the prefetched rows brought their relation along")
def chain_behind_prefetch_selected():
    books = Prefetch("books", Book.objects.select_related("editor"))
    for author in Author.objects.prefetch_related(books):
        show([book.editor.name for book in author.books.all()])


@silent("three levels, one query each")
def chain_of_related_sets_prefetched():
    for author in Author.objects.prefetch_related("books__chapters"):
        for book in author.books.all():
            show([chapter.title for chapter in book.chapters.all()])
