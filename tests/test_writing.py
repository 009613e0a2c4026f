"""What is told of a model that is written, so that a fix can respect it."""

from __future__ import annotations

import pytest
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, pre_save
from django.test.utils import isolate_apps

from querylens.django.writing import relation_facts, write_facts

KEY = "primary key: id"
ONLY_KEY = {KEY, "unique: id"}


@pytest.fixture(autouse=True)
def apps():
    with isolate_apps("tests.project.library"):
        yield


class Named(models.Model):
    class Meta:
        abstract = True
        app_label = "library"


def told(model, access="save", kind="insert"):
    return set(write_facts(kind, access, model))


def test_a_plain_model_has_nothing_to_tell():
    class Plain(Named):
        name = models.CharField(max_length=5)

    assert told(Plain) == told(Plain, "delete", "delete") == set()
    assert told(Plain, "update", "update") == set()


def test_methods_of_the_model_s_own():
    class Careful(Named):
        def save(self, *args, **kwargs): ...
        def delete(self, *args, **kwargs): ...

    name = Careful.save.__qualname__.removesuffix(".save")
    assert told(Careful) == told(Careful, "bulk_update", "update") == {f"custom save: {name}.save"}
    assert told(Careful, "delete", "delete") == {f"custom delete: {name}.delete"}
    assert told(Careful, "update", "update") == set()


def test_managers():
    class Rows(models.QuerySet):
        def create(self, **kwargs): ...

    class Kept(models.Manager):
        def get_queryset(self): ...
        def create(self, **kwargs): ...

    class WithRows(Named):
        rows = Rows.as_manager()

    class WithManager(Named):
        kept = Kept()

    name = Rows.__qualname__
    assert told(WithRows) == {f"custom create: {name}.create", "manager: rows"}
    name = Kept.__qualname__
    assert told(WithManager) == {
        f"custom create: {name}.create",
        "manager: kept",
        f"custom queryset: {name}.get_queryset",
    }


def receive(**kwargs): ...


def test_receivers():
    class Heard(Named):
        friends = models.ManyToManyField("self")

    through = Heard.friends.through
    signals = [(pre_save, Heard), (post_delete, Heard), (m2m_changed, through)]
    for signal, sender in signals:
        signal.connect(receive, sender=sender)
    try:
        name = f"{receive.__module__}.receive"
        assert told(Heard) == {f"pre_save: {name}"}
        assert told(Heard, "delete", "delete") == {f"post_delete: {name}"}
        assert f"m2m_changed: {name}" in relation_facts(Heard._meta.get_field("friends"))
    finally:
        for signal, sender in signals:
            signal.disconnect(receive, sender=sender)


def test_fields_that_save_sets_itself():
    class Slugged(models.SlugField):
        def pre_save(self, model_instance, add): ...

    class Stamped(Named):
        moment = models.DateTimeField(auto_now=True)
        day = models.DateField(auto_now=True)
        hour = models.TimeField(auto_now=True)
        born = models.DateTimeField(auto_now_add=True)
        photo = models.FileField()
        slug = Slugged()

    assert told(Stamped) == {
        "auto_now: moment",
        "auto_now of a day: day",
        "auto_now of a day: hour",
        "stored on save: photo",
        "made on save: slug",
    }


def test_what_is_unique_and_what_is_required():
    class Seat(Named):
        row = models.IntegerField()
        number = models.IntegerField()
        code = models.CharField(max_length=5, unique=True)
        label = models.CharField(max_length=5)
        note = models.IntegerField(null=True)
        price = models.IntegerField(default=1)
        sold_at = models.DateTimeField(auto_now_add=True)

        class Meta:
            app_label = "library"
            unique_together = [("row", "number")]
            constraints = [
                models.UniqueConstraint(fields=["row", "label"], name="one_label"),
                models.UniqueConstraint(
                    fields=["row"], name="one_row", condition=models.Q(number=1)
                ),
                models.CheckConstraint(condition=models.Q(price__gte=0), name="a_price"),
            ]

    assert told(Seat, "get_or_create") == ONLY_KEY | {
        "unique: code",
        "unique: row, number",
        "unique: row, label",
        "unique: (one_row)",
        "required: row",
        "required: number",
    }


def test_a_child_of_another_table():
    class Parent(Named):
        pass

    class Child(Parent):
        pass

    class Proxy(Parent):
        class Meta:
            proxy = True
            app_label = "library"

    assert told(Child) == {"multi-table"}
    assert told(Parent) == told(Proxy) == set()
    assert relation_facts(Child._meta.get_field("parent_ptr")) == frozenset()
    assert "primary key: id" in told(Proxy, "get_or_create")


def test_the_names_by_which_rows_are_tied():
    from tests.project.library.models import Author, Book, Tag

    def relation(model, name):
        return set(relation_facts(model._meta.get_field(name)))

    assert relation(Author, "books") == {"foreign key: author"}
    assert relation(Book, "notes") == {"foreign key: obj", "generic: content_type, object_id"}
    assert relation(Book, "tags") == {"through: book, tag"}
    assert relation(Tag, "books") == {"through: tag, book"}
    assert relation(Book, "contributors") == {
        "through: book, author",
        "through model: library.Contribution",
    }
    assert relation(Book, "author") == set()
    assert relation_facts(None) == frozenset()


def test_a_relation_to_its_own_model_goes_both_ways():
    class Friend(Named):
        friends = models.ManyToManyField("self")

    assert set(relation_facts(Friend._meta.get_field("friends"))) == {
        "through: from_friend, to_friend",
        "symmetrical",
    }
