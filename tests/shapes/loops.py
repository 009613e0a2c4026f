"""The same forward relation, in every kind of loop and behind helpers."""

from __future__ import annotations

from operator import attrgetter

from tests.project.library.models import Book
from tests.project.library.services import author_label
from tests.project.middleware import passing_on
from tests.shapes.declare import shape, show
from tests.shapes.families import to_one


def editor_name(book):
    return book.editor.name  # access


@passing_on
def decorated_editor_name(book):
    return book.editor.name  # access


def generate_names(books):
    for book in books:  # loop
        yield book.author.name  # access


def print_tree(books):
    if books:
        show(books[0].author.name)  # access
        print_tree(books[1:])  # loop


@shape(to_one("Book.author"))
def loop_list_comprehension():
    show([book.author.name for book in Book.objects.all()])  # access, loop, origin


@shape(to_one("Book.author"))
def loop_comprehension_over_lines():
    books = Book.objects.all()  # origin
    names = {  # loop
        book.title: book.author.name  # access
        for book in books
        if book.pages
    }
    show(names)


@shape(to_one("Book.author"))
def loop_set_comprehension():
    books = Book.objects.order_by("title")  # origin
    show({book.author.name for book in books})  # access, loop


@shape(to_one("Book.author"))
def loop_generator_expression():
    books = Book.objects.order_by("title")  # origin
    show(", ".join(book.author.name for book in books))  # access, loop


@shape(to_one("Book.author"))
def loop_any():
    books = Book.objects.order_by("title")  # origin
    show(any(book.author.name == "Nobody" for book in books))  # access, loop


@shape(to_one("Book.author"), site=generate_names)
def loop_generator_function():
    show(*generate_names(Book.objects.all()))  # origin


@shape(to_one("Book.editor"), site=editor_name)
def loop_helper():
    for book in Book.objects.all():  # origin, loop
        show(editor_name(book))


@shape(to_one("Book.editor"), site=decorated_editor_name)
def loop_decorated_helper():
    for book in Book.objects.all():  # origin, loop
        show(decorated_editor_name(book))


@shape(to_one("Book.author"), site=author_label)
def loop_helper_in_other_module():
    for book in Book.objects.all():  # origin, loop
        show(author_label(book))


@shape(to_one("Book.author"), site=Book.author_name)
def loop_property():
    for book in Book.objects.all():  # origin, loop
        show(book.author_name)


@shape(to_one("Book.editor"), site=editor_name)
def loop_map():
    books = Book.objects.all()  # origin
    show(*map(editor_name, books))  # loop


@shape(to_one("Book.author"))
def loop_map_lambda():
    books = Book.objects.all()  # origin
    show(*map(lambda book: book.author.name, books))  # access, loop  # noqa: C417


@shape(to_one("Book.author"))
def loop_attrgetter():
    books = Book.objects.all()  # origin
    show(*map(attrgetter("author.name"), books))  # access, loop


@shape(to_one("Book.author"))
def loop_filter_function():
    books = Book.objects.all()  # origin
    show(*filter(lambda book: book.author.name, books))  # access, loop


@shape(to_one("Book.author"))
def loop_sorted_key():
    books = Book.objects.all()  # origin
    show(sorted(books, key=lambda book: book.author.name))  # access, loop


@shape(to_one("Book.editor"), site=editor_name)
def loop_min_key_of_helper():
    show(min(Book.objects.all(), key=editor_name))  # origin, loop


@shape(to_one("Book.author"))
def loop_while():
    books = list(Book.objects.all())  # origin
    while books:  # loop
        book = books.pop()
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def loop_while_next():
    books = iter(Book.objects.all())  # origin
    while book := next(books, None):  # loop
        show(book.author.name)  # access


@shape(to_one("Book.author"), site=print_tree)
def loop_recursion():
    print_tree(list(Book.objects.all()))  # origin


@shape(to_one("Book.author"))
def loop_inner_of_two():
    books = list(Book.objects.all())  # origin
    for label in ("long", "short"):
        for book in books:  # loop
            show(label, book.author.name)  # access


@shape(to_one("Book.author"))
def loop_with_break():
    for number, book in enumerate(Book.objects.all()):  # origin, loop
        if number > 20:
            break
        show(book.author.name)  # access


@shape(to_one("Book.author"))
def loop_nested_function():
    def line(book):
        return f"{book.title}: {book.author.name}"  # access

    for book in Book.objects.all():  # origin, loop
        show(line(book))


@shape(to_one("Book.author"))
def loop_getattr():
    column = "author"
    for book in Book.objects.all():  # origin, loop
        show(getattr(book, column))  # access
