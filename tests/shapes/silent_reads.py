"""Single rows and fields read as they should be; each is named after its loud twin."""

from __future__ import annotations

from django.db import models

from tests.project.library.models import (
    Author,
    Book,
    Chapter,
    Loan,
    Place,
    Profile,
    Restaurant,
    Ticket,
)
from tests.project.library.services import author_label
from tests.shapes.declare import show, silent


@silent("the relation came with the rows")
def forward_foreign_key_selected():
    for book in Book.objects.select_related("author"):
        show(book.author.name)


@silent("the relation came in one more query")
def forward_foreign_key_prefetched():
    for book in Book.objects.prefetch_related("author"):
        show(book.author.name)


@silent("one access on one row")
def forward_foreign_key_of_one_row():
    book = Book.objects.get(title="Book 0")
    show(book.author.name)


@silent("the loop met one row")
def forward_foreign_key_in_loop_over_one_row():
    for book in Book.objects.filter(title="Book 1"):
        show(book.author.name)


@silent("the second access finds what the first one loaded")
def forward_foreign_key_cached():
    book = Book.objects.get(title="Book 0")
    for part in ("name", "biography"):
        show(getattr(book.author, part))


@silent("the project set the relation itself")
def forward_foreign_key_assigned():
    authors = Author.objects.in_bulk()
    for book in Book.objects.all():
        book.author = authors[book.author_id]
        show(book.author.name)


@silent("every row of the page is fetched at once", django=(6, 1))
def forward_foreign_key_fetching_peers():
    for book in Book.objects.fetch_mode(models.FETCH_PEERS):
        show(book.author.name)


@silent("both relations came with the rows")
def forward_two_relations_on_one_line_selected():
    for book in Book.objects.select_related("author", "editor"):
        show(f"{book.author.name}, {book.editor.name}")


@silent("the relation came with the rows")
def forward_one_to_one_selected():
    show([profile.author.name for profile in Profile.objects.select_related("author")])


@silent("the key is on the row")
def forward_only_the_key_by_column():
    for book in Book.objects.all():
        show(book.author_id)


@silent("the relation came with the rows")
def forward_uuid_key_selected():
    for ticket in Ticket.objects.select_related("member"):
        show(ticket.member.name)


@silent("no queryset brings a chain of unknown length", grows="one more step for every row")
def forward_to_self_walking_up():
    author = Author.objects.latest("pk")
    while author := author.mentor:
        show(author.name)


@silent("no queryset brings a chain of unknown length", grows="one more step for every row")
def forward_to_self_walking_up_by_recursion():
    show(walk_up(Author.objects.latest("pk")))


def walk_up(author):
    mentor = author.mentor
    return [author.name, *(walk_up(mentor) if mentor else [])]


@silent("an empty relation needs no query")
def forward_null_empty():
    for book in Book.objects.filter(sequel=None):
        show(book.sequel)


@silent("the columns of the parent came with the child")
def forward_to_parent_row_complete():
    for restaurant in Restaurant.objects.all():
        show(restaurant.place_ptr.name)


@silent("the relation came with the rows, missing ones too")
def reverse_one_to_one_missing_selected():
    for author in Author.objects.select_related("profile"):
        show(hasattr(author, "profile"))


@silent("the child came with the rows")
def reverse_one_to_one_child_row_selected():
    for place in Place.objects.select_related("restaurant"):
        show(getattr(place, "restaurant", None))


@silent("one row")
def loop_helper_in_other_module_without_loop():
    show(author_label(Book.objects.latest("pk")))


@silent("two rows that have nothing to do with each other")
def loop_helper_in_other_module_called_from_two_lines():
    show(author_label(Book.objects.latest("pages")))
    show(author_label(Loan.objects.select_related("book").latest("days").book))


@silent("the relation came with the rows")
def loop_sorted_key_selected():
    books = Book.objects.select_related("author")
    show(sorted(books, key=lambda book: book.author.name))


@silent("rows of values() have no relations")
def rows_in_variable_of_values():
    books = Book.objects.values("title", "author__name")
    for book in books:
        show(book["title"], book["author__name"])


@silent("raw rows can be prefetched too")
def rows_of_raw_prefetched():
    for book in Book.objects.raw("SELECT * FROM library_book").prefetch_related("author"):
        show(book.author.name)


@silent("each chunk of rows has its own prefetch", grows="one more chunk for every two rows")
def rows_of_iterator_prefetched_in_chunks():
    for book in Book.objects.prefetch_related("author", "tags").iterator(chunk_size=2):
        show(book.author.name, list(book.tags.all()))


@silent("the fields that are read were loaded")
def deferred_by_only_complete():
    for book in Book.objects.only("title", "summary"):
        show(book.title, book.summary)


@silent("one deferred field of one row")
def deferred_by_defer_of_one_row():
    show(Book.objects.defer("summary").latest("pk").summary)


@silent("the whole path came with the rows")
def chain_of_three_selected():
    for chapter in Chapter.objects.select_related("book__author__publisher"):
        show(chapter.book.author.publisher.name)


@silent("a chain from one row, one query a level")
def chain_of_three_from_one_row():
    show(Chapter.objects.latest("pk").book.author.publisher.name)


@silent("every row of the page is fetched at once", django=(6, 1))
def deferred_by_only_fetching_peers():
    for book in Book.objects.only("title").fetch_mode(models.FETCH_PEERS):
        show(book.title, book.summary)


@silent("each level of the page is fetched at once", django=(6, 1))
def chain_of_two_fetching_peers():
    for book in Book.objects.fetch_mode(models.FETCH_PEERS):
        show(book.author.publisher.name)
