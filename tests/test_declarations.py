"""Where a class declares a field that a library reads on its behalf."""

from __future__ import annotations

import inspect
from functools import wraps

import pytest
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.forms.models import modelform_factory

from querylens.declarations import find
from tests.project.library.forms import LoanForm
from tests.project.library.models import Loan


def decorated(kind):
    @wraps(kind, updated=())
    class Same(kind):
        pass

    return kind


class Listed:
    list_display = ["title", "author__name"]

    class Meta:
        fields = [
            "title",
            "pages",
        ]


class Assigned(Listed):
    title = forms.CharField()
    summary: str = ""

    def get_editor(self):
        """What a serializer's method field asks."""

    def publisher(self):
        """What an admin's column asks."""


class Inheriting(Assigned):
    """Declares nothing itself."""


@decorated
@decorated
class Decorated:
    """Begins below its decorators."""


def found(owner, field, is_project=lambda file: file.endswith(".py")):
    """The text of the line that was found, and the name that was given to it."""
    declared = find(owner, field, is_project)
    line = inspect.getsource(inspect.getmodule(owner)).splitlines()[declared.span.line - 1]
    return line.strip(), declared.name


@pytest.mark.parametrize(
    ("owner", "field", "line", "name"),
    [
        (Assigned, "title", "title = forms.CharField()", "Assigned.title"),
        (Assigned, "summary", 'summary: str = ""', "Assigned.summary"),
        (Assigned, "editor", "def get_editor(self):", "Assigned.editor"),
        (Assigned, "publisher", "def publisher(self):", "Assigned.publisher"),
        (Listed, "pages", '"pages",', "Listed.pages"),
        (
            Listed,
            "author__name",
            'list_display = ["title", "author__name"]',
            "Listed.author__name",
        ),
        (Inheriting, "title", "title = forms.CharField()", "Assigned.title"),
        (Inheriting, "pages", '"pages",', "Listed.pages"),
        (Inheriting, "nowhere", "class Inheriting(Assigned):", "Inheriting.nowhere"),
        (Inheriting, "", "class Inheriting(Assigned):", "Inheriting"),
        (Decorated, "", "class Decorated:", "Decorated"),
    ],
)
def test_finds_the_nearest_declaration(owner, field, line, name):
    assert found(owner, field) == (line, name)


def test_a_class_that_django_made_stands_for_the_one_it_was_made_from():
    made = modelform_factory(Loan, LoanForm, fields=["borrower", "days"])

    declared = find(made, "borrower", lambda file: "/tests/" in file)
    assert declared.name == "LoanForm.borrower"
    assert declared.file.endswith("tests/project/library/forms.py")


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(AuthenticationForm, id="a library's class"),
        pytest.param(type("Typed", (), {}), id="a class without a source"),
        pytest.param(int, id="a class of Python's own"),
    ],
)
def test_gives_nothing_when_no_class_is_the_projects(owner):
    assert find(owner, "username", lambda file: "/library/" in file) is None
