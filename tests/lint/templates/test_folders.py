"""A template's file is found by its name, without settings."""

from __future__ import annotations

import pytest

from querylens.lint.templates import TemplateFolders, folders, name_of

FILES = [
    "shop/templates/base.html",
    "shop/templates/shop/list.html",
    "library/templates/base.html",
    "library/templates/shop/list.html",
    "library/jinja2/library/card.html",
    "templates/base.html",
    "templates/registration/login.html",
    "emails/html/welcome.txt",
    "emails/other/html/welcome.txt",
    "a/templates/same.html",
    "b/templates/same.html",
]


@pytest.mark.parametrize(
    ("name", "asking", "file"),
    [
        ("nothing.html", "shop/views.py", None),
        ("", "shop/views.py", None),
        ("ist.html", "shop/views.py", None),
        ("library/card.html", "shop/views.py", "library/jinja2/library/card.html"),
        ("registration/login.html", "shop/views.py", "templates/registration/login.html"),
        ("base.html", "shop/views.py", "shop/templates/base.html"),
        ("base.html", "library/api/views.py", "library/templates/base.html"),
        ("base.html", "library/templates/library/x.html", "library/templates/base.html"),
        ("base.html", "other/views.py", "templates/base.html"),
        ("base.html", "", "templates/base.html"),
        ("shop/list.html", "library/views.py", "library/templates/shop/list.html"),
        ("shop/list.html", "other/views.py", "library/templates/shop/list.html"),
        ("html/welcome.txt", "shop/views.py", "emails/html/welcome.txt"),
        ("html/welcome.txt", "emails/other/send.py", "emails/other/html/welcome.txt"),
        ("same.html", "shop/views.py", "a/templates/same.html"),
    ],
)
def test_find(name, asking, file):
    assert TemplateFolders(reversed(FILES)).find(name, asking) == file


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("shop/templates/shop/list.html", "shop/list.html"),
        ("/srv/templates/project/shop/jinja2/shop/list.html", "shop/list.html"),
        ("emails/html/welcome.txt", "welcome.txt"),
        ("templates", "templates"),
    ],
)
def test_the_name_of_a_file(file, name):
    assert name_of(file) == name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("card.html", "card.html"),
        ("./card.html", "shop/list/card.html"),
        ("../card.html", "shop/card.html"),
        ("../../../../card.html", "card.html"),
    ],
)
def test_a_relative_name(name, found):
    assert folders.relative_to(name, "shop/list/page.html") == found


@pytest.mark.parametrize(
    ("file", "text", "is_jinja"),
    [
        ("shop/templates/a.html", "{% load x %}{{ a.b }}", False),
        ("shop/templates/a.html", "{{ a }}{% if b %}{% endif %}", False),
        ("shop/templates/a.html", "{% load x %}{% set a = b %}", False),
        ("shop/templates/a.html", "{%- if a %}{%- endif %}", True),
        ("shop/templates/a.html", "{% set a = b %}", True),
        ("shop/jinja2/a.html", "{{ a }}", True),
        ("jinja2/shop/templates/a.html", "{{ a }}", False),
        ("shop/templates/a.html.j2", "{{ a }}", True),
    ],
)
def test_which_engine_a_file_is_written_for(file, text, is_jinja):
    assert folders.is_jinja(file, text) == is_jinja
