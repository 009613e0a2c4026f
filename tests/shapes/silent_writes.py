"""Writes that go out together."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from tests.project.library.models import (
    Author,
    Book,
    Chapter,
    Contribution,
    Draft,
    Loan,
    Publisher,
    Restaurant,
    Shipment,
    Stamp,
    Tag,
)
from tests.project.library.populate import ids
from tests.shapes.declare import show, silent


@silent("one row")
def insert_create_once():
    Tag.objects.create(name="new")


@silent("two rows of two models")
def insert_create_of_two_models():
    publisher = Publisher.objects.create(name="Press")
    author = Author.objects.create(name="Writer", publisher=publisher)
    show(author.pk)


@silent("one statement for all rows")
def insert_create_together():
    Tag.objects.bulk_create([Tag(name=f"new {key}") for key in ids(Book)])


@silent("the batches of one bulk_create", grows="one more batch for every two rows")
def insert_create_in_batches():
    Tag.objects.bulk_create([Tag(name=f"new {key}") for key in ids(Book)], batch_size=2)


@silent("one statement that leaves existing rows alone")
def insert_get_or_create_together():
    tags = [Tag(name=f"Tag {number}") for number in range(2 * len(ids(Tag)))]
    Tag.objects.bulk_create(tags, ignore_conflicts=True)


@silent("one statement that changes existing rows")
def insert_update_or_create_together():
    tags = [Tag(name=f"Tag {number}") for number in range(2 * len(ids(Tag)))]
    options = {"unique_fields": ["name"], "update_fields": ["name"]}
    Tag.objects.bulk_create(tags, update_conflicts=True, **options)


@silent("one get_or_create")
def insert_get_or_create_once():
    show(Tag.objects.get_or_create(name="new"))


@silent("a child row is two statements")
def insert_create_child_row_once():
    owner = Author.objects.latest("pk")
    Restaurant.objects.create(name="Inn", cuisine="any", owner=owner)


@silent("a transaction of one row")
def insert_create_in_atomic_once():
    with transaction.atomic():
        Tag.objects.create(name="new")


@silent("one row with receivers")
def insert_create_with_receivers_once():
    Shipment.objects.create(destination="Town")


@silent("one save of one row")
def update_save_once():
    book = Book.objects.latest("pk")
    book.pages += 1
    book.save(update_fields=["pages"])


@silent("one statement for all rows")
def update_save_together():
    books = list(Book.objects.all())
    for book in books:
        book.pages += 1
    Book.objects.bulk_update(books, ["pages"])


@silent("the batches of one bulk_update", grows="one more batch for every two rows")
def update_save_in_batches():
    books = list(Book.objects.all())
    for book in books:
        book.pages += 1
    Book.objects.bulk_update(books, ["pages"], batch_size=2)


@silent("one statement for all rows")
def update_filter_update_expression_together():
    Book.objects.filter(author__name__startswith="Author").update(pages=F("pages") + 1)


@silent("one change of each of three models")
def update_filter_update_of_each_model():
    for model in (Tag, Author, Publisher):
        model.objects.update(name=F("name"))


@silent("one row with a save of its own")
def update_save_with_own_save_once():
    draft = Draft.objects.latest("pk")
    draft.title = "Draft"
    draft.save()


@silent("one statement for all rows")
def delete_row_together():
    Loan.objects.filter(days__gte=7).delete()


@silent("one row")
def delete_row_once():
    Loan.objects.latest("pk").delete()


@silent("the tables that one row's removal reaches")
def delete_row_cascading_once():
    Publisher.objects.earliest("pk").delete()


@silent("the tables that the removal of many rows reaches")
def delete_row_cascading_together():
    Book.objects.all().delete()


@silent("one statement for all keys")
def delete_filter_together():
    Stamp.objects.filter(pk__in=ids(Stamp)).delete()


@silent("one row gets all of them")
def write_add_of_one_row():
    book = Book.objects.latest("pk")
    book.tags.add(*Tag.objects.all())


@silent("one statement for all pairs")
def write_add_together():
    tag = Tag.objects.create(name="new")
    through = Book.tags.through
    through.objects.bulk_create(through(book_id=key, tag=tag) for key in ids(Book))


@silent("one row gets a new set")
def write_set_of_one_row():
    book = Book.objects.latest("pk")
    book.tags.set(Tag.objects.all())


@silent("one row loses all of them")
def write_clear_of_one_row():
    Book.objects.latest("pk").tags.clear()


@silent("one statement for all pairs")
def write_add_with_through_defaults_together():
    author = Author.objects.create(name="New", publisher=Publisher.objects.latest("pk"))
    pairs = [Contribution(book_id=key, author=author, role="art") for key in ids(Book)]
    Contribution.objects.bulk_create(pairs)


@silent("new rows that are saved together")
def insert_save_in_nested_loops_together():
    chapters = []
    for key in ids(Book):
        chapters += [Chapter(book_id=key, position=p, title="Appendix") for p in (7, 8)]
    Chapter.objects.bulk_create(chapters)


@silent("one statement for all rows")
async def async_update_together():
    await Book.objects.aupdate(pages=F("pages") + 1)


@silent("one statement for all rows")
async def async_create_together():
    names = [f"of {title}" async for title in Book.objects.values_list("title", flat=True)]
    await Tag.objects.abulk_create([Tag(name=name) for name in names])
