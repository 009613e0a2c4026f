"""What stands for which model, told from source."""

from __future__ import annotations

import ast

import pytest

from tests.lint.models.reading import models_in, written_project

MODELS = """
from django.db import models
"""


@pytest.fixture
def read(tmp_path):
    def project_and_models(files, **options):
        project = written_project(tmp_path, files)
        return project, models_in(project, **options)

    return project_and_models


def labels(models):
    return sorted(m.label for m in models if not m.ref.module.startswith("django."))


@pytest.mark.parametrize(
    "body",
    [
        "from pydantic import BaseModel\nclass Book(BaseModel): pass",
        "from django.db import models\nclass Kind(models.TextChoices): A = 'a'",
        "from django import forms\nclass BookForm(forms.ModelForm): title = forms.CharField()",
        "from django.contrib import admin\nclass BookAdmin(admin.ModelAdmin): pass",
        "from django.db import models\nclass Rows(models.QuerySet): pass",
        "class Model: pass\nclass Book(Model): pass",
        "class Book(Book): pass",
        "class One(Two): pass\nclass Two(One): pass",
    ],
)
def test_what_is_no_model(read, body):
    _, models = read({"shop/models.py": body})

    assert labels(models) == []


@pytest.mark.parametrize(
    "field",
    [
        "models.ForeignKey()",
        "models.ForeignKey(**options)",
        "models.ForeignKey(TARGETS['author'], models.CASCADE)",
        "models.ForeignKey(f'{APP}.Author', models.CASCADE, related_name=f'{NAME}s')",
        "models.ForeignKey('elsewhere.Author', models.CASCADE)",
        "models.ManyToManyField('elsewhere.Author', through='Missing')",
    ],
)
def test_a_relation_to_nobody_knows_whom_is_still_one(read, field):
    _, models = read({"shop/models.py": f"{MODELS}\nclass Book(models.Model):\n    to = {field}"})

    relation = models.by_label("shop.Book").relations["to"]
    assert models.by_label(relation.target) is None


@pytest.mark.parametrize(
    ("imports", "to"),
    [
        ("from shop.people.models import Author", "Author"),
        ("from shop.people.models import Author as Writer", "Writer"),
        ("from shop.people import models as people", "people.Author"),
        ("import shop.people.models", "shop.people.models.Author"),
        ("from ..people.models import *", "Author"),
        ("AUTHOR = 'people.Author'", "AUTHOR"),
        ("", "'people.Author'"),
        ("", "'people.author'"),
        ("from django.conf import settings", "settings.AUTH_USER_MODEL"),
        ("from django.conf import settings", "getattr(settings, 'AUTH_USER_MODEL', 'x.Y')"),
        ("from django.contrib.auth import get_user_model", "get_user_model()"),
        ("from django.contrib.auth import get_user_model\nA = get_user_model()", "A"),
        ("from django.apps import apps\nA = apps.get_model('people', 'Author')", "A"),
    ],
)
def test_references(read, imports, to):
    _, models = read(
        {
            "settings.py": "AUTH_USER_MODEL = 'people.Author'",
            "shop/people/models.py": f"{MODELS}\nclass Author(models.Model): pass",
            "shop/books/models.py": f"{MODELS}{imports}\n"
            f"class Book(models.Model):\n    to = models.ForeignKey({to}, models.CASCADE)",
        }
    )

    assert models.by_label("books.Book").relations["to"].target == "people.Author"
    assert models.by_label("people.Author").relations["book_set"].target == "books.Book"


def test_what_a_name_stands_for(read):
    project, models = read(
        {
            "shop/models.py": f"{MODELS}\nclass Author(models.Model): pass\nclass Plain: pass",
            "shop/views.py": """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from shop import models
Person = get_user_model()
Same = models.Author
""",
        }
    )
    views = project.module("shop.views")

    found = {
        name: models.of_meaning(project.meaning(views, name))
        for name in ("Same", "models.Author", "User", "Person", "models.Plain", "nobody")
    }
    assert {name: model and model.label for name, model in found.items()} == {
        "Same": "shop.Author",
        "models.Author": "shop.Author",
        "User": "auth.User",
        "Person": "auth.User",
        "models.Plain": None,
        "nobody": None,
    }
    author = models.of_class("shop.models", "Author")
    assert models.named(views, "Author", author) is models.named(views, "self", author) is author
    assert models.named(views, "shop.author") is author


def test_models_of_tests_leave_no_trace(read):
    book = "class Book(models.Model):\n    {} = models.ForeignKey('shop.Author', models.CASCADE)"
    files = {
        "shop/models.py": f"{MODELS}\nclass Author(models.Model): pass\n{book.format('author')}",
        "shop/tests/models.py": f"{MODELS}\n{book.format('fake')}\n    class Meta:\n"
        "        app_label = 'shop'\nclass Only(models.Model): pass",
        "shop/migrations/0001.py": f"{MODELS}\n{book.format('old')}",
    }
    _, models = read(files)

    assert sorted(models.by_label("shop.Book").relations) == ["author"]
    assert sorted(models.by_label("shop.Author").relations) == ["book_set"]
    assert list(models.of_class("shop.tests.models", "Book").relations) == ["fake"]
    # Linted for its own sake, a test's model is one like any other.
    _, models = read(files, is_apart=lambda module: False)
    assert models.by_label("shop.Author") is not None


