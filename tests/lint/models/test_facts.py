"""Facts of one file, and facts of causes where source knows less than the running project."""

from __future__ import annotations

import ast
import json

import pytest

from querylens.lint.facts import lookup_facts, write_facts
from querylens.lint.models import as_data, facts_of, of_data
from querylens.lint.modules import Module
from tests.lint.models.reading import models_in, project_of, written_project


@pytest.mark.parametrize("folder", ["tests/lint/models/shop", "tests/project", "querylens/lint"])
def test_facts_of_a_file_are_kept_as_json(folder):
    project = project_of(folder)

    for name in project.files:
        facts = facts_of(project.module(name))
        assert of_data(json.loads(json.dumps(as_data(facts)))) == facts


def test_forms_and_serializers_are_not_kept():
    text = """
from rest_framework import serializers
from django import forms
class Book(serializers.Serializer):
    title = serializers.CharField()
class Form(forms.Form):
    title = forms.CharField()
"""
    facts = facts_of(Module.of("shop.forms", "", "", ast.parse(text), is_package=False))

    assert [found.values for found in facts.classes.values()] == [{}, {}]


MODELS = """
from django.db import models
from django.db.models.signals import post_save
from django_extensions.db.fields import AutoSlugField
from mptt.managers import TreeManager

class Book(models.Model):
    author = models.ForeignKey("Author", models.CASCADE)
    slug = AutoSlugField()
    objects = TreeManager()

class Author(models.Model):
    name = models.CharField(max_length=5)

def hear(sender, **kwargs): ...

post_save.connect(hear, sender=Author)
post_save.connect(hear, sender=nobody_knows())
post_save.connect(lambda sender, **kwargs: None, sender=Author)
"""


def test_of_a_manager_of_another_package_the_worst_is_thought(tmp_path):
    models = models_in(written_project(tmp_path, {"shop/models.py": MODELS}))
    book = models.by_label("shop.Book")

    assert write_facts(models, "update", "save", book) == {
        "custom queryset: objects.get_queryset",
        "made on save: slug",
    }


def test_receivers_whose_sender_nobody_can_tell_are_left_out(tmp_path):
    models = models_in(written_project(tmp_path, {"shop/models.py": MODELS}))

    assert models.receivers("post_save", "shop.Author") == ("shop.models.hear",)
    assert models.receivers("post_save", "shop.Book") == ()


def test_receivers_of_tests_are_not_the_project_s(tmp_path):
    text = "from django.db.models.signals import post_save\ndef hear(**kwargs): ...\n"
    files = {"shop/models.py": MODELS, "shop/tests/x.py": f"{text}post_save.connect(hear)"}
    models = models_in(written_project(tmp_path, files))

    assert models.receivers("post_save", "shop.Book") == ()


def test_compared_fields_that_are_keys(tmp_path):
    models = models_in(written_project(tmp_path, {"shop/models.py": MODELS}))
    book = models.by_label("shop.Book")

    assert lookup_facts(book, ("author", "slug", "pk", "author__in")) == {"related: author"}
