"""Relations behind relations: the path leads from the queryset at the root."""

from __future__ import annotations

from tests.project.library.models import Author, Book, Chapter, Loan, Note, Publisher, Tag
from tests.project.library.services import author_label
from tests.shapes.declare import shape, show
from tests.shapes.families import deferred, generic_row, related_aggregate, related_set, to_one

AUTHOR_OF_BOOK = to_one("Book.author")
PUBLISHER_OF_AUTHOR = to_one("Author.publisher", path="author__publisher", mark="2")


@shape(AUTHOR_OF_BOOK, PUBLISHER_OF_AUTHOR)
def chain_of_two():
    for book in Book.objects.all():  # origin, loop
        show(book.author.publisher.name)  # access, access2


@shape(AUTHOR_OF_BOOK, PUBLISHER_OF_AUTHOR)
def chain_of_two_lines():
    for book in Book.objects.order_by("title"):  # origin, loop
        author = book.author  # access
        show(author.name)
        show(author.publisher.name)  # access2


@shape(
    to_one("Book.author", mark="1"),
    to_one("Author.publisher", path="author__publisher"),
    site=Author.publisher_name,
)
def chain_into_property():
    for book in Book.objects.all():  # origin, loop
        author = book.author  # access1
        show(author.publisher_name)


@shape(to_one("Author.publisher", path="author__publisher"))
def chain_first_selected():
    for book in Book.objects.select_related("author"):  # origin, loop
        show(book.author.publisher.name)  # access


@shape(
    to_one("Chapter.book", queries=8),
    to_one("Book.author", path="book__author", queries=8, mark="2"),
    to_one("Author.publisher", path="book__author__publisher", queries=8, mark="3"),
)
def chain_of_three():
    for chapter in Chapter.objects.all():  # origin, loop
        show(chapter.book.author.publisher.name)  # access, access2, access3


@shape(
    to_one("Loan.borrower"),
    to_one("Author.profile", kind="reverse", path="borrower__profile", mark="2"),
)
def chain_to_reverse_one_to_one():
    for loan in Loan.objects.all():  # origin, loop
        show(hasattr(loan.borrower, "profile"))  # access, access2


@shape(
    to_one("Book.sequel", queries=2),
    to_one("Book.editor", path="sequel__editor", queries=2, mark="2"),
)
def chain_to_self():
    for book in Book.objects.filter(sequel__isnull=False):  # origin, loop
        show(book.sequel.editor.name)  # access, access2


@shape(to_one("Book.editor", path="books__editor", fix="prefetch_related"))
def chain_behind_prefetch():
    for author in Author.objects.prefetch_related("books"):  # origin
        for book in author.books.all():  # loop
            show(book.editor.name)  # access


@shape(
    related_set("Author.books"),
    to_one("Book.editor", path="books__editor", fix="prefetch_related", mark="2"),
)
def chain_behind_related_set():
    for author in Author.objects.all():  # origin, loop
        for book in author.books.all():  # access, loop2
            show(book.editor.name)  # access2


@shape(
    related_set("Author.books"),
    related_set("Book.chapters", path="books__chapters", mark="2"),
)
def chain_of_related_sets():
    for author in Author.objects.all():  # origin, loop
        for book in author.books.all():  # access, loop2
            show([chapter.title for chapter in book.chapters.all()])  # access2


@shape(
    related_set("Publisher.authors"),
    related_aggregate("Author.books", "count", path="authors__books", mark="2"),
)
def chain_related_set_then_count():
    for publisher in Publisher.objects.all():  # origin, loop
        authors = publisher.authors.all()
        show(sum(author.books.count() for author in authors))  # access, access2, loop2


@shape(related_set("Book.tags", path="books__tags", kind="many_to_many"))
def chain_related_set_behind_prefetch():
    for author in Author.objects.prefetch_related("books"):  # origin
        for book in author.books.all():  # loop
            show([tag.name for tag in book.tags.all()])  # access


@shape(to_one("Book.author", path="books__author", fix="prefetch_related", queries=8))
def chain_behind_prefetched_many_to_many():
    for tag in Tag.objects.prefetch_related("books"):  # origin
        for book in tag.books.all():  # loop
            show(book.author.name)  # access


@shape(related_set("Author.loan_set", path="author__loan_set"))
def chain_related_set_of_selected_row():
    for book in Book.objects.select_related("author"):  # origin, loop
        show([loan.days for loan in book.author.loan_set.all()])  # access


@shape(generic_row(), to_one("Book.author", path="obj__author", fix="prefetch_related", mark="2"))
def chain_behind_generic_row():
    for note in Note.objects.filter(content_type__model="book"):  # origin, loop
        show(note.obj.author.name)  # access, access2


@shape(to_one("Book.author", path="book__author"), site=author_label)
def chain_in_helper():
    for loan in Loan.objects.select_related("book"):  # origin, loop
        show(author_label(loan.book))


@shape(AUTHOR_OF_BOOK, PUBLISHER_OF_AUTHOR)
def chain_through_list():
    books = Book.objects.all()  # origin
    authors = [book.author for book in books]  # access, loop
    show({author.publisher.name for author in authors})  # access2, loop2


@shape(deferred("Author.biography", path="book__author__biography"))
def chain_to_deferred_field():
    loans = Loan.objects.select_related("book__author")  # origin
    for loan in loans.defer("book__author__biography"):  # loop
        show(loan.book.author.biography)  # access
