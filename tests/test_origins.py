"""Where rows come from and who asked for them, in forms that the corpus of shapes does not have."""

from __future__ import annotations

import linecache
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync

import querylens
from tests.project.library.models import Author, Book
from tests.shapes.declare import show

pytestmark = pytest.mark.usefixtures("rows")


def traced(function):
    with querylens.capture() as trace:
        function()
    return trace


def text_at(place):
    """The expression of a place, by its columns."""
    assert place.line == place.end_line
    return linecache.getline(place.path, place.line)[place.column : place.end_column]


def loops_over_related_rows():
    for author in Author.objects.all():
        for book in author.books.all():
            show(book)


def comprehension_over_related_rows():
    show([book for author in Author.objects.all() for book in author.books.all()])


def three_walks_in_one_comprehension():
    show([book for author in Author.objects.all() for _ in (1, 2) for book in author.books.all()])


def comprehension_in_comprehension():
    show([[book.pk for book in author.books.all()] for author in Author.objects.all()])


def set_of_related_rows():
    show({book.pk for author in Author.objects.all() for book in author.books.all()})


def generator_over_related_rows():
    show(*(book.pk for author in Author.objects.all() for book in author.books.all()))


@async_to_sync
async def asynchronous_loops():
    async for author in Author.objects.all():
        async for book in author.books.all():
            show(book)


@async_to_sync
async def asynchronous_comprehension():
    async for author in Author.objects.all():
        show([book async for book in author.books.all()])


@async_to_sync
async def a_walk_that_waits_in_one_that_does_not():
    authors = [author async for author in Author.objects.all()]
    show([book for _ in (1, 2) for author in authors async for book in author.books.all()])


@pytest.mark.parametrize(
    "function",
    [
        loops_over_related_rows,
        comprehension_over_related_rows,
        three_walks_in_one_comprehension,
        comprehension_in_comprehension,
        set_of_related_rows,
        generator_over_related_rows,
        asynchronous_loops,
        asynchronous_comprehension,
        a_walk_that_waits_in_one_that_does_not,
    ],
)
def test_the_call_site_is_the_expression_that_is_walked_over(function):
    """Also where Python gives the whole loop as the place."""
    first, *others = traced(function).queries

    assert text_at(first.call_site) == "Author.objects.all()"
    assert {text_at(query.call_site) for query in others} == {"author.books.all()"}
    assert {text_at(query.origin) for query in others} == {"Author.objects.all()"}


def test_a_project_may_lie_in_a_folder_that_is_called_django():
    file = Path(__file__).parents[1] / "django" / "shop" / "views.py"
    names = {"Book": Book}
    exec(compile("def page():\n    return list(Book.objects.all())\n", file, "exec"), names)

    [query] = traced(names["page"]).queries
    assert (query.built_at.file, query.built_at.line) == ("django/shop/views.py", 2)


def walk_down(books):
    if books:
        show(books[0].author)
        walk_down(books[1:])


def test_the_first_turn_of_a_recursion_has_its_loop_too():
    _, *found = traced(lambda: walk_down(list(Book.objects.all()))).queries

    assert {linecache.getline(query.loop.path, query.loop.line).strip() for query in found} == {
        "walk_down(books[1:])"
    }


def editors(author):
    yield from author.books.select_related("editor").iterator()


def test_a_generator_of_the_projects_own_is_in_the_loop_around_it():
    def page():
        for author in Author.objects.all():
            for book in editors(author):
                show(book.editor)

    _, *found = traced(page).queries

    assert {linecache.getline(query.loop.path, query.loop.line).strip() for query in found} == {
        "for author in Author.objects.all():"
    }


def test_a_middleware_is_not_the_line_behind_a_template(rows, client, settings):
    """A generic view's template is rendered when its own code has returned."""
    settings.MIDDLEWARE = ["tests.project.middleware.ClassStyle", *settings.MIDDLEWARE]
    with querylens.capture() as trace:
        client.get("/library/books/class/")

    in_template = [query.call_site for query in trace if query.call_site.template]
    assert in_template
    assert {place.python for place in in_template} == {None}
