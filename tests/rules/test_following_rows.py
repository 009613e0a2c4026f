"""Rows are followed from their queryset to the access through all that a function may do to them.

What is certain is typed, and proved; for all else the advice has no place.
"""

from __future__ import annotations

import pytest

from querylens.rules.aggregate_in_loop import AggregateInLoop
from querylens.rules.lazy_related_set import LazyRelatedSet

FOLLOWED = {
    "a for": """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a for in a for": """
        for author in Author.objects.all():
            for book in author.books.filter(pages__gte=1):
                show(author, book)
        """,
    "a variable, made in steps": """
        authors = Author.objects.all()
        authors = authors.filter(pk__gte=1)
        authors = authors.order_by("pk")
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a variable with an annotation": """
        authors: list = Author.objects.all()
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "an assignment expression": """
        for author in (authors := Author.objects.all()):
            show(list(author.books.filter(pages__gte=1)), len(authors))
        """,
    "a name from an assignment expression": """
        if authors := Author.objects.all():
            for author in authors:
                show(list(author.books.filter(pages__gte=1)))
        """,
    "an unpacked list": """
        authors = [*Author.objects.all()]
        for author in reversed(authors):
            show(list(author.books.filter(pages__gte=1)))
        """,
    "pairs with a number": """
        for number, author in enumerate(Author.objects.all()):
            show(number, list(author.books.filter(pages__gte=1)))
        """,
    "filter()": """
        for author in filter(None, Author.objects.all()):
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a comprehension of a comprehension": """
        authors = [author for author in Author.objects.all() if author.pk]
        show([list(author.books.filter(pages__gte=1)) for author in authors])
        """,
    "the second part of a comprehension": """
        authors = Author.objects.all()
        show([book for author in authors for book in author.books.filter(pages__gte=1)])
        """,
    "a comprehension that repeats": """
        authors = Author.objects.all()
        show([list(a.books.filter(pages__gte=1)) for number in range(1) for a in authors])
        """,
    "a comprehension of something else": """
        for author in Author.objects.all():
            show([len(author.books.filter(pages__gte=1)) for number in range(1)])
        """,
    "a variable before other variables": """
        for author in Author.objects.all():
            books = author.books.filter(pages__gte=1)
            number = 1
            show(list(books), number)
        """,
    "a generator": """
        authors = (author for author in Author.objects.all())
        show(any(len(author.books.filter(pages__gte=1000)) for author in authors))
        """,
    "a function for map()": """
        authors = Author.objects.all()
        show(*map(lambda author: len(author.books.filter(pages__gte=1)), authors))
        """,
    "a key for sort()": """
        authors = list(Author.objects.all())
        authors.sort(key=lambda author: len(author.books.filter(pages__gte=1)))
        show(authors)
        """,
    "an outer function's loop": """
        def show_all(least):
            for author in Author.objects.all():
                show(list(author.books.filter(pages__gte=least)))

        show_all(1)
        """,
    "a loop at the top of a class": """
        class Shelf:
            authors = Author.objects.all()
            titles = []
            for author in authors:
                titles.append(list(author.books.filter(pages__gte=1)))

        show(Shelf.titles)
        """,
    "a list of one": """
        for author in Author.objects.all():
            show([book.title for one in [author] for book in one.books.filter(pages__gte=1)])
        """,
    "an index": """
        authors = list(Author.objects.all())
        for number in range(len(authors)):
            show(list(authors[number].books.filter(pages__gte=1)))
        """,
    "next()": """
        authors = iter(Author.objects.all())
        while author := next(authors, None):
            show(list(author.books.filter(pages__gte=1)))
        """,
    "an asynchronous loop": """
        async for author in Author.objects.all():
            show(await author.books.filter(pages__gte=1).afirst())
        """,
}


@pytest.mark.parametrize("code", FOLLOWED.values(), ids=FOLLOWED)
def test_rows_are_followed(tried, code):
    found = tried(LazyRelatedSet(), code)

    assert found.fix.kind == "prefetch_object"
    assert found.fix.at is not None
    found.fixed()


LOST = {
    "a parameter with a default": """
        def show_all(authors=None):
            if authors is None:
                authors = Author.objects.all()
            for author in authors:
                show(list(author.books.filter(pages__gte=1)))

        show_all()
        """,
    "a sum of lists": """
        authors = list(Author.objects.filter(pk=1))
        authors += list(Author.objects.filter(pk__gt=1))
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a list that grows": """
        authors = list(Author.objects.all())
        authors += []
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a condition as an argument": """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=1 if ids else 2)))
        """,
    "a list of lists": """
        for author in list(Author.objects.all()) + []:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "an unknown function": """
        def chosen(authors):
            return authors

        for author in chosen(Author.objects.all()):
            show(list(author.books.filter(pages__gte=1)))
        """,
    "an unknown function of each row": """
        authors = map(lambda author: author, Author.objects.all())
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a dictionary that is filled": """
        by_name = {}
        for author in Author.objects.all():
            by_name[author.name] = author
        for name in by_name:
            show(list(by_name[name].books.filter(pages__gte=1)))
        """,
    "a name that is bound in the loop": """
        for author in Author.objects.all():
            if author.pk < 0:
                author = author.mentor
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a comprehension of other rows": """
        authors = [author for author in list(Author.objects.all()) + []]
        for author in authors:
            show(list(author.books.filter(pages__gte=1)))
        """,
    "rows of several kinds": """
        author = None
        for number in range(4):
            author = author.mentor if author else None
            author = author or Author.objects.all()[number]
            show(list(author.books.filter(pages__gte=1)))
        """,
    "a function of two arguments": """
        from functools import reduce

        def count(total, author):
            return total + len(author.books.filter(pages__gte=1))

        show(reduce(count, Author.objects.all(), 0))
        """,
    "a lambda of two arguments": """
        from functools import reduce

        show(
            reduce(
                lambda total, author: total + len(author.books.filter(pages__gte=1)),
                Author.objects.all(),
                0,
            )
        )
        """,
    "a lambda for something unknown": """
        def each(function, rows):
            return [function(row) for row in rows]

        show(each(lambda author: len(author.books.filter(pages__gte=1)), Author.objects.all()))
        """,
    "a lambda with a name": """
        count = lambda author: len(author.books.filter(pages__gte=1))
        for author in Author.objects.all():
            show(count(author))
        """,
    "a lambda for a method": """
        class Shelf:
            def each(self, function):
                return [function(author) for author in Author.objects.all()]

        show(Shelf().each(lambda author: len(author.books.filter(pages__gte=1))))
        """,
    "a context": """
        from contextlib import nullcontext

        with nullcontext(Author.objects.all()) as authors:
            for author in authors:
                show(list(author.books.filter(pages__gte=1)))
        """,
    "a case": """
        match Author.objects.all():
            case authors:
                for author in authors:
                    show(list(author.books.filter(pages__gte=1)))
        """,
    "a global name": """
        def show_all():
            global least
            least = 1
            for author in Author.objects.all():
                show(list(author.books.filter(pages__gte=least)))

        show_all()
        """,
    "a name that is imported late": """
        authors = Author.objects.all()
        from math import e as least
        for author in authors:
            show(list(author.books.filter(pages__gte=least)))
        """,
    "a comprehension as an argument": """
        for author in Author.objects.all():
            show(list(author.books.filter(pages__in=[number for number in range(200)])))
        """,
    "a name with two meanings": """
        least = 1
        show([least for least in range(3)])
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=least)))
        """,
    "a name of a lambda as well": """
        least = 1
        show(sorted([1], key=lambda least: least))
        for author in Author.objects.all():
            show(list(author.books.filter(pages__gte=least)))
        """,
}


@pytest.mark.parametrize("code", LOST.values(), ids=LOST)
def test_rows_that_are_lost_are_left_to_a_developer(tried, code):
    [finding, *_] = tried(LazyRelatedSet(), code).findings

    assert finding.fix.at is None
    assert finding.fix.caveats


ROWS = {
    "a queryset": (
        """
        for author in Author.objects.order_by("pk"):
            show(Book.objects.filter(author=author).count())
        """,
        True,
    ),
    "a variable": (
        """
        authors = list(Author.objects.order_by("pk"))
        for author in sorted(authors, key=str):
            show(Book.objects.filter(author=author).count())
        """,
        True,
    ),
    "related rows": (
        """
        authors = [book.author for book in Book.objects.all()]
        for author in authors:
            show(Book.objects.filter(author=author).count())
        """,
        False,
    ),
    "keys of rows": (
        """
        keys = [book.author_id for book in Book.objects.all()]
        for key in keys:
            show(Book.objects.filter(author=key).count())
        """,
        False,
    ),
    "values of rows": (
        """
        authors = Author.objects.order_by("pk").values_list("pk", flat=True)
        for key in authors:
            show(Book.objects.filter(author=key).count())
        """,
        False,
    ),
    "keys of a dictionary": (
        """
        for key in Author.objects.in_bulk():
            show(Book.objects.filter(author=key).count())
        """,
        False,
    ),
    "a row that is another one now": (
        """
        for author in Author.objects.all():
            author = author.mentor or author
            show(Book.objects.filter(author=author).count())
        """,
        False,
    ),
}


@pytest.mark.parametrize(("code", "is_typed"), ROWS.values(), ids=ROWS)
def test_only_rows_themselves_are_taken_for_rows(tried, code, is_typed):
    found = tried(AggregateInLoop(), code)

    assert (found.fix.at is not None) == is_typed
    if is_typed:
        found.fixed()