@pytest.mark.parametrize(
    ("files", "label"),
    [
        ({"site/shop/models.py": ""}, "shop.Book"),
        ({"site/shop/models/__init__.py": "", "site/shop/models/books.py": ""}, "shop.Book"),
        ({"site/shop/books.py": "", "site/shop/models.py": "x = 1"}, "shop.Book"),
        (
            {
                "site/shop/models.py": "",
                "site/shop/apps.py": "from django.apps import AppConfig\n"
                "class Shop(AppConfig): ...\n"
                "class ShopConfig(AppConfig):\n    name = 'site.shop'\n    label = 'books'",
            },
            "books.Book",
        ),
        (
            {
                "site/shop/user/models.py": "",
                "site/shop/apps.py": "from django.apps import AppConfig\n"
                "class ShopConfig(AppConfig):\n    name = 'shop'",
            },
            "shop.Book",
        ),
        (
            {
                "site/shop/user/models.py": "",
                "site/shop/models.py": "x = 1",
                "site/settings.py": "LOCAL_APPS = ['site.shop', 'site.shop.user']",
            },
            "user.Book",
        ),
    ],
)
def test_labels_of_apps(read, files, label):
    body = f"{MODELS}\nclass Book(models.Model): pass"
    _, models = read({name: text or body for name, text in files.items()})

    assert labels(models) == [label]


@pytest.mark.parametrize(
    "base",
    [
        "from mptt.models import MPTTModel as Base",
        "from wagtail.models import Page as Base",
        "from somewhere import Model as Base",
        "from shop.missing.models import Base",
    ],
)
def test_models_of_other_packages_classes(read, base):
    _, models = read({"shop/models.py": f"{base}\nclass Book(Base): pass"})

    assert models.by_label("shop.Book").has_unknown_base


def test_bases_that_hide_nothing(read):
    _, models = read(
        {
            "shop/models.py": f"{MODELS}import abc\nfrom typing import Generic, TypeVar\n"
            "T = TypeVar('T')\nclass Mixin(object): pass\n"
            "class Book(Mixin, abc.ABC, Generic[T], models.Model): pass"
        }
    )

    assert not models.by_label("shop.Book").has_unknown_base


def test_where_methods_stand(read):
    _, models = read(
        {
            "shop/mixins.py": "class Named:\n    def full_name(self): return self.name",
            "shop/models.py": f"""{MODELS}
from shop.mixins import Named

class Book(Named, models.Model):
    @property
    def title(self): return "read"

    @title.setter
    def title(self, value): ...

    full = Named.full_name

    def hidden(self): ...

class Novel(Book):
    hidden = None
""",
        }
    )
    book, novel = models.by_label("shop.Book"), models.by_label("shop.Novel")

    assert sorted(book.methods) == ["full_name", "hidden", "title"]
    assert sorted(novel.methods) == ["full_name", "title"]
    assert book.methods["title"].kind == "property"
    title = models.defined(novel.methods["title"])
    assert ast.unparse(title.node).endswith("return 'read'")
    assert models.defined(book.methods["full_name"]).module.name == "shop.mixins"
    assert models.defined(models.by_label("auth.Group").ref) is None


def test_classes_of_managers_and_querysets(read):
    project, models = read(
        {
            "shop/models.py": f"""{MODELS}
from mptt.managers import TreeManager

class Rows(models.QuerySet):
    def live(self): ...
    def _inner(self): ...

class Live(models.Manager.from_queryset(Rows)):
    def get_queryset(self): ...

Made = Live.from_queryset(Rows)

class Tree(TreeManager):
    def roots(self): ...

class Book(models.Model):
    objects = Made()
    live = Rows.as_manager()
    tree = Tree()
    forest = TreeManager()
"""
        }
    )
    module = project.module("shop.models")

    def described(name):
        found = models.manager_of(project.meaning(module, name))
        return found and (sorted(found.methods), sorted(found.queryset_methods), found.is_known)

    assert described("Rows") == (["_inner", "live"], ["_inner", "live"], True)
    assert (
        described("Live")
        == described("Made")
        == (
            ["get_queryset", "live"],
            ["_inner", "live"],
            True,
        )
    )
    assert described("Tree") == (["roots"], [], False)
    assert described("Book") is described("models") is None
    book = models.by_label("shop.Book")
    assert list(book.managers) == ["objects", "live", "tree", "forest"]
    assert book.managers["objects"].get_queryset.qualname == "Live.get_queryset"
    assert book.managers["live"].queryset_class == ("shop.models", "Rows")
    assert not book.managers["forest"].is_known
    families = [models.family(project.meaning(module, n)) for n in ("Rows", "Made", "Book", "x")]
    assert families == ["queryset", "manager", "model", ""]


def test_names_in_a_ring_of_imports(read):
    _, models = read(
        {
            "shop/models.py": "from .one import *\nfrom .two import *",
            "shop/one.py": f"{MODELS}\nfrom .two import *\nfrom .two import Author\n"
            "class Book(models.Model):\n    author = models.ForeignKey(Author, models.CASCADE)\n"
            "    lost = models.ForeignKey(Missing, models.CASCADE)",
            "shop/two.py": f"{MODELS}\nfrom .one import *\nfrom .models import Book\n"
            "class Author(models.Model):\n    best = models.ForeignKey(Book, models.CASCADE)",
        }
    )

    assert models.by_label("shop.Book").relations["author"].target == "shop.Author"
    assert models.by_label("shop.Author").relations["best"].target == "shop.Book"
    assert models.by_label("shop.Book").relations["lost"].target == ""
