"""The rows that the tests run on: always the same ones for the same number."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import F

from tests.project.library import models


def populate(rows=4, using="default"):
    """Makes `rows` rows of each model, so that what is sent for every row can be counted.

    Some rows share the row they point to and others have it for themselves: the last book has the
    author of the first, and two authors after each other have one publisher.
    """
    authors = people(rows, using)
    books = catalogue(rows, using, authors)
    loose_rows(rows, using, authors, books)
    user = {"username": "librarian", "is_staff": True, "is_superuser": True}
    User.objects.using(using).create(password="!", **user)
    ContentType.objects.clear_cache()


def ids(model):
    """The keys of a model's rows, as a caller of a function would have them in a list."""
    return list(model.objects.order_by("pk").values_list("pk", flat=True))


def add_all(instances, using):
    instances = list(instances)
    if not instances:
        return []
    rows = type(instances[0])._base_manager.using(using)
    rows.bulk_create(instances)
    if instances[0].pk is None:  # MySQL does not tell the keys
        return list(rows.order_by("pk"))[-len(instances) :]
    return instances


def people(rows, using):
    publishers = add_all((models.Publisher(name=f"Publisher {i}") for i in range(rows)), using)
    authors = add_all(
        (models.Author(name=f"Author {i}", publisher=publishers[i // 2]) for i in range(rows)),
        using,
    )
    pupils = [author.pk for author in authors[1:]]
    models.Author.objects.using(using).filter(pk__in=pupils).update(mentor=F("pk") - 1)
    add_all((models.Profile(author=a, website=f"{a.pk}.example") for a in authors[:-1]), using)
    return authors


def catalogue(rows, using, authors):
    tags = add_all((models.Tag(name=f"Tag {i}") for i in range(rows)), using)
    books = add_all(
        (
            models.Book(
                title=f"Book {i}",
                summary=f"About {i}",
                pages=100 + i,
                author=authors[i % max(rows - 1, 1)],
                editor=authors[(i + 1) % rows],
            )
            for i in range(rows)
        ),
        using,
    )
    first_parts = [book.pk for book, _ in zip(books[::2], books[1::2], strict=False)]
    models.Book.objects.using(using).filter(pk__in=first_parts).update(sequel=F("pk") + 1)
    attach(using, authors, books, tags)
    return books


def attach(using, authors, books, tags):
    """Gives every book two of each: tags, contributors, chapters; and one note and review."""
    rows = len(books)
    pairs = sorted({(i, (i + step) % rows) for i in range(rows) for step in (0, 1)})
    through = models.Book.tags.through
    add_all((through(book=books[i], tag=tags[j]) for i, j in pairs), using)
    add_all(
        (models.Contribution(book=books[i], author=authors[j], role="text") for i, j in pairs),
        using,
    )
    add_all(
        (models.Chapter(book=books[i], position=j, title=f"Chapter {j}") for i, j in pairs), using
    )
    types = ContentType.objects.db_manager(using)
    add_all(
        (
            models.Note(content_type=types.get_for_model(row), object_id=row.pk, text="read")
            for row in (*books, *authors)
        ),
        using,
    )
    add_all((models.Review(book=book, text="good") for book in books), using)


def loose_rows(rows, using, authors, books):
    add_all(
        (models.Loan(borrower=authors[i], book=books[-i], days=7 + i) for i in range(rows)), using
    )
    shelves = add_all((models.Shelf(code=f"S{i}", room=f"Room {i}") for i in range(rows)), using)
    add_all((models.CodedRef(shelf=shelf) for shelf in shelves), using)
    members = add_all(
        (models.Member(id=uuid.UUID(int=i + 1), name=f"Member {i}") for i in range(rows)), using
    )
    add_all((models.Ticket(member=member) for member in members), using)
    languages = add_all(
        (models.Language(code=f"l{i}", name=f"Language {i}") for i in range(rows)), using
    )
    pairs = zip(books, languages, strict=True)
    add_all((models.Edition(book=book, language=language) for book, language in pairs), using)
    add_all((models.Draft(title=f"Draft {i}") for i in range(rows)), using)
    add_all((models.Shipment(destination=f"Town {i}") for i in range(rows)), using)
    add_all((models.Stamp(label=f"Stamp {i}") for i in range(rows)), using)
    places(rows, using, authors)


def places(rows, using, authors):
    for i in range(rows):
        names = {"name": f"Place {i}", "owner": authors[i]}
        if i < rows - 1:
            models.Restaurant.objects.using(using).create(cuisine="any", **names)
        else:
            models.Place.objects.using(using).create(**names)
