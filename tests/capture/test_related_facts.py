"""What a cause says of a relation to many rows, so that a fix can name all it needs."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.test.utils import isolate_apps

from querylens.django.related import reading_facts
from tests.project.library.models import Author, Book, Note, Shelf, Tag

MODELS = "tests.project.library.models"


def facts(owner, name):
    field = owner._meta.get_field(name)
    accessor = field.get_accessor_name() if hasattr(field, "get_accessor_name") else field.name
    return reading_facts(owner, accessor, field)


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (Author, "books", {"lookup: books", "back: author", "matches: pk"}),
        (Author, "loan", {"lookup: loan", "back: borrower", "matches: pk"}),
        (Shelf, "refs", {"lookup: refs", "back: shelf", "matches: code"}),
        (Book, "tags", {"lookup: tags", "back: books", "matches: pk"}),
        (Tag, "books", {"lookup: books", "back: tags", "matches: pk"}),
        (Book, "contributors", {"back: contributed_books", "matches: pk"}),
        (Book, "notes", {"lookup: notes", "type: content_type = library.book", "key: object_id"}),
    ],
)
def test_names_the_way_there_and_back(owner, name, expected):
    assert expected <= facts(owner, name)


def test_names_the_model_and_its_manager():
    assert {f"module: {MODELS}", "manager: objects"} <= facts(Author, "books")
    named = {"author", "editor", "sequel", "tags", "contributors"}
    assert {f"foreign: {name}" for name in named} <= facts(Author, "books")
    assert "own get_queryset" not in facts(Author, "books")
    assert "own get_queryset" in facts(Book, "reviews")


def test_names_attributes_that_are_taken():
    assert "owner has: book_count" in facts(Author, "books")
    assert "owner has: loan_set" in facts(Author, "loan")
    assert "owner has: name" not in facts(Author, "books")


def test_says_nothing_of_what_is_no_relation():
    assert reading_facts(Author, "nothing", None) == frozenset()


@isolate_apps("tests.project.library")
def test_says_only_what_is_so():
    class Ordered(models.Model):
        class Meta:
            app_label = "library"
            ordering = ["pk"]

    class Local(models.Model):
        owner = models.ForeignKey(Ordered, models.CASCADE, related_name="locals")
        friends = models.ManyToManyField("self")
        code = models.CharField(unique=True, max_length=5)

        things = models.Manager()

        class Meta:
            app_label = "library"

    class Link(models.Model):
        local = models.ForeignKey(Local, models.CASCADE, to_field="code")
        ordered = models.ForeignKey(Ordered, models.CASCADE)

        class Meta:
            app_label = "library"

    class Linked(models.Model):
        many = models.ManyToManyField(
            Local, through="Linking", related_name="linked", through_fields=("linked", "local")
        )

        class Meta:
            app_label = "library"

    class Linking(models.Model):
        linked = models.ForeignKey(Linked, models.CASCADE)
        local = models.ForeignKey(Local, models.CASCADE, to_field="code")

        class Meta:
            app_label = "library"

    assert "owner ordering" in facts(Ordered, "locals")
    assert "manager: things" in facts(Ordered, "locals")
    assert not {fact for fact in facts(Ordered, "locals") if fact.startswith("module: ")}
    assert not {fact for fact in facts(Local, "friends") if fact.startswith("back: ")}
    assert "matches: code" in facts(Local, "link")
    assert not {fact for fact in facts(Linked, "many") if fact.startswith("matches: ")}


@isolate_apps("tests.project.library")
def test_tells_proxies_apart_where_the_relation_does():
    class Report(Book):
        own_notes = GenericRelation(Note, for_concrete_model=False)

        class Meta:
            app_label = "library"
            proxy = True

    assert "type: content_type = library.report" in facts(Report, "own_notes")
