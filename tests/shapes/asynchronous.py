"""The asynchronous names of the queries, and synchronous code that coroutines send to a thread."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.db.models import Sum, aprefetch_related_objects
from django.shortcuts import aget_object_or_404

from tests.project.library.models import Author, Book, Loan, Stamp, Tag
from tests.project.library.populate import ids
from tests.project.library.services import author_label
from tests.shapes.declare import shape, show
from tests.shapes.families import (
    aggregate,
    delete,
    get_or_create,
    insert,
    lookup,
    prefetch,
    related_aggregate,
    related_set,
    relation_write,
    repeated,
    to_one,
    update,
)

keys_of = sync_to_async(ids)


async def find_author(key):
    return await Author.objects.aget(pk=key)  # access


@shape(lookup("Author", "get"))
async def async_get():
    async for book in Book.objects.all():  # origin, loop
        author = await Author.objects.aget(pk=book.author_id)  # access
        show(book.title, author.name)


@shape(lookup("Author", "get"), site=find_author)
async def async_get_in_coroutine():
    for key in await keys_of(Author):  # loop
        show(await find_author(key))


@shape(lookup("Book", "get"))
async def async_get_object_or_404():
    for key in await keys_of(Book):  # loop
        show(await aget_object_or_404(Book, pk=key))  # access


@shape(lookup("Author", "get"))
async def async_gather():
    keys = await keys_of(Author)
    authors = await asyncio.gather(*[Author.objects.aget(pk=key) for key in keys])  # access, loop
    show(authors)


@shape(lookup("Author", "get"), site=find_author)
async def async_gather_coroutines():
    keys = await keys_of(Author)
    show(await asyncio.gather(*[find_author(key) for key in keys]))


@shape(lookup("Author", "get"), site=find_author)
async def async_task_group():
    async with asyncio.TaskGroup() as group:
        for key in await keys_of(Author):
            group.create_task(find_author(key))


@shape(lookup("Book", "first"))
async def async_first():
    for key in await keys_of(Author):  # loop
        show(await Book.objects.filter(author_id=key).afirst())  # access


@shape(lookup("Book", "last"))
async def async_last():
    for key in await keys_of(Author):  # loop
        show(await Book.objects.filter(author_id=key).alast())  # access


@shape(lookup("Book", "latest"))
async def async_latest():
    for key in await keys_of(Book):  # loop
        show(await Book.objects.filter(pk=key).alatest("pages"))  # access


@shape(lookup("Book", "earliest"))
async def async_earliest():
    for key in await keys_of(Book):  # loop
        show(await Book.objects.filter(pk=key).aearliest("pages"))  # access


@shape(lookup("Book", "in_bulk"))
async def async_in_bulk():
    for key in await keys_of(Book):  # loop
        show(await Book.objects.ain_bulk([key]))  # access


@shape(lookup("Book", "filter"))
async def async_filter():
    for key in await keys_of(Author):  # loop
        show([book async for book in Book.objects.filter(author_id=key)])  # access


@shape(lookup("Book", "iterator"))
async def async_iterator():
    for key in await keys_of(Author):  # loop
        async for book in Book.objects.filter(author_id=key).aiterator():  # access
            show(book.title)


@shape(lookup("Book", "refresh_from_db", fix="none"))
async def async_refresh_from_db():
    async for book in Book.objects.all():  # origin, loop
        await book.arefresh_from_db()  # access


@shape(aggregate("Book", "count"))
async def async_count():
    for key in await keys_of(Author):  # loop
        show(await Book.objects.filter(author_id=key).acount())  # access


@shape(aggregate("Book", "exists"))
async def async_exists():
    async for author in Author.objects.all():  # origin, loop
        if await Book.objects.filter(author=author).aexists():  # access
            show(author.name)


@shape(aggregate("Book", "aggregate"))
async def async_aggregate():
    for key in await keys_of(Author):  # loop
        show(await Book.objects.filter(author_id=key).aaggregate(Sum("pages")))  # access


@shape(aggregate("Book", "contains"))
async def async_contains():
    long_books = Book.objects.filter(pages__gte=100)
    async for book in Book.objects.all():  # origin, loop
        show(await long_books.acontains(book))  # access


@shape(related_set("Author.books"))
async def async_related_set():
    async for author in Author.objects.all():  # origin, loop
        async for book in author.books.all():  # access
            show(author.name, book.title)


@shape(related_set("Author.books"))
async def async_related_comprehension():
    async for author in Author.objects.all():  # origin, loop
        show([book.title async for book in author.books.all()])  # access


@shape(related_aggregate("Author.books", "count"))
async def async_related_count():
    async for author in Author.objects.all():  # origin, loop
        show(await author.books.acount())  # access


@shape(related_set("Author.books", "first"))
async def async_related_first():
    async for author in Author.objects.all():  # origin, loop
        show(await author.books.afirst())  # access


@shape(to_one("Book.author"))
async def async_lambda():
    async for book in Book.objects.all():  # origin, loop
        name = await sync_to_async(lambda book=book: book.author.name)()  # access
        show(name)


@shape(to_one("Book.author"), site=author_label)
async def async_helper_in_thread():
    async for book in Book.objects.all():  # origin, loop
        show(await sync_to_async(author_label)(book))


@shape(to_one("Book.author"))
async def async_loop_in_thread():
    def names():
        return [book.author.name for book in Book.objects.all()]  # access, loop, origin

    show(await sync_to_async(names)())


@shape(related_set("Author.books"))
async def async_list_in_thread():
    async for author in Author.objects.all():  # origin, loop
        show(await sync_to_async(list)(author.books.all()))  # access


@shape(prefetch("Book.tags"))
async def async_prefetch_of_one_row():
    async for book in Book.objects.all():  # origin, loop
        await aprefetch_related_objects([book], "tags")  # access


@shape(insert("Tag"))
async def async_create():
    for key in await keys_of(Book):  # loop
        await Tag.objects.acreate(name=f"new {key}")  # access


@shape(insert("Tag", "bulk_create"))
async def async_bulk_create_of_one():
    for key in await keys_of(Book):  # loop
        await Tag.objects.abulk_create([Tag(name=f"new {key}")])  # access


@shape(get_or_create("Tag", queries=8))
async def async_get_or_create():
    for key in await keys_of(Book):  # loop
        await Tag.objects.aget_or_create(name=f"new {key}")  # access


@shape(get_or_create("Tag", "update_or_create", queries=8))
async def async_update_or_create():
    for key in await keys_of(Book):  # loop
        await Tag.objects.aupdate_or_create(name=f"new {key}")  # access


@shape(update("Book"))
async def async_save():
    async for book in Book.objects.all():  # origin, loop
        book.pages += 1
        await book.asave()  # access


@shape(update("Book", "update", fix="bulk_update"))
async def async_update():
    for key in await keys_of(Book):  # loop
        await Book.objects.filter(pk=key).aupdate(pages=key)  # access


@shape(delete("Loan"))
async def async_delete_row():
    async for loan in Loan.objects.all():  # origin, loop
        await loan.adelete()  # access


@shape(delete("Stamp"))
async def async_delete_filter():
    for key in await keys_of(Stamp):  # loop
        await Stamp.objects.filter(pk=key).adelete()  # access


@shape(relation_write("Book.tags", "add"))
async def async_add():
    tag = await Tag.objects.acreate(name="new")
    async for book in Book.objects.all():  # origin, loop
        await book.tags.aadd(tag)  # access


@shape(relation_write("Book.tags", "set", queries=10))
async def async_set():
    tags = [tag async for tag in Tag.objects.all()[:2]]
    async for book in Book.objects.all():  # origin, loop
        await book.tags.aset(tags)  # access


@shape(relation_write("Book.tags", "remove", fix="queryset_delete"))
async def async_remove():
    tag = await Tag.objects.aearliest("pk")
    async for book in Book.objects.all():  # origin, loop
        await book.tags.aremove(tag)  # access


@shape(relation_write("Book.tags", "clear", fix="queryset_delete"))
async def async_clear():
    async for book in Book.objects.all():  # origin, loop
        await book.tags.aclear()  # access


@shape(insert("Chapter", relation="library.Book.chapters"))
async def async_related_create():
    async for book in Book.objects.all():  # origin, loop
        await book.chapters.acreate(position=9, title="Index")  # access


@shape(repeated(aggregate("Book", "count", queries=2)), grows=False)
async def async_duplicate():
    show(await Book.objects.acount())  # access
    show(await Book.objects.acount())  # access
